//! Training draws, counter-based: draw `i` of a seed is the same datum, time and noise wherever and
//! whenever it is made, which is what makes resuming exact and targets worth caching.

use burn::{prelude::*, tensor::TensorData};
use rayon::prelude::*;

use super::{Horizon, Origin, Starts};
use crate::{
    data::Dataset,
    math::{
        grid::TimeGrid,
        schedule::{Level, Process},
        seed::{self, Purpose, Seed},
    },
};

/// Draws that are worth a core's while.
pub(super) const ROWS: usize = 16;

/// One distillation draw: which datum, from which start of the grid, over how many teacher steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// Its number.
    pub index: u64,
    /// The datum.
    pub datum: usize,
    /// The datum's label.
    pub label: u32,
    /// What it starts at.
    pub origin: Origin,
    /// The teacher's path: the start and each time after it, up to the horizon.
    pub path: Vec<f64>,
}

/// The teacher's paths: from where, along which times, how far.
#[derive(Clone, Copy)]
pub struct Paths<'a> {
    /// What the grid's times mean.
    pub process: Process,
    /// The teacher's grid.
    pub grid: &'a TimeGrid,
    /// Where they start.
    pub starts: Starts,
    /// Teacher steps.
    pub horizon: Horizon,
}

/// Draws and the states that they start at, in the order longest path first.
#[derive(Clone)]
pub struct Drawn {
    /// As the tensor's rows.
    pub draws: Vec<Draw>,
    /// `[n, d]`
    pub states: Tensor<2>,
    /// Whether all paths of their kind end at t = 0.
    pub are_whole: bool,
}

impl Paths<'_> {
    /// Whether all end at t = 0, wherever they start.
    fn are_whole(&self) -> bool {
        match self.horizon {
            Horizon::Steps(k) => k.get() >= self.grid.intervals(),
            Horizon::Full => true,
            Horizon::Random => false,
        }
    }
}

/// Makes the clean `state` of draw `index` a noised one, `alpha x_0 + sigma eps`: on the host, where both come from.
pub(super) fn noise(seed: Seed, index: u64, level: Level, state: &mut [f32]) {
    let mut noise = vec![0.0f32; state.len()];
    seed::gaussian(seed, Purpose::Noise, index, 0, &mut noise);
    let [alpha, sigma] = [level.alpha, level.sigma].map(|factor| factor as f32);
    for (value, noise) in state.iter_mut().zip(noise) {
        *value = alpha * *value + sigma * noise;
    }
}

impl Draw {
    /// Draw `index`: a datum, a start, and the horizon's path from there.
    pub fn new(seed: Seed, index: u64, data: &dyn Dataset, paths: Paths<'_>) -> Self {
        let Paths { process, grid, starts, horizon } = paths;
        let datum = seed::below(seed, Purpose::DataIndex, index, 0, data.len());
        let (start, origin) = starts.draw(seed, index, process, grid);
        let left = grid.intervals() - start;
        let steps = match horizon {
            Horizon::Steps(k) => k.get().min(left),
            Horizon::Full => left,
            Horizon::Random => 1 + seed::below(seed, Purpose::Horizon, index, 0, left),
        };
        let path = grid.times()[start..=start + steps].to_vec();
        Self { index, datum, label: data.label(datum), origin, path }
    }

    /// Signal and noise of the state it starts at.
    pub fn level(&self, process: Process) -> Level {
        match self.origin {
            Origin::Data => process.level(self.time()),
            Origin::Noise => process.pure_noise(),
        }
    }

    /// The start of the path.
    pub fn time(&self) -> f64 {
        self.path[0]
    }

    /// Where the teacher stops.
    pub fn landing_time(&self) -> f64 {
        self.path[self.path.len() - 1]
    }
}

impl Drawn {
    /// The draws numbered `indices`, with their states on `device`.
    pub fn new(
        seed: Seed,
        indices: impl Iterator<Item = u64>,
        data: &dyn Dataset,
        paths: Paths<'_>,
        device: &Device,
    ) -> Self {
        let mut draws: Vec<Draw> =
            indices.map(|index| Draw::new(seed, index, data, paths)).collect();
        draws.sort_by_key(|draw| std::cmp::Reverse(draw.path.len()));
        let (n, d) = (draws.len(), data.dims());
        let mut states = vec![0.0f32; n * d];
        states.par_chunks_mut(d).zip(&draws).with_min_len(ROWS).for_each(|(state, draw)| {
            data.read(draw.datum, state);
            noise(seed, draw.index, draw.level(paths.process), state);
        });
        let states = Tensor::from_data(TensorData::new(states, [n, d]), device);
        Self { draws, states, are_whole: paths.are_whole() }
    }

    /// Start times.
    pub fn times(&self) -> Vec<f64> {
        self.draws.iter().map(Draw::time).collect()
    }

    /// Where the teacher stops.
    pub fn landing_times(&self) -> Vec<f64> {
        self.draws.iter().map(Draw::landing_time).collect()
    }

    /// Labels.
    pub fn labels(&self) -> Vec<u32> {
        self.draws.iter().map(|draw| draw.label).collect()
    }
}
