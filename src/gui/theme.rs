//! The window's look: every colour, space and font there is.
//!
//! Paper and ink as in the pictures the program writes; one accent for what can be pressed; a method
//! keeps the colour it has there.

use eframe::egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Frame, Margin,
    Shadow, Stroke, Style, TextStyle, Theme, Ui, Vec2, Visuals, style::WidgetVisuals,
};

use crate::picture::{text, theme as picture};

/// Seconds that the pointer rests before a hint opens.
const HINT: f32 = 0.35;
/// The same where none shall ever open.
const NO_HINT: f32 = 1e6;
/// The unit of all spacing, in points.
pub(super) const UNIT: f32 = 4.0;
/// Corners of controls.
pub(super) const CORNER: CornerRadius = CornerRadius::same(6);
/// Corners of cards.
pub(super) const CARD_CORNER: CornerRadius = CornerRadius::same(8);

/// Sizes of type, in points.
pub(super) mod size {
    /// Names of views and cards.
    pub(in crate::gui) const TITLE: f32 = 20.0;
    /// Names of groups.
    pub(in crate::gui) const HEADING: f32 = 15.0;
    /// Text and controls.
    pub(in crate::gui) const BODY: f32 = 13.5;
    /// Figures under cells, ticks, hints.
    pub(in crate::gui) const SMALL: f32 = 11.5;
}

/// The semibold face.
pub(super) fn strong(points: f32) -> FontId {
    FontId::new(points, FontFamily::Name("strong".into()))
}

/// The regular face.
pub(super) fn plain(points: f32) -> FontId {
    FontId::proportional(points)
}

/// The colours of a theme.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    /// Behind everything.
    pub(super) paper: Color32,
    /// Cards, plots, menus.
    pub(super) panel: Color32,
    /// Where text is typed, tracks of sliders.
    pub(super) sunken: Color32,
    /// Text.
    pub(super) ink: Color32,
    /// Text that explains.
    pub(super) muted: Color32,
    /// Rules and frames.
    pub(super) hairline: Color32,
    /// Edges of controls.
    pub(super) edge: Color32,
    /// Edges of what can be ticked: it has nothing else to show where it is.
    pub(super) tick: Color32,
    /// What can be pressed, is chosen, or runs.
    pub(super) accent: Color32,
    /// Behind what is chosen.
    pub(super) accent_faint: Color32,
    /// Done and right.
    pub(super) good: Color32,
    /// To be looked at.
    pub(super) warn: Color32,
    /// Wrong.
    pub(super) bad: Color32,
}

const fn rgb([r, g, b]: picture::Colour) -> Color32 {
    Color32::from_rgb(r, g, b)
}

pub(super) const LIGHT: Palette = Palette {
    paper: rgb(picture::PAPER),
    panel: rgb(picture::PANEL),
    sunken: rgb([241, 241, 237]),
    ink: rgb(picture::INK),
    muted: rgb(picture::MUTED),
    hairline: rgb(picture::HAIRLINE),
    edge: rgb([178, 178, 173]),
    tick: rgb([140, 140, 135]),
    accent: rgb([10, 112, 104]),
    accent_faint: rgb([220, 238, 235]),
    good: rgb([22, 122, 62]),
    warn: rgb([158, 98, 0]),
    bad: rgb([184, 36, 48]),
};

const DARK: Palette = Palette {
    paper: rgb([20, 22, 26]),
    panel: rgb([28, 31, 36]),
    sunken: rgb([14, 16, 19]),
    ink: rgb([232, 233, 236]),
    muted: rgb([154, 159, 170]),
    hairline: rgb([60, 64, 73]),
    edge: rgb([80, 84, 93]),
    tick: rgb([106, 110, 119]),
    accent: rgb([72, 194, 178]),
    accent_faint: rgb([24, 58, 56]),
    good: rgb([98, 200, 132]),
    warn: rgb([232, 176, 74]),
    bad: rgb([242, 112, 116]),
};

/// The colours in use.
pub(super) fn palette(ui: &Ui) -> Palette {
    if ui.visuals().dark_mode { DARK } else { LIGHT }
}

/// The frame of a card with that much room around what is in it.
pub(super) fn card(ui: &Ui, margin: i8) -> Frame {
    let colours = palette(ui);
    let edge = (1.0, colours.hairline);
    let frame = Frame::new().fill(colours.panel).stroke(edge).corner_radius(CARD_CORNER);
    frame.inner_margin(Margin::same(margin))
}

/// A method's colour, lightened where the paper is dark.
pub(super) fn method(ui: &Ui, title: &str, order: usize) -> Color32 {
    let [r, g, b] = picture::accent(title, order);
    if !ui.visuals().dark_mode {
        return Color32::from_rgb(r, g, b);
    }
    let lighten = |channel: u8| channel + ((255 - u16::from(channel)) * 9 / 20) as u8;
    Color32::from_rgb(lighten(r), lighten(g), lighten(b))
}

/// The colour of an angle in radians: opposite angles look opposite.
pub(super) fn around(ui: &Ui, angle: f64) -> Color32 {
    rgb(picture::around(angle, lightness(ui)))
}

/// How light the colours of angles are, in Oklab.
pub(super) fn lightness(ui: &Ui) -> f64 {
    if ui.visuals().dark_mode { 0.74 } else { 0.58 }
}

/// Gives a context its fonts and both themes.
pub(super) fn apply(context: &Context) {
    context.set_fonts(fonts());
    context.set_style_of(Theme::Light, style(&LIGHT, Visuals::light()));
    context.set_style_of(Theme::Dark, style(&DARK, Visuals::dark()));
}

/// Whether hints open where the pointer rests.
pub(super) fn show_hints(context: &Context, are_shown: bool) {
    let delay = if are_shown { HINT } else { NO_HINT };
    if context.global_style().interaction.tooltip_delay != delay {
        context.all_styles_mut(|style| style.interaction.tooltip_delay = delay);
    }
}

/// Signs that Inter lacks come from the system or the browser.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    for (name, bytes) in [("Inter", text::REGULAR), ("Inter SemiBold", text::SEMIBOLD)] {
        fonts.font_data.insert(name.into(), FontData::from_static(bytes).into());
    }
    for (family, face) in [
        (FontFamily::Proportional, "Inter"),
        // Its figures are equally wide, which is all that is asked of this family here.
        (FontFamily::Monospace, "Inter"),
        (FontFamily::Name("strong".into()), "Inter SemiBold"),
    ] {
        fonts.families.insert(family, vec![face.into()]);
    }
    fonts
}

fn style(palette: &Palette, visuals: Visuals) -> Style {
    let mut style = Style { visuals: colours(palette, visuals), ..Style::default() };
    style.text_styles = [
        (TextStyle::Small, plain(size::SMALL)),
        (TextStyle::Body, plain(size::BODY)),
        (TextStyle::Button, plain(size::BODY)),
        (TextStyle::Heading, strong(size::HEADING)),
        (TextStyle::Monospace, FontId::monospace(size::SMALL)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(2.0 * UNIT, 1.5 * UNIT);
    spacing.button_padding = Vec2::new(2.5 * UNIT, 1.25 * UNIT);
    spacing.interact_size.y = 6.5 * UNIT;
    spacing.menu_margin = Margin::same(8);
    spacing.window_margin = Margin::same(16);
    spacing.slider_rail_height = UNIT;
    spacing.tooltip_width = 320.0;
    style.interaction.tooltip_delay = HINT;
    style.interaction.selectable_labels = false;
    style
}

fn colours(palette: &Palette, mut visuals: Visuals) -> Visuals {
    let widget = |fill: Color32, edge: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, edge),
        corner_radius: CORNER,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let widgets = &mut visuals.widgets;
    widgets.noninteractive = widget(palette.panel, palette.hairline, palette.ink);
    widgets.inactive = widget(palette.panel, palette.edge, palette.ink);
    widgets.inactive.bg_fill = palette.hairline; // rails of sliders
    widgets.hovered = widget(palette.panel, palette.accent, palette.ink);
    widgets.active = widget(palette.accent_faint, palette.accent, palette.ink);
    widgets.open = widget(palette.panel, palette.accent, palette.ink);
    visuals.selection.bg_fill = palette.accent_faint;
    visuals.selection.stroke = Stroke::new(1.0, palette.accent);
    visuals.panel_fill = palette.paper;
    visuals.window_fill = palette.panel;
    visuals.window_stroke = Stroke::new(1.0, palette.hairline);
    visuals.window_corner_radius = CARD_CORNER;
    visuals.menu_corner_radius = CARD_CORNER;
    visuals.extreme_bg_color = palette.sunken;
    visuals.faint_bg_color = palette.sunken;
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.warn;
    visuals.error_fg_color = palette.bad;
    visuals.weak_text_color = Some(palette.muted);
    let shade = Color32::from_black_alpha(if visuals.dark_mode { 120 } else { 28 });
    visuals.popup_shadow = Shadow { offset: [0, 3], blur: 14, spread: 0, color: shade };
    visuals.window_shadow = Shadow { offset: [0, 6], blur: 28, spread: 0, color: shade };
    visuals.slider_trailing_fill = true;
    visuals
}

#[cfg(test)]
mod tests {
    use eframe::egui::Rgba;

    use super::*;

    /// How far two colours are apart in luminance, 1 to 21 (WCAG 2.2).
    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |colour: Color32| {
            let light = Rgba::from(colour);
            0.2126 * light.r() + 0.7152 * light.g() + 0.0722 * light.b() + 0.05
        };
        let [a, b] = [luminance(a), luminance(b)];
        a.max(b) / a.min(b)
    }

    #[test]
    fn text_and_controls_stand_out_from_what_lies_behind_them() {
        for (colours, name) in [(LIGHT, "light"), (DARK, "dark")] {
            let Palette { ink, muted, accent, good, warn, bad, .. } = colours;
            for behind in [colours.paper, colours.panel] {
                let far = |colour, least: f32, what: &str| {
                    let contrast = contrast(colour, behind);
                    assert!(contrast >= least, "{name}: {what} {colour:?} has {contrast}");
                };
                for text in [ink, muted, accent, good, warn, bad] {
                    far(text, 4.5, "the text");
                }
                far(colours.tick, 3.0, "what can be ticked");
                far(colours.edge, 2.0, "the control");
            }
            for name in ["Teacher", "CM", "Direct CM", "Strong"] {
                let colour = rgb(picture::accent(name, 0));
                let is_dark = colours.paper == DARK.paper;
                assert!(is_dark || contrast(colour, colours.paper) >= 4.5, "{name} in small text");
            }
            let slider = contrast(accent, colours.hairline);
            assert!(slider >= 3.0, "{name}: the part of a slider that is done has {slider}");
        }
    }

    #[test]
    fn the_page_around_the_program_has_the_windows_colours() {
        let style = include_str!("../../wasm/style.css");
        let used = |p: Palette| [p.paper, p.panel, p.ink, p.muted, p.hairline, p.accent];
        let names = ["paper", "panel", "ink", "muted", "hairline", "accent"];
        for ((name, light), dark) in names.into_iter().zip(used(LIGHT)).zip(used(DARK)) {
            let [light, dark] = [light, dark]
                .map(|shade| format!("rgb({} {} {})", shade.r(), shade.g(), shade.b()));
            let line = format!("--{name}: var(--light, {light}) var(--dark, {dark});");
            assert!(style.contains(&line), "{line}");
        }
    }
}
