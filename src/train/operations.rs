//! What is done to all parameters at once: joined, moved by AdamW and Muon, averaged.
//!
//! Backend extensions of burn: passes over memory on all cores of a CPU, single kernels on a GPU.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::prelude::*;

/// Weights and their first and second moments, each `[p]`.
#[derive(Clone)]
pub struct State {
    /// All parameters.
    pub weights: Tensor<1>,
    /// Decaying mean of gradients.
    pub first: Tensor<1>,
    /// Decaying mean of squared gradients.
    pub second: Tensor<1>,
}

impl State {
    /// Before the first step.
    pub fn new(weights: Tensor<1>) -> Self {
        let zeros = weights.zeros_like();
        Self { weights, first: zeros.clone(), second: zeros }
    }
}

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
    /// Largest norm of the gradient: a longer one is made as short.
    pub(super) clip: f32,
}

/// Tensors that [`put`] takes at once: with the vector and a kernel's sizes the eight buffers that every GPU binds.
pub(super) const GROUP: usize = 6;

/// One AdamW step of `state` along `gradient` `[p]`, whose sum of squares is `square_sum` `[1]`.
pub(super) fn adamw(
    state: State,
    gradient: Tensor<1>,
    square_sum: Tensor<1>,
    numbers: Numbers,
) -> State {
    let (weights, first, second) = Dispatch::adamw(
        state.weights.into_dispatch(),
        state.first.into_dispatch(),
        state.second.into_dispatch(),
        gradient.into_dispatch(),
        square_sum.into_dispatch(),
        numbers,
    );
    let [weights, first, second] = [weights, first, second].map(Tensor::from_dispatch);
    State { weights, first, second }
}

/// Mean of gradients `momentum`, of which `decay` is left a step, after `gradient`, both `[p]`, which is clipped to a norm of
/// `clip` by its sum of squares `[1]`; and where that mean goes next by Nesterov's rule, which leads by a further step.
pub(super) fn momentum(
    momentum: Tensor<1>,
    gradient: Tensor<1>,
    square_sum: Tensor<1>,
    decay: f32,
    clip: f32,
) -> [Tensor<1>; 2] {
    let [momentum, gradient] = [momentum, gradient].map(Tensor::into_dispatch);
    let (momentum, ahead) =
        Dispatch::momentum(momentum, gradient, square_sum.into_dispatch(), decay, clip);
    [momentum, ahead].map(Tensor::from_dispatch)
}

/// `x + factor y`, `[p]`.
pub(super) fn along(x: Tensor<1>, y: Tensor<1>, factor: f32) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::moved(x.into_dispatch(), y.into_dispatch(), factor, false))
}

/// `average + rate (live - average)`, `[p]`.
pub fn towards(average: Tensor<1>, live: Tensor<1>, rate: f32) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::moved(
        average.into_dispatch(),
        live.into_dispatch(),
        rate,
        true,
    ))
}

/// The sum of squares of `x` `[p]`, shape `[1]`.
pub(super) fn square_sum(x: Tensor<1>) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::square_sum(x.into_dispatch()))
}

/// `whole` `[p]` with the values of each part, in row-major order, from its place on. Parts may have any shape.
pub(super) fn put(whole: Tensor<1>, parts: &[(usize, FloatTensor<Dispatch>)]) -> Tensor<1> {
    let mut whole = whole.into_dispatch();
    for group in parts.chunks(GROUP) {
        // A last group that is short is filled up with its last part, at the same place: there it is the same.
        let places: [usize; GROUP] = std::array::from_fn(|i| i.min(group.len() - 1));
        let [a, b, c, d, e, f] = places.map(|i| group[i].1.clone());
        whole = Dispatch::put(whole, a, b, c, d, e, f, places.map(|i| group[i].0));
    }
    Tensor::from_dispatch(whole)
}

/// See the functions of the same names.
#[backend_extension(Flex, Cube)]
pub(super) trait VectorOperations: Backend {
    fn square_sum(x: FloatTensor<Self>) -> FloatTensor<Self>;

    fn adamw(
        weights: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        square_sum: FloatTensor<Self>,
        numbers: Numbers,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn momentum(
        momentum: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        square_sum: FloatTensor<Self>,
        decay: f32,
        clip: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// `x + rate y`, or `x + rate (y - x)` where it goes towards y.
    fn moved(
        x: FloatTensor<Self>,
        y: FloatTensor<Self>,
        rate: f32,
        is_towards: bool,
    ) -> FloatTensor<Self>;

    #[allow(clippy::too_many_arguments)] // as many tensors as a kernel takes
    fn put(
        whole: FloatTensor<Self>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
        d: FloatTensor<Self>,
        e: FloatTensor<Self>,
        f: FloatTensor<Self>,
        starts: [usize; GROUP],
    ) -> FloatTensor<Self>;
}
