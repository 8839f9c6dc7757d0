//! All parameters of a module as one vector, in visiting order, and back.
//!
//! What an optimiser does is the same for every number: on one vector it is one operation, not one
//! for each of a hundred small tensors.

use std::ops::Range;

use burn::{
    backend::{Dispatch, tensor::FloatTensor},
    module::{ModuleMapper, ModuleVisitor, Param},
    optim::GradientsParams,
    prelude::*,
    tensor::TensorData,
};

use super::operations;
use crate::nn::{
    kernel::{ALIGNMENT, table::part},
    parameters::{self, HostTensor, ParameterError, Weights},
};
use crate::solver::host;

/// Where the parameter after one of `length` values at `start` begins: each at a multiple of [`ALIGNMENT`], so that it is
/// not cut out before it is read. What lies between two of them is 0, and remains so.
fn after(start: usize, length: usize) -> usize {
    (start + length).next_multiple_of(ALIGNMENT)
}

/// Where a parameter is in the vector.
pub(super) struct Place {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) start: usize,
}

impl Place {
    /// Its values.
    pub(super) fn range(&self) -> Range<usize> {
        self.start..self.start + self.shape.iter().product::<usize>()
    }

    /// Whether it is a matrix between two layers: neither what inputs meet first, nor what outputs meet last.
    pub(super) fn is_hidden(&self) -> bool {
        const OUTER: [&str; 7] = [
            "stem.",
            "positions",
            "embedding.label",
            "embedding.time_in.",
            "input.",
            "conv_out.",
            "output.",
        ];
        self.shape.len() > 1 && !OUTER.iter().any(|outer| self.name.starts_with(outer))
    }
}

/// The place of each parameter of `module`.
pub(super) fn places<M: Module>(module: &M) -> Vec<Place> {
    let (names, shapes) = parameters::layout(module);
    placed(names.into_iter().zip(shapes))
}

/// Parameters of these names and shapes, one behind the other.
pub(super) fn placed(named: impl IntoIterator<Item = (String, Vec<usize>)>) -> Vec<Place> {
    let mut next = 0;
    let places = named.into_iter().map(|(name, shape)| {
        let place = Place { name, shape, start: next };
        next = after(place.start, place.range().len());
        place
    });
    places.collect()
}

/// Tensors with their places in a vector of `length`.
#[derive(Default)]
struct Parts {
    parts: Vec<(usize, FloatTensor<Dispatch>)>,
    length: usize,
}

impl Parts {
    /// The next parameter's tensor, of `length` values; without one its values are 0.
    fn push<const D: usize>(&mut self, length: usize, tensor: Option<Tensor<D>>) {
        self.parts.extend(tensor.map(|tensor| (self.length, tensor.into_dispatch())));
        self.length = after(self.length, length);
    }

    fn join(self, device: &Device) -> Tensor<1> {
        operations::put(Tensor::zeros([self.length], device), &self.parts)
    }
}

/// The parameters themselves.
impl ModuleVisitor for Parts {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val().inner();
        self.push(value.shape().num_elements(), Some(value));
    }
}

/// The parameters of `module`, plain, `[p]`, on `device`, where they are.
pub(super) fn weights<M: Module>(module: &M, device: &Device) -> Tensor<1> {
    let mut read = Parts::default();
    module.visit(&mut read);
    read.join(device)
}

/// The gradients of all parameters, `[p]`, on `device`, where they are; zeros where a parameter had no part.
pub(super) fn gradients<M: Module>(
    module: &M,
    gradients: GradientsParams,
    device: &Device,
) -> Tensor<1> {
    struct Read(GradientsParams, Parts);
    impl ModuleVisitor for Read {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.1.push(param.shape().num_elements(), self.0.remove::<D>(param.id));
        }
    }
    let mut read = Read(gradients, Parts::default());
    module.visit(&mut read);
    read.1.join(device)
}

/// `module` with the parameters `values` `[p]`: leaves of a graph of their own if `tracked`, else plain.
pub(super) fn with<M: Module>(module: M, values: Tensor<1>, tracked: bool) -> M {
    struct Write(Tensor<1>, usize, bool);
    impl ModuleMapper for Write {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let Self(values, next, tracked) = self;
            param.map(|old| {
                let (shape, length) = (old.shape(), old.shape().num_elements());
                let value = part(values.clone(), *next, length).reshape(shape);
                *next = after(*next, length);
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
    let all = host(values).await?;
    let named = places(module).into_iter().map(|place| {
        let values = all[place.range()].to_vec();
        (format!("{kind}.{}", place.name), HostTensor { shape: place.shape, values })
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
    let mut all = Vec::new();
    for Place { name, shape, .. } in places(module) {
        let tensor = parameters::take(host, format!("{kind}.{name}"), shape)?;
        let end = after(all.len(), tensor.values.len());
        all.extend(tensor.values);
        all.resize(end, 0.0);
    }
    let count = all.len();
    Ok(Tensor::from_data(TensorData::new(all, [count]), device))
}
