//! The stages of a run by name: on the command line, in files, in the window.

use std::num::NonZeroUsize;

use super::recipe::Recipe;
use crate::distill::Horizon;

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

    /// The stage called `text` on the command line or in files, or a sentence that lists what there is.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "features" => Ok(Self::Features),
            "teacher" => Ok(Self::Teacher),
            "cm" => Ok(Self::Student(Horizon::CM)),
            "direct" => Ok(Self::Student(Horizon::Full)),
            "strong" => Ok(Self::Strong),
            "random" => Ok(Self::Student(Horizon::Random)),
            _ => {
                let steps = text.strip_prefix("horizon").and_then(|k| k.strip_prefix([':', '-']));
                let steps = steps.and_then(|k| k.parse().ok());
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

    /// The name for people.
    pub fn title(self) -> String {
        match self {
            Self::Features => "Features".into(),
            Self::Teacher => "Teacher".into(),
            Self::Student(Horizon::CM) => "CM".into(),
            Self::Student(Horizon::Full) => "Direct CM".into(),
            Self::Student(Horizon::Random | Horizon::Steps(_)) => self.file_name(),
            Self::Strong => "Strong".into(),
        }
    }

    /// The name for people of what is called `name` in files and logs; what is no stage keeps its own.
    pub fn title_of(name: &str) -> String {
        Self::parse(name).map_or_else(|_| name.to_owned(), Self::title)
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

    #[test]
    fn a_stage_is_found_by_its_name_in_files_and_what_is_none_keeps_its_own() {
        let four = StageName::Student(Horizon::Steps(NonZeroUsize::new(4).expect("not zero")));
        let random = StageName::Student(Horizon::Random);
        for stage in StageName::ALL.into_iter().chain([four, random]) {
            assert_eq!(StageName::parse(&stage.file_name()), Ok(stage));
        }
        assert_eq!(StageName::parse("horizon:4"), Ok(four));
        let titles = ["cm", "horizon-4", "another"].map(StageName::title_of);
        assert_eq!(titles, ["CM", "horizon-4", "another"]);
    }
}
