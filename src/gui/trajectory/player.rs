//! Where on the path the view is, and the bar that moves it.

use eframe::egui::{
    Align, Key, Layout, Modifiers, Rect, Response, Role, Sense, Shape, Slider, Stroke, StrokeKind,
    Ui, WidgetInfo, vec2,
};

use super::film::Film;
use crate::{
    engine::report::significant,
    gui::{
        Place,
        room::is_narrow,
        theme::{self, UNIT, palette, size},
        widget,
    },
};

/// Seconds from noise to data.
const SECONDS: f64 = 6.0;
/// Most seconds between two frames that count while it plays.
const MOST: f64 = 0.5;
/// Side of a button.
const BUTTON: f32 = 30.0;
/// Width from which on there is room for the buttons, a slider and the words beside each other.
const BAR: f32 = 560.0;
/// Width of the words at the right.
const WORDS: f32 = 268.0;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Player {
    /// The share of the path that is done: 0 is pure noise, 1 its end. The same place on every grid.
    place: f64,
    /// When, on the window's clock, it would have been at 0, while it plays.
    begun: Option<f64>,
    /// When it was drawn last, on the same clock.
    drawn: f64,
}

impl Default for Player {
    /// Still, where an address that says nothing else looks.
    fn default() -> Self {
        Self { place: Place::default().path, begun: None, drawn: 0.0 }
    }
}

/// What a button shows.
#[derive(Clone, Copy)]
enum Sign {
    Start,
    Back,
    Play,
    Pause,
    Forward,
    End,
}

impl Player {
    /// The share of the path that is done.
    pub(super) fn place(&self) -> f64 {
        self.place
    }

    /// Is where an address or another view says; stays there where that is elsewhere.
    pub(super) fn put(&mut self, place: f64) {
        if place != self.place {
            self.begun = None;
        }
        self.place = place;
    }

    /// The teacher's steps that are done.
    pub(super) fn step(&self, intervals: usize) -> usize {
        (self.place * intervals as f64).round() as usize
    }

    /// Goes to a step and stays there.
    pub(super) fn go(&mut self, step: usize, intervals: usize) {
        self.place = step.min(intervals) as f64 / intervals.max(1) as f64;
        self.begun = None;
    }

    /// Moves on while it plays, and as the keys say.
    pub(super) fn advance(&mut self, ui: &Ui, intervals: usize) {
        let now = ui.input(|input| input.time);
        self.play(now);
        if self.begun.is_some() {
            let frame = (SECONDS / intervals.max(1) as f64).clamp(1.0 / 60.0, 0.1);
            ui.request_repaint_after_secs(frame as f32);
        }
        if ui.egui_wants_keyboard_input() {
            return;
        }
        let step = self.step(intervals);
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::Space) {
            self.toggle(now);
        }
        for (key, place) in [
            (Key::ArrowLeft, step.saturating_sub(1)),
            (Key::ArrowRight, step + 1),
            (Key::Home, 0),
            (Key::End, intervals),
        ] {
            if pressed(key) {
                self.go(place, intervals);
            }
        }
    }

    /// Is where it has come to by `now`, while it plays; time in another view does not count.
    fn play(&mut self, now: f64) {
        let unseen = (now - self.drawn - MOST).max(0.0);
        self.drawn = now;
        let Some(begun) = self.begun.map(|begun| begun + unseen) else { return };
        self.place = ((now - begun) / SECONDS).clamp(0.0, 1.0);
        self.begun = Some(begun).filter(|_| self.place < 1.0);
    }

    /// Plays, from the start where it is at the end, or stops.
    fn toggle(&mut self, now: f64) {
        self.begun = match self.begun {
            Some(_) => None,
            None if self.place >= 1.0 => Some(now),
            None => Some(now - self.place * SECONDS),
        };
    }

    /// Buttons, the slider, and where that is.
    pub(super) fn bar(&mut self, ui: &mut Ui, film: &Film, intervals: usize) {
        let (now, mut step) = (ui.input(|input| input.time), self.step(intervals));
        // Buttons and the shortest slider leave the words a line of their own where there is little room.
        let is_narrow = is_narrow(ui.ctx()) || ui.available_width() < BAR;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = UNIT;
            if button(ui, Sign::Start, "To the noise", "Home").clicked() {
                self.go(0, intervals);
            }
            if button(ui, Sign::Back, "A step back", "left arrow").clicked() {
                self.go(step.saturating_sub(1), intervals);
            }
            let (sign, label) = match self.begun {
                Some(_) => (Sign::Pause, "Pause"),
                None => (Sign::Play, "Play"),
            };
            if button(ui, sign, label, "Space").clicked() {
                self.toggle(now);
            }
            if button(ui, Sign::Forward, "A step on", "right arrow").clicked() {
                self.go(step + 1, intervals);
            }
            if button(ui, Sign::End, "To the end", "End").clicked() {
                self.go(intervals, intervals);
            }
            ui.add_space(2.0 * UNIT);
            let beside = if is_narrow { 4.0 * UNIT } else { WORDS };
            ui.spacing_mut().slider_width = (ui.available_width() - beside).max(80.0);
            let slider = widget::bare_slider(ui, Slider::new(&mut step, 0..=intervals));
            widget::name(&slider, "Step along the path");
            if slider.changed() {
                self.go(step, intervals);
            }
            slider.on_hover_text("From noise at the left to data at the right (arrow keys).");
            if !is_narrow {
                words(ui, film, self.step(intervals), intervals);
            }
        });
        if is_narrow {
            ui.horizontal(|ui| words(ui, film, self.step(intervals), intervals));
        }
    }
}

/// The time, its noise, and which step of how many.
fn words(ui: &mut Ui, film: &Film, step: usize, intervals: usize) {
    let colours = palette(ui);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 4.0 * UNIT;
        let response = widget::small(ui, &format!("step {step} of {intervals}"));
        response.on_hover_text("The teacher's steps from pure noise to here, of all N.");
        let Some(station) = film.stations.get(step) else { return };
        let ratio = format!("σ/α = {}", significant(station.level.ratio()));
        widget::small(ui, &ratio).on_hover_text("Noise over signal in the state x_t.");
        let time = format!("t = {}", time(station.t));
        let text = eframe::egui::RichText::new(time).font(theme::strong(size::HEADING));
        ui.label(text.color(colours.ink)).on_hover_text("The time that the networks are fed.");
    });
}

/// A time for people: whole where the grid is, else three digits.
pub(super) fn time(t: f64) -> String {
    if t.fract() == 0.0 { format!("{t:.0}") } else { significant(t) }
}

fn button(ui: &mut Ui, sign: Sign, label: &str, key: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(BUTTON, BUTTON), Sense::click());
    let (colours, visuals) = (palette(ui), *ui.style().interact(&response));
    let painter = ui.painter();
    let is_main = matches!(sign, Sign::Play | Sign::Pause);
    let (fill, ink) =
        if is_main { (colours.accent, colours.paper) } else { (visuals.bg_fill, colours.ink) };
    painter.rect_filled(rect, visuals.corner_radius, fill);
    painter.rect_stroke(rect, visuals.corner_radius, visuals.bg_stroke, StrokeKind::Inside);
    let at = |x: f32, y: f32| rect.center() + vec2(x, y);
    let triangle = |x: f32, way: f32| {
        let corners = vec![at(x + 4.0 * way, 0.0), at(x - 4.0 * way, -5.5), at(x - 4.0 * way, 5.5)];
        Shape::convex_polygon(corners, ink, Stroke::NONE)
    };
    let bar = |x: f32| {
        let bar = Rect::from_center_size(at(x, 0.0), vec2(2.5, 11.0));
        Shape::rect_filled(bar, 0.5, ink)
    };
    painter.extend(match sign {
        Sign::Start => vec![bar(-5.0), triangle(1.5, -1.0)],
        Sign::Back => vec![triangle(-0.5, -1.0)],
        Sign::Play => vec![triangle(1.0, 1.0)],
        Sign::Pause => vec![bar(-3.0), bar(3.0)],
        Sign::Forward => vec![triangle(0.5, 1.0)],
        Sign::End => vec![triangle(-1.5, 1.0), bar(5.0)],
    });
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
    response.on_hover_text(format!("{label} ({key})."))
}

#[cfg(test)]
mod tests {
    use egui_kittest::{Harness, kittest::Queryable as _};

    use super::*;

    #[test]
    fn buttons_and_keys_go_along_the_path() {
        let view = |ui: &mut Ui, player: &mut Player| {
            player.advance(ui, 20);
            player.bar(ui, &Film::default(), 20);
        };
        let harness = Harness::builder().with_context_setup(theme::apply);
        let mut harness = harness.build_ui_state(view, Player::default());
        for (label, step) in
            [("A step on", 9), ("A step back", 8), ("To the end", 20), ("To the noise", 0)]
        {
            harness.get_by_label(label).click();
            harness.run();
            assert_eq!(harness.state().step(20), step, "{label}");
        }
        for (key, step) in
            [(Key::End, 20), (Key::ArrowLeft, 19), (Key::Home, 0), (Key::ArrowLeft, 0)]
        {
            harness.key_press(key);
            harness.run();
            assert_eq!(harness.state().step(20), step, "{key:?}");
        }
        harness.key_press(Key::Space);
        harness.run_steps(2);
        assert!(harness.state().begun.is_some());
        harness.get_by_label("Pause").click();
        harness.run_steps(2);
        assert!(harness.state().begun.is_none());
    }

    #[test]
    fn the_place_is_kept_where_the_grid_changes() {
        let mut player = Player::default();
        player.go(5, 20);
        assert_eq!((player.step(20), player.step(100)), (5, 25));
        player.go(21, 20);
        assert_eq!(player.step(20), 20);
    }

    #[test]
    fn playing_goes_on_from_where_it_stopped_and_starts_over_at_the_end() {
        let mut player = Player { place: 0.5, ..Player::default() };
        player.toggle(100.0);
        assert_eq!(player.begun, Some(100.0 - SECONDS / 2.0));
        player.toggle(101.0);
        assert_eq!(player.begun, None);
        player.place = 1.0;
        player.toggle(200.0);
        assert_eq!(player.begun, Some(200.0));
    }

    #[test]
    fn another_place_ends_the_play_and_time_in_another_view_does_not_count() {
        let mut player = Player { place: 0.5, begun: None, drawn: 100.0 };
        player.toggle(100.0);
        player.put(player.place());
        player.play(100.3);
        assert!((player.place() - (0.5 + 0.3 / SECONDS)).abs() < 1e-9);
        player.play(200.3);
        assert!((player.place() - (0.5 + (0.3 + MOST) / SECONDS)).abs() < 1e-9);
        assert!(player.begun.is_some());
        player.put(0.2);
        player.play(200.4);
        assert_eq!((player.place(), player.begun), (0.2, None));
    }
}
