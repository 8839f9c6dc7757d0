//! Scatter plots: two-dimensional samples, coloured by the component where they should end.
//!
//! The colour belongs to the noise, not to the place: a point that a sampler sends to the wrong
//! component shows as a stranger there.

use image::RgbImage;

use super::canvas::{Area, blank, disc, fill};
use super::theme::{HAIRLINE, PANEL, PAPER, hue};

/// Points that may lie outside a plot, of those of all columns together.
const OUTSIDE: f64 = 0.002;
/// The room of a plot over what it holds.
const MARGIN: f64 = 1.15;

/// Side of a picture of points, in pixels.
const SIDE: i64 = 480;

/// A picture of `points` (`[n, 2]`), each in the colour of its label, in a frame that holds nearly all
/// of `frame`: pictures with the same frame can be laid over each other.
pub fn points(points: &[f32], labels: &[u32], frame: &[f32]) -> RgbImage {
    let mut canvas = blank(SIDE, SIDE, PAPER);
    let panel = Area { left: 1, top: 1, width: SIDE - 2, height: SIDE - 2 };
    scatter(&mut canvas, panel, points, labels, reach([frame].into_iter()));
    canvas
}

/// Draws `points` (`[n, 2]`, x to the right and y up) in a framed panel that shows
/// `[-reach, reach]` in both directions; `labels` (one a point, missing ones 0) give the colours.
pub(super) fn scatter(
    canvas: &mut RgbImage,
    panel: Area,
    points: &[f32],
    labels: &[u32],
    reach: f64,
) {
    fill(canvas, panel.grown(1), HAIRLINE);
    fill(canvas, panel, PANEL);
    let half = panel.width as f64 / 2.0;
    let (centre_x, centre_y) = (panel.left as f64 + half, panel.top as f64 + half);
    fill(canvas, Area { left: centre_x as i64, width: 1, ..panel }, [240; 3]);
    fill(canvas, Area { top: centre_y as i64, height: 1, ..panel }, [240; 3]);

    let (radius, alpha) = dot(points.len() / 2, panel);
    for (i, point) in points.chunks_exact(2).enumerate() {
        let [x, y] = [point[0], point[1]].map(|v| f64::from(v) / reach * half);
        if x.is_finite() && y.is_finite() {
            let colour = hue(labels.get(i).copied().unwrap_or(0));
            disc(canvas, panel, [centre_x + x, centre_y - y], radius, (colour, alpha));
        }
    }
}

/// Radius in pixels and opacity of one of `count` points: many points are small and soft.
fn dot(count: usize, panel: Area) -> (f64, f64) {
    let crowd = (count as f64 / 500.0).max(0.25).sqrt();
    let radius = (panel.width as f64 / 90.0 / crowd).clamp(0.9, 3.0);
    (radius, (0.75 / crowd).clamp(0.3, 0.75))
}

/// Half the side of a square round the origin that holds nearly all points of all `columns`.
pub(super) fn reach<'a>(columns: impl Iterator<Item = &'a [f32]>) -> f64 {
    let mut sizes: Vec<f32> = columns
        .flat_map(|points| points.iter().map(|v| v.abs()))
        .filter(|size| size.is_finite())
        .collect();
    sizes.sort_by(f32::total_cmp);
    let nearly_all = (sizes.len() as f64 * (1.0 - OUTSIDE)).ceil() as usize;
    let size = sizes.get(nearly_all.saturating_sub(1)).copied().unwrap_or(1.0);
    (f64::from(size) * MARGIN).max(1e-6)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANEL_AREA: Area = Area { left: 10, top: 10, width: 100, height: 100 };

    #[test]
    fn a_point_lands_where_its_coordinates_say() {
        let mut canvas = blank(120, 120, [255; 3]);
        scatter(&mut canvas, PANEL_AREA, &[0.5, 0.5], &[3], 1.0);
        let pixel = canvas.get_pixel(85, 35).0;
        assert_ne!(pixel, PANEL);
        assert_eq!(canvas.get_pixel(85, 85).0, PANEL);
    }

    #[test]
    fn points_outside_and_points_that_are_no_numbers_are_left_out() {
        let mut canvas = blank(120, 120, [255; 3]);
        let empty = {
            let mut canvas = canvas.clone();
            scatter(&mut canvas, PANEL_AREA, &[], &[], 1.0);
            canvas
        };
        scatter(
            &mut canvas,
            PANEL_AREA,
            &[9.0, 0.0, f32::NAN, 0.0, 0.0, f32::INFINITY, f32::MAX, f32::MIN],
            &[],
            1.0,
        );
        assert_eq!(canvas, empty);
    }

    #[test]
    fn one_outlier_does_not_shrink_the_plot() {
        let mut points = vec![1.0_f32; 4_000];
        points[7] = 1e6;
        assert!((reach([points.as_slice()].into_iter()) - MARGIN).abs() < 1e-6);
        assert!(reach([].into_iter()) > 0.0);
        assert!(reach([[0.0_f32; 4].as_slice()].into_iter()) > 0.0);
    }
}
