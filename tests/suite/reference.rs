//! Against PyTorch: network, gradients, DDIM and both losses, from the fixtures of tests/reference.

use std::{collections::BTreeMap, path::Path};

use burn::{
    module::{ModuleVisitor, Param},
    prelude::*,
    tensor::{Gradients, TensorData},
};
use safetensors::SafeTensors;
use skipstone::{
    consistency::{Boundary, Bounded, ConsistencyFunction as _},
    diffusion::{Guided, Method, ModelConfig, Preconditioned, Prediction, diffuse, ode::Sight},
    distill::{Distillation, Draw, Drawn, Loss, Origin, Parameterization, Weighting},
    math::{grid::TimeGrid, schedule::Process, seed::Seed},
    nn::{
        Initial, Network, NetworkConfig,
        parameters::{self, Weights},
        vit::VitConfig,
    },
    store::HostTensor,
    train::{Learner as _, Lesson},
};

use crate::support::{host, solve_observed};

struct Fixture(Weights);

impl Fixture {
    fn read(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let bytes = std::fs::read(folder.join(name)).expect("a fixture");
        let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
        let tensors = file.tensors().into_iter().map(|(name, tensor)| {
            let values =
                tensor.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
            (name, HostTensor { shape: tensor.shape().to_vec(), values: values.collect() })
        });
        Self(tensors.collect())
    }

    fn values(&self, name: &str) -> &[f32] {
        &self.0.get(name).unwrap_or_else(|| panic!("no {name}")).values
    }

    /// `[n, ...]` as `[n, d]`.
    fn rows(&self, name: &str) -> Tensor<2> {
        let tensor = &self.0[name];
        let n = tensor.shape[0];
        let shape = [n, tensor.values.len() / n];
        Tensor::from_data(TensorData::new(tensor.values.clone(), shape), &Device::flex())
    }

    fn labels(&self) -> Vec<u32> {
        self.values("label").iter().map(|l| *l as u32).collect()
    }

    /// All tensors behind `prefix`.
    fn below(&self, prefix: &str) -> Weights {
        let own = self.0.iter().filter_map(|(name, tensor)| {
            Some((name.strip_prefix(prefix)?.to_owned(), tensor.clone()))
        });
        own.collect()
    }

    fn network(&self, config: &NetworkConfig, device: &Device) -> Network {
        let network = config.init(&mut Initial::new(Seed(0), device));
        parameters::import(network, self.below("parameter.")).expect("the twin's names and shapes")
    }
}

fn config() -> NetworkConfig {
    let text = "kind = 'unet'\nchannels = 2\nsize = 8\npatch = 2\nbase = 4\nmultipliers = [1, 2]\n\
                blocks = 1\nattention = [1]\nheads = 4\ngroups = 2\ndropout = 0.0\nclasses = 3";
    toml::from_str(text).expect("the configuration of make_fixtures.py")
}

fn eps_model(network: Network) -> Preconditioned {
    let (process, prediction) = (Process::ScaledLinear, Prediction::Eps);
    let config = ModelConfig { network: config(), process, prediction, sigma_data: 0.5 };
    Preconditioned { network, config, is_half: false, replay: None }
}

/// No difference is above a share of the largest expected value.
#[track_caller]
fn assert_near(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(1e-6f32, |m, v| m.max(v.abs()));
    for (i, (a, b)) in found.iter().zip(expected).enumerate() {
        let apart = (a - b).abs();
        assert!(apart <= tolerance * largest, "{what}, value {i}: {a} is {apart} from {b}");
    }
}

/// Gradients by parameter name.
fn gradients(network: &Network, source: &Gradients) -> BTreeMap<String, Vec<f32>> {
    struct Visit<'a>(&'a Gradients, Vec<Vec<f32>>);
    impl ModuleVisitor for Visit<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.1.push(param.val().grad(self.0).map(host).unwrap_or_default());
        }
    }
    let mut visit = Visit(source, Vec::new());
    network.visit(&mut visit);
    parameters::layout(network).0.into_iter().zip(visit.1).collect()
}

#[test]
fn the_networks_and_all_their_gradients_agree_with_pytorch() {
    let vit = VitConfig {
        channels: 2,
        size: 8,
        patch: 2,
        width: 8,
        depth: 3,
        heads: 2,
        groups: 2,
        classes: 3,
    };
    for (name, config) in
        [("unet.safetensors", config()), ("vit.safetensors", NetworkConfig::Vit(vit))]
    {
        network_agrees(&Fixture::read(name), &config);
    }
}

fn network_agrees(fixture: &Fixture, config: &NetworkConfig) {
    let device = Device::flex().autodiff();
    let network = fixture.network(config, &device);
    let x = fixture.rows("input").autodiff().require_grad();
    let time: Vec<f64> = fixture.values("time").iter().map(|&time| time.into()).collect();
    let condition = config.condition(&time, &fixture.labels(), &device);
    let output = network.forward(x.clone(), condition, None);
    // 2e-5: f32 sums in another order through some twenty layers.
    assert_near("output", &host(output.clone().inner()), fixture.values("output"), 2e-5);

    let source = (output * fixture.rows("cotangent").autodiff()).sum().backward();
    let own = host(x.grad(&source).expect("tracked"));
    assert_near("gradient of the input", &own, fixture.values("gradient.input"), 5e-5);
    let found = gradients(&network, &source);
    let expected = fixture.below("gradient.parameter.");
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, values) in &found {
        assert_near(name, values, &expected[name].values, 1e-4);
    }
}

#[test]
fn guided_ddim_follows_the_trajectory_of_pytorch() {
    let fixture = Fixture::read("ddim_trajectory.safetensors");
    let network = Fixture::read("unet.safetensors").network(&config(), &Device::flex());
    let teacher = Guided { denoiser: eps_model(network), scale: 2.0, classes: 3 };
    let states = fixture.rows("states"); // [11, 3 d]
    let [count, flat] = states.dims();
    let labels = fixture.labels();
    let n = labels.len();
    let all = host(states);
    let state = |i: usize| &all[i * flat..(i + 1) * flat];
    let start = TensorData::new(state(0).to_vec(), [n, flat / n]);
    let paths = vec![TimeGrid::uniform(count - 1).expect("a grid").times().to_vec(); n];

    let mut seen = 0;
    let observe = |sight: Sight<'_>| {
        assert_near("a state", &host(sight.state), state(seen), 5e-5);
        seen += 1;
    };
    let x = Tensor::from_data(start, &Device::flex());
    let end = solve_observed(Method::Ddim, &teacher, &paths, x, &labels, observe);
    assert_near("the end", &host(end), state(count - 1), 5e-5);
    assert_eq!(seen, count - 1);
}

#[test]
fn cm_and_direct_cm_losses_and_gradients_agree_with_pytorch() {
    let fixture = Fixture::read("distillation.safetensors");
    let teacher = Fixture::read("unet.safetensors").network(&config(), &Device::flex());
    let teacher = Guided { denoiser: eps_model(teacher), scale: 2.0, classes: 3 };
    let ode = Method::Ddim.parts();
    let distillation = Distillation {
        teacher: &teacher,
        ode: &ode,
        loss: Loss::L2,
        weighting: Weighting::Uniform,
    };
    let grid = TimeGrid::uniform(10).expect("a grid");
    for (name, most) in [("cm", 1), ("direct", 10)] {
        // The fixture's rows are sorted by start, as draws are by length for Direct CM.
        let draws: Vec<Draw> = fixture
            .values("j")
            .iter()
            .zip(fixture.labels())
            .enumerate()
            .map(|(i, (j, label))| {
                let start = *j as usize;
                let end = (start + most).min(10);
                let path = grid.times()[start..=end].to_vec();
                Draw { index: i as u64, datum: i, label, origin: Origin::Data, path }
            })
            .collect();
        let times: Vec<f64> = draws.iter().map(Draw::time).collect();
        let (x0, noise) = (fixture.rows("x0"), fixture.rows("noise"));
        let states = diffuse(Process::ScaledLinear, x0, noise, &times);
        assert_near("x_t", &host(states.clone()), fixture.values("x"), 1e-6);

        let drawn = Drawn { draws, states, are_whole: most == 10 };
        let (landed, labels) = (distillation.land(&drawn), drawn.labels());
        let network = fixture.network(&config(), &Device::flex().autodiff());
        let (denoiser, boundary) = (eps_model(network.valid()), Boundary::Paper);
        let (config, is_half) = (denoiser.config.clone(), false);
        let student = Bounded { denoiser, boundary, sigma_data: 0.5 };
        let target = student.endpoint(landed.clone(), &drawn.landing_times(), &labels);
        assert_near("target", &host(target), fixture.values(&format!("{name}.target")), 5e-5);

        let parameterization = Parameterization { config, boundary: Some(boundary), is_half };
        let Lesson { objective, batch } =
            distillation.lesson(&parameterization, &drawn, landed, None);
        let loss = network.loss(&objective, batch.inputs().as_constants());
        let value = host(loss.clone().inner());
        assert_near("loss", &value, fixture.values(&format!("{name}.loss")), 2e-5);
        let found = gradients(&network, &loss.backward());
        let expected = fixture.below(&format!("{name}.gradient."));
        assert!(expected.len() >= 9, "gradients of every kind of parameter");
        for (parameter, tensor) in expected {
            assert_near(&parameter, &found[&parameter], &tensor.values, 2e-4);
        }
    }
}
