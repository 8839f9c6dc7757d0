//! Arrangements of components to start from, and changes to a mixture that keep it one.

use std::f64::consts::{PI, TAU};

use crate::data::Mixture;

/// Most components that can be added by hand.
const MOST: usize = 64;
/// Between a component that is added and the nearest other, at least: both can be taken hold of.
const APART: f64 = 0.15;
/// Places to look at for one, in turn, and how far the first is from the middle.
const PLACES: u32 = 196;
const FIRST: f64 = 0.1;
/// Components stay this near to 0 in each dimension, so that all can be seen.
const EDGE: f64 = 1.4;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrangement {
    Ring,
    Grid,
    Moons,
    Spiral,
    Line,
    Pair,
}

impl Arrangement {
    /// All of them.
    pub(super) const ALL: [Self; 6] =
        [Self::Ring, Self::Grid, Self::Moons, Self::Spiral, Self::Line, Self::Pair];

    /// The name on its button.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Ring => "Ring",
            Self::Grid => "Grid",
            Self::Moons => "Moons",
            Self::Spiral => "Spiral",
            Self::Line => "Line",
            Self::Pair => "Pair",
        }
    }

    /// Its components, of equal weight.
    pub(super) fn mixture(self) -> Mixture {
        let named = |name| Mixture::named(name).expect("this name is known");
        let mut mixture = match self {
            Self::Ring => named("ring"),
            Self::Grid => named("grid"),
            Self::Moons => Mixture::equal(centred((0..24).map(moon)), 0.07),
            Self::Spiral => Mixture::equal(centred((0..20).map(spiral)), 0.05),
            Self::Line => {
                Mixture::equal((-2..3).map(|i| [0.4 * f64::from(i), 0.0]).collect(), 0.05)
            }
            Self::Pair => Mixture::equal(vec![[-0.6, 0.0], [0.6, 0.0]], 0.12),
        };
        mixture.means.iter_mut().for_each(|mean| *mean = mean.map(short));
        mixture
    }
}

/// Six decimals: a file gives back exactly what it was given.
fn short(x: f64) -> f64 {
    (x * 1e6).round() / 1e6
}

/// Places around their mean.
fn centred(places: impl Iterator<Item = [f64; 2]>) -> Vec<[f64; 2]> {
    let places: Vec<[f64; 2]> = places.collect();
    let mean = |i: usize| places.iter().map(|place| place[i]).sum::<f64>() / places.len() as f64;
    let mean = [mean(0), mean(1)];
    places.iter().map(|[x, y]| [x - mean[0], y - mean[1]]).collect()
}

/// Half circles that hold each other, 12 components each.
fn moon(i: i32) -> [f64; 2] {
    let (sine, cosine) = (PI * f64::from(i % 12) / 11.0).sin_cos();
    let [x, y] = [0.6 * cosine - 0.3, 0.6 * sine - 0.15];
    if i < 12 { [x, y] } else { [-x, -y] }
}

/// One and a half turns outwards, evenly along the way.
fn spiral(i: i32) -> [f64; 2] {
    let part = (f64::from(i + 2) / 21.0).sqrt();
    let (sine, cosine) = (1.5 * TAU * part).sin_cos();
    [0.9 * part * cosine, 0.9 * part * sine]
}

/// Puts component `k` to `place`, or as near as the edge lets it.
pub(super) fn put(mixture: &mut Mixture, k: usize, place: [f64; 2]) {
    if let Some(mean) = mixture.means.get_mut(k)
        && place.iter().all(|x| x.is_finite())
    {
        *mean = place.map(|x| short(x.clamp(-EDGE, EDGE)));
    }
}

/// Whether there is room for another component.
pub(super) fn can_add(mixture: &Mixture) -> bool {
    mixture.means.len() < MOST
}

/// The place nearest to the middle, on a spiral that fills the plane evenly, that no component is near; the middle where
/// there is none.
pub(super) fn free(mixture: &Mixture) -> [f64; 2] {
    let golden = PI * (3.0 - 5f64.sqrt());
    let place = |i: u32| {
        let (sine, cosine) = (golden * f64::from(i)).sin_cos();
        [cosine, sine].map(|x| FIRST * f64::from(i).sqrt() * x)
    };
    let is_free = |[x, y]: &[f64; 2]| {
        mixture.means.iter().all(|mean| (mean[0] - x).hypot(mean[1] - y) >= APART)
    };
    (0..PLACES).map(place).find(is_free).unwrap_or_default()
}

/// Adds a component at `place`; all weigh the same afterwards. Returns its number.
pub(super) fn add(mixture: &mut Mixture, place: [f64; 2]) -> Option<usize> {
    if !can_add(mixture) {
        return None;
    }
    let mut means = mixture.means.clone();
    means.push([0.0; 2]);
    *mixture = Mixture::equal(means, mixture.std);
    let last = mixture.means.len() - 1;
    put(mixture, last, place);
    Some(last)
}

/// Whether a component can go: one always stays.
pub(super) fn can_remove(mixture: &Mixture) -> bool {
    mixture.means.len() > 1
}

/// Takes component `k` away; all weigh the same afterwards.
pub(super) fn remove(mixture: &mut Mixture, k: usize) {
    if can_remove(mixture) && k < mixture.means.len() {
        let mut means = mixture.means.clone();
        means.remove(k);
        *mixture = Mixture::equal(means, mixture.std);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arrangement_is_a_centred_mixture_within_the_edge() {
        for arrangement in Arrangement::ALL {
            let mixture = arrangement.mixture();
            assert_eq!(mixture.problem(), None, "{arrangement:?}");
            for i in 0..2 {
                let mean: f64 = mixture.means.iter().map(|m| m[i]).sum::<f64>();
                let mean = mean / mixture.means.len() as f64;
                // Six decimals are kept.
                assert!(mean.abs() < 1e-6, "{arrangement:?}: {mean}");
                assert!(mixture.means.iter().all(|m| m[i].abs() < EDGE), "{arrangement:?}");
            }
        }
    }

    #[test]
    fn every_component_that_is_added_has_a_place_of_its_own_within_the_edge() {
        for arrangement in Arrangement::ALL {
            let mut mixture = arrangement.mixture();
            let own = mixture.means.len();
            while can_add(&mixture) {
                let place = free(&mixture);
                add(&mut mixture, place);
            }
            for (k, [x, y]) in mixture.means.iter().enumerate().skip(own) {
                let apart = mixture.means[..k].iter().map(|m| (m[0] - x).hypot(m[1] - y));
                let nearest = apart.fold(f64::INFINITY, f64::min);
                // Six decimals are kept.
                assert!(nearest > APART - 1e-5, "{arrangement:?}: {k} is {nearest} from another");
                assert!(x.abs() < EDGE && y.abs() < EDGE, "{arrangement:?}");
            }
        }
    }

    #[test]
    fn whatever_is_done_by_hand_leaves_a_mixture() {
        let mut mixture = Arrangement::Pair.mixture();
        for _ in 0..100 {
            add(&mut mixture, [7.0, f64::NEG_INFINITY]);
            add(&mut mixture, [7.0, -7.0]);
        }
        assert_eq!((mixture.means.len(), mixture.problem()), (MOST, None));
        assert_eq!(mixture.means[MOST - 1], [EDGE, -EDGE]);
        put(&mut mixture, 3, [f64::NAN, 0.0]);
        put(&mut mixture, 1000, [0.0, 0.0]);
        for _ in 0..100 {
            remove(&mut mixture, 0);
            remove(&mut mixture, 1000);
        }
        assert_eq!((mixture.means.len(), mixture.problem()), (1, None));
    }
}
