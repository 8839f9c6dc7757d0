//! The inner loops at other vector widths than this machine's widest: plain code, and AVX2 where it is
//! not the widest.

use pulp::{Simd, WithSimd};

use super::super::accumulate::Accumulate;
use super::super::attend::{Heads, Softmax, SoftmaxSlope};
use super::super::correlate::{Correlate, Weights};
use super::super::planes::{Geometry, with_planes};
use super::super::taps::Taps;
use super::super::turn::with_turned;
use super::{SHAPES, assert_close, numbers};

/// Runs an operation at the width under test.
trait Run {
    fn run<Op: WithSimd>(&self, operation: Op) -> Op::Output;
}

struct Widest;
struct Of<S>(S);

impl Run for Widest {
    fn run<Op: WithSimd>(&self, operation: Op) -> Op::Output {
        pulp::Arch::new().dispatch(operation)
    }
}

impl<S: Simd> Run for Of<S> {
    fn run<Op: WithSimd>(&self, operation: Op) -> Op::Output {
        self.0.vectorize(operation)
    }
}

/// One sample's output, with or without something that it is added to, and its part of a weight gradient.
fn convolved(geometry: Geometry, is_added: bool, width: &impl Run) -> [Vec<f32>; 2] {
    let Geometry { inputs, outputs, .. } = geometry;
    let (pixels, area) = (geometry.pixels(), geometry.area());
    let (x, other) = (numbers(inputs * pixels, 1), numbers(outputs * pixels, 2));
    let (weight, bias) = (numbers(outputs * inputs * area, 3), numbers(outputs, 4));
    let base = numbers(outputs * pixels, 5);
    let [bias, base] = [&bias[..], &base[..]].map(|values| is_added.then_some(values));
    with_planes(&x, &geometry, |planes| {
        let mut y = vec![f32::NAN; outputs * pixels];
        let taps = &Taps::new(&geometry, area, false);
        let weights = Weights { values: &weight, outputs, output_stride: inputs * area, taps };
        width.run(Correlate { planes, weights, pixels, bias, base, y: &mut y });
        let sums = with_turned(&other, pixels, 0..pixels, |turned, stride| {
            let mut sums = vec![0.0; geometry.taps() * stride];
            width.run(Accumulate { planes, taps, pixels, turned, stride, sums: &mut sums });
            sums
        });
        [y, sums]
    })
}

/// Probabilities of attention, and the slope of a loss with respect to what they are made of.
fn softmax(heads: Heads, width: &impl Run) -> [Vec<f32>; 2] {
    let [mut p, mut ds] = [6, 7].map(|seed| numbers(heads.pixels * heads.pixels, seed));
    width.run(Softmax { p: &mut p, heads });
    width.run(SoftmaxSlope { p: &p, ds: &mut ds, heads });
    [p, ds]
}

/// Compares plain code and narrow vectors with the widest.
macro_rules! assert_widths {
    ($name:expr, $width:ident => $results:expr) => {{
        let run = |name: &str, found: [Vec<f32>; 2], expected: &[Vec<f32>; 2]| {
            for (found, expected) in found.iter().zip(expected) {
                assert_close(found, expected, &format!("{} {name}", $name));
            }
        };
        let $width = &Widest;
        let expected = $results;
        let $width = &Of(pulp::Scalar);
        run("plain", $results, &expected);
        if let Some(narrow) = crate::narrow_vectors() {
            let $width = &Of(narrow);
            run("narrow", $results, &expected);
        }
    }};
}

#[test]
fn convolutions_agree_at_every_vector_width() {
    for [_, inputs, outputs, height, width, kernel] in SHAPES {
        let geometry = Geometry { samples: 1, inputs, outputs, height, width, kernel };
        for is_added in [false, true] {
            assert_widths!(format!("{geometry:?}"), width => convolved(geometry, is_added, width));
        }
    }
}

#[test]
fn softmax_agrees_at_every_vector_width() {
    for pixels in [1, 9, 64, 81] {
        let heads = Heads { heads: 1, size: 8, pixels };
        assert_widths!(format!("{pixels} pixels"), width => softmax(heads, width));
    }
}
