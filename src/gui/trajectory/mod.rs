//! One noise along the teacher's ODE, and what teacher and students see at each time.

mod axes;
mod curves;
mod export;
mod film;
mod pictures;
mod plane;
mod player;
mod strip;

use eframe::egui::{Button, ScrollArea, Slider, Ui, vec2};
use serde::{Deserialize, Serialize};

use super::{
    Settings, Shared, controls, frame, keys, settings::ROWS, theme::UNIT, waiting, widget,
    work::stop_button,
};
use crate::{
    data::Shape,
    engine::worker::{
        Job, SetCard, Ticket,
        trace::{self, Request},
    },
    math::seed::Seed,
};
use film::Film;
use player::Player;

/// Most noises to average over.
const MOST_NOISES: usize = 64;
/// Between the parts of the view.
const GAP: f32 = 14.0;
/// Least height of the plots.
const PLOTS: f32 = 168.0;

/// What a person sets in this view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Choice {
    /// Which noise of the seed is followed, counted from 0: a row of the comparison.
    pub row: usize,
    /// Noises that the curves are averaged over, and the followed one.
    pub noises: usize,
}

impl Default for Choice {
    /// The first of eight noises.
    fn default() -> Self {
        Self { row: 0, noises: 8 }
    }
}

/// See the module.
#[derive(Default)]
pub(super) struct Trajectory {
    /// What the film shows, or is about to.
    asked: Option<(Request, Ticket)>,
    film: Film,
    player: Player,
}

impl Trajectory {
    /// Other models are open.
    pub(super) fn forget(&mut self) {
        *self = Self { player: std::mem::take(&mut self.player), ..Self::default() };
    }

    /// An answer to this view's newest request.
    pub(super) fn receive(&mut self, finding: trace::Finding) {
        self.film.receive(finding);
    }

    /// Asks for what the settings say, where that is not what is shown or on its way.
    fn ask(&mut self, shared: &mut Shared) {
        let Some(set) = shared.settled_set() else { return };
        let request = request(&shared.settings, set);
        if shared.link.answers(self.asked.as_ref(), &request) {
            return;
        }
        self.film.expect(&request);
        let ticket = shared.start(Job::Trace(request.clone()));
        self.asked = Some((request, ticket));
    }

    /// Follows the noise again, or another where the seed is not locked.
    pub(super) fn again(&mut self, shared: &mut Shared) {
        self.asked = None;
        shared.reroll();
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, shared: &mut Shared) {
        frame::panel(ui, |ui| {
            controls::noise(ui, shared);
            noises(ui, &mut shared.settings.trajectory);
            controls::teacher(ui, shared);
            widget::group(ui, "Save the curves");
            let hint =
                "Both curves of every model at all times, the followed noise's and the mean's.";
            let table = ui.add_enabled(self.has_curves(shared), Button::new("CSV"));
            if table.on_hover_text(hint).on_disabled_hover_text(hint).clicked() {
                self.save_csv(shared);
            }
            ui.add_space(3.0 * UNIT);
            let follow = widget::primary(ui, "Follow");
            let hint = keys::hint(ui, "Follow the noise again", keys::AGAIN);
            if follow.on_hover_text(hint).clicked() {
                self.again(shared);
            }
            ui.add_space(UNIT);
            stop_button(ui, shared);
        });
        self.ask(shared);
        self.player.put(shared.place.path);
        frame::body(ui, |ui| self.body(ui, shared));
        shared.place.path = self.player.place();
    }

    fn body(&mut self, ui: &mut Ui, shared: &mut Shared) {
        widget::heading(
            ui,
            "Along the teacher's ODE",
            "The teacher leads one noise z down its probability-flow ODE. At each time t it guesses the end \
             (x0_hat), and each student jumps there (f). A perfect student jumps to the same end point from \
             everywhere: its row does not change. What it is off by, e, is the sum of what it changes by, r, \
             from there on; Direct CM is trained to make e small, CM to make r small.",
            "e_n = f(x_n, t_n) - x_0 = r_n + e_{n-1},   r_n = f(x_n, t_n) - f(x_{n-1}, t_{n-1})",
        );
        let (Some(set), Some((request, _))) = (&shared.set, &self.asked) else {
            waiting::ui(ui, shared);
            return;
        };
        let request = request.clone();
        self.player.advance(ui, request.intervals);
        self.player.bar(ui, &self.film, request.intervals);
        ui.add_space(UNIT);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            match set.shape {
                Some(shape) => self.images(ui, set, shape, &request),
                None => self.points(ui, set, &request),
            }
        });
    }

    /// Pictures of the present time, the strip of all times, and the curves.
    fn images(&mut self, ui: &mut Ui, set: &SetCard, shape: Shape, request: &Request) {
        let room = ui.available_size();
        let strip = strip::Layout::new(ui, set, shape, request.intervals, room.y);
        let taken = strip.height() + pictures::WORDS + 2.0 * GAP + PLOTS.max(0.3 * room.y);
        self.pictures(ui, set, shape, request, room.y - taken);
        ui.add_space(GAP);
        self.strip(ui, set, shape, &strip);
        ui.add_space(GAP);
        let height = ui.available_height().max(PLOTS);
        self.curves(ui, set, request, vec2(room.x, height));
    }
}

/// Which noise, and how many for the curves.
fn noises(ui: &mut Ui, choice: &mut Choice) {
    // A settings file may hold anything.
    choice.noises = choice.noises.clamp(1, MOST_NOISES);
    let hint = "Which noise of the seed to follow: a row of the comparison.";
    let mut number = row(choice) + 1;
    let slider =
        widget::row(ui, "Row", hint, |ui| widget::slider(ui, Slider::new(&mut number, ROWS)));
    if slider.changed() {
        choice.row = number - 1;
    }
    let hint = "Noises behind the bold curves; the one followed is among them.";
    widget::row(ui, "Mean over", hint, |ui| {
        widget::slider(ui, Slider::new(&mut choice.noises, 1..=MOST_NOISES).logarithmic(true))
    });
}

/// Which noise is followed: one of those that the comparison can show.
fn row(choice: &Choice) -> usize {
    choice.row.min(ROWS.end() - 1)
}

/// What these settings ask of `set`.
fn request(settings: &Settings, set: &SetCard) -> Request {
    trace::Request {
        seed: Seed(settings.seed),
        row: row(&settings.trajectory),
        noises: settings.trajectory.noises.clamp(1, MOST_NOISES),
        class: settings.class.filter(|&class| class < set.classes),
        method: settings.method_of(set),
        intervals: settings.intervals_of(set),
        guidance: settings.guidance_of(set),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_settings_file_says_a_row_of_the_comparison_is_followed() {
        let set = crate::gui::settings::tests::ring();
        for (row, noises, expected) in [(0, 8, (0, 8)), (9, 8, (9, 8)), (99, 0, (15, 1))] {
            let trajectory = Choice { row, noises };
            let settings = Settings { trajectory, class: Some(5), ..Settings::default() };
            let request = request(&settings, &set);
            assert_eq!((request.row, request.noises), expected);
            assert_eq!((request.class, request.intervals, request.guidance), (None, 50, 1.5));
        }
        let settings = Settings { intervals: Some(usize::MAX), ..Settings::default() };
        assert_eq!(request(&settings, &set).intervals, 1000);
    }
}
