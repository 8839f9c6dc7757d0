//! What the quality of samples is measured by, and how that is told.

use serde::{Deserialize, Serialize};

use crate::{
    engine::{
        report::significant,
        worker::quality::{Dot, Measure},
    },
    math::{chance::Score, statistics::Estimate},
    picture::axis::Ends,
};

/// What samples are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// The teacher's samples from other noise.
    #[default]
    Teacher,
    /// Data that nothing was trained on.
    HeldOut,
}

/// A measure beside a reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ruler {
    pub(super) measure: Measure,
    pub(super) quality: Quality,
}

/// Its name where there is room.
pub(super) fn title(measure: Measure) -> &'static str {
    match measure {
        Measure::Frechet => "Frechet distance",
        Measure::White => "white Frechet distance",
        Measure::Kernel => "kernel distance",
        Measure::Precision => "precision",
        Measure::Coverage => "coverage",
    }
}

/// What it says of samples.
pub(super) fn hint(measure: Measure) -> &'static str {
    match measure {
        Measure::Frechet => {
            "How far mean and covariance are apart, the usual measure (FD). Small sets look farther apart \
             than they are."
        }
        Measure::White => {
            "Frechet distance where every direction that the reference's features vary in counts alike, without what small \
             sets add. A classifier's features vary by classes above all, and hardly in other directions."
        }
        Measure::Kernel => {
            "How far all moments up to the third are apart (KID). At any number of samples right on average, \
             so that it may come out below 0."
        }
        Measure::Precision => {
            "The share of samples that lie where the reference does: whether they look right."
        }
        Measure::Coverage => {
            "The share of the reference that has a sample nearby: whether all kinds of it are there."
        }
    }
}

impl Ruler {
    /// The dot's score, shares in percent; none where it has too few samples.
    pub(super) fn figure(self, dot: &Dot) -> Option<Estimate> {
        let Estimate { mean, low, high } = self.score(dot)?.figure;
        let unit = if self.measure.is_distance() { 1.0 } else { 100.0 };
        Some(Estimate { mean: unit * mean, low: unit * low, high: unit * high })
    }

    /// The same with what chance does to it, shares of 1.
    pub(super) fn score(self, dot: &Dot) -> Option<&Score> {
        let measured = match self.quality {
            Quality::Teacher => &dot.to_teacher,
            Quality::HeldOut => dot.to_data.as_ref()?,
        };
        measured.by(self.measure)
    }

    /// Whether a figure stands for better samples than another.
    pub(super) fn is_better(self, figure: f64, other: f64) -> bool {
        if self.measure.is_distance() { figure < other } else { figure > other }
    }

    /// A figure with its unit.
    pub(super) fn text(self, figure: f64) -> String {
        let unit = if self.measure.is_distance() { "" } else { "%" };
        significant(figure) + unit
    }

    /// What stands before a figure in a sentence.
    pub(super) fn short(self) -> &'static str {
        match self.measure {
            Measure::Frechet => "FD",
            Measure::White => "white FD-inf",
            Measure::Kernel => "KID",
            other => title(other),
        }
    }

    /// Of the axis upwards, with its unit: in full, and where there is little room.
    pub(super) fn axis(self) -> [String; 2] {
        let (all, where_it_lies) = match self.quality {
            Quality::Teacher => ("the teacher's samples from other noise", "they do"),
            Quality::HeldOut => ("held-out data", "it does"),
        };
        let short = if self.measure.is_distance() {
            title(self.measure).to_owned()
        } else {
            format!("{} (%)", title(self.measure))
        };
        let whole = match self.measure {
            Measure::Frechet => format!("Frechet distance to {all}"),
            Measure::White => format!("white Frechet distance (FD-inf) to {all}"),
            Measure::Kernel => format!("kernel distance (KID) to {all}"),
            Measure::Precision => format!("of {all}: samples that lie where {where_it_lies} (%)"),
            Measure::Coverage => format!("of {all}: what has a sample nearby (%)"),
        };
        [whole, short]
    }

    /// What better samples are said to be measured by.
    pub(super) fn way(self) -> String {
        let (whose, verb) = match self.quality {
            Quality::Teacher => ("the teacher's", "do"),
            Quality::HeldOut => ("held-out data", "does"),
        };
        match self.measure {
            Measure::Frechet => format!("their distance to {whose}"),
            Measure::White => format!("their white distance to {whose}"),
            Measure::Kernel => format!("their kernel distance to {whose}"),
            Measure::Precision => format!("how many of them lie where {whose} {verb}"),
            Measure::Coverage => format!("how much of {whose} they cover"),
        }
    }

    /// How the axis upwards ends.
    pub(super) fn ends(self) -> Ends {
        match self.measure {
            Measure::Frechet => Ends::FromZero,
            Measure::White | Measure::Kernel => Ends::WithZero,
            Measure::Precision | Measure::Coverage => Ends::UpTo(100.0),
        }
    }

    /// What is plotted upwards.
    pub(super) fn formula(self) -> &'static str {
        match self.measure {
            Measure::Frechet => "y = |μ₁ - μ₂|² + tr(Σ₁ + Σ₂ - 2 (Σ₁Σ₂)^½)",
            Measure::White => {
                "y = |W(μ₁ - μ₂)|² + tr(WΣ₁W' + 1 - 2 (WΣ₁W')^½) at N without end,   WΣ₂W' = 1"
            }
            Measure::Kernel => {
                "y = mean k(a, a') + mean k(b, b') - 2 mean k(a, b),   k = (a·b / d + 1)³"
            }
            Measure::Precision => {
                "y = share of samples within reach of a reference's fifth neighbour"
            }
            Measure::Coverage => {
                "y = share of the reference with a sample within reach of its fifth neighbour"
            }
        }
    }

    /// Where the bars upwards come from.
    pub(super) fn bars(self) -> &'static str {
        match self.measure {
            Measure::Frechet => {
                "at the Frechet distance d ± 1.96 standard deviations of 100 bootstrap resamples of both \
                 sets. Small sets look farther apart than they are, so compare distances at the same N only"
            }
            Measure::White => {
                "at twice the distance less the mean distance of halves, ± 1.96 standard deviations of 100 bootstrap \
                 resamples of both sets"
            }
            Measure::Kernel => {
                "at the kernel distance d ± 1.96 standard deviations, from what each sample changes"
            }
            Measure::Precision | Measure::Coverage => {
                "at a share Wilson's, which take the other set as it is. Compare shares at the same N only"
            }
        }
    }
}
