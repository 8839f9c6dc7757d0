//! The operations over all parameters on the CPU: each is one pass over memory on all cores.

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::tensor::TensorData;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::adamw::NO_ZERO;
use super::operations::{GROUP, Numbers, VectorOperations};
use crate::nn::kernel::simd::{load, store};
use crate::nn::kernel::slice;

/// Parameters that a core takes at a time.
pub(super) const PIECE: usize = 1 << 14;

type Array = FloatTensor<Flex>;

impl VectorOperations for Flex {
    fn square_sum(x: Array) -> Array {
        let x = dense(x);
        // In pieces of one size, added in order: the same bits on any number of cores.
        let pieces = x.storage::<f32>().par_chunks(PIECE);
        let sums: Vec<f64> = pieces.map(|piece| f64::from(slice::square_sum(piece))).collect();
        let sum = sums.iter().sum::<f64>() as f32;
        Array::from_data(TensorData::new(vec![sum], [1]))
    }

    fn adamw(
        weights: Array,
        first: Array,
        second: Array,
        gradient: Array,
        square_sum: Array,
        numbers: Numbers,
    ) -> (Array, Array, Array) {
        let [mut weights, mut first, mut second] = [weights, first, second].map(dense);
        let (gradient, square_sum) = (dense(gradient), dense(square_sum).storage::<f32>()[0]);
        let scale = clipping(square_sum, numbers.clip);
        let state = weights
            .storage_mut::<f32>()
            .par_chunks_mut(PIECE)
            .zip(first.storage_mut::<f32>().par_chunks_mut(PIECE))
            .zip(second.storage_mut::<f32>().par_chunks_mut(PIECE));
        state.zip(gradient.storage::<f32>().par_chunks(PIECE)).for_each(
            |(((weights, first), second), gradient)| {
                let step = AdamWStep { weights, first, second, gradient, scale, numbers };
                Arch::new().dispatch(step);
            },
        );
        (weights, first, second)
    }

    fn momentum(
        momentum: Array,
        gradient: Array,
        square_sum: Array,
        decay: f32,
        clip: f32,
    ) -> (Array, Array) {
        let [mut momentum, gradient] = [momentum, gradient].map(dense);
        let scale = clipping(dense(square_sum).storage::<f32>()[0], clip);
        let gradient = gradient.storage::<f32>();
        let mut ahead = vec![0.0f32; gradient.len()];
        let means = momentum.storage_mut::<f32>().par_chunks_mut(PIECE);
        let means = means.zip(ahead.par_chunks_mut(PIECE)).zip(gradient.par_chunks(PIECE));
        means.for_each(|((momentum, ahead), gradient)| {
            Arch::new().dispatch(Momentum { momentum, ahead, gradient, scale, decay });
        });
        let length = ahead.len();
        (momentum, Array::from_data(TensorData::new(ahead, [length])))
    }

    fn moved(x: Array, y: Array, rate: f32, is_towards: bool) -> Array {
        let (mut x, y) = (dense(x), dense(y));
        let ys = y.storage::<f32>().par_chunks(PIECE);
        x.storage_mut::<f32>().par_chunks_mut(PIECE).zip(ys).for_each(|(x, y)| {
            Arch::new().dispatch(Move { x, y, rate, is_towards });
        });
        x
    }

    fn put(
        whole: Array,
        a: Array,
        b: Array,
        c: Array,
        d: Array,
        e: Array,
        f: Array,
        starts: [usize; GROUP],
    ) -> Array {
        let mut whole = dense(whole);
        for (part, start) in [a, b, c, d, e, f].map(dense).iter().zip(starts) {
            let part = part.storage::<f32>();
            whole.storage_mut::<f32>()[start..start + part.len()].copy_from_slice(part);
        }
        whole
    }
}

/// With a storage of its own that starts with its first element.
fn dense(x: Array) -> Array {
    let is_whole = x.as_slice::<f32>().is_some_and(|v| v.len() == x.storage::<f32>().len());
    if is_whole { x } else { x.to_contiguous() }
}

/// What a gradient is multiplied by, so that its norm is `clip` at most.
fn clipping(square_sum: f32, clip: f32) -> f32 {
    (clip / (square_sum.sqrt() + NO_ZERO)).min(1.0)
}

struct AdamWStep<'a> {
    weights: &'a mut [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    gradient: &'a [f32],
    scale: f32,
    numbers: Numbers,
}

impl WithSimd for AdamWStep<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { weights, first, second, gradient, scale, numbers } = self;
        let Numbers { beta1, beta2, rate, correct2, epsilon, keep, clip: _ } = numbers;
        let all = |value: f32| simd.splat_f32s(value);
        for start in (0..weights.len()).step_by(S::F32_LANES) {
            let range = start..weights.len().min(start + S::F32_LANES);
            let [g] = load(simd, &gradient[range.clone()]);
            let [m] = load(simd, &first[range.clone()]);
            let [v] = load(simd, &second[range.clone()]);
            let [w] = load(simd, &weights[range.clone()]);
            let g = simd.mul_f32s(g, all(scale));
            let m = simd.mul_f32s(all(beta1), m);
            let m = simd.mul_add_e_f32s(all(1.0 - beta1), g, m);
            let v = simd.mul_f32s(all(beta2), v);
            let v = simd.mul_add_e_f32s(simd.mul_f32s(all(1.0 - beta2), g), g, v);
            let root = simd.add_f32s(simd.sqrt_f32s(simd.mul_f32s(v, all(correct2))), all(epsilon));
            let change = simd.div_f32s(simd.mul_f32s(m, all(rate)), root);
            let w = simd.mul_f32s(all(keep), w);
            store(simd, &mut weights[range.clone()], &[simd.sub_f32s(w, change)]);
            store(simd, &mut first[range.clone()], &[m]);
            store(simd, &mut second[range], &[v]);
        }
    }
}

struct Momentum<'a> {
    momentum: &'a mut [f32],
    ahead: &'a mut [f32],
    gradient: &'a [f32],
    scale: f32,
    decay: f32,
}

impl WithSimd for Momentum<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { momentum, ahead, gradient, scale, decay } = self;
        let all = |value: f32| simd.splat_f32s(value);
        for start in (0..gradient.len()).step_by(S::F32_LANES) {
            let range = start..gradient.len().min(start + S::F32_LANES);
            let [g] = load(simd, &gradient[range.clone()]);
            let [m] = load(simd, &momentum[range.clone()]);
            let part = simd.mul_f32s(all((1.0 - decay) * scale), g);
            let m = simd.mul_add_e_f32s(all(decay), m, part);
            store(simd, &mut momentum[range.clone()], &[m]);
            store(simd, &mut ahead[range], &[simd.mul_add_e_f32s(all(decay), m, part)]);
        }
    }
}

struct Move<'a> {
    x: &'a mut [f32],
    y: &'a [f32],
    rate: f32,
    is_towards: bool,
}

impl WithSimd for Move<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let rate = simd.splat_f32s(self.rate);
        for start in (0..self.y.len()).step_by(S::F32_LANES) {
            let range = start..self.y.len().min(start + S::F32_LANES);
            let [x] = load(simd, &self.x[range.clone()]);
            let [y] = load(simd, &self.y[range.clone()]);
            let way = if self.is_towards { simd.sub_f32s(y, x) } else { y };
            store(simd, &mut self.x[range], &[simd.mul_add_e_f32s(rate, way, x)]);
        }
    }
}
