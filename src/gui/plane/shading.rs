//! The field at one time as pixels and arrows, computed when the mixture or the time changes.

use eframe::egui::{Color32, ColorImage, Context, TextureHandle, TextureOptions};

use crate::{
    data::Mixture,
    engine::worker::plane::PROCESS,
    gui::picture::Picture,
    math::mixture::Noised,
    picture::gpu::{Density, Drawing},
};

/// Pixels along the longer side.
const PIXELS: usize = 180;
/// Arrows along the shorter side.
const ARROWS: usize = 20;

/// An arrow of the score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Arrow {
    /// Its middle, in data units.
    pub(super) at: [f64; 2],
    /// Where it points; its length lies in `0..1`.
    pub(super) along: [f64; 2],
}

/// What a shading was computed for.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    mixture: Mixture,
    t: f64,
    reach: [f64; 2],
    colours: [Color32; 2],
    is_shader: bool,
}

/// See the module.
#[derive(Default)]
pub(super) struct Shading {
    key: Option<Key>,
    texture: Option<TextureHandle>,
    /// The density.
    pub(super) picture: Option<Picture>,
    pub(super) arrows: Vec<Arrow>,
    /// Data units between arrows.
    pub(super) spacing: f64,
}

impl Shading {
    /// Of `mixture` noised to time `t`, as far from 0 as `reach` across and up; colours of no density
    /// and of the largest. A shader draws it where the window has ours.
    pub(super) fn update(
        &mut self,
        context: &Context,
        mixture: &Mixture,
        t: f64,
        reach: [f64; 2],
        colours: [Color32; 2],
        is_shader: bool,
    ) {
        let key = Key { mixture: mixture.clone(), t, reach, colours, is_shader };
        if self.key.as_ref() == Some(&key) {
            return;
        }
        let Mixture { means, std, weights } = mixture;
        let noised = Noised::new(means, *std, weights, PROCESS.level(t));
        self.picture = Some(if is_shader {
            let colours = colours.map(|colour| [colour.r(), colour.g(), colour.b()]);
            Picture::Drawing(Drawing::Density(Density::of(&noised, reach, colours)))
        } else {
            let image = picture(&noised, reach, colours);
            let texture = self.texture.get_or_insert_with(|| {
                context.load_texture("density", ColorImage::default(), TextureOptions::LINEAR)
            });
            texture.set(image, TextureOptions::LINEAR);
            Picture::whole(texture)
        });
        self.spacing = 2.0 * reach[0].min(reach[1]) / ARROWS as f64;
        self.arrows = arrows(&noised, reach, self.spacing);
        self.key = Some(key);
    }
}

/// Middles of parts of `-reach..reach` that are `width` wide, or a little more or less.
fn middles(reach: f64, width: f64) -> Vec<f64> {
    let count = (2.0 * reach / width).round().max(1.0);
    (0..count as usize).map(|i| reach * ((2 * i + 1) as f64 / count - 1.0)).collect()
}

/// The density, first row at the top; its root, so that faint parts show.
fn picture(noised: &Noised, reach: [f64; 2], [none, most]: [Color32; 2]) -> ColorImage {
    let width = 2.0 * reach[0].max(reach[1]) / PIXELS as f64;
    let (across, mut up) = (middles(reach[0], width), middles(reach[1], width));
    up.reverse();
    let densities = noised.densities(&across, &up);
    let largest = noised.peak();
    let pixels = densities.iter().map(|density| {
        let share = (density / largest).sqrt().min(1.0) as f32;
        none.lerp_to_gamma(most, share)
    });
    ColorImage::new([across.len(), up.len()], pixels.collect())
}

/// The score in units of the components' width, its length taken into `0..1`.
fn arrows(noised: &Noised, reach: [f64; 2], spacing: f64) -> Vec<Arrow> {
    let (across, up) = (middles(reach[0], spacing), middles(reach[1], spacing));
    let arrow = |at: [f64; 2]| {
        let score = noised.score(at).map(|s| s * noised.variance().sqrt());
        let length = score[0].hypot(score[1]);
        let scale = if length > 0.0 { (0.6 * length).tanh() / length } else { 0.0 };
        Arrow { at, along: score.map(|s| s * scale) }
    };
    up.iter().flat_map(|&y| across.iter().map(move |&x| arrow([x, y]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_density_is_strongest_at_a_component_and_up_is_up() {
        let mixture = Mixture::equal(vec![[1.0, 1.5]], 0.2);
        let level = PROCESS.level(0.0);
        let noised = Noised::new(&mixture.means, mixture.std, &mixture.weights, level);
        let image = picture(&noised, [4.0, 2.0], [Color32::BLACK, Color32::WHITE]);
        let [width, height] = image.size;
        assert_eq!([width, height], [PIXELS, PIXELS / 2]);
        let pixels = image.pixels.iter().enumerate();
        let brightest = pixels.max_by_key(|(_, pixel)| pixel.r()).expect("pixels").0;
        // (1.0 + 4) / 8 of the width, (2 - 1.5) / 4 of the height.
        let (row, column) = (brightest / width, brightest % width);
        assert!(row.abs_diff(height / 8) <= 1 && column.abs_diff(width * 5 / 8) <= 1);
    }

    #[test]
    fn arrows_point_to_the_component_and_stay_short() {
        let level = PROCESS.level(100.0);
        let noised = Noised::new(&[[0.3, -0.2]], 0.1, &[1.0], level);
        for Arrow { at, along } in arrows(&noised, [2.0, 1.5], 0.2) {
            let to = [0.3 * level.alpha - at[0], -0.2 * level.alpha - at[1]];
            let cross = to[0] * along[1] - to[1] * along[0];
            assert!(cross.abs() < 1e-9 && to[0] * along[0] + to[1] * along[1] > 0.0);
            assert!(along[0].hypot(along[1]) < 1.0 + 1e-12);
        }
    }
}
