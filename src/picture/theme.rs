//! Colours of every picture: paper, ink, one accent for each method, one hue for each label.
//!
//! A method keeps its accent from the comparison sheet to the loss curves, so that it is named once.

use std::f64::consts::TAU;

/// An sRGB colour.
pub type Colour = [u8; 3];

/// The background of every picture.
pub const PAPER: Colour = [251, 251, 249];
/// The background of a plot.
pub const PANEL: Colour = [255, 255, 255];
/// Headings and values.
pub const INK: Colour = [24, 26, 32];
/// Everything that explains: subtitles, names, ticks.
pub const MUTED: Colour = [98, 102, 112];
/// Rules, frames and grid lines.
pub const HAIRLINE: Colour = [223, 223, 218];

const SLATE: Colour = [71, 77, 92];
const ORANGE: Colour = [188, 83, 0];
const BLUE: Colour = [0, 98, 190];
/// Accents of names without one of their own; with the three above they stay apart for
/// colour-blind readers (after Okabe and Ito, darkened to be legible as text).
const FURTHER: [Colour; 4] = [[0, 128, 95], [168, 74, 140], [140, 108, 0], [176, 42, 58]];

/// Colours of distances from 0 to 1, evenly spaced: black, purple, orange, white with rising lightness,
/// so that the map reads without colour vision too.
pub const HEAT: [Colour; 5] =
    [[8, 8, 16], [84, 20, 110], [200, 62, 76], [250, 160, 40], [252, 252, 220]];

/// The colour of a distance; 1 and more is the last of [`HEAT`].
pub fn heat(distance: f32) -> Colour {
    // What is no number is shown as no distance: there is no colour for it.
    let distance = if distance.is_nan() { 0.0 } else { distance.clamp(0.0, 1.0) };
    let place = distance * (HEAT.len() - 1) as f32;
    let below = (place as usize).min(HEAT.len() - 2);
    let share = place - below as f32;
    let mix = |a: u8, b: u8| (f32::from(a) * (1.0 - share) + f32::from(b) * share).round() as u8;
    std::array::from_fn(|i| mix(HEAT[below][i], HEAT[below + 1][i]))
}

/// The accent of a group or series: fixed for noise, the four methods and the solver beside them, by `order` for
/// others.
pub fn accent(name: &str, order: usize) -> Colour {
    match name {
        "Noise" => MUTED,
        "Teacher" => SLATE,
        "CM" => ORANGE,
        "Direct CM" => BLUE,
        "Strong" => FURTHER[0],
        "DPM-Solver++(2M)" => FURTHER[1],
        _ => FURTHER[order % FURTHER.len()],
    }
}

/// The colour of a class or mixture component.
///
/// Hues are a golden angle apart: components next to each other in a ring or a grid, the ones a
/// sampler confuses, look different.
pub fn hue(label: u32) -> Colour {
    const GOLDEN_ANGLE: f64 = TAU * 0.381_966_011_250_105;
    const LIGHTNESS: [f64; 3] = [0.64, 0.54, 0.72];
    const CHROMA: f64 = 0.145;
    let (b, a) = (0.45 + f64::from(label) * GOLDEN_ANGLE).sin_cos();
    let lightness = LIGHTNESS[(label / 8) as usize % LIGHTNESS.len()];
    oklab(lightness, CHROMA * a, CHROMA * b)
}

/// The colour of an angle in radians, at one lightness in `0..1` all the way round.
pub fn around(angle: f64, lightness: f64) -> Colour {
    const CHROMA: f64 = 0.13;
    let (b, a) = angle.sin_cos();
    oklab(lightness, CHROMA * a, CHROMA * b)
}

/// Oklab (Ottosson 2020) to sRGB, out-of-gamut channels clamped.
fn oklab(lightness: f64, a: f64, b: f64) -> Colour {
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ]
    .map(encode)
}

/// A linear channel in `[0, 1]` as an sRGB byte.
fn encode(linear: f64) -> u8 {
    let linear = linear.clamp(0.0, 1.0);
    let gamma =
        if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    (gamma * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oklab_white_and_black_are_srgb_white_and_black() {
        assert_eq!(oklab(1.0, 0.0, 0.0), [255, 255, 255]);
        assert_eq!(oklab(0.0, 0.0, 0.0), [0, 0, 0]);
    }

    #[test]
    fn the_heat_map_grows_lighter_and_saturates() {
        let lightness = |value| {
            let [r, g, b] = heat(value).map(f32::from);
            0.3 * r + 0.6 * g + 0.1 * b
        };
        let steps: Vec<f32> = (0..=20).map(|i| lightness(i as f32 / 20.0)).collect();
        assert!(steps.is_sorted(), "{steps:?}");
        assert_eq!((heat(0.0), heat(7.0)), (HEAT[0], HEAT[4]));
        assert_eq!(heat(f32::NAN), HEAT[0]);
    }

    #[test]
    fn neighbouring_labels_differ_clearly() {
        for label in 0..64 {
            let (a, b) = (hue(label), hue(label + 1));
            let distance: i32 = (0..3).map(|i| i32::from(a[i]).abs_diff(b[i].into()) as i32).sum();
            assert!(distance > 90, "labels {label} and {} are {distance} apart", label + 1);
        }
    }

    #[test]
    fn the_four_methods_keep_their_accent_wherever_they_stand() {
        for name in ["Teacher", "CM", "Direct CM", "Strong"] {
            assert_eq!(accent(name, 0), accent(name, 5));
        }
        assert_ne!(accent("CM", 0), accent("Direct CM", 0));
    }
}
