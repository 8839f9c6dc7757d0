//! The inner loops at other vector widths than this machine's widest: plain code, and AVX2 where it is
//! not the widest.

use pulp::{Simd, WithSimd};

use super::super::accumulate::Accumulate;
use super::super::correlate::{Correlate, Onto, Weights};
use super::super::planes::{Geometry, with_planes, with_turned};
use super::super::taps::Taps;
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

/// One sample's output and its part of a weight gradient.
fn results(geometry: Geometry, onto: Onto<'_>, width: &impl Run) -> [Vec<f32>; 2] {
    let Geometry { inputs, outputs, .. } = geometry;
    let (pixels, area) = (geometry.pixels(), geometry.area());
    let (x, other) = (numbers(inputs * pixels, 1), numbers(outputs * pixels, 2));
    let weight = numbers(outputs * inputs * area, 3);
    with_planes(&x, &geometry, |planes| {
        // What stands there is added to, or not.
        let mut y = numbers(outputs * pixels, 5);
        let taps = &Taps::new(&geometry, area, false);
        let weights = Weights { values: &weight, outputs, output_stride: inputs * area, taps };
        width.run(Correlate { planes, weights, pixels, onto, y: &mut y });
        let sums = with_turned(&other, pixels, |turned, stride| {
            let mut sums = vec![0.0; geometry.taps() * stride];
            width.run(Accumulate { planes, taps, pixels, turned, stride, sums: &mut sums });
            sums
        });
        [y, sums]
    })
}

#[test]
fn convolutions_agree_at_every_vector_width() {
    for [_, inputs, outputs, height, width, kernel] in SHAPES {
        let geometry = Geometry { samples: 1, inputs, outputs, height, width, kernel };
        let bias = numbers(outputs, 4);
        for onto in [Onto::Zero, Onto::Bias(&bias), Onto::Output] {
            let expected = results(geometry, onto, &Widest);
            let agree = |found: [Vec<f32>; 2], name: &str| {
                for (found, expected) in found.iter().zip(&expected) {
                    assert_close(found, expected, &format!("{geometry:?} {name}"));
                }
            };
            agree(results(geometry, onto, &Of(pulp::Scalar)), "plain");
            if let Some(narrow) = crate::narrow_vectors() {
                agree(results(geometry, onto, &Of(narrow)), "narrow");
            }
        }
    }
}
