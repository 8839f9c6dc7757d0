//! Line charts: named series over one axis, for loss against step and error against time.
//!
//! Names stand at the ends of their lines, so that no legend has to be matched by colour.

mod axis;

use image::RgbImage;

pub use axis::{Axis, Ends, Range, Tick, told_apart};

use super::canvas::{Area, Mask, blank, fill};
use super::text::{self, Style};
use super::theme::{HAIRLINE, INK, MUTED, PAPER, accent};

const WIDTH: i64 = 1200;
const HEIGHT: i64 = 680;
/// Where the lines are drawn: the rest holds title, ticks and names.
const FRAME: Area = Area { left: 110, top: 136, width: 900, height: 440 };
/// A series of at most this many points also shows each of them.
const FEW_POINTS: usize = 24;
const NAME_LINE: i64 = 20;

const TITLE: Style = Style::light(28.0, INK);
const TICK: Style = Style::light(14.0, MUTED);
const AXIS: Style = Style::light(15.0, INK);

/// A line with its name.
#[derive(Clone, Debug)]
pub struct Series {
    /// Written at the end of the line; "Teacher", "CM" and "Direct CM" have their own colours.
    pub name: String,
    /// `(x, y)` in drawing order; the line breaks where a value cannot be shown.
    pub points: Vec<(f64, f64)>,
}

/// Series over one pair of axes.
#[derive(Clone, Debug)]
pub struct Chart {
    /// What is shown.
    pub title: String,
    /// The axis to the right.
    pub x: Axis,
    /// The axis upwards.
    pub y: Axis,
    /// The lines, the first one lowest.
    pub series: Vec<Series>,
}

impl Chart {
    /// Draws the chart, 1200 by 680 pixels.
    pub fn draw(&self) -> RgbImage {
        let values = || self.series.iter().flat_map(|series| &series.points);
        let x = Range::of(values().map(|point| point.0), &self.x, 0.0);
        let y = Range::of(values().map(|point| point.1), &self.y, 0.05);
        let mut canvas = blank(WIDTH, HEIGHT, PAPER);
        self.draw_words(&mut canvas);
        draw_ticks(&mut canvas, &x, &y);
        for (i, series) in self.series.iter().enumerate() {
            draw_line(&mut canvas, &placed(series, &x, &y), accent(&series.name, i));
        }
        self.draw_names(&mut canvas, &x, &y);
        canvas
    }

    fn draw_words(&self, canvas: &mut RgbImage) {
        let limit = (WIDTH - 112) as f32;
        text::draw(canvas, [55, 68], &text::fit(&self.title, TITLE, limit), TITLE);
        text::draw(canvas, [56, 112], &text::fit(&self.y.name, AXIS, limit), AXIS);
        let name = text::fit(&self.x.name, AXIS, FRAME.width as f32);
        let left = FRAME.right() - text::width(&name, AXIS).round() as i64;
        text::draw(canvas, [left, FRAME.bottom() + 56], &name, AXIS);
    }

    /// Names at the last points of their lines, moved apart where they would overlap.
    fn draw_names(&self, canvas: &mut RgbImage, x: &Range, y: &Range) {
        let mut ends: Vec<(i64, &str, Style)> = Vec::new();
        for (i, series) in self.series.iter().enumerate() {
            let last = placed(series, x, y).into_iter().flatten().last();
            if let Some([_, height]) = last {
                let style = Style::strong(15.0, accent(&series.name, i));
                ends.push((height.round() as i64 + 5, &series.name, style));
            }
        }
        ends.sort_by_key(|(baseline, ..)| *baseline);
        let mut above = i64::MIN / 2;
        for (baseline, name, style) in ends {
            above = baseline.max(above + NAME_LINE);
            let name = text::fit(name, style, (WIDTH - FRAME.right() - 36) as f32);
            text::draw(canvas, [FRAME.right() + 16, above], &name, style);
        }
    }
}

/// Grid lines and labels at round numbers.
fn draw_ticks(canvas: &mut RgbImage, x: &Range, y: &Range) {
    for tick in y.ticks() {
        let Some(share) = y.share(tick.value) else {
            continue;
        };
        let top = FRAME.bottom() - (share * FRAME.height as f64).round() as i64;
        fill(canvas, Area { top, height: 1, ..FRAME }, HAIRLINE);
        let left = FRAME.left - 14 - text::width(&tick.label, TICK).round() as i64;
        text::draw(canvas, [left, top + 5], &tick.label, TICK);
    }
    fill(canvas, Area { top: FRAME.bottom(), height: 1, ..FRAME }, MUTED);
    for tick in x.ticks() {
        let Some(share) = x.share(tick.value) else {
            continue;
        };
        let left = FRAME.left + (share * FRAME.width as f64).round() as i64;
        fill(canvas, Area { left, top: FRAME.bottom(), width: 1, height: 6 }, MUTED);
        let half = (text::width(&tick.label, TICK) / 2.0).round() as i64;
        text::draw(canvas, [left - half, FRAME.bottom() + 26], &tick.label, TICK);
    }
}

/// The points of a series on the canvas; nothing where a value cannot be shown.
fn placed(series: &Series, x: &Range, y: &Range) -> Vec<Option<[f64; 2]>> {
    let place = |point: &(f64, f64)| {
        Some([
            FRAME.left as f64 + x.share(point.0)? * FRAME.width as f64,
            FRAME.bottom() as f64 - y.share(point.1)? * FRAME.height as f64,
        ])
    };
    series.points.iter().map(place).collect()
}

fn draw_line(canvas: &mut RgbImage, points: &[Option<[f64; 2]>], colour: [u8; 3]) {
    let mut mask = Mask::new(FRAME.grown(8));
    for pair in points.windows(2) {
        if let [Some(from), Some(to)] = pair {
            mask.stroke(*from, *to, 1.1);
        }
    }
    if points.len() <= FEW_POINTS {
        for point in points.iter().flatten() {
            mask.stroke(*point, *point, 4.0);
        }
    }
    mask.paint(canvas, colour, 1.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(series: Vec<Series>, is_logarithmic: bool) -> Chart {
        let axis = |name: &str| Axis { name: name.to_owned(), is_logarithmic };
        Chart { title: "Loss".to_owned(), x: axis("step"), y: axis("loss"), series }
    }

    fn line(name: &str, points: &[(f64, f64)]) -> Series {
        Series { name: name.to_owned(), points: points.to_vec() }
    }

    /// A thin line leaves a little paper in each pixel: orange is then what blue lacks.
    fn is_orange_in_the_middle(picture: &RgbImage) -> bool {
        let (x, y) = (FRAME.left + FRAME.width / 2, FRAME.top + FRAME.height / 2);
        let [red, _, blue] = picture.get_pixel(x as u32, y as u32).0;
        red > 150 && blue < 30
    }

    #[test]
    fn the_same_chart_gives_the_same_pixels() {
        let chart = chart(vec![line("CM", &[(1.0, 2.0), (3.0, 4.0)])], false);
        assert_eq!(chart.draw(), chart.draw());
        assert_eq!(chart.draw().dimensions(), (WIDTH as u32, HEIGHT as u32));
    }

    #[test]
    fn a_straight_line_passes_through_the_middle_of_the_frame() {
        let picture = chart(vec![line("CM", &[(0.0, 0.0), (1.0, 1.0)])], false).draw();
        assert!(is_orange_in_the_middle(&picture));
    }

    #[test]
    fn a_power_law_is_straight_on_logarithmic_axes() {
        let points: Vec<_> = (0..=100).map(|i| 10_f64.powf(f64::from(i) / 25.0)).collect();
        let points: Vec<_> = points.into_iter().map(|x| (x, x.powi(3))).collect();
        let picture = chart(vec![line("CM", &points)], true).draw();
        assert!(is_orange_in_the_middle(&picture));
    }

    #[test]
    fn values_that_cannot_be_shown_break_the_line_and_no_chart_is_too_empty() {
        let with = |middle: (f64, f64)| {
            let points = [(0.0, 0.0), (1.0, 1.0), middle, (2.0, 2.0), (3.0, 3.0)];
            chart(vec![line("CM", &points)], false).draw()
        };
        assert!(is_orange_in_the_middle(&with((1.5, 1.5))));
        for gap in [(1.5, f64::NAN), (f64::INFINITY, 1.5)] {
            assert!(!is_orange_in_the_middle(&with(gap)), "{gap:?}");
        }
        chart(vec![line("CM", &[(0.0, -1.0), (1.0, 0.0)])], true).draw();
        chart(vec![line("", &[]), line("one", &[(5.0, 5.0)])], false).draw();
        chart(Vec::new(), true).draw();
    }

    #[test]
    fn names_of_lines_that_end_together_do_not_overlap() {
        let same = [(0.0, 1.0), (1.0, 1.0)];
        let one = chart(vec![line("CM", &same)], false).draw();
        let two = chart(vec![line("CM", &same), line("CM", &same)], false).draw();
        let inked = |picture: &RgbImage| {
            let names = picture.enumerate_pixels().filter(|(x, ..)| *x > FRAME.right() as u32 + 10);
            names.filter(|(.., pixel)| pixel.0 != PAPER).count()
        };
        assert_eq!(inked(&two), 2 * inked(&one));
    }
}
