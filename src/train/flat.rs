//! All parameters of a module as one vector, in visiting order, and back.
//!
//! What an optimiser does is the same for every number: on one vector it is one operation, not one
//! for each of a hundred small tensors.

use burn::{
    module::{ModuleMapper, ModuleVisitor, Param},
    optim::GradientsParams,
    prelude::*,
    tensor::TensorData,
};

use crate::nn::parameters::{self, HostTensor, ParameterError, Weights};
use crate::platform::whole;

/// The parameters of `module`, plain, `[p]`.
pub(super) fn weights<M: Module>(module: &M) -> Tensor<1> {
    struct Read(Vec<Tensor<1>>);
    impl ModuleVisitor for Read {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.push(param.val().inner().flatten(0, D - 1));
        }
    }
    let mut read = Read(Vec::new());
    module.visit(&mut read);
    Tensor::cat(read.0, 0)
}

/// The gradients of all parameters, `[p]`; zeros where a parameter had no part.
pub(super) fn gradients<M: Module>(module: &M, gradients: GradientsParams) -> Tensor<1> {
    struct Read(GradientsParams, Vec<Tensor<1>>);
    impl ModuleVisitor for Read {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.1.push(match self.0.remove::<D>(param.id) {
                Some(gradient) => gradient.flatten(0, D - 1),
                None => param.val().inner().zeros_like().flatten(0, D - 1),
            });
        }
    }
    let mut read = Read(gradients, Vec::new());
    module.visit(&mut read);
    Tensor::cat(read.1, 0)
}

/// `module` with the parameters `values` `[p]`: leaves of a graph of their own if `tracked`, else plain.
pub(super) fn with<M: Module>(module: M, values: Tensor<1>, tracked: bool) -> M {
    struct Write(Tensor<1>, usize, bool);
    impl ModuleMapper for Write {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let Self(values, next, tracked) = self;
            param.map(|old| {
                let (shape, length) = (old.shape(), old.shape().num_elements());
                let value = values.clone().narrow(0, *next, length).reshape(shape);
                *next += length;
                if *tracked { Tensor::from_inner(value).require_grad() } else { value }
            })
        }
    }
    module.map(&mut Write(values, 0, tracked))
}

/// Host copies of `values` `[p]`, named like the parameters of `module` behind `kind`.
pub(super) async fn export<M: Module>(
    module: &M,
    kind: &str,
    values: Tensor<1>,
) -> Result<Weights, ParameterError> {
    let all: Vec<f32> = whole(values.into_data_async()).await?.iter::<f32>().collect();
    let (names, shapes) = parameters::layout(module);
    let mut rest = all.as_slice();
    let named = names.into_iter().zip(shapes).map(|(name, shape)| {
        let (values, after) = rest.split_at(shape.iter().product());
        rest = after;
        (format!("{kind}.{name}"), HostTensor { shape, values: values.to_vec() })
    });
    Ok(named.collect())
}

/// What [`export`] wrote, taken out of `host`, on `device`.
pub(super) fn import<M: Module>(
    module: &M,
    kind: &str,
    host: &mut Weights,
    device: &Device,
) -> Result<Tensor<1>, ParameterError> {
    let (names, shapes) = parameters::layout(module);
    let mut all = Vec::new();
    for (name, expected) in names.iter().zip(shapes) {
        let name = format!("{kind}.{name}");
        let Some(HostTensor { shape, values }) = host.remove(&name) else {
            return Err(ParameterError::Missing(name));
        };
        if shape != expected {
            return Err(ParameterError::Shape { name, found: shape, expected });
        }
        all.extend(values);
    }
    let count = all.len();
    Ok(Tensor::from_data(TensorData::new(all, [count]), device))
}
