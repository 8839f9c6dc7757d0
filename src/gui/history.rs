//! Settings as they were: undo, redo, and seeds that were looked at.

use super::{Settings, View, Wishes};

/// States to go back to.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    past: Vec<Settings>,
    future: Vec<Settings>,
    /// The state that the last frame ended with.
    present: Option<Settings>,
    /// Seeds of earlier windows, newest first.
    pub(super) earlier: Vec<u64>,
}

/// Steps that are remembered.
const DEPTH: usize = 200;

impl History {
    /// Notes the state at a frame's end; `settled` where no pointer or key is down and nothing is being typed, so that
    /// a drag is one step, and a number one too.
    pub(super) fn note(&mut self, settings: &Settings, settled: bool) {
        let Some(present) = &mut self.present else {
            self.present = Some(settings.clone());
            return;
        };
        if settled && differ(present, settings) {
            self.past.push(std::mem::replace(present, settings.clone()));
            self.future.clear();
            if self.past.len() > DEPTH {
                self.past.remove(0);
            }
        }
    }

    /// The models asked for last could not be opened: what was set since is of `preset`, which stays.
    pub(super) fn stay_with(&mut self, preset: &str) {
        let states = self.present.iter_mut().chain(self.past.iter_mut().rev());
        for state in states.take_while(|state| state.preset != preset) {
            preset.clone_into(&mut state.preset);
        }
        if let (Some(last), Some(present)) = (self.past.last(), &self.present)
            && !differ(last, present)
        {
            self.past.pop();
        }
    }

    /// The state before, but for the wishes that are `kept`.
    pub(super) fn undo(&mut self, kept: Option<&Wishes>) -> Option<Settings> {
        Self::step(&mut self.past, &mut self.future, &mut self.present, kept)
    }

    /// The state that was undone last, but for the wishes that are `kept`.
    pub(super) fn redo(&mut self, kept: Option<&Wishes>) -> Option<Settings> {
        Self::step(&mut self.future, &mut self.past, &mut self.present, kept)
    }

    /// Whether there is a state before `settings`.
    pub(super) fn can_undo(&self, settings: &Settings) -> bool {
        let is_changed = |present: &Settings| differ(present, settings);
        !self.past.is_empty() || self.present.as_ref().is_some_and(is_changed)
    }

    pub(super) fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// Seeds that were set before, newest first, without `present`.
    pub(super) fn recent_seeds(&self, present: u64) -> Vec<u64> {
        let mut seeds = Vec::new();
        let past = self.past.iter().rev().map(|settings| settings.seed);
        for seed in past.chain(self.earlier.iter().copied()) {
            if seed != present && !seeds.contains(&seed) {
                seeds.push(seed);
            }
        }
        seeds.truncate(4);
        seeds
    }

    fn step(
        from: &mut Vec<Settings>,
        to: &mut Vec<Settings>,
        present: &mut Option<Settings>,
        kept: Option<&Wishes>,
    ) -> Option<Settings> {
        loop {
            let mut next = from.pop()?;
            if let Some(kept) = kept {
                next.training.clone_from(kept);
            }
            // Where it was a change of these wishes alone, nothing is left of it.
            if kept.is_none() || present.as_ref().is_none_or(|present| differ(present, &next)) {
                to.extend(present.replace(next.clone()));
                return Some(next);
            }
        }
    }
}

/// Whether there is anything to undo between them: which view is open is where a person looks, and no setting.
fn differ(one: &Settings, other: &Settings) -> bool {
    one != other && *one != Settings { view: one.view, ..other.clone() }
}

/// The view that shows what is different between them, where the one that is open does not.
pub(super) fn elsewhere(one: &Settings, other: &Settings) -> Option<View> {
    let shows = |view: &View| seen(one, *view) != seen(other, *view);
    let is_hidden = differ(one, other) && !shows(&one.view);
    View::shown().find(shows).filter(|_| is_hidden)
}

/// What `view` shows of `settings`; the rest as nobody set it.
fn seen(settings: &Settings, view: View) -> Settings {
    let (all, rest) = (settings.clone(), Settings::default());
    match view {
        View::Comparison => Settings {
            view: rest.view,
            trajectory: rest.trajectory,
            plane: rest.plane,
            paradox: rest.paradox,
            microscope: rest.microscope,
            training: rest.training,
            ..all
        },
        View::Trajectory => Settings {
            preset: all.preset,
            seed: all.seed,
            keeps_seed: all.keeps_seed,
            class: all.class,
            method: all.method,
            intervals: all.intervals,
            guidance: all.guidance,
            trajectory: all.trajectory,
            ..rest
        },
        View::Plane => Settings { seed: all.seed, plane: all.plane, ..rest },
        View::Paradox => {
            Settings { preset: all.preset, seed: all.seed, paradox: all.paradox, ..rest }
        }
        View::Solvers => Settings {
            preset: all.preset,
            seed: all.seed,
            keeps_seed: all.keeps_seed,
            class: all.class,
            guidance: all.guidance,
            microscope: all.microscope,
            ..rest
        },
        View::Training => Settings { preset: all.preset, training: all.training, ..rest },
        View::Models => Settings { preset: all.preset, ..rest },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed(seed: u64) -> Settings {
        Settings { seed, ..Settings::default() }
    }

    #[test]
    fn a_drag_is_undone_in_one_step_and_redone() {
        let mut history = History::default();
        history.note(&seed(1), true);
        history.note(&seed(2), false);
        history.note(&seed(3), false);
        history.note(&seed(3), true);
        assert_eq!(history.undo(None), Some(seed(1)));
        assert_eq!(history.undo(None), None);
        assert_eq!(history.redo(None), Some(seed(3)));
        history.undo(None);
        history.note(&seed(9), true);
        assert!(!history.can_redo() && history.can_undo(&seed(9)));
    }

    #[test]
    fn going_to_another_view_is_nothing_to_undo() {
        let mut history = History::default();
        history.note(&seed(1), true);
        let elsewhere = Settings { view: View::Models, ..seed(1) };
        history.note(&elsewhere, true);
        assert!(!history.can_undo(&elsewhere));
        history.note(&Settings { seed: 2, ..elsewhere }, true);
        assert_eq!(history.undo(None), Some(seed(1)));
        assert_eq!(history.undo(None), None);
    }

    #[test]
    fn wishes_that_are_kept_are_left_out_of_every_step() {
        let in_folder = |seed, folder: &str| {
            let training = Wishes { folder: Some(folder.into()), ..Wishes::default() };
            Settings { seed, training, ..Settings::default() }
        };
        let mut history = History::default();
        for (seed, folder) in [(1, "one"), (2, "one"), (2, "two"), (3, "two")] {
            history.note(&in_folder(seed, folder), true);
        }
        let kept = in_folder(3, "two").training;
        for seed in [2, 1] {
            assert_eq!(history.undo(Some(&kept)), Some(in_folder(seed, "two")));
        }
        assert_eq!(history.undo(Some(&kept)), None);
        assert!(!history.can_undo(&in_folder(1, "two")));
        for seed in [2, 3] {
            assert_eq!(history.redo(Some(&kept)), Some(in_folder(seed, "two")));
        }
    }

    #[test]
    fn models_that_could_not_be_opened_leave_no_step() {
        let of = |preset: &str| Settings { preset: preset.into(), ..Settings::default() };
        let mut history = History::default();
        for preset in ["ring", "grid", "nowhere"] {
            history.note(&of(preset), true);
        }
        history.stay_with("grid");
        history.note(&of("grid"), true);
        assert_eq!(history.undo(None), Some(of("ring")));
    }

    #[test]
    fn a_change_is_elsewhere_where_the_open_view_does_not_show_it() {
        let open = |view| Settings { view, ..Settings::default() };
        for view in View::ALL {
            assert_eq!(elsewhere(&open(view), &open(View::Models)), None, "{view:?}: no change");
        }
        let changed = |view| {
            let mut settings = open(view);
            settings.plane.intervals += 1;
            elsewhere(&open(view), &settings)
        };
        assert_eq!([View::Plane, View::Models].map(changed), [None, Some(View::Plane)]);
        let changed = |view| elsewhere(&open(view), &Settings { rows: 2, ..open(view) });
        assert_eq!([View::Comparison, View::Solvers].map(changed), [None, Some(View::Comparison)]);
        let changed = |view| elsewhere(&open(view), &Settings { seed: 7, ..open(view) });
        assert_eq!([View::Plane, View::Models].map(changed), [None, Some(View::Comparison)]);
    }
}
