//! The two updates of a training step over all parameters at once: AdamW and the moving average.
//!
//! On the CPU each is one pass over memory on all cores; elsewhere a composition of burn's operations.

use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;
use burn::backend::{Backend, Dispatch, Flex, backend_extension};
use burn::prelude::*;
use burn::tensor::TensorData;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::adamw::State;
use crate::nn::kernel::simd::{self, load, store};

/// Parameters that a core takes at a time.
const PIECE: usize = 1 << 14;

/// The numbers of one AdamW step (Loshchilov and Hutter 2019, algorithm 2).
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub(super) beta1: f32,
    pub(super) beta2: f32,
    /// Learning rate over `1 - beta1^t`.
    pub(super) rate: f32,
    /// `1 / (1 - beta2^t)`
    pub(super) correct2: f32,
    pub(super) epsilon: f32,
    /// `1 - learning rate * weight decay`
    pub(super) keep: f32,
}

/// One AdamW step of `state` along `gradient` `[p]` times `scale` `[1]`.
pub(super) fn adamw(
    state: State,
    gradient: Tensor<1>,
    scale: Tensor<1>,
    numbers: Numbers,
) -> State {
    let (weights, first, second) = Dispatch::adamw(
        state.weights.into_dispatch(),
        state.first.into_dispatch(),
        state.second.into_dispatch(),
        gradient.into_dispatch(),
        scale.into_dispatch(),
        numbers,
    );
    let [weights, first, second] = [weights, first, second].map(Tensor::from_dispatch);
    State { weights, first, second }
}

/// `average + rate (live - average)`, `[p]`.
pub fn towards(average: Tensor<1>, live: Tensor<1>, rate: f32) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::towards(average.into_dispatch(), live.into_dispatch(), rate))
}

/// The sum of squares of `x` `[p]`, shape `[1]`.
pub(super) fn square_sum(x: Tensor<1>) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::square_sum(x.into_dispatch()))
}

#[backend_extension(Flex, Cube)]
trait Updates: Backend {
    fn square_sum(x: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_sum(Self::float_mul(x.clone(), x))
    }

    fn adamw(
        weights: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        numbers: Numbers,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let Numbers { beta1, beta2, rate, correct2, epsilon, keep } = numbers;
        let times = |x, factor: f32| Self::float_mul_scalar(x, factor.into());
        let gradient = Self::float_mul(gradient, scale);
        let square = Self::float_mul(gradient.clone(), gradient.clone());
        let first = Self::float_add(times(first, beta1), times(gradient, 1.0 - beta1));
        let second = Self::float_add(times(second, beta2), times(square, 1.0 - beta2));
        let root = Self::float_sqrt(times(second.clone(), correct2));
        let root = Self::float_add_scalar(root, epsilon.into());
        let change = Self::float_div(times(first.clone(), rate), root);
        (Self::float_sub(times(weights, keep), change), first, second)
    }

    fn towards(
        average: FloatTensor<Self>,
        live: FloatTensor<Self>,
        rate: f32,
    ) -> FloatTensor<Self> {
        let distance = Self::float_sub(live, average.clone());
        Self::float_add(average, Self::float_mul_scalar(distance, rate.into()))
    }
}

impl Updates for CubeBackend {}

type Array = FloatTensor<Flex>;

impl Updates for Flex {
    fn square_sum(x: Array) -> Array {
        let x = dense(x);
        // In pieces of one size, added in order: the same bits on any number of cores.
        let pieces = x.storage::<f32>().par_chunks(PIECE);
        let sums: Vec<f64> = pieces.map(|piece| f64::from(simd::square_sum(piece))).collect();
        let sum = sums.iter().sum::<f64>() as f32;
        Array::from_data(TensorData::new(vec![sum], [1]))
    }

    fn adamw(
        weights: Array,
        first: Array,
        second: Array,
        gradient: Array,
        scale: Array,
        numbers: Numbers,
    ) -> (Array, Array, Array) {
        let [mut weights, mut first, mut second] = [weights, first, second].map(dense);
        let (gradient, scale) = (dense(gradient), dense(scale).storage::<f32>()[0]);
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

    fn towards(average: Array, live: Array, rate: f32) -> Array {
        let (mut average, live) = (dense(average), dense(live));
        let live = live.storage::<f32>().par_chunks(PIECE);
        average.storage_mut::<f32>().par_chunks_mut(PIECE).zip(live).for_each(|(average, live)| {
            Arch::new().dispatch(Towards { average, live, rate });
        });
        average
    }
}

/// With a storage of its own that starts with its first element.
fn dense(x: Array) -> Array {
    let is_whole = x.as_slice::<f32>().is_some_and(|v| v.len() == x.storage::<f32>().len());
    if is_whole { x } else { x.to_contiguous() }
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
        let Numbers { beta1, beta2, rate, correct2, epsilon, keep } = numbers;
        let all = |value: f32| simd.splat_f32s(value);
        for start in (0..weights.len()).step_by(S::F32_LANES) {
            let range = start..weights.len().min(start + S::F32_LANES);
            let g = load(simd, &gradient[range.clone()]);
            let g = simd.mul_f32s(g, all(scale));
            let m = simd.mul_f32s(all(beta1), load(simd, &first[range.clone()]));
            let m = simd.mul_add_e_f32s(all(1.0 - beta1), g, m);
            let v = simd.mul_f32s(all(beta2), load(simd, &second[range.clone()]));
            let v = simd.mul_add_e_f32s(simd.mul_f32s(all(1.0 - beta2), g), g, v);
            let root = simd.add_f32s(simd.sqrt_f32s(simd.mul_f32s(v, all(correct2))), all(epsilon));
            let change = simd.div_f32s(simd.mul_f32s(m, all(rate)), root);
            let w = simd.mul_f32s(all(keep), load(simd, &weights[range.clone()]));
            store(simd, &mut weights[range.clone()], simd.sub_f32s(w, change));
            store(simd, &mut first[range.clone()], m);
            store(simd, &mut second[range], v);
        }
    }
}

struct Towards<'a> {
    average: &'a mut [f32],
    live: &'a [f32],
    rate: f32,
}

impl WithSimd for Towards<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let rate = simd.splat_f32s(self.rate);
        for start in (0..self.live.len()).step_by(S::F32_LANES) {
            let range = start..self.live.len().min(start + S::F32_LANES);
            let average = load(simd, &self.average[range.clone()]);
            let live = load(simd, &self.live[range.clone()]);
            let moved = simd.mul_add_e_f32s(rate, simd.sub_f32s(live, average), average);
            store(simd, &mut self.average[range], moved);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(values: &[f32]) -> Tensor<1> {
        Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &Device::flex())
    }

    fn values(x: Tensor<1>) -> Vec<f32> {
        x.into_data().iter::<f32>().collect()
    }

    const NUMBERS: Numbers =
        Numbers { beta1: 0.9, beta2: 0.99, rate: 0.02, correct2: 50.0, epsilon: 1e-3, keep: 0.998 };

    /// The definition, in f64.
    #[test]
    fn a_step_is_that_of_the_definition_at_any_length() {
        for length in [1, 15, 16, 33, PIECE + 5] {
            let number = |i: usize, k: u64| ((i as f64 + 1.0) * 0.37 * k as f64).sin() as f32;
            let of = |k| (0..length).map(|i| number(i, k)).collect::<Vec<f32>>();
            let (w, m, v, g) =
                (of(1), of(2), of(3).iter().map(|x| x * x).collect::<Vec<_>>(), of(4));
            let state = State { weights: vector(&w), first: vector(&m), second: vector(&v) };
            let found = adamw(state, vector(&g), vector(&[0.5]), NUMBERS);
            let found = [found.weights, found.first, found.second].map(values);
            for i in 0..length {
                let [w, m, v, g] = [w[i], m[i], v[i], g[i]].map(f64::from);
                let g = 0.5 * g;
                let m = 0.9 * m + 0.1 * g;
                let v = 0.99 * v + 0.01 * g * g;
                let w = 0.998 * w - 0.02 * m / ((50.0 * v).sqrt() + 1e-3);
                for (found, expected) in found.iter().zip([w, m, v]) {
                    assert!((f64::from(found[i]) - expected).abs() < 2e-6, "{length} {i}");
                }
            }
        }
    }

    #[test]
    fn a_square_sum_has_the_same_bits_on_any_number_of_threads() {
        let x: Vec<f32> = (0..5_000_000).map(|i| (i as f32 * 0.37).sin()).collect();
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("a pool").install(|| values(square_sum(vector(&x)))[0])
        };
        let exact: f64 = x.iter().map(|x| f64::from(*x).powi(2)).sum();
        assert!((f64::from(run(1)) - exact).abs() < 1e-6 * exact);
        assert_eq!([run(1), run(3)], [run(3), run(2)]);
    }

    #[test]
    fn the_inputs_of_an_update_keep_their_values() {
        let (average, live) = (vector(&[1.0, 2.0, 3.0]), vector(&[2.0, 2.0, -1.0]));
        let moved = towards(average.clone(), live.clone(), 0.25);
        assert_eq!(values(moved), [1.25, 2.0, 2.0]);
        assert_eq!(values(average), [1.0, 2.0, 3.0]);
        assert_eq!(values(live), [2.0, 2.0, -1.0]);
    }
}
