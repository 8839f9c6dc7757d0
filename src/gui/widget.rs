//! Small parts that views share.

mod heard;
mod list;

use eframe::egui::{
    self, Align, Button, Color32, Label, Layout, Popup, PopupCloseBehavior, Pos2, Rect, Response,
    RichText, Sense, Slider, SliderClamping, Stroke, StrokeKind, Ui, Vec2, accesskit,
    text::{LayoutJob, TextWrapping},
};

use self::heard::head;
pub(super) use self::{
    heard::{describe, name, painted, picture},
    list::{choice, list},
};
use super::{
    Notice,
    room::is_slim,
    theme::{self, CARD_CORNER, CORNER, UNIT, palette, size},
};
use crate::{engine::report::significant, picture::sign};

/// The sign at the head of the window.
pub(super) fn logo(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(30.0, 22.0), Sense::hover());
    let colour = palette(ui).accent;
    for (x, y, radius, strength) in sign::STONES {
        let centre = rect.left_top() + Vec2::new(x, y);
        ui.painter().circle_filled(centre, radius, colour.gamma_multiply(strength));
    }
}

/// Seconds for which each stone of [`working`] is lit.
const BEAT: f32 = 0.5;
/// Width of a [`ring`], and its distance from what it is around, in points.
const RING: f32 = 2.0;
const RING_GAP: f32 = 1.0;
/// Room for the (i) behind a heading, in points.
const ABOUT: f32 = 32.0;

/// Something is being computed: three stones are lit in turn. No smoother than that, for without a GPU
/// frames take time from what is computed.
pub(super) fn working(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(5.0 * UNIT, 3.0 * UNIT), Sense::hover());
    let colour = palette(ui).accent;
    let lit = (ui.input(|input| input.time) / f64::from(BEAT)) as usize % 3;
    for stone in 0..3 {
        let centre = rect.left_center() + Vec2::new((0.5 + 1.75 * stone as f32) * UNIT, 0.0);
        let strength = if stone == lit { 1.0 } else { 0.35 };
        ui.painter().circle_filled(centre, 0.5 * UNIT, colour.gamma_multiply(strength));
    }
    ui.request_repaint_after_secs(BEAT);
}

/// A tab: its name, underlined where chosen.
pub(super) fn tab(ui: &mut Ui, text: &str, chosen: bool) -> Response {
    let colours = palette(ui);
    let colour = if chosen { colours.ink } else { colours.muted };
    let font = if chosen { theme::strong(size::BODY) } else { theme::plain(size::BODY) };
    let text = RichText::new(text).font(font).color(colour);
    let response = frameless(ui, true, Button::new(text).min_size(Vec2::new(0.0, 7.0 * UNIT)));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_toggled(chosen.into()));
    if chosen {
        let rect = response.rect;
        let line = Rect::from_min_max(
            rect.left_bottom() - Vec2::new(0.0, 1.0),
            rect.right_bottom() + Vec2::new(0.0, 1.0),
        );
        ui.painter().rect_filled(line, 1.0, colours.accent);
    }
    response
}

/// A button without a frame.
pub(super) fn quiet(ui: &mut Ui, text: &str) -> Response {
    let colour = palette(ui).muted;
    frameless(ui, true, Button::new(RichText::new(text).color(colour)))
}

/// A button without a frame: where it has the keyboard's focus, only a ring can show that.
pub(super) fn frameless(ui: &mut Ui, is_enabled: bool, button: Button<'_>) -> Response {
    let response = ui.add_enabled(is_enabled, button.frame(false));
    if response.has_focus() {
        ring(ui, response.rect);
    }
    response
}

/// A ring around what is pointed at, chosen, or has the keyboard's focus.
pub(super) fn ring(ui: &Ui, rect: Rect) {
    let ring = rect.expand(RING_GAP);
    // What stands at the edge of its panel has all of it, too.
    let painter = ui.painter().with_clip_rect(ui.clip_rect().expand(RING_GAP + RING));
    painter.rect_stroke(ring, 2.0, Stroke::new(RING, palette(ui).accent), StrokeKind::Outside);
}

/// The button for what a view is there for.
pub(super) fn primary(ui: &mut Ui, text: &str) -> Response {
    let colours = palette(ui);
    let text = RichText::new(text).font(theme::strong(size::BODY)).color(colours.paper);
    ui.add_sized([ui.available_width(), 8.0 * UNIT], Button::new(text).fill(colours.accent))
}

/// A line that explains.
pub(super) fn small(ui: &mut Ui, text: &str) -> Response {
    let text = RichText::new(text).font(theme::plain(size::SMALL)).color(palette(ui).muted);
    ui.add(Label::new(text))
}

/// A figure in a table.
pub(super) fn figure(ui: &mut Ui, text: String) {
    ui.label(RichText::new(text).font(theme::plain(size::SMALL)));
}

/// What is told, in one line.
pub(super) fn notice(ui: &mut Ui, Notice { text, is_error }: &Notice) {
    let colours = palette(ui);
    let colour = if *is_error { colours.bad } else { colours.muted };
    small(ui, "·");
    let line = RichText::new(text).font(theme::plain(size::SMALL)).color(colour);
    let shown = ui.add(Label::new(line).truncate()).on_hover_text(text);
    // Readers read it out.
    let is_live = |node: &mut accesskit::Node| node.set_live(accesskit::Live::Polite);
    ui.ctx().accesskit_node_builder(shown.id, is_live);
}

/// An interval's ends, below its estimate; in one line.
pub(super) fn interval(ui: &mut Ui, low: f64, high: f64) -> Response {
    let text = format!("[{}, {}]", significant(low), significant(high));
    let text = RichText::new(text).font(theme::plain(size::SMALL)).color(palette(ui).muted);
    ui.add(Label::new(text).extend())
}

/// The name of a group of controls.
pub(super) fn group(ui: &mut Ui, text: &str) {
    ui.add_space(2.5 * UNIT);
    ui.label(RichText::new(text).font(theme::strong(size::BODY)));
    ui.add_space(0.5 * UNIT);
}

/// [`group`], with what concerns all of it at the right.
pub(super) fn group_with(ui: &mut Ui, text: &str, right: impl FnOnce(&mut Ui)) {
    ui.add_space(2.5 * UNIT);
    ui.horizontal(|ui| {
        ui.label(RichText::new(text).font(theme::strong(size::BODY)));
        ui.with_layout(Layout::right_to_left(Align::Center), right);
    });
    ui.add_space(0.5 * UNIT);
}

/// Width of the names of controls: that of "Guidance w".
const NAMES: f32 = 76.0;

/// The name at the left of a control; those below each other begin at one place.
pub(super) fn caption(ui: &mut Ui, text: &str, width: f32) {
    let size = Vec2::new(width, ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(width);
        ui.add(Label::new(RichText::new(text).color(palette(ui).muted)));
    });
}

/// A control with its name at the left, a sentence on hover, and the name for screen readers.
pub(super) fn row(
    ui: &mut Ui,
    label: &str,
    hint: &str,
    control: impl FnOnce(&mut Ui) -> Response,
) -> Response {
    ui.horizontal(|ui| {
        caption(ui, label, NAMES);
        let response = control(ui);
        name(&response, label);
        response.on_hover_text(hint)
    })
    .inner
}

/// What a number of up to five digits takes, in points.
const NUMBER: f32 = 62.0;

/// A slider over all the room there is, its number at the right edge whatever its digits.
pub(super) fn slider(ui: &mut Ui, slider: Slider<'_>) -> Response {
    let width = ui.available_width() - NUMBER - ui.spacing().item_spacing.x;
    let spacing = ui.spacing_mut();
    (spacing.slider_width, spacing.interact_size.x) = (width, NUMBER);
    // The part that is done has the colour of selected text: what is selected of the number reads on it.
    let colours = palette(ui);
    let selection = &mut ui.visuals_mut().selection;
    (selection.bg_fill, selection.stroke.color) = (colours.accent, colours.paper);
    // A value from elsewhere stays what it is: only hands are held to the range and its steps.
    let response = ui.add(slider.clamping(SliderClamping::Edits));
    if response.has_focus() && ui.ctx().text_edit_focused() {
        let number = response.rect.with_min_x(response.rect.right() - NUMBER);
        let edge = Stroke::new(1.0, colours.accent);
        ui.painter().rect_stroke(number, CORNER, edge, StrokeKind::Inside);
    }
    response
}

/// A slider without its number.
pub(super) fn bare_slider(ui: &mut Ui, slider: Slider<'_>) -> Response {
    let accent = palette(ui).accent;
    let shown = ui.scope(|ui| {
        ui.visuals_mut().selection.bg_fill = accent;
        ui.add(slider.show_value(false))
    });
    shown.inner
}

/// Check boxes and radio buttons: without a tick, only their edge shows where they are.
pub(super) fn ticked<R>(ui: &mut Ui, controls: impl FnOnce(&mut Ui) -> R) -> R {
    let colours = palette(ui);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.5 * UNIT; // each has room above and below already
        let idle = &mut ui.visuals_mut().widgets.inactive;
        (idle.bg_fill, idle.bg_stroke.color) = (colours.panel, colours.tick);
        controls(ui)
    })
    .inner
}

/// A sentence of explanation with its formula, behind an (i).
pub(super) fn about(ui: &mut Ui, text: &str, formula: &str) {
    let button = quiet(ui, "(i)");
    name(&button, "About this view");
    describe(&button, &format!("{text} {formula}"));
    let explain = |ui: &mut Ui| {
        let colour = palette(ui).accent;
        ui.set_max_width(360.0);
        ui.label(text);
        ui.add_space(UNIT);
        ui.label(RichText::new(formula).font(theme::strong(size::BODY)).color(colour));
    };
    let stays = Popup::from_toggle_button_response(&button)
        .close_behavior(PopupCloseBehavior::CloseOnClick)
        .accessible_name("About this view")
        .show(explain);
    if stays.is_none() {
        button.on_hover_ui(explain);
    }
}

/// A view's name and what it shows.
pub(super) fn heading(ui: &mut Ui, title: &str, about_it: &str, formula: &str) {
    let size = if is_slim(ui.ctx()) { size::HEADING } else { size::TITLE };
    ui.horizontal(|ui| {
        let room = ui.available_width() - ABOUT;
        let text = Label::new(RichText::new(title).font(theme::strong(size))).wrap();
        // Never alone on a line of its own.
        let shown = ui.scope(|ui| {
            ui.set_max_width(room);
            ui.add(text)
        });
        head(&shown.inner, title);
        about(ui, about_it, formula);
    });
}

/// An empty plot.
pub(super) fn sheet(ui: &Ui, plot: Rect) {
    let colours = palette(ui);
    ui.painter().rect_filled(plot, CARD_CORNER, colours.panel);
    let edge = Stroke::new(1.0, colours.hairline);
    ui.painter().rect_stroke(plot, CARD_CORNER, edge, StrokeKind::Inside);
}

/// Text at a place, without a widget of its own.
pub(super) fn write(
    ui: &Ui,
    place: Pos2,
    align: egui::Align2,
    text: impl ToString,
    font: egui::FontId,
    colour: Color32,
) -> Rect {
    ui.painter().text(place, align, text, font, colour)
}

/// [`write`] in one line of at most `width` points, from its left upper corner.
pub(super) fn write_within(
    ui: &Ui,
    place: Pos2,
    width: f32,
    text: &str,
    font: egui::FontId,
    colour: Color32,
) {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = TextWrapping::truncate_at_width(width);
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(place, galley, colour);
}

/// A name in lower case as a title.
pub(super) fn title_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
