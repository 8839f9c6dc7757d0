//! The stages of a run by name: on the command line, in files, in the window.

use std::num::NonZeroUsize;

use super::recipe::Recipe;
use crate::distill::Horizon;

/// The name for people of what is called `name` in files and logs.
pub fn title(name: &str) -> String {
    match name {
        "cm" => "CM".into(),
        "direct" => "Direct CM".into(),
        "features" => "Features".into(),
        "strong" => "Strong".into(),
        "teacher" => "Teacher".into(),
        other => other.into(),
    }
}

/// Which training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageName {
    /// The feature network.
    Features,
    /// The teacher.
    Teacher,
    /// A student, plain: a fair pair differs in nothing but the horizon.
    Student(Horizon),
    /// The student that shall be best in one step, with all that helps.
    Strong,
}

impl StageName {
    /// Those that a run trains without more, as far as its recipe has them.
    pub const ALL: [Self; 5] = [
        Self::Features,
        Self::Teacher,
        Self::Student(Horizon::CM),
        Self::Student(Horizon::Full),
        Self::Strong,
    ];

    /// What a run of `recipe` trains without more.
    pub fn of(recipe: &Recipe) -> Vec<Self> {
        Self::ALL.into_iter().filter(|stage| stage.is_in(recipe)).collect()
    }

    /// Whether `recipe` has this stage: points are told apart without a feature network, and a strong
    /// student has a table of its own.
    pub fn is_in(self, recipe: &Recipe) -> bool {
        match self {
            Self::Features => recipe.model.network.image().is_some(),
            Self::Strong => recipe.strong.is_some(),
            Self::Teacher | Self::Student(_) => true,
        }
    }

    /// The stage called `text`, or a sentence that lists what there is.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "features" => Ok(Self::Features),
            "teacher" => Ok(Self::Teacher),
            "cm" => Ok(Self::Student(Horizon::CM)),
            "direct" => Ok(Self::Student(Horizon::Full)),
            "strong" => Ok(Self::Strong),
            "random" => Ok(Self::Student(Horizon::Random)),
            _ => {
                let steps = text.strip_prefix("horizon:").and_then(|k| k.parse().ok());
                steps.map(|k: NonZeroUsize| Self::Student(Horizon::Steps(k))).ok_or_else(|| {
                    format!(
                        "`{text}` is no stage; there are features, teacher, cm, direct, strong, random \
                         and horizon:K with K teacher steps"
                    )
                })
            }
        }
    }

    /// The name in files and logs: `horizon:4` is `horizon-4` there, as Windows has no colons.
    pub fn file_name(self) -> String {
        match self {
            Self::Features => "features".into(),
            Self::Teacher => "teacher".into(),
            Self::Student(Horizon::CM) => "cm".into(),
            Self::Student(Horizon::Full) => "direct".into(),
            Self::Student(Horizon::Random) => "random".into(),
            Self::Student(Horizon::Steps(k)) => format!("horizon-{k}"),
            Self::Strong => "strong".into(),
        }
    }

    /// Teacher steps of a student; none for the other stages.
    pub fn horizon(self) -> Option<Horizon> {
        match self {
            Self::Features | Self::Teacher => None,
            Self::Student(horizon) => Some(horizon),
            Self::Strong => Some(Horizon::Full),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_stages_in_files_fit_every_system() {
        let others = ["random", "horizon:4"].map(|text| StageName::parse(text).unwrap());
        let names = StageName::ALL.into_iter().chain(others).map(StageName::file_name);
        let names: Vec<String> = names.collect();
        let expected = ["features", "teacher", "cm", "direct", "strong", "random", "horizon-4"];
        assert_eq!(names, expected);
    }
}
