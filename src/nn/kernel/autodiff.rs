//! The backward steps: what is kept from the forward pass, and whom the gradients go to.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend};

use super::operations::{KernelGradients, Kernels};
use crate::math::seed;

impl<B: KernelGradients, C: CheckpointStrategy> Kernels for Autodiff<B, C> {
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let (x, x_node) = x.into_parts();
        let (weight, weight_node) = weight.into_parts();
        let (bias, bias_node) = bias.into_parts();
        let step = Convolution.prepare::<C>([x_node, weight_node, bias_node]);
        match step.compute_bound().stateful() {
            OpsKind::Tracked(step) => {
                let y = B::convolution(x.clone(), weight.clone(), bias);
                step.finish((x, weight), y)
            }
            OpsKind::UnTracked(step) => step.finish(B::convolution(x, weight, bias)),
        }
    }

    fn convolution_onto(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        base: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let (x, x_node) = x.into_parts();
        let (weight, weight_node) = weight.into_parts();
        let (bias, bias_node) = bias.into_parts();
        let (base, base_node) = base.into_parts();
        let step = ConvolutionOnto.prepare::<C>([x_node, weight_node, bias_node, base_node]);
        match step.compute_bound().stateful() {
            OpsKind::Tracked(step) => {
                let y = B::convolution_onto(x.clone(), weight.clone(), bias, base);
                step.finish((x, weight), y)
            }
            OpsKind::UnTracked(step) => step.finish(B::convolution_onto(x, weight, bias, base)),
        }
    }

    fn group_norm(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> FloatTensor<Self> {
        let (x, x_node) = x.into_parts();
        let (scale, scale_node) = scale.into_parts();
        let (shift, shift_node) = shift.into_parts();
        let step = GroupNorm.prepare::<C>([x_node, scale_node, shift_node]);
        match step.compute_bound().stateful() {
            OpsKind::Tracked(step) => {
                let y = B::group_norm(x.clone(), scale.clone(), shift.clone(), groups, silu);
                step.finish((x, scale, shift, groups, silu), y)
            }
            OpsKind::UnTracked(step) => step.finish(B::group_norm(x, scale, shift, groups, silu)),
        }
    }

    fn modulated_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        modulation: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> FloatTensor<Self> {
        let (x, x_node) = x.into_parts();
        let (gamma, gamma_node) = gamma.into_parts();
        let (beta, beta_node) = beta.into_parts();
        let (modulation, modulation_node) = modulation.into_parts();
        let norm = [gamma, beta, modulation];
        let step = ModulatedNorm.prepare::<C>([x_node, gamma_node, beta_node, modulation_node]);
        match step.compute_bound().stateful() {
            OpsKind::Tracked(step) => {
                let [scale, shift] = B::modulation(norm.clone());
                let y = B::group_norm(x.clone(), scale.clone(), shift.clone(), groups, silu);
                step.finish((x, [scale, shift], norm, groups, silu), y)
            }
            OpsKind::UnTracked(step) => {
                let [gamma, beta, modulation] = norm;
                step.finish(B::modulated_norm(x, gamma, beta, modulation, groups, silu))
            }
        }
    }

    fn silu_of(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        match Silu.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish(x.clone(), B::silu_of(x)),
            OpsKind::UnTracked(step) => step.finish(B::silu_of(x)),
        }
    }

    fn dropout(
        x: FloatTensor<Self>,
        numbers: FloatTensor<Self>,
        units: seed::Dropout,
    ) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let (numbers, _) = numbers.into_parts();
        match Dropout.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => {
                step.finish((numbers.clone(), units), B::dropout(x, numbers, units))
            }
            OpsKind::UnTracked(step) => step.finish(B::dropout(x, numbers, units)),
        }
    }

    fn self_attention(qkv: FloatTensor<Self>, heads: usize) -> FloatTensor<Self> {
        let (qkv, node) = qkv.into_parts();
        match Attention.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => {
                step.finish((qkv.clone(), heads), B::self_attention(qkv, heads))
            }
            OpsKind::UnTracked(step) => step.finish(B::self_attention(qkv, heads)),
        }
    }

    fn sum_2x2(x: FloatTensor<Self>, factor: f32) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        match Sum2x2.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish(factor, B::sum_2x2(x, factor)),
            OpsKind::UnTracked(step) => step.finish(B::sum_2x2(x, factor)),
        }
    }

    fn repeat_2x2(x: FloatTensor<Self>, factor: f32) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        match Repeat2x2.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish(factor, B::repeat_2x2(x, factor)),
            OpsKind::UnTracked(step) => step.finish(B::repeat_2x2(x, factor)),
        }
    }
}

#[derive(Debug)]
struct Convolution;

impl<B: KernelGradients> Backward<B, 3> for Convolution {
    /// Input and weights.
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(
        self,
        step: Ops<Self::State, 3>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let dy = gradients.consume::<B>(&step.node);
        let parents = step.parents.map(|node| node.map(|node| node.id));
        back_to_convolved::<B>(step.state, parents, dy, gradients);
    }
}

/// Gives the image, the weights and the bias of a convolution their gradients, from that of its output.
fn back_to_convolved<B: KernelGradients>(
    (x, weight): (FloatTensor<B>, FloatTensor<B>),
    [x_node, weight_node, bias_node]: [Option<NodeId>; 3],
    dy: FloatTensor<B>,
    gradients: &mut Gradients,
) {
    let (dx, [dweight, dbias]) = B::convolution_gradients(x, weight, dy, x_node.is_some());
    if let (Some(node), Some(dx)) = (x_node, dx) {
        gradients.register::<B>(node, dx);
    }
    register::<B, 2>(gradients, [weight_node, bias_node], [dweight, dbias]);
}

#[derive(Debug)]
struct ConvolutionOnto;

impl<B: KernelGradients> Backward<B, 4> for ConvolutionOnto {
    /// Input and weights.
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(
        self,
        step: Ops<Self::State, 4>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let dy = gradients.consume::<B>(&step.node);
        let [x, weight, bias, base] = step.parents.map(|node| node.map(|node| node.id));
        if let Some(node) = base {
            gradients.register::<B>(node, dy.clone());
        }
        back_to_convolved::<B>(step.state, [x, weight, bias], dy, gradients);
    }
}

#[derive(Debug)]
struct GroupNorm;

impl<B: KernelGradients> Backward<B, 3> for GroupNorm {
    /// Input, scale, shift, the number of groups and whether SiLU follows; the rest is cheaper to
    /// compute again.
    type State = (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>, usize, bool);

    fn backward(
        self,
        step: Ops<Self::State, 3>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let dy = gradients.consume::<B>(&step.node);
        let (x, scale, shift, groups, silu) = step.state;
        let found = B::group_norm_gradients(x, scale, shift, groups, silu, dy);
        let parents = step.parents.map(|node| node.map(|node| node.id));
        register::<B, 3>(gradients, parents, found);
    }
}

#[derive(Debug)]
struct ModulatedNorm;

impl<B: KernelGradients> Backward<B, 4> for ModulatedNorm {
    /// Input, scale and shift, what they were made from, the number of groups and whether SiLU follows.
    type State = (FloatTensor<B>, [FloatTensor<B>; 2], [FloatTensor<B>; 3], usize, bool);

    fn backward(
        self,
        step: Ops<Self::State, 4>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let dy = gradients.consume::<B>(&step.node);
        let (x, [scale, shift], norm, groups, silu) = step.state;
        let [dx, dscale, dshift] = B::group_norm_gradients(x, scale, shift, groups, silu, dy);
        let [dgamma, dbeta, dmodulation] = B::modulation_gradients(norm, [dscale, dshift]);
        let parents = step.parents.map(|node| node.map(|node| node.id));
        register::<B, 4>(gradients, parents, [dx, dgamma, dbeta, dmodulation]);
    }
}

/// Gives each parent that is tracked its gradient.
fn register<B: Backend, const N: usize>(
    gradients: &mut Gradients,
    parents: [Option<NodeId>; N],
    found: [FloatTensor<B>; N],
) {
    for (node, gradient) in parents.into_iter().zip(found) {
        if let Some(node) = node {
            gradients.register::<B>(node, gradient);
        }
    }
}

/// An operation on one tensor: the gradient of its input from that of its output.
macro_rules! unary_backward {
    ($name:ident keeps $state:ty, $gradient:expr) => {
        #[derive(Debug)]
        struct $name;

        impl<B: KernelGradients> Backward<B, 1> for $name {
            type State = $state;

            fn backward(
                self,
                step: Ops<Self::State, 1>,
                gradients: &mut Gradients,
                _checkpointer: &mut Checkpointer,
            ) {
                let dy = gradients.consume::<B>(&step.node);
                if let [Some(node)] = step.parents {
                    let gradient: fn($state, FloatTensor<B>) -> FloatTensor<B> = $gradient;
                    gradients.register::<B>(node.id, gradient(step.state, dy));
                }
            }
        }
    };
}

unary_backward!(Attention keeps (FloatTensor<B>, usize), |(qkv, heads), dy| {
    B::attention_gradient(qkv, heads, dy)
});
unary_backward!(Silu keeps FloatTensor<B>, |x, dy| B::silu_gradient(x, dy));
unary_backward!(Dropout keeps (FloatTensor<B>, seed::Dropout), |(numbers, units), dy| {
    B::dropout(dy, numbers, units)
});
unary_backward!(Sum2x2 keeps f32, |factor, dy| B::repeat_2x2(dy, factor));
unary_backward!(Repeat2x2 keeps f32, |factor, dy| B::sum_2x2(dy, factor));
