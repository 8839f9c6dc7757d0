//! Whether this device computes a model right: green, amber or red, with the numbers.

use eframe::egui::{Color32, RichText, Ui};

use crate::{
    engine::worker::Parity,
    gui::theme::{self, Palette, palette, size},
};

/// Share of the tolerance from which on it is close.
const CLOSE: f64 = 0.5;

/// What a badge says.
#[derive(Debug, PartialEq)]
struct Verdict {
    text: String,
    colour: Color32,
    hint: &'static str,
}

pub(super) fn badge(ui: &mut Ui, parity: Option<Parity>) {
    let Verdict { text, colour, hint } = verdict(parity, &palette(ui));
    let text = RichText::new(format!("● {text}")).font(theme::plain(size::SMALL)).color(colour);
    ui.label(text).on_hover_text(hint);
}

fn verdict(parity: Option<Parity>, colours: &Palette) -> Verdict {
    let says = |text: String, colour, hint| Verdict { text, colour, hint };
    let Some(Parity { difference, tolerance }) = parity else {
        let hint = "The golden outputs are being computed.";
        return says("checking".into(), colours.muted, hint);
    };
    let Some(difference) = difference else {
        let hint = "The file has no golden outputs, so nothing can be checked.";
        return says("parity unknown".into(), colours.warn, hint);
    };
    let numbers = format!("{} of {}", short(difference), short(tolerance));
    if difference <= CLOSE * tolerance {
        let hint = "Largest difference to the golden outputs on this device, of what is accepted.";
        says(format!("parity {numbers}"), colours.good, hint)
    } else if difference <= tolerance {
        let hint = "Accepted, but over half of the difference that is.";
        says(format!("parity, but close: {numbers}"), colours.warn, hint)
    } else {
        let hint = "The golden outputs come out differently here: the file was changed, or the device \
                    computes it wrongly.";
        says(format!("no parity: {numbers}"), colours.bad, hint)
    }
}

/// One digit and a power of ten; 0 as it is.
fn short(value: f64) -> String {
    if value == 0.0 { "0".into() } else { format!("{value:.0e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_is_green_amber_or_red_with_its_numbers() {
        let colours = theme::LIGHT;
        let of = |difference| {
            verdict(Some(Parity { difference: Some(difference), tolerance: 1e-4 }), &colours)
        };
        let green = of(2e-6);
        assert_eq!((green.text.as_str(), green.colour), ("parity 2e-6 of 1e-4", colours.good));
        assert_eq!(of(6e-5).colour, colours.warn);
        assert_eq!(of(2e-4).colour, colours.bad);
        assert_eq!(of(f64::NAN).colour, colours.bad, "not-a-number is no parity");
        assert_eq!(of(0.0).text, "parity 0 of 1e-4");
        let none = verdict(Some(Parity { difference: None, tolerance: 0.0 }), &colours);
        assert_eq!(none.colour, colours.warn);
        assert_eq!(verdict(None, &colours).colour, colours.muted);
    }
}
