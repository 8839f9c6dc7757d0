//! The operations over all parameters on a GPU: one launch each, the sum two.

use burn::backend::TensorMetadata as _;
use burn::backend::wgpu::CubeBackend;
use burn::tensor::Shape;
use burn_cubecl::{
    cubecl::{self, prelude::*},
    kernel::into_contiguous,
    tensor::CubeTensor,
};

use super::adamw::NO_ZERO;
use super::operations::{GROUP, Numbers, VectorOperations};
use crate::nn::kernel::fused::{
    empty,
    group::{UNITS, total},
    places, traffic, units,
};

/// Cubes that share a sum at most.
const SHARES: usize = 128;

/// Each cube sums its share of the values, or of their squares: each unit the same values in the same order whatever
/// the device is, which a sum by atomic additions would not.
#[cube(launch)]
fn sum_kernel(x: &Tensor<f32>, sums: &mut Tensor<f32>, #[comptime] are_squared: bool) {
    let mut partial = Shared::new_slice(UNITS);
    let mut sum = 0.0f32;
    let mut place = ABSOLUTE_POS;
    while place < x.len() {
        let value = x[place];
        sum += if comptime!(are_squared) { value * value } else { value };
        place += CUBE_COUNT_X as usize * UNITS;
    }
    let sum = total(sum, &mut partial);
    if UNIT_POS_X == 0 {
        sums[CUBE_POS_X as usize] = sum;
    }
}

fn sum(x: CubeTensor, shares: usize, are_squared: bool) -> CubeTensor {
    let (client, sums) = (x.client.clone(), empty(&x, Shape::from([shares])));
    let (count, cube) = (CubeCount::new_1d(shares as u32), CubeDim::new_1d(UNITS as u32));
    let [x, out] = [x, sums.clone()].map(traffic::passed);
    sum_kernel::launch(&client, count, cube, x, out, are_squared);
    sums
}

/// What a gradient is multiplied by, so that its norm is `clip` at most.
#[cube]
fn clipping(square_sum: &Tensor<f32>, clip: f32) -> f32 {
    clamp_max(clip / (square_sum[0].sqrt() + NO_ZERO), 1.0f32)
}

#[cube(launch)]
fn adamw_kernel(
    weights: &mut Tensor<f32>,
    first: &mut Tensor<f32>,
    second: &mut Tensor<f32>,
    gradient: &Tensor<f32>,
    square_sum: &Tensor<f32>,
    beta1: f32,
    beta2: f32,
    rate: f32,
    correct2: f32,
    epsilon: f32,
    keep: f32,
    clip: f32,
) {
    if ABSOLUTE_POS < weights.len() {
        let g = clipping(square_sum, clip) * gradient[ABSOLUTE_POS];
        let m = beta1 * first[ABSOLUTE_POS] + (1.0f32 - beta1) * g;
        let v = beta2 * second[ABSOLUTE_POS] + (1.0f32 - beta2) * g * g;
        let change = rate * m / ((correct2 * v).sqrt() + epsilon);
        weights[ABSOLUTE_POS] = keep * weights[ABSOLUTE_POS] - change;
        first[ABSOLUTE_POS] = m;
        second[ABSOLUTE_POS] = v;
    }
}

#[cube(launch)]
fn momentum_kernel(
    momentum: &mut Tensor<f32>,
    ahead: &mut Tensor<f32>,
    gradient: &Tensor<f32>,
    square_sum: &Tensor<f32>,
    decay: f32,
    clip: f32,
) {
    if ABSOLUTE_POS < momentum.len() {
        let part = (1.0f32 - decay) * clipping(square_sum, clip) * gradient[ABSOLUTE_POS];
        let m = decay * momentum[ABSOLUTE_POS] + part;
        momentum[ABSOLUTE_POS] = m;
        ahead[ABSOLUTE_POS] = decay * m + part;
    }
}

#[cube(launch)]
fn move_kernel(x: &mut Tensor<f32>, y: &Tensor<f32>, rate: f32, #[comptime] is_towards: bool) {
    if ABSOLUTE_POS < x.len() {
        let y = y[ABSOLUTE_POS];
        let way = if comptime!(is_towards) { y - x[ABSOLUTE_POS] } else { y };
        x[ABSOLUTE_POS] += rate * way;
    }
}

/// Where the value with the row-major number `index` lies.
#[cube]
fn place(x: &Tensor<f32>, index: usize) -> usize {
    let mut place = 0usize;
    let mut below = 1usize;
    for back in 1..x.rank() + 1 {
        let axis = x.rank() - back;
        place += index / below % x.shape(axis) * x.stride(axis);
        below *= x.shape(axis);
    }
    place
}

/// One part's share of the work: the units from `first` to before `end`, a value each.
#[cube]
fn put_part(
    whole: &mut Tensor<f32>,
    part: &Tensor<f32>,
    first: u32,
    end: u32,
    start: u32,
    #[comptime] are_rows: bool,
) {
    let (first, end, start) = (first as usize, end as usize, start as usize);
    if ABSOLUTE_POS >= first && ABSOLUTE_POS < end {
        let index = ABSOLUTE_POS - first;
        if are_rows {
            whole[start + index] = part[index];
        } else {
            whole[start + index] = part[place(part, index)];
        }
    }
}

/// A unit for each value of the parts, one part after the other; `ends` are counted from the first part's begin. Parts
/// that all lie row by row (`are_rows`) are read as they lie.
#[cube(launch)]
fn put_kernel(
    whole: &mut Tensor<f32>,
    a: &Tensor<f32>,
    b: &Tensor<f32>,
    c: &Tensor<f32>,
    d: &Tensor<f32>,
    e: &Tensor<f32>,
    f: &Tensor<f32>,
    ends: Sequence<u32>,
    starts: Sequence<u32>,
    #[comptime] are_rows: bool,
) {
    put_part(whole, a, 0u32, ends[0], starts[0], are_rows);
    put_part(whole, b, ends[0], ends[1], starts[1], are_rows);
    put_part(whole, c, ends[1], ends[2], starts[2], are_rows);
    put_part(whole, d, ends[2], ends[3], starts[3], are_rows);
    put_part(whole, e, ends[3], ends[4], starts[4], are_rows);
    put_part(whole, f, ends[4], ends[5], starts[5], are_rows);
}

/// To be written: its own memory, or a copy's where somebody else reads it too.
fn own(x: CubeTensor) -> CubeTensor {
    let x = into_contiguous(x);
    if x.can_mut() { x } else { x.copy() }
}

fn scalars(values: [usize; GROUP]) -> SequenceArg<u32> {
    values.into_iter().map(|value| value as u32).collect()
}

impl VectorOperations for CubeBackend {
    fn square_sum(x: CubeTensor) -> CubeTensor {
        let shares = x.shape().num_elements().div_ceil(UNITS).clamp(1, SHARES);
        sum(sum(into_contiguous(x), shares, true), 1, false)
    }

    fn adamw(
        weights: CubeTensor,
        first: CubeTensor,
        second: CubeTensor,
        gradient: CubeTensor,
        square_sum: CubeTensor,
        numbers: Numbers,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        let [weights, first, second] = [weights, first, second].map(own);
        let (client, gradient) = (weights.client.clone(), into_contiguous(gradient));
        let (count, cube) = places(&weights);
        let state = [weights.clone(), first.clone(), second.clone()];
        let [w, m, v] = state.map(traffic::updated);
        let [gradient, square_sum] = [gradient, square_sum].map(traffic::passed);
        let Numbers { beta1, beta2, rate, correct2, epsilon, keep, clip } = numbers;
        adamw_kernel::launch(
            &client, count, cube, w, m, v, gradient, square_sum, beta1, beta2, rate, correct2,
            epsilon, keep, clip,
        );
        (weights, first, second)
    }

    fn momentum(
        momentum: CubeTensor,
        gradient: CubeTensor,
        square_sum: CubeTensor,
        decay: f32,
        clip: f32,
    ) -> (CubeTensor, CubeTensor) {
        let (momentum, gradient) = (own(momentum), into_contiguous(gradient));
        let (client, ahead) = (momentum.client.clone(), empty(&momentum, momentum.shape()));
        let (count, cube) = places(&momentum);
        let (m, a) = (traffic::updated(momentum.clone()), traffic::passed(ahead.clone()));
        let [gradient, square_sum] = [gradient, square_sum].map(traffic::passed);
        momentum_kernel::launch(&client, count, cube, m, a, gradient, square_sum, decay, clip);
        (momentum, ahead)
    }

    fn moved(x: CubeTensor, y: CubeTensor, rate: f32, is_towards: bool) -> CubeTensor {
        let (x, y) = (own(x), into_contiguous(y));
        let client = x.client.clone();
        let (count, cube) = places(&x);
        let (moved, y) = (traffic::updated(x.clone()), traffic::passed(y));
        move_kernel::launch(&client, count, cube, moved, y, rate, is_towards);
        x
    }

    fn put(
        whole: CubeTensor,
        a: CubeTensor,
        b: CubeTensor,
        c: CubeTensor,
        d: CubeTensor,
        e: CubeTensor,
        f: CubeTensor,
        starts: [usize; GROUP],
    ) -> CubeTensor {
        let (whole, parts) = (own(whole), [a, b, c, d, e, f]);
        let client = whole.client.clone();
        let are_rows = parts.iter().all(CubeTensor::is_contiguous);
        let mut count = 0;
        let ends = std::array::from_fn(|i| {
            // What fills a group up is there already: two units are not to write to one place.
            let fills = i > 0 && starts[i] == starts[i - 1];
            count += if fills { 0 } else { parts[i].shape().num_elements() };
            count
        });
        let (cubes, cube) = units(&whole, count);
        // Each value is read from its part and written to the whole.
        let [a, b, c, d, e, f] = parts.map(|part| traffic::moved(part, 0));
        let (out, starts) = (traffic::moved(whole.clone(), 2 * count), scalars(starts));
        put_kernel::launch(
            &client,
            cubes,
            cube,
            out,
            a,
            b,
            c,
            d,
            e,
            f,
            scalars(ends),
            starts,
            are_rows,
        );
        whole
    }
}
