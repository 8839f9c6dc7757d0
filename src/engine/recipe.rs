//! Recipes: everything that decides a run, as one value that is file, flags and weights' memory at once.
//!
//! A preset is a TOML file in assets/presets; `--config` lays a file over it, `--set a.b=value` single
//! values. What comes out is checked whole, with sentences that name the key.

mod check;
mod layers;
mod optimisation;
mod student;
#[cfg(test)]
mod tests;

pub use check::method_problem;
pub use optimisation::Optimisation;
use serde::{Deserialize, Serialize};
pub use student::{Forerunner, Lesson, StudentRecipe};
use toml::{Table, Value};

use crate::{
    consistency::Bounded,
    data::{Mixture, Shape},
    diffusion::{ModelConfig, Preconditioned},
    distill::{Parameterization, score::TimeSampling},
    engine::StageName,
    math::grid::{GridError, TimeGrid},
    nn::Network,
};

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Name for people.
    pub name: String,
    /// Seed of everything random.
    pub seed: u64,
    /// What is learnt.
    pub data: DataRecipe,
    /// Teacher and students share one kind of network.
    pub model: ModelConfig,
    /// The teacher's training.
    pub teacher: TeacherRecipe,
    /// The students' training.
    pub student: StudentRecipe,
    /// The strong student's training, complete; none where there shall be no such student.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strong: Option<StudentRecipe>,
    /// The feature network that measures distances.
    pub features: FeatureRecipe,
    /// What a run writes, and how often.
    pub output: OutputRecipe,
}

/// What is learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataRecipe {
    /// `emoji`, `tiles`, a mixture (`ring`, `grid`), or a path.
    pub source: String,
    /// Every how many-th sample is kept from training, to measure against.
    pub held_out_every: usize,
    /// Colour under transparent pixels.
    #[serde(default = "white")]
    pub background: [u8; 3],
}

fn white() -> [u8; 3] {
    [255; 3]
}

/// The teacher's training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeacherRecipe {
    /// Use the mixture's exact denoiser: nothing is trained.
    #[serde(default)]
    pub exact: bool,
    /// Optimiser.
    pub optimisation: Optimisation,
    /// Training times.
    pub times: TimeSampling,
    /// Share of labels dropped, for guidance.
    pub label_drop: f64,
    /// Whether images are mirrored at random.
    pub mirror: bool,
    /// Measurements without a lower held-out loss after which the training ends; it is then what it was at the lowest.
    /// For small data, which a long training learns by heart. None: it goes on to the last step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<u64>,
}

/// The feature network's training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureRecipe {
    /// Optimiser.
    pub optimisation: Optimisation,
    /// Channels of the first level.
    pub base: usize,
}

/// What a run writes, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputRecipe {
    /// Steps between lines of the log.
    pub log_every: u64,
    /// Steps between checkpoints.
    pub checkpoint_every: u64,
    /// Steps between sample grids and measurements.
    pub sample_every: u64,
    /// Samples in a grid.
    pub samples: usize,
}

/// Why a recipe cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// No preset of this name.
    #[error("there is no preset `{name}`; there are {known}")]
    UnknownPreset {
        /// As asked for.
        name: String,
        /// Names that exist.
        known: String,
    },
    /// `--set` without an equals sign, or through something that is not a table.
    #[error("`--set {0}` is not of the form section.key=value")]
    Assignment(String),
    /// Not TOML, an unknown key or a value of another type.
    #[error("the configuration is not valid: {0}")]
    Invalid(String),
    /// A value that cannot work.
    #[error("`{key}`: {problem}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

/// The presets, by name.
pub const PRESETS: [(&str, &str); 7] = [
    ("emoji", include_str!("../../assets/presets/emoji.toml")),
    ("digits", include_str!("../../assets/presets/digits.toml")),
    ("tiles", include_str!("../../assets/presets/tiles.toml")),
    ("cifar10", include_str!("../../assets/presets/cifar10.toml")),
    ("ring", include_str!("../../assets/presets/ring.toml")),
    ("grid", include_str!("../../assets/presets/grid.toml")),
    ("tiny", include_str!("../../assets/presets/tiny.toml")),
];

/// The preset that runs without more.
pub const DEFAULT_PRESET: &str = "emoji";

impl Recipe {
    /// The preset `name`, with the TOML text `over` and then each `key=value` laid over it; a text that is a
    /// whole recipe, as that of a run is, takes the preset's place.
    pub fn resolve(name: &str, over: Option<&str>, set: &[String]) -> Result<Self, RecipeError> {
        let text = PRESETS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
        let text = text.ok_or_else(|| RecipeError::UnknownPreset {
            name: name.to_owned(),
            known: PRESETS.map(|(known, _)| known).join(", "),
        })?;
        let mut table = layers::parse(text)?;
        if let Some(over) = over {
            let over = layers::parse(over)?;
            match over.clone().try_into::<Self>() {
                Ok(whole) => table = whole.spelt_out(),
                // Its strong student says what differs from its own plain pair, not from the preset's strong one.
                Err(_) if is_whole(&over) => table = over,
                Err(_) => layers::lay_over(&mut table, over),
            }
        }
        for assignment in set {
            layers::assign(&mut table, assignment)?;
        }
        layers::complete(&mut table, "strong", "student")?;
        let recipe: Self = table.try_into().map_err(invalid)?;
        recipe.check()?;
        Ok(recipe)
    }

    /// The recipe of a run's folder.
    pub fn of_run(root: &std::path::Path) -> Result<Self, RecipeError> {
        let path = crate::store::RunFolder::at(root).config();
        let named = |what: String| RecipeError::Invalid(format!("{}: {what}", path.display()));
        let text = std::fs::read_to_string(&path).map_err(|error| named(error.to_string()))?;
        let table = text.parse::<Table>().and_then(Table::try_into);
        table.map_err(|error| named(words(error)))
    }

    /// As a table: a whole recipe, see [`Self::resolve`].
    pub fn table(&self) -> Table {
        Table::try_from(self).expect("a recipe is a table of plain values")
    }

    /// [`Self::table`] with all that it leaves out of the strong student as usual, which would else be taken
    /// from the plain pair.
    fn spelt_out(&self) -> Table {
        let mut table = self.table();
        if let Some(strong) = &self.strong {
            table.insert("strong".into(), Value::Table(strong.spelt_out()));
        }
        table
    }

    /// How `stage` is trained; none where it is a formula.
    pub fn optimisation_of(&self, stage: StageName) -> Option<Optimisation> {
        match stage {
            StageName::Features => Some(self.features.optimisation),
            StageName::Teacher => (!self.teacher.exact).then_some(self.teacher.optimisation),
            StageName::Student(_) | StageName::Strong => Some(self.student_of(stage).optimisation),
        }
    }

    /// The shape of the images; none for points.
    pub fn shape(&self) -> Option<Shape> {
        let image = self.model.network.image();
        image.map(|[channels, size]| Shape { channels, height: size, width: size })
    }

    /// The mixture, where the data is one; of images, a folder may be called like one.
    pub fn mixture(&self) -> Option<Mixture> {
        let has_points = self.model.network.image().is_none();
        has_points.then(|| Mixture::named(&self.data.source).ok()).flatten()
    }

    /// Whether a model of this recipe is one of `other`'s: dropout is how it is trained, not what it is.
    pub fn has_model_of(&self, other: &Self) -> bool {
        let own = |recipe: &Self| {
            let network = recipe.model.network.clone().without_dropout();
            (ModelConfig { network, ..recipe.model.clone() }, recipe.mixture())
        };
        own(self) == own(other)
    }

    /// The denoiser that a network of this recipe is.
    pub fn denoiser(&self, network: Network, is_half: bool) -> Preconditioned {
        Preconditioned { network, config: self.model.clone(), is_half, replay: None }
    }

    /// The consistency function that a network of this recipe is; all students share the boundary.
    pub fn consistency_function(&self, network: Network, is_half: bool) -> Bounded<Preconditioned> {
        let (boundary, sigma_data) = (self.student.boundary, self.model.sigma_data);
        Bounded { denoiser: self.denoiser(network, is_half), boundary, sigma_data }
    }

    /// How a network is read that learns to be the denoiser.
    pub fn of_teacher(&self, is_half: bool) -> Parameterization {
        Parameterization { config: self.model.clone(), boundary: None, is_half }
    }

    /// How a network is read that learns to be the consistency function.
    pub fn of_student(&self, is_half: bool) -> Parameterization {
        Parameterization { boundary: Some(self.student.boundary), ..self.of_teacher(is_half) }
    }

    /// The teacher's grid.
    pub fn grid(&self) -> Result<TimeGrid, GridError> {
        self.grid_of(self.student.intervals)
    }

    /// A grid of `intervals` for this recipe's process.
    pub fn grid_of(&self, intervals: usize) -> Result<TimeGrid, GridError> {
        TimeGrid::of(self.model.process, intervals)
    }
}

/// Whether `table` says everything of a recipe, once its strong student is complete.
fn is_whole(table: &Table) -> bool {
    let mut table = table.clone();
    layers::complete(&mut table, "strong", "student").is_ok() && table.try_into::<Recipe>().is_ok()
}

/// What a parser calls a type, and what people do.
const TYPES: [(&str, &str); 6] = [
    ("expected usize", "expected a whole number from 0 up"),
    ("expected u64", "expected a whole number from 0 up"),
    ("expected u32", "expected a whole number from 0 up"),
    ("expected u8", "expected a whole number from 0 to 255"),
    ("expected f64", "expected a number"),
    ("unit variant, expected string only", "expected a word, or a table of one key"),
];

fn invalid(error: toml::de::Error) -> RecipeError {
    RecipeError::Invalid(words(error))
}

fn words(error: toml::de::Error) -> String {
    let said = error.to_string().trim_end().to_owned();
    let said = TYPES.into_iter().fold(said, |said, (theirs, ours)| said.replace(theirs, ours));
    format!("{said}\n(docs/recipes.md says what each key takes)")
}
