//! Does this device compute what the CPU computes? Each operation and network that we use, forward and
//! backward, and the golden outputs inside the weights.
//!
//! Why: fusion and autotune of GPU backends have had wrong-result bugs that no error reports.

use burn::{
    module::{ModuleVisitor, Param},
    nn::loss::CrossEntropyLossConfig,
    prelude::*,
    tensor::{Gradients, TensorData},
};

use super::{
    LabError,
    model::Model,
    recipe::{PRESETS, Recipe},
    shipped,
};
use crate::{
    consistency::sample::Noise,
    math::seed::{Purpose, Seed},
    nn::{
        Initial, Network, NetworkConfig,
        features::{FeatureConfig, FeatureNetwork},
        kernel, layer,
        pieces::Pieces,
        vit::VitConfig,
    },
    platform::whole,
    train::{Rate, Settings, Trainer, adamw::AdamW, rate::Decay},
};

/// One comparison.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Check {
    /// What was computed.
    pub name: String,
    /// Largest difference, relative to the largest value on the CPU (golden: absolute).
    pub difference: f64,
    /// Largest difference accepted.
    pub tolerance: f64,
}

impl Check {
    /// Whether the device computes right; not-a-number does not pass.
    pub fn passes(&self) -> bool {
        self.difference <= self.tolerance
    }
}

/// f32 sums over up to 10^4 terms in another order (measured on lavapipe: at most 2e-6).
const TOLERANCE: f64 = 5e-5;

/// Runs all checks on `device`; `quick` only those that a program can afford at every start.
pub async fn run(device: &Device, quick: bool) -> Result<Vec<Check>, LabError> {
    let mut checks = if quick { Vec::new() } else { operations(device).await? };
    let presets = PRESETS.iter().map(|(name, _)| *name).filter(|name| !quick || *name == "tiny");
    for preset in presets {
        let config = Recipe::resolve(preset, None, &[])?.model.network;
        checks.push(network(preset, &config, device).await?);
    }
    if !quick {
        checks.push(network("a transformer", &NetworkConfig::Vit(TRANSFORMER), device).await?);
        checks.push(classifier(device).await?);
    }
    for preset in shipped::presets() {
        for name in ["teacher", "cm", "direct", "strong"] {
            let Some(bytes) = shipped::bytes(preset, name) else { continue };
            let model = Model::from_bytes(bytes, device)?;
            if let Some([difference, tolerance]) = model.golden_difference(device).await? {
                let name = format!("golden outputs of {preset} {name}");
                checks.push(Check { name, difference, tolerance });
            }
            if quick {
                break;
            }
        }
    }
    Ok(checks)
}

type Operation = (&'static str, [usize; 4], fn(Tensor<4>) -> Tensor<4>);

/// Operations on an image batch; second operands are made from the input.
const OPERATIONS: &[Operation] = &[
    ("convolution 3x3, 12 to 32", [2, 12, 16, 16], |x| convolve(x, 32, 3)),
    ("convolution 3x3, 32 to 32", [2, 32, 16, 16], |x| convolve(x, 32, 3)),
    ("convolution 3x3, 96 to 64", [2, 96, 8, 8], |x| convolve(x, 64, 3)),
    ("convolution 3x3, 64 to 12", [2, 64, 16, 16], |x| convolve(x, 12, 3)),
    ("convolution 1x1, 96 to 32", [2, 96, 16, 16], |x| convolve(x, 32, 1)),
    ("convolution 1x1, 192 to 64", [2, 192, 8, 8], |x| convolve(x, 64, 1)),
    ("group norm + silu", [3, 64, 8, 8], |x| {
        let [n, c, ..] = x.dims();
        let plane = x.clone().slice([0..n, 0..c, 0..1, 1..2]).reshape([n, c]);
        kernel::group_norm(x, plane.clone() + 1.0, plane, 8, true)
    }),
    ("modulated norm + silu", [3, 64, 8, 8], |x| {
        let [n, c, ..] = x.dims();
        let lines = x.clone().slice([0..n, 0..c, 0..2, 1..2]);
        let row = x.clone().slice([0..1, 0..c, 2..3, 3..4]).reshape([c]);
        let modulation = lines.permute([0, 2, 1, 3]).reshape([n, 2 * c]);
        kernel::modulated_norm(x, [row.clone() + 1.0, row], modulation, 8, true)
    }),
    ("silu", [2, 16, 8, 8], kernel::silu),
    ("attention", [2, 96, 8, 8], |x| kernel::attention(x, 4)),
    ("halve and double", [2, 32, 16, 16], |x| layer::double(layer::halve(x))),
    ("fold and unfold", [2, 3, 32, 32], |x| layer::unfold(layer::fold(x, 2).square(), 2)),
    ("concatenation and mean", [2, 32, 8, 8], |x| {
        let mean = x.clone().mean_dim(1).repeat_dim(1, 32);
        Tensor::cat(vec![x, mean], 1)
    }),
];

/// A convolution whose weights are fixed numbers.
fn convolve(x: Tensor<4>, outputs: usize, size: usize) -> Tensor<4> {
    let [_, c, ..] = x.dims();
    let noise = Noise { seed: Seed(11), first: 0 };
    let shape = [outputs, c * size * size];
    let weight = noise.draw(Purpose::Weights, 0, shape, &x.device()) * 0.1;
    kernel::convolution(x, weight.reshape([outputs, c, size, size]), None)
}

async fn operations(device: &Device) -> Result<Vec<Check>, LabError> {
    let mut checks = Vec::new();
    for (name, shape, operation) in OPERATIONS {
        let on = async |device: &Device| {
            let device = device.clone().autodiff();
            let flat = [shape[0], shape[1] * shape[2] * shape[3]];
            let x = Noise { seed: Seed(3), first: 0 }.draw(Purpose::Initial, 0, flat, &device);
            let x = x.reshape(*shape).require_grad();
            let y = operation(x.clone());
            // A cotangent that differs everywhere: products with the output itself.
            let gradients = (y.clone() * y.clone().detach().sin()).sum().backward();
            let gradient = x.grad(&gradients).expect("the input is tracked");
            let y: Vec<f32> = whole(y.inner().into_data_async()).await?.iter::<f32>().collect();
            let gradient = whole(gradient.into_data_async()).await?.iter::<f32>().collect();
            Ok::<_, LabError>([y, gradient])
        };
        let [found, expected] = [on(device).await?, on(&Device::flex()).await?];
        for (part, (a, b)) in ["forward", "backward"].iter().zip(found.iter().zip(&expected)) {
            let name = format!("{name}, {part}");
            checks.push(Check { name, difference: difference(a, b), tolerance: TOLERANCE });
        }
    }
    Ok(checks)
}

/// One whose tokens and channels fill no vector.
const TRANSFORMER: VitConfig = VitConfig {
    channels: 3,
    size: 24,
    patch: 4,
    width: 40,
    depth: 3,
    heads: 4,
    groups: 2,
    classes: 4,
};

/// A network: output, gradients of the input and of every parameter, with every weight away
/// from zero; and the weights after an optimiser step.
async fn network(name: &str, config: &NetworkConfig, device: &Device) -> Result<Check, LabError> {
    let on = async |device: &Device| {
        let device = device.clone().autodiff();
        let network = scrambled(config.init(&mut Initial::new(Seed(9), &device)));
        let shape = [2, config.dims()];
        let x = Noise { seed: Seed(5), first: 0 }.draw(Purpose::Initial, 0, shape, &device);
        let x = x.require_grad();
        let time = Tensor::from_floats([-300.0, 600.0], &device);
        let labels = TensorData::new(vec![0i32, config.classes() as i32], [2]);
        let labels = Tensor::<1, Int>::from_data(labels, &device);
        let run = |network: &Network| {
            let y = network.forward(x.clone(), time.clone(), labels.clone(), None);
            (y.clone(), (y.clone() * y.detach().sin()).sum())
        };
        let (y, loss) = run(&network);
        let own = x.grad(&loss.backward()).expect("the input is tracked");
        let both = Tensor::cat(vec![y.inner(), own], 0);
        let both = whole(both.into_data_async()).await?.iter::<f32>().collect();
        let [gradients, stepped] = learn(network, |network| run(network).1, device).await?;
        Ok::<_, LabError>([both, gradients, stepped])
    };
    let name = format!("network of {name}: output, all gradients, a training step");
    Ok(check_all(name, &on(device).await?, &on(&Device::flex()).await?))
}

/// The feature network under its own loss: scores, all gradients, a training step.
async fn classifier(device: &Device) -> Result<Check, LabError> {
    let config = FeatureConfig { channels: 3, size: 32, base: 16, classes: 8 };
    let on = async |device: &Device| {
        let device = device.clone().autodiff();
        let network = scrambled(config.init(&mut Initial::new(Seed(9), &device)));
        let x = Noise { seed: Seed(5), first: 0 };
        let x = x.draw(Purpose::Initial, 0, [2, 3 * 32 * 32], &device);
        let labels = Tensor::<1, Int>::from_ints([1, 6], &device);
        let cross_entropy = CrossEntropyLossConfig::new().init(&device);
        let scores = network.classify(network.features(x.clone()));
        let scores = whole(scores.inner().into_data_async()).await?.iter::<f32>().collect();
        let loss = |network: &FeatureNetwork| {
            let scores = network.classify(network.features(x.clone()));
            cross_entropy.forward(scores, labels.clone())
        };
        let [gradients, stepped] = learn(network, loss, device.clone()).await?;
        Ok::<_, LabError>([scores, gradients, stepped])
    };
    let name = "feature network: scores, all gradients, a training step".to_owned();
    Ok(check_all(name, &on(device).await?, &on(&Device::flex()).await?))
}

/// Gradients of all parameters, and the live and averaged weights after a step down `loss`.
async fn learn<M: Pieces>(
    network: M,
    loss: impl Fn(&M) -> Tensor<1> + Sync + Send,
    device: Device,
) -> Result<[Vec<f32>; 2], LabError> {
    struct Gather(Gradients, Vec<Tensor<1>>);
    impl ModuleVisitor for Gather {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(gradient) = param.val().grad(&self.0) {
                let length = gradient.shape().num_elements();
                self.1.push(gradient.reshape([length]));
            }
        }
    }
    let mut gather = Gather(loss(&network).backward(), Vec::new());
    network.visit(&mut gather);
    let gradients =
        whole(Tensor::cat(gather.1, 0).into_data_async()).await?.iter::<f32>().collect();

    let rate = Rate { peak: 0.1, warmup: 0, decay: Decay::Constant, steps: 1 };
    // A large epsilon: a step that follows the gradient's size, not only its sign.
    let adamw = AdamW { epsilon: 1.0, ..AdamW::default() };
    let mut trainer = Trainer::new(network, Settings { adamw, rate, ema: 0.5 }, device);
    trainer.apply(1, |network, _| loss(network));
    let stepped = trainer.export().await?.into_values().flat_map(|w| w.values).collect();
    Ok([gradients, stepped])
}

/// The worst of several comparisons, each relative to its own largest value.
fn check_all<const N: usize>(
    name: String,
    found: &[Vec<f32>; N],
    expected: &[Vec<f32>; N],
) -> Check {
    let each = found.iter().zip(expected).map(|(a, b)| difference(a, b));
    // Errors of some twenty layers add up.
    Check { name, difference: each.fold(0.0, f64::max), tolerance: 10.0 * TOLERANCE }
}

/// The network with small random values in every parameter, so that no path is silent.
fn scrambled<M: Module>(network: M) -> M {
    struct Scramble(u64);
    impl burn::module::ModuleMapper for Scramble {
        fn map_float<const D: usize>(
            &mut self,
            param: burn::module::Param<Tensor<D>>,
        ) -> burn::module::Param<Tensor<D>> {
            self.0 += 1;
            let (number, device) = (self.0, param.val().device());
            param.map(|old| {
                let shape = old.dims();
                let noise = Noise { seed: Seed(9), first: number };
                let flat = [1, shape.iter().product()];
                let change = noise.draw(Purpose::Weights, 1, flat, &device.clone().inner()) * 0.05;
                Tensor::from_inner(old.inner() + change.reshape(shape)).require_grad()
            })
        }
    }
    network.map(&mut Scramble(0))
}

/// Largest difference over largest expected value; infinite where a value is not a number.
fn difference(found: &[f32], expected: &[f32]) -> f64 {
    let largest = expected.iter().fold(1e-6f32, |most, v| most.max(v.abs()));
    let worst = found.iter().zip(expected).fold(0.0f32, |worst, (a, b)| {
        let apart = (a - b).abs();
        if apart <= worst {
            worst
        } else if apart.is_nan() {
            f32::INFINITY
        } else {
            apart
        }
    });
    f64::from(worst) / f64::from(largest)
}
