//! Does this device compute what the CPU computes? Each operation and network that we use, forward and
//! backward, and the golden outputs inside the weights.
//!
//! Why: fusion and autotune of GPU backends have had wrong-result bugs that no error reports.

mod compared;
mod golden;
mod muon;
mod operations;

use burn::{
    module::{ModuleVisitor, Param},
    prelude::*,
    tensor::Gradients,
};

use super::{
    LabError, Opened,
    features::classification,
    recipe::{PRESETS, Recipe},
    shipped,
};
use crate::{
    consistency::sample::Noise,
    diffusion::{ModelConfig, Prediction},
    distill::{
        Loss, Parameterization,
        regression::{Details, Query, Target},
    },
    math::{
        precondition::Coefficients,
        schedule::Process,
        seed::{Purpose, Seed},
    },
    nn::{
        Initial, Network, NetworkConfig, features::FeatureConfig, parameters::Weights,
        vit::VitConfig,
    },
    solver::host,
    train::{Learner, Lesson, Optimiser, Rate, Settings, Trainer, adamw::AdamW, rate::Decay},
};
use compared::{Kind, check_all, require};
pub use muon::require_muon;

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

/// f32 sums over up to 10^4 terms in another order (measured on lavapipe: at most 4e-6).
const TOLERANCE: f64 = 5e-5;

/// Images of f16, which keeps 11 bits, through some twenty layers and back (measured on lavapipe: at most 6e-3).
const HALF_TOLERANCE: f64 = 2e-2;

/// Runs all checks on a device, `quick` only those that a program can afford at every start; `heard` is told each as it
/// comes, as the first use of a GPU's kernels compiles them.
pub async fn run(
    opened: &Opened,
    quick: bool,
    heard: &mut dyn FnMut(&Check),
) -> Result<Vec<Check>, LabError> {
    let device = &opened.device;
    let mut checks = Vec::new();
    let mut add = |found: Vec<Check>| {
        found.iter().for_each(&mut *heard);
        checks.extend(found);
    };
    if !quick {
        add(operations::checked(device).await?);
    }
    let presets = PRESETS.iter().map(|(name, _)| *name);
    for preset in presets.filter(|name| !quick || ["tiny", POINTS].contains(name)) {
        add(network_of(preset, opened).await?);
    }
    if !quick {
        let transformer = NetworkConfig::Vit(TRANSFORMER);
        add(network("a transformer", &transformer, opened).await?);
        add(vec![classifier(device).await?, muon::checked(device).await?]);
    }
    for preset in shipped::presets() {
        let models = ["teacher", "cm", "direct", "strong"].into_iter();
        for name in models.take(if quick { 1 } else { usize::MAX }) {
            add(golden::checked(preset, name, opened).await?);
        }
    }
    Ok(checks)
}

/// A preset whose network is one of points.
const POINTS: &str = "ring";

/// Refuses a GPU on which a network of points does not learn what it learns on the CPU, for programs that have
/// no time for more.
pub async fn require_points(opened: &Opened) -> Result<(), LabError> {
    if opened.is_gpu() { require(&network_of(POINTS, opened).await?) } else { Ok(()) }
}

async fn network_of(preset: &str, opened: &Opened) -> Result<Vec<Check>, LabError> {
    let config = Recipe::resolve(preset, None, &[])?.model.network;
    network(preset, &config, opened).await
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
/// from zero; and the weights after an optimiser step. A U-Net with images of f16 too, where the device has them so.
async fn network(
    name: &str,
    config: &NetworkConfig,
    opened: &Opened,
) -> Result<Vec<Check>, LabError> {
    let on = async |device: &Device, is_half: bool| {
        let tracked = device.clone().autodiff();
        let network = scrambled(config.init(&mut Initial::new(Seed(9), &tracked)));
        let lesson = lesson(config, is_half, device);
        let x = lesson.batch.states[0].clone();
        let plain = network.valid();
        let labels = [0, config.classes() as u32];
        let condition = config.condition(&[-300.0, 600.0], &labels, device);
        let y = plain.in_its_type(is_half, x, |x| plain.infer(x, condition));
        let mut learnt = learn(network, &lesson, tracked).await?;
        learnt.kinds.push(vec![host(y).await?]);
        Ok::<_, LabError>(learnt)
    };
    let expected = on(&Device::flex(), false).await?.kinds;
    let check = async |kind: &str, is_half, tolerance| {
        let Learnt { kinds, step } = on(&opened.device, is_half).await?;
        let name = format!("network of {name}{kind}: output, all gradients, {step}");
        Ok::<_, LabError>(check_all(name, &kinds, &expected, tolerance))
    };
    // Errors of some twenty layers add up.
    let mut checks = vec![check("", false, 10.0 * TOLERANCE).await?];
    if opened.is_half && matches!(config, NetworkConfig::Unet(_)) {
        checks.push(check(", images of f16", true, HALF_TOLERANCE).await?);
    }
    Ok(checks)
}

/// A student's: towards its own word of other states, so that all that a lesson can ask of a network is there. Each value
/// counts whole, as the gradients of a mean are below what f16 holds.
fn lesson(config: &NetworkConfig, is_half: bool, device: &Device) -> Lesson<Network> {
    let shape @ [n, d] = [2, config.dims()];
    let labels = [0, config.classes() as u32];
    let ask = |seed, noise: [f64; 2]| {
        let states = Noise { seed: Seed(seed), first: 0 }.initial(shape, device);
        let affine = |noise| Coefficients { skip: 0.3, out: 0.8, input: 1.2, noise };
        Query { states, affine: noise.map(affine).into(), labels: &labels }
    };
    let parameterization = Parameterization {
        config: ModelConfig {
            network: config.clone(),
            process: Process::ScaledLinear,
            prediction: Prediction::F,
            sigma_data: 0.5,
        },
        boundary: None,
        is_half,
    };
    let weights = Some(vec![(n * d) as f64; n]);
    let details = Details { weights, dropout: Some((Seed(3), 1 << 40)) };
    let target = Target::Own(ask(6, [500.0, -100.0]));
    parameterization.lesson(Loss::L2, ask(5, [-300.0, 600.0]), target, details)
}

/// The feature network under its own loss: scores, all gradients, a training step.
async fn classifier(device: &Device) -> Result<Check, LabError> {
    let config = FeatureConfig { channels: 3, size: 32, base: 16, classes: 8 };
    let on = async |device: &Device| {
        let tracked = device.clone().autodiff();
        let network = scrambled(config.init(&mut Initial::new(Seed(9), &tracked)));
        let x = Noise { seed: Seed(5), first: 0 }.initial([2, 3 * 32 * 32], device);
        let plain = network.valid();
        let scores = host(plain.classify(plain.features(x.clone()))).await?;
        let mut learnt = learn(network, &classification(x, &[1, 6]), tracked).await?;
        learnt.kinds.push(vec![scores]);
        Ok::<_, LabError>(learnt)
    };
    let Learnt { kinds, step } = on(device).await?;
    let name = format!("feature network: scores, all gradients, {step}");
    Ok(check_all(name, &kinds, &on(&Device::flex()).await?.kinds, 10.0 * TOLERANCE))
}

/// What a lesson taught.
struct Learnt {
    kinds: Vec<Kind>,
    /// Whether the step was a replayed one, in words.
    step: &'static str,
}

/// Gradients of the states and of all parameters; weights, averages and both moments after a step.
async fn learn<M: Learner>(
    network: M,
    lesson: &Lesson<M>,
    device: Device,
) -> Result<Learnt, LabError> {
    struct Gather(Gradients, Vec<Tensor<1>>);
    impl ModuleVisitor for Gather {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(gradient) = param.val().grad(&self.0) {
                let length = gradient.shape().num_elements();
                self.1.push(gradient.reshape([length]));
            }
        }
    }
    let mut inputs = lesson.batch.inputs().as_constants();
    let x = inputs.states[0].clone().require_grad();
    inputs.states[0] = x.clone();
    let gradients = network.loss(&lesson.objective, inputs).backward();
    let own = x.grad(&gradients).expect("the states are tracked").flatten(0, 1);
    let mut gather = Gather(gradients, vec![own]);
    network.visit(&mut gather);
    // One read for all: each has to wait for the device.
    let lengths: Vec<usize> = gather.1.iter().map(|gradient| gradient.dims()[0]).collect();
    let mut values = host(Tensor::cat(gather.1, 0)).await?.into_iter();
    let gradients: Kind =
        lengths.into_iter().map(|length| values.by_ref().take(length).collect()).collect();

    let rate = Rate { peak: 0.1, warmup: 0, decay: Decay::Constant, steps: 1 };
    // A large epsilon: a step that follows the gradient's size, not only its sign.
    let adamw = AdamW { epsilon: 1.0, ..AdamW::default() };
    let mut trainer = Trainer::new(
        network,
        Settings { optimiser: Optimiser::Adamw, adamw, rate, ema: 0.5, scale: 1.0 },
        device,
    );
    trainer.learn(lesson);
    let stepped = trainer.export().await?;
    let state = ["live.", "ema.", "first.", "second."].map(|kind| of_kind(&stepped, kind));
    let is_replayed = trainer.replayed() > 0;
    let step = if is_replayed { "a replayed training step" } else { "a training step" };
    Ok(Learnt { kinds: [gradients].into_iter().chain(state).collect(), step })
}

/// What a trainer wrote of one kind.
fn of_kind(state: &Weights, kind: &str) -> Kind {
    let own = state.iter().filter(|(name, _)| name.starts_with(kind));
    own.map(|(_, tensor)| tensor.values.clone()).collect()
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
