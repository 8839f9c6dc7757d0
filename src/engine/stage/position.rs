//! Where a stage stands.

use serde::{Deserialize, Serialize};

use super::{Numbers, Origin, Outcome};

/// Where a stage stands, in its checkpoints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) step: u64,
    pub(super) seconds: f64,
    pub(super) best: Option<f64>,
    /// Looks since the best.
    #[serde(default)]
    pub(super) since_best: u64,
    /// What was measured last; the finished weights carry it.
    pub(super) numbers: Numbers,
    /// What it learnt from; checkpoints of the first versions do not say.
    #[serde(default)]
    pub(super) origin: Option<Origin>,
    /// What it was computed on so far, in order; checkpoints of earlier versions do not say.
    #[serde(default)]
    pub(super) devices: Vec<String>,
}

impl Position {
    /// Goes on on `device`; where the steps before were computed on another, a sentence says so.
    pub(super) fn go_on(&mut self, device: &str) -> Option<String> {
        if self.devices.last().is_some_and(|last| last == device) {
            return None;
        }
        let before = self.devices.join(", then ");
        self.devices.push(device.to_owned());
        (!before.is_empty()).then(|| {
            format!(
                "the first {} steps were computed on {before}, what follows is on {device}: other numbers than either \
                 alone would give",
                self.step
            )
        })
    }

    /// How the training ended, here.
    pub(super) fn outcome(self) -> Outcome {
        Outcome { step: self.step, numbers: self.numbers, devices: self.devices }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_training_that_goes_on_on_another_device_says_so_and_keeps_both() {
        let mut position = Position { step: 5, ..Position::default() };
        assert_eq!(position.go_on("a GPU"), None, "an earlier version's checkpoint does not say");
        assert_eq!(position.go_on("a GPU"), None);
        let told = position.go_on("CPU").expect("told");
        assert!(
            told.starts_with("the first 5 steps were computed on a GPU, what follows is on CPU")
        );
        let told = position.go_on("a GPU").expect("told");
        assert!(told.starts_with("the first 5 steps were computed on a GPU, then CPU, what"));
        assert_eq!(position.outcome().devices, ["a GPU", "CPU", "a GPU"]);
    }
}
