//! Training draws, counter-based: draw `i` of a seed is the same datum, time and noise wherever and
//! whenever it is made, which is what makes resuming exact and targets worth caching.

use std::ops::Range;

use burn::{prelude::*, tensor::TensorData};

use super::{Horizon, Origin, Starts};
use crate::{
    data::Dataset,
    math::{
        grid::TimeGrid,
        schedule::{Level, Process},
        seed::{self, Purpose, Seed},
    },
};

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

/// Draws and their clean data and noise, in the order longest path first.
pub struct Drawn {
    /// As the tensors' rows.
    pub draws: Vec<Draw>,
    /// `[n, d]`
    pub x0: Tensor<2>,
    /// `[n, d]`
    pub noise: Tensor<2>,
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
    /// The draws numbered `indices`, with their data and noise on `device`.
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
        let (mut x0, mut noise) = (vec![0.0f32; n * d], vec![0.0f32; n * d]);
        for (i, draw) in draws.iter().enumerate() {
            data.read(draw.datum, &mut x0[i * d..(i + 1) * d]);
            let row = &mut noise[i * d..(i + 1) * d];
            seed::gaussian(seed, Purpose::Noise, draw.index, 0, row);
        }
        let tensor = |values| Tensor::from_data(TensorData::new(values, [n, d]), device);
        Self { draws, x0: tensor(x0), noise: tensor(noise) }
    }

    /// The draws of these rows: `[n, d] -> [rows, d]`.
    pub fn rows(&self, rows: Range<usize>) -> Self {
        let part = |x: &Tensor<2>| x.clone().narrow(0, rows.start, rows.len());
        Self {
            x0: part(&self.x0),
            noise: part(&self.noise),
            draws: self.draws[rows.clone()].to_vec(),
        }
    }

    /// Start times.
    pub fn times(&self) -> Vec<f64> {
        self.draws.iter().map(Draw::time).collect()
    }

    /// Labels.
    pub fn labels(&self) -> Vec<u32> {
        self.draws.iter().map(|draw| draw.label).collect()
    }
}
