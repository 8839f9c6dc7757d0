//! Shapes on pixels: filled areas, and anti-aliased strokes and discs by their distance.
//!
//! A shape's coverage is collected in a [`Mask`] and painted once, so that strokes that overlap
//! themselves do not darken.

use image::{Rgb, RgbImage};

use super::theme::Colour;

/// A rectangle in pixels; it may reach outside the canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) left: i64,
    pub(super) top: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

impl Area {
    pub(super) fn right(self) -> i64 {
        self.left + self.width
    }

    pub(super) fn bottom(self) -> i64 {
        self.top + self.height
    }

    /// The area with `border` pixels more on every side.
    pub(super) fn grown(self, border: i64) -> Self {
        Self {
            left: self.left - border,
            top: self.top - border,
            width: self.width + 2 * border,
            height: self.height + 2 * border,
        }
    }

    fn intersection(self, other: Self) -> Self {
        let (left, top) = (self.left.max(other.left), self.top.max(other.top));
        Self {
            left,
            top,
            width: (self.right().min(other.right()) - left).max(0),
            height: (self.bottom().min(other.bottom()) - top).max(0),
        }
    }

    fn pixels(self) -> impl Iterator<Item = (i64, i64)> {
        (self.top..self.bottom()).flat_map(move |y| (self.left..self.right()).map(move |x| (x, y)))
    }
}

/// A canvas of one colour, `width` by `height` pixels.
pub(super) fn blank(width: i64, height: i64, colour: Colour) -> RgbImage {
    let [width, height] = [width, height].map(|size| u32::try_from(size.max(1)).unwrap_or(1));
    RgbImage::from_pixel(width, height, Rgb(colour))
}

/// The whole canvas.
pub(super) fn bounds(canvas: &RgbImage) -> Area {
    Area { left: 0, top: 0, width: canvas.width().into(), height: canvas.height().into() }
}

/// Fills `area`, as far as it lies on the canvas.
pub(super) fn fill(canvas: &mut RgbImage, area: Area, colour: Colour) {
    for (x, y) in area.intersection(bounds(canvas)).pixels() {
        canvas.put_pixel(x as u32, y as u32, Rgb(colour));
    }
}

/// A disc round `centre` (pixels, pixel centres at .5), cut off at the edge of `clip`.
pub(super) fn disc(
    canvas: &mut RgbImage,
    clip: Area,
    centre: [f64; 2],
    radius: f64,
    paint: (Colour, f64),
) {
    stroke(canvas, clip, [centre; 2], radius, paint);
}

/// A stroke with round ends, `2 radius` pixels wide, cut off at the edge of `clip`.
pub(super) fn stroke(
    canvas: &mut RgbImage,
    clip: Area,
    [from, to]: [[f64; 2]; 2],
    radius: f64,
    (colour, alpha): (Colour, f64),
) {
    let mut mask = Mask::new(around(from, to, radius).intersection(clip));
    mask.stroke(from, to, radius);
    mask.paint(canvas, colour, alpha);
}

/// How much of each pixel a shape covers.
pub(super) struct Mask {
    area: Area,
    coverage: Vec<f32>,
}

impl Mask {
    /// An empty mask; what is drawn outside `area` is cut off.
    pub(super) fn new(area: Area) -> Self {
        let pixels = (area.width.max(0) * area.height.max(0)) as usize;
        Self { area, coverage: vec![0.0; pixels] }
    }

    /// Raises the coverage of one pixel to at least `coverage`.
    pub(super) fn cover(&mut self, x: i64, y: i64, coverage: f32) {
        let (column, row) = (x - self.area.left, y - self.area.top);
        if (0..self.area.width).contains(&column) && (0..self.area.height).contains(&row) {
            let pixel = &mut self.coverage[(row * self.area.width + column) as usize];
            *pixel = pixel.max(coverage);
        }
    }

    /// Draws a stroke with round ends, `2 radius` pixels wide.
    fn stroke(&mut self, from: [f64; 2], to: [f64; 2], radius: f64) {
        for (x, y) in around(from, to, radius).intersection(self.area).pixels() {
            let distance = distance([x as f64 + 0.5, y as f64 + 0.5], from, to);
            let coverage = (radius + 0.5 - distance).clamp(0.0, 1.0);
            self.cover(x, y, coverage as f32);
        }
    }

    /// Blends `colour` into the canvas, by coverage times `alpha`.
    pub(super) fn paint(&self, canvas: &mut RgbImage, colour: Colour, alpha: f64) {
        let canvas_area = bounds(canvas);
        for (coverage, (x, y)) in self.coverage.iter().zip(self.area.pixels()) {
            let is_inside =
                (0..canvas_area.width).contains(&x) && (0..canvas_area.height).contains(&y);
            if *coverage > 0.0 && is_inside {
                let pixel = &mut canvas.get_pixel_mut(x as u32, y as u32).0;
                let alpha = f64::from(coverage.min(1.0)) * alpha;
                for (old, new) in pixel.iter_mut().zip(colour) {
                    let mixed = f64::from(*old) + alpha * (f64::from(new) - f64::from(*old));
                    *old = mixed.round() as u8;
                }
            }
        }
    }
}

/// The pixels that a stroke can touch.
fn around(from: [f64; 2], to: [f64; 2], radius: f64) -> Area {
    let reach = radius + 1.0;
    let [left, top] = [0, 1].map(|i| (from[i].min(to[i]) - reach).floor() as i64);
    let [right, bottom] = [0, 1].map(|i| (from[i].max(to[i]) + reach).ceil() as i64);
    Area { left, top, width: right - left, height: bottom - top }
}

/// Distance of a point to a segment.
fn distance(point: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let along = [to[0] - from[0], to[1] - from[1]];
    let offset = [point[0] - from[0], point[1] - from[1]];
    let length_squared = along[0] * along[0] + along[1] * along[1];
    let share = if length_squared > 0.0 {
        ((offset[0] * along[0] + offset[1] * along[1]) / length_squared).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (offset[0] - share * along[0]).hypot(offset[1] - share * along[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stroke_that_crosses_itself_does_not_darken() {
        let mut canvas = blank(20, 20, [255; 3]);
        let mut mask = Mask::new(bounds(&canvas));
        mask.stroke([2.0, 10.5], [18.0, 10.5], 1.0);
        mask.stroke([10.5, 2.0], [10.5, 18.0], 1.0);
        mask.paint(&mut canvas, [0; 3], 0.5);
        assert_eq!(canvas.get_pixel(10, 10), canvas.get_pixel(5, 10));
    }

    #[test]
    fn shapes_outside_the_canvas_are_cut_off() {
        let mut canvas = blank(8, 8, [255; 3]);
        fill(&mut canvas, Area { left: -4, top: 6, width: 6, height: 40 }, [0; 3]);
        let clip = Area { left: -10, top: -10, width: 100, height: 100 };
        disc(&mut canvas, clip, [7.5, 0.5], 3.0, ([0; 3], 1.0));
        assert_eq!(canvas.get_pixel(1, 6).0, [0; 3]);
        assert_eq!(canvas.get_pixel(2, 6).0, [255; 3]);
        assert_eq!(canvas.get_pixel(7, 0).0, [0; 3]);
    }

    #[test]
    fn a_disc_covers_its_area() {
        let mut canvas = blank(40, 40, [0; 3]);
        let clip = bounds(&canvas);
        disc(&mut canvas, clip, [20.0, 20.0], 10.0, ([255; 3], 1.0));
        let covered: f64 = canvas.pixels().map(|p| f64::from(p.0[0]) / 255.0).sum();
        // The edge is a linear ramp of the distance: right to about a per cent.
        assert!((covered / (std::f64::consts::PI * 100.0) - 1.0).abs() < 0.01, "{covered}");
    }
}
