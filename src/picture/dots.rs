//! Dots with error bars between two axes: how two measures of the same things go together.
//!
//! The dots of a series are connected in their order. Words at the axes say which way is better.

#[cfg(test)]
mod tests;

use image::RgbImage;

use super::axis::{Axis, Ends, Range};
use super::drawing::{Anchor, Drawing, Mark};
use super::text::{self, Style};
use super::theme::{Colour, HAIRLINE, INK, MUTED, PANEL, accent};
use crate::math::statistics::Estimate;

/// Width and height in pixels.
const SIZE: [i64; 2] = [1200, 800];
/// Where the dots are: left, top, width, height.
const FRAME: [f64; 4] = [96.0, 148.0, 900.0, 536.0];
const RADIUS: f64 = 7.0;
/// From a line to the baseline of what is written beside it.
const BELOW: f64 = 5.0;

const TITLE: Style = Style::light(28.0, INK);
const SMALL: Style = Style::light(14.0, MUTED);
const AXIS: Style = Style::light(15.0, INK);

/// See the module.
#[derive(Clone, Debug)]
pub struct Dots {
    /// What is shown.
    pub title: String,
    /// Of what and how it was measured.
    pub subtitle: String,
    /// The axis to the right.
    pub x: Axis,
    /// The axis upwards.
    pub y: Axis,
    /// How it ends.
    pub y_ends: Ends,
    /// What is better towards the left, and towards the bottom.
    pub better: [String; 2],
    /// The latter towards the top instead.
    pub is_better_up: bool,
    /// The dots, the first ones lowest.
    pub series: Vec<DotSeries>,
    /// Levels of y to compare with.
    pub rules: Vec<Rule>,
    /// How to read it.
    pub foot: String,
}

/// Dots that belong together.
#[derive(Clone, Debug)]
pub struct DotSeries {
    /// Its name; "CM" and "Direct CM" have their own colours.
    pub name: String,
    /// Chooses the colour of other names.
    pub order: usize,
    /// In the order they are connected.
    pub dots: Vec<Dot>,
}

/// A dot with its intervals.
#[derive(Clone, Debug)]
pub struct Dot {
    /// Beside it.
    pub label: String,
    /// To the right.
    pub x: Estimate,
    /// Upwards.
    pub y: Estimate,
    /// Whether it is drawn as a ring: it measures something else than the full ones.
    pub is_hollow: bool,
}

/// A level of y.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Beside it; "Teacher" has its own colour.
    pub name: String,
    /// The level with its interval.
    pub y: Estimate,
}

impl Dots {
    /// The ranges that hold everything, to the right and upwards.
    pub fn ranges(&self) -> [Range; 2] {
        let all = || self.series.iter().flat_map(|series| &series.dots);
        let ends = |estimate: &Estimate| [estimate.low, estimate.mean, estimate.high];
        let x = Range::of(all().flat_map(|dot| ends(&dot.x)), &self.x, 0.12);
        let rules = self.rules.iter().flat_map(|rule| ends(&rule.y));
        let y = Range::of(all().flat_map(|dot| ends(&dot.y)).chain(rules), &self.y, 0.08);
        [x, y.ending(self.y_ends)]
    }

    /// As pixels.
    pub fn draw(&self) -> RgbImage {
        self.drawing().pixels()
    }

    /// As SVG.
    pub fn svg(&self) -> String {
        self.drawing().svg()
    }

    fn drawing(&self) -> Drawing {
        let mut sheet = Sheet { marks: Vec::new(), ranges: self.ranges() };
        self.words(&mut sheet);
        sheet.ticks();
        for rule in &self.rules {
            sheet.rule(rule);
        }
        for series in &self.series {
            sheet.series(series);
        }
        self.names(&mut sheet);
        Drawing { size: SIZE, marks: sheet.marks }
    }

    fn words(&self, sheet: &mut Sheet) {
        let [left, top, width, height] = FRAME;
        let limit = SIZE[0] as f32 - 112.0;
        sheet.text([56.0, 62.0], &text::fit(&self.title, TITLE, limit), TITLE, Anchor::Start);
        sheet.text([56.0, 90.0], &text::fit(&self.subtitle, SMALL, limit), SMALL, Anchor::Start);
        let way = if self.is_better_up { "up" } else { "down" };
        let y_name = format!("{}  ({way}: {})", self.y.name, self.better[1]);
        sheet.text([56.0, top - 18.0], &y_name, AXIS, Anchor::Start);
        let below = top + height + 52.0;
        sheet.text([left, below], &format!("left: {}", self.better[0]), SMALL, Anchor::Start);
        sheet.text([left + width, below], &self.x.name, AXIS, Anchor::End);
        let foot = text::wrap(&self.foot, SMALL, limit);
        for (line, words) in foot.iter().enumerate() {
            let place = [56.0, below + 28.0 + 18.0 * line as f64];
            sheet.text(place, words, SMALL, Anchor::Start);
        }
    }

    /// Names of the series at the right, below each other; none where the name of a rule stands.
    fn names(&self, sheet: &mut Sheet) {
        let x = FRAME[0] + FRAME[2] + 24.0;
        let rules: Vec<f64> =
            self.rules.iter().filter_map(|rule| sheet.level(rule.y.mean)).collect();
        let lines = (0..).map(|line| FRAME[1] + 16.0 + 26.0 * f64::from(line));
        let free = lines.filter(|y| !rules.iter().any(|rule| (rule + BELOW - y).abs() < 18.0));
        for (series, y) in self.series.iter().zip(free) {
            let style = Style::strong(16.0, accent(&series.name, series.order));
            let name = text::fit(&series.name, style, SIZE[0] as f32 - x as f32 - 16.0);
            sheet.text([x, y], &name, style, Anchor::Start);
        }
    }
}

/// Marks under way.
struct Sheet {
    marks: Vec<Mark>,
    ranges: [Range; 2],
}

impl Sheet {
    fn text(&mut self, place: [f64; 2], text: &str, style: Style, anchor: Anchor) {
        self.marks.push(Mark::Text { place, text: text.to_owned(), style, anchor });
    }

    fn line(&mut self, from: [f64; 2], to: [f64; 2], width: f64, colour: Colour) {
        self.marks.push(Mark::Line { from, to, width, colour });
    }

    /// The place of two values; values beyond an end of the axis lie at it.
    fn place(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        Some([FRAME[0] + self.ranges[0].share(x)?.clamp(0.0, 1.0) * FRAME[2], self.level(y)?])
    }

    /// How far down a value of y is.
    fn level(&self, y: f64) -> Option<f64> {
        Some(FRAME[1] + (1.0 - self.ranges[1].share(y)?.clamp(0.0, 1.0)) * FRAME[3])
    }

    fn ticks(&mut self) {
        let [left, top, width, height] = FRAME;
        self.marks.push(Mark::Block { place: [left, top], size: [width, height], colour: PANEL });
        for tick in self.ranges[1].ticks() {
            let Some(share) = self.ranges[1].share(tick.value) else { continue };
            let y = top + (1.0 - share) * height;
            self.marks.push(Mark::Block { place: [left, y], size: [width, 1.0], colour: HAIRLINE });
            self.text([left - 12.0, y + BELOW], &tick.label, SMALL, Anchor::End);
        }
        for tick in self.ranges[0].ticks() {
            let Some(share) = self.ranges[0].share(tick.value) else { continue };
            let x = left + share * width;
            self.marks.push(Mark::Block { place: [x, top], size: [1.0, height], colour: HAIRLINE });
            self.text([x, top + height + 24.0], &tick.label, SMALL, Anchor::Middle);
        }
        let place = [left, top + height];
        self.marks.push(Mark::Block { place, size: [width, 1.0], colour: MUTED });
    }

    fn rule(&mut self, rule: &Rule) {
        let [left, _, width, _] = FRAME;
        let colour = accent(&rule.name, 0);
        let levels = [rule.y.low, rule.y.mean, rule.y.high].map(|y| self.level(y));
        let [Some(low), Some(mean), Some(high)] = levels else { return };
        let band = faint(colour);
        self.marks.push(Mark::Block {
            place: [left, high],
            size: [width, low - high],
            colour: band,
        });
        self.line([left, mean], [left + width, mean], 1.5, colour);
        let style = Style::strong(14.0, colour);
        self.text([left + width + 12.0, mean + BELOW], &rule.name, style, Anchor::Start);
    }

    fn series(&mut self, series: &DotSeries) {
        let colour = accent(&series.name, series.order);
        let at = |sheet: &Self, dot: &Dot| sheet.place(dot.x.mean, dot.y.mean);
        let places: Vec<_> = series.dots.iter().filter_map(|dot| at(self, dot)).collect();
        for pair in places.windows(2) {
            self.line(pair[0], pair[1], 1.0, faint(colour));
        }
        for dot in &series.dots {
            let Estimate { mean: x, low: x_low, high: x_high } = dot.x;
            let Estimate { mean: y, low: y_low, high: y_high } = dot.y;
            for [from, to] in [[(x_low, y), (x_high, y)], [(x, y_low), (x, y_high)]] {
                if let (Some(from), Some(to)) = (self.place(from.0, from.1), self.place(to.0, to.1))
                {
                    self.line(from, to, 1.5, colour);
                }
            }
        }
        for dot in &series.dots {
            let Some(centre) = at(self, dot) else { continue };
            let inside = if dot.is_hollow { PANEL } else { colour };
            let name = format!("{}, {}", series.name, dot.label);
            self.marks.push(Mark::Disc { centre, radius: RADIUS, rim: colour, inside, name });
            let place = [centre[0] + 11.0, centre[1] - 9.0];
            self.text(place, &dot.label, Style::strong(14.0, colour), Anchor::Start);
        }
    }
}

/// A colour on the way to white.
fn faint(colour: Colour) -> Colour {
    colour.map(|channel| channel + ((255 - u16::from(channel)) * 3 / 4) as u8)
}
