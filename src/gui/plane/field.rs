//! The large plot: density and score at time t, particles on their way, components to drag.

use eframe::egui::{
    Align2, Color32, CursorIcon, Pos2, Rect, Response, Role, Sense, Slider, Stroke, StrokeKind, Ui,
    Vec2, WidgetInfo, vec2,
};

use super::{Plane, arrangement, keyboard};
use crate::{
    engine::worker::plane::PROCESS,
    gui::{
        Shared, picture,
        theme::{self, CARD_CORNER, palette, size},
        widget,
    },
    picture::gpu::{Drawing, Particles},
};

/// Radius of a component's handle, and of what takes hold of it, in points.
const HANDLE: f32 = 5.0;
const GRIP: f32 = 12.0;
/// Radius of a particle, in points.
const PARTICLE: f32 = 1.8;
/// Times before the present one that a particle's trail goes back.
const TRAIL: usize = 6;

/// From 0 to the nearest edges, in data units: 95% of noise lies inside, in each dimension.
const REACH: f64 = 2.0;

/// Data units and points of a plot around 0.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) rect: Rect,
    /// From 0 to the nearest edges, in data units.
    pub(super) reach: f64,
}

impl Frame {
    /// Where a place is on screen.
    pub(super) fn place(&self, [x, y]: [f64; 2]) -> Pos2 {
        self.rect.center() + vec2(x as f32, -y as f32) * self.scale()
    }

    /// Where a point on screen is.
    fn back(&self, at: Pos2) -> [f64; 2] {
        let offset = (at - self.rect.center()) / self.scale();
        [f64::from(offset.x), -f64::from(offset.y)]
    }

    /// Points a data unit.
    pub(super) fn scale(&self) -> f32 {
        self.rect.size().min_elem() / (2.0 * self.reach) as f32
    }

    /// From 0 to the edges, across and up, in data units.
    fn reaches(&self) -> [f64; 2] {
        let half = self.rect.size() / (2.0 * self.scale());
        [f64::from(half.x), f64::from(half.y)]
    }
}

impl Plane {
    pub(super) fn field(&mut self, ui: &mut Ui, shared: &mut Shared, rect: Rect) {
        let colours = palette(ui);
        let frame = Frame { rect, reach: REACH };
        // No key does anything here: the view's own need not wait until it is left.
        let response = ui.interact(rect, ui.scope_id().with("field"), Sense::CLICK);
        let text = format!(
            "The noised density at t = {:.0}, its score, and particles on the exact flow; {} components of \
             width {}",
            self.t,
            shared.settings.plane.mixture.means.len(),
            shared.settings.plane.mixture.std
        );
        widget::picture(&response, &text);

        let most = colours.panel.lerp_to_gamma(theme::method(ui, "Teacher", 0), 0.55);
        let mixture = &shared.settings.plane.mixture;
        let (reaches, shades) = (frame.reaches(), [colours.panel, most]);
        let is_shader = shared.draws_loans;
        self.shading.update(ui.ctx(), mixture, self.t, reaches, shades, is_shader);
        if let Some(picture) = &self.shading.picture {
            picture.paint(&ui.painter_at(rect), rect, 1.0);
        }
        self.arrows(ui, frame);
        self.particles(ui, frame);
        self.components(ui, shared, frame, &response);
        scale(ui, frame);
        // Said in the panel for those who see it: a hint here would hide what is looked at.
        widget::describe(&response, "A double click adds a component; drag one to move it.");
        let edge = Stroke::new(1.0, colours.hairline);
        ui.painter().rect_stroke(rect, CARD_CORNER, edge, StrokeKind::Inside);
    }

    fn arrows(&self, ui: &Ui, frame: Frame) {
        let painter = ui.painter_at(frame.rect);
        let stroke = Stroke::new(1.0, palette(ui).muted.gamma_multiply(0.5));
        let longest = 0.85 * self.shading.spacing as f32 * frame.scale();
        for arrow in &self.shading.arrows {
            let along = vec2(arrow.along[0] as f32, -arrow.along[1] as f32) * longest;
            if along.length() < 1.5 {
                continue;
            }
            let (middle, head) = (frame.place(arrow.at), along * 0.3);
            let tip = middle + along / 2.0;
            painter.line_segment([middle - along / 2.0, tip], stroke);
            let side = Vec2::new(-head.y, head.x) * 0.55;
            painter.line(vec![tip - head + side, tip, tip - head - side], stroke);
        }
    }

    /// Particles at time t with what they came along, coloured by the angle of their noise.
    fn particles(&self, ui: &Ui, frame: Frame) {
        let Some(flow) = &self.flow else { return };
        let painter = ui.painter_at(frame.rect);
        let (before, share) = between(&flow.times, self.t);
        let next = (before + 1).min(flow.times.len() - 1);
        let first = before.saturating_sub(TRAIL);
        let place = |x: [f32; 2]| frame.place(x.map(f64::from));
        let now = |i: usize| {
            let (a, b) = (flow.states[before][i], flow.states[next][i]);
            place(std::array::from_fn(|k| a[k] + share * (b[k] - a[k])))
        };
        for (i, z) in self.noise.samples.iter().enumerate() {
            let mut trail: Vec<Pos2> = (first..=before).map(|k| place(flow.states[k][i])).collect();
            trail.push(now(i));
            let colour = angle_colour(ui, *z).gamma_multiply(0.35);
            painter.line(trail, Stroke::new(1.0, colour));
        }
        if let Some(lent) = &flow.lent {
            let particles = Particles {
                states: lent.clone(),
                count: self.noise.samples.len(),
                between: [before, next],
                share,
                reach: frame.reaches().map(|reach| reach as f32),
                radius: PARTICLE * ui.pixels_per_point(),
                lightness: theme::lightness(ui) as f32,
            };
            return picture::paint(&painter, frame.rect, Drawing::Particles(particles), 1.0);
        }
        for (i, z) in self.noise.samples.iter().enumerate() {
            painter.circle_filled(now(i), PARTICLE, angle_colour(ui, *z));
        }
    }

    /// The components: what is dragged, chosen, added.
    fn components(&mut self, ui: &Ui, shared: &mut Shared, frame: Frame, field: &Response) {
        let mixture = &mut shared.settings.plane.mixture;
        self.selected = self.selected.filter(|&k| k < mixture.means.len());
        if field.clicked() {
            self.selected = None;
        }
        if field.double_clicked()
            && let Some(at) = field.interact_pointer_pos()
        {
            self.selected = arrangement::add(mixture, frame.back(at));
        }
        for k in 0..mixture.means.len() {
            let Some(&[x, y]) = mixture.means.get(k) else { break };
            let grip = Rect::from_center_size(frame.place([x, y]), Vec2::splat(2.0 * GRIP));
            let id = ui.scope_id().with(("component", k));
            let response = ui.interact(grip, id, Sense::click_and_drag());
            let label = format!("Component {} at {x:.2}, {y:.2}", k + 1);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
            if response.clicked() || response.drag_started() || response.gained_focus() {
                self.selected = Some(k);
            }
            if response.has_focus() {
                keyboard::act(ui, id, mixture, k);
            }
            if response.dragged() {
                let by = response.drag_delta() / frame.scale();
                let to = [x + f64::from(by.x), y - f64::from(by.y)];
                arrangement::put(mixture, k, to);
            }
            let is_hot = response.hovered() || response.dragged();
            if let Some(&mean) = mixture.means.get(k) {
                handle(ui, frame, mean, mixture.std, self.selected == Some(k), is_hot);
            }
            let hint =
                "Drag it, or push it with the arrow keys; Delete takes the selected one away.";
            response.on_hover_cursor(CursorIcon::Grab).on_hover_text(hint);
        }
    }

    /// The slider over time, from noise to data.
    pub(super) fn time(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            let text = if self.is_playing { "Pause" } else { "Play" };
            let button = eframe::egui::Button::new(text).min_size(vec2(64.0, 0.0));
            let hint = "Let noise flow to data, or hold it (Space).";
            if ui.add(button).on_hover_text(hint).clicked() {
                self.play();
            }
            ui.spacing_mut().slider_width = ui.available_width() - 124.0;
            let slider = Slider::new(&mut self.t, PROCESS.terminal_time()..=0.0);
            let response = widget::bare_slider(ui, slider);
            widget::name(&response, "Time t");
            if response.changed() {
                self.is_playing = false;
            }
            response.on_hover_text(
                "The time of density, score and particles: 1000 is noise, 0 is data.",
            );
            let ratio = PROCESS.level(self.t).ratio();
            widget::small(ui, &format!("t = {:.0},  σ/α = {ratio:.2}", self.t));
        });
    }
}

/// The interval of descending `times` that holds `t`: its start, and the share passed.
fn between(times: &[f64], t: f64) -> (usize, f32) {
    let before = times.partition_point(|&time| time >= t).saturating_sub(1);
    let Some(next) = times.get(before + 1) else { return (before, 0.0) };
    let share = (times[before] - t) / (times[before] - next);
    (before, share.clamp(0.0, 1.0) as f32)
}

/// The colour of what started at the noise `z`.
pub(super) fn angle_colour(ui: &Ui, [x, y]: [f32; 2]) -> Color32 {
    theme::around(ui, f64::from(y).atan2(f64::from(x)))
}

/// A component: its middle, and the circle of two standard deviations.
fn handle(ui: &Ui, frame: Frame, mean: [f64; 2], std: f64, is_selected: bool, is_hot: bool) {
    let (colours, painter) = (palette(ui), ui.painter_at(frame.rect));
    let middle = frame.place(mean);
    let colour = if is_selected || is_hot { colours.accent } else { colours.ink };
    let around = 2.0 * std as f32 * frame.scale();
    if is_selected || is_hot {
        painter.circle_stroke(middle, around.max(HANDLE + 4.0), Stroke::new(1.0, colour));
    }
    let fill = if is_selected { colours.accent } else { Color32::TRANSPARENT };
    painter.circle(middle, HANDLE, fill, Stroke::new(1.5, colour));
}

/// A bar of one data unit.
fn scale(ui: &Ui, frame: Frame) {
    let colours = palette(ui);
    let (painter, stroke) = (ui.painter_at(frame.rect), Stroke::new(1.0, colours.ink));
    let start = frame.rect.left_bottom() + vec2(16.0, -16.0);
    let end = start + vec2(frame.scale(), 0.0);
    let behind = Rect::from_two_pos(start, end).expand2(vec2(8.0, 8.0)).with_min_y(start.y - 26.0);
    painter.rect_filled(behind, 4.0, colours.panel.gamma_multiply(0.8));
    painter.line_segment([start, end], stroke);
    for at in [start, end] {
        painter.vline(at.x, at.y - 3.0..=at.y + 3.0, stroke);
    }
    let middle = start.lerp(end, 0.5) - vec2(0.0, 5.0);
    let font = theme::plain(size::SMALL);
    widget::write(ui, middle, Align2::CENTER_BOTTOM, "1 unit of data", font, colours.ink);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_lies_in_its_interval_and_ends_are_ends() {
        let times = [1000.0, 500.0, 100.0, 0.0];
        assert_eq!(between(&times, 1000.0), (0, 0.0));
        assert_eq!(between(&times, 750.0), (0, 0.5));
        assert_eq!(between(&times, 100.0), (2, 0.0));
        assert_eq!(between(&times, 25.0), (2, 0.75));
        assert_eq!(between(&times, 0.0), (3, 0.0));
    }

    #[test]
    fn a_place_on_screen_is_that_place() {
        let rect = Rect::from_min_size(Pos2::new(40.0, 60.0), Vec2::splat(400.0));
        let frame = Frame { rect, reach: 2.0 };
        assert_eq!(frame.place([2.0, 2.0]), rect.right_top());
        let wide = Frame { rect: rect.with_max_x(640.0), reach: 2.0 };
        assert_eq!(wide.reaches(), [3.0, 2.0]);
        assert_eq!(wide.place([-3.0, -2.0]), wide.rect.left_bottom());
        let [x, y] = frame.back(frame.place([0.5, -1.25]));
        assert!((x - 0.5).abs() < 1e-6 && (y + 1.25).abs() < 1e-6);
    }
}
