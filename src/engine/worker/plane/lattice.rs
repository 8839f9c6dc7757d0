//! The noises whose images make a map: a polar lattice, because a round Gaussian has no corners.

use std::f64::consts::TAU;

/// Circles of points around 0.
pub const CIRCLES: usize = 24;
/// Points on each.
pub const SPOKES: usize = 144;
/// Radius of the outermost circle: 96% of all noises in the plane lie inside.
pub const RADIUS: f64 = 2.5;

/// All points, circle by circle from the innermost, each from angle 0 counter-clockwise.
pub fn points() -> Vec<[f32; 2]> {
    let point = |i: usize| {
        let radius = RADIUS * (i / SPOKES + 1) as f64 / CIRCLES as f64;
        let angle = TAU * (i % SPOKES) as f64 / SPOKES as f64;
        // libm, not std: the same digits on every platform.
        [(radius * libm::cos(angle)) as f32, (radius * libm::sin(angle)) as f32]
    };
    (0..CIRCLES * SPOKES).map(point).collect()
}
