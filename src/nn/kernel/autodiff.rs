//! The backward steps: what is kept from the forward pass, and whom the gradients go to.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;

use super::operations::{KernelGradients, Kernels};

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

    fn group_norm_silu(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        groups: usize,
    ) -> FloatTensor<Self> {
        let (x, x_node) = x.into_parts();
        let (scale, scale_node) = scale.into_parts();
        let (shift, shift_node) = shift.into_parts();
        let step = GroupNormSilu.prepare::<C>([x_node, scale_node, shift_node]);
        match step.compute_bound().stateful() {
            OpsKind::Tracked(step) => {
                let y = B::group_norm_silu(x.clone(), scale.clone(), shift.clone(), groups);
                step.finish((x, scale, shift, groups), y)
            }
            OpsKind::UnTracked(step) => step.finish(B::group_norm_silu(x, scale, shift, groups)),
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
        let (x, weight) = step.state;
        let [x_node, weight_node, bias_node] = step.parents;
        if let Some(node) = x_node {
            let dx = B::convolution_input_gradient(x.clone(), weight.clone(), dy.clone());
            gradients.register::<B>(node.id, dx);
        }
        if weight_node.is_none() && bias_node.is_none() {
            return;
        }
        let [dweight, dbias] = B::convolution_weight_gradients(x, weight, dy);
        if let Some(node) = weight_node {
            gradients.register::<B>(node.id, dweight);
        }
        if let Some(node) = bias_node {
            gradients.register::<B>(node.id, dbias);
        }
    }
}

#[derive(Debug)]
struct GroupNormSilu;

impl<B: KernelGradients> Backward<B, 3> for GroupNormSilu {
    /// Input, scale, shift and the number of groups; the rest is cheaper to compute again.
    type State = (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>, usize);

    fn backward(
        self,
        step: Ops<Self::State, 3>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let dy = gradients.consume::<B>(&step.node);
        let (x, scale, shift, groups) = step.state;
        let found = B::group_norm_silu_gradients(x, scale, shift, groups, dy);
        for (node, gradient) in step.parents.into_iter().zip(found) {
            if let Some(node) = node {
                gradients.register::<B>(node.id, gradient);
            }
        }
    }
}
