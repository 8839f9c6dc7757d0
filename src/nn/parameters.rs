//! Weights to host values and back, by name ("down.0.residual.conv1.weight").
//!
//! Why not the records of burn: files must be readable by name from other languages, and be refused
//! with a sentence when a tensor is missing, unknown or of another shape.

use std::collections::BTreeMap;

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    prelude::*,
    tensor::{ExecutionError, TensorData, Transaction},
};

use crate::platform::whole;

/// Numbers on the host with their shape, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct HostTensor {
    /// Dimensions, slowest first; empty for a scalar.
    pub shape: Vec<usize>,
    /// As many values as the product of `shape`.
    pub values: Vec<f32>,
}

/// Host tensors by name.
pub type Weights = BTreeMap<String, HostTensor>;

/// Why weights do not fit a network.
#[derive(Debug, thiserror::Error)]
pub enum ParameterError {
    /// A parameter of the network is not among the weights.
    #[error("the weights lack `{0}`")]
    Missing(String),
    /// A tensor of the weights is not in the network.
    #[error("the weights hold `{0}`, which the network does not have")]
    Unknown(String),
    /// Same name, different shape.
    #[error("`{name}` has shape {found:?} in the weights, {expected:?} in the network")]
    Shape {
        /// The parameter's path.
        name: String,
        /// As in the weights.
        found: Vec<usize>,
        /// As in the network.
        expected: Vec<usize>,
    },
    /// The device did not answer.
    #[error("the device could not be read: {0}")]
    Device(#[from] ExecutionError),
}

/// Reads all float parameters of `module`, in one transaction.
pub async fn export<M: Module>(module: &M) -> Result<Weights, ParameterError> {
    let mut walk = Export::default();
    module.visit(&mut walk);
    let data = whole(walk.reads.execute_async()).await?;
    let values = data.into_iter().map(|d| d.iter::<f32>().collect::<Vec<f32>>());
    let host = walk.names.into_iter().zip(walk.shapes).zip(values);
    Ok(host.map(|((name, shape), values)| (name, HostTensor { shape, values })).collect())
}

/// Names and shapes of all float parameters, in visiting order.
pub fn layout<M: Module>(module: &M) -> (Vec<String>, Vec<Vec<usize>>) {
    let mut walk = Export::default();
    module.visit(&mut walk);
    (walk.names, walk.shapes)
}

/// `module` with every float parameter replaced by the tensor of its name.
pub fn import<M: Module>(module: M, weights: Weights) -> Result<M, ParameterError> {
    let mut walk = Import { path: Path::default(), weights, error: None };
    let module = module.map(&mut walk);
    match (walk.error, walk.weights.pop_first()) {
        (Some(error), _) => Err(error),
        (None, Some((name, _))) => Err(ParameterError::Unknown(name)),
        (None, None) => Ok(module),
    }
}

/// The names of the modules around a parameter; the variant of an enum is not part of a name.
#[derive(Default)]
struct Path(Vec<(String, bool)>);

impl Path {
    fn enter(&mut self, name: &str, container: &str) {
        // burn reports an enum's variant under the enum's own container type.
        self.0.push((name.to_owned(), container.starts_with("Enum:")));
    }

    fn exit(&mut self) {
        self.0.pop();
    }

    fn name(&self) -> String {
        let names = self.0.iter().filter(|(_, is_variant)| !is_variant).map(|(name, _)| name);
        names.cloned().collect::<Vec<_>>().join(".")
    }
}

#[derive(Default)]
struct Export {
    path: Path,
    names: Vec<String>,
    shapes: Vec<Vec<usize>>,
    reads: Transaction,
}

impl ModuleVisitor for Export {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val().inner();
        self.names.push(self.path.name());
        self.shapes.push(value.dims().to_vec());
        self.reads = std::mem::take(&mut self.reads).register(value);
    }
}

struct Import {
    path: Path,
    weights: Weights,
    error: Option<ParameterError>,
}

impl Import {
    /// The tensor called like the present path, if it fits `expected`.
    fn take(&mut self, expected: Vec<usize>) -> Result<TensorData, ParameterError> {
        let host = take(&mut self.weights, self.path.name(), expected)?;
        Ok(TensorData::new(host.values, host.shape))
    }
}

/// Takes the tensor `name` out of `weights`, if it is there in the shape `expected`.
pub(crate) fn take(
    weights: &mut Weights,
    name: String,
    expected: Vec<usize>,
) -> Result<HostTensor, ParameterError> {
    let Some(host) = weights.remove(&name) else {
        return Err(ParameterError::Missing(name));
    };
    if host.shape != expected {
        return Err(ParameterError::Shape { name, found: host.shape, expected });
    }
    Ok(host)
}

impl ModuleMapper for Import {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.take(param.dims().to_vec()) {
            Ok(data) => param.map(|old| {
                let tracked = old.is_require_grad();
                let new = Tensor::from_data(data, &old.device());
                if tracked { new.require_grad() } else { new }
            }),
            Err(error) => {
                self.error.get_or_insert(error);
                param
            }
        }
    }
}
