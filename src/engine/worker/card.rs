//! What a shell is told of models.

use std::ops::RangeInclusive;

use super::FAST;
use crate::{
    data::Shape,
    diffusion::Method,
    engine::{Model, provenance::subject, recipe::method_problem, shipped::ModelSet},
    math::{grid::TimeGrid, schedule::Process},
    store::Manifest,
};

/// How a model's golden outputs came out on this device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parity {
    /// Largest difference; none where the file has no golden samples.
    pub difference: Option<f64>,
    /// Largest difference accepted.
    pub tolerance: f64,
}

impl Parity {
    /// Whether the device computes this model right; not-a-number is no.
    pub fn holds(self) -> Option<bool> {
        self.difference.map(|difference| difference <= self.tolerance)
    }
}

/// What a model file says about itself.
#[derive(Clone, Debug)]
pub struct Card {
    /// `Teacher`, `CM`, `Direct CM` or a method's own name.
    pub title: String,
    /// All the file says.
    pub manifest: Manifest,
    /// Its SHA-256.
    pub sha256: String,
}

impl Card {
    fn of(model: &Model) -> Self {
        let (manifest, sha256) = (model.manifest.clone(), model.sha256.clone());
        Self { title: model.title(), manifest, sha256 }
    }
}

/// A set of models as a shell sees it.
#[derive(Clone, Debug)]
pub struct SetCard {
    /// Whether these are the weights that travel with the program.
    pub is_shipped: bool,
    /// The preset's name.
    pub preset: String,
    /// The shape of a sample; none for points in the plane.
    pub shape: Option<Shape>,
    /// Classes; none: unconditional.
    pub classes: u32,
    /// What the models denoise.
    pub process: Process,
    /// The solver that the students were distilled from.
    pub method: Method,
    /// Its intervals N.
    pub intervals: usize,
    /// Its guidance w.
    pub guidance: f64,
    /// The teacher first.
    pub cards: Vec<Card>,
}

impl SetCard {
    /// Values of a sample.
    pub fn dims(&self) -> usize {
        self.shape.map_or(2, |shape| shape.len())
    }

    /// Solvers that run on the models' process.
    pub fn solvers(&self) -> Vec<Method> {
        let fits = |method: &Method| method_problem(*method, self.process).is_none();
        Method::ALL.into_iter().filter(fits).collect()
    }

    /// The number of the teacher by [`FAST`] among the samplers.
    pub fn fast(&self) -> usize {
        self.cards.len()
    }

    /// Whether a solver has a grid of so many steps.
    pub fn has_grid(&self, steps: usize) -> bool {
        TimeGrid::of(self.process, steps).is_ok()
    }

    /// When a student takes the second of two steps on a grid of so many intervals, where nobody chose; none of a grid of
    /// fewer.
    pub fn even_second(&self, intervals: usize) -> Option<f64> {
        let times = TimeGrid::of(self.process, intervals).and_then(|grid| grid.student_times(2));
        times.ok().map(|times| times[1])
    }

    /// The times at which it may, evenly spread or by their logarithms.
    pub fn seconds(&self) -> RangeInclusive<f64> {
        match self.process {
            Process::ScaledLinear => 10.0..=990.0,
            Process::Edm => 0.01..=79.0,
        }
    }

    /// The name of a sampler.
    pub fn title(&self, model: usize) -> &str {
        self.cards.get(model).map_or(FAST.title(), |card| &card.title)
    }

    /// The SHA-256 of the teacher's file.
    pub fn teacher(&self) -> Option<&str> {
        self.cards.first().map(|card| &*card.sha256)
    }

    /// The name of a class, or its number.
    pub fn class_name(&self, class: u32) -> String {
        let names = self.cards.first().and_then(|teacher| teacher.manifest.data.as_ref());
        let name = names.and_then(|data| data.classes.get(class as usize)).cloned();
        name.unwrap_or_else(|| format!("class {class}"))
    }

    /// Which classes the rows ask for; nothing of models that have none.
    pub fn asked(&self, class: Option<u32>) -> String {
        match class {
            Some(class) => self.class_name(class),
            None if self.classes > 0 => "in turn".into(),
            None => String::new(),
        }
    }

    /// What figures are of.
    pub fn subject(&self) -> String {
        let data = self.cards.first().and_then(|teacher| teacher.manifest.data.as_ref());
        subject(&self.preset, data)
    }

    pub(super) fn of(set: &ModelSet, is_shipped: bool) -> Self {
        let recipe = &set.teacher.recipe;
        Self {
            is_shipped,
            preset: recipe.name.clone(),
            shape: recipe.shape(),
            classes: set.teacher.classes(),
            process: recipe.model.process,
            method: recipe.student.method,
            intervals: recipe.student.intervals,
            guidance: recipe.student.guidance,
            cards: set.models().map(Card::of).collect(),
        }
    }
}
