//! What can be drawn, as parameters of the shaders.

use eframe::wgpu::{BufferBinding, Device};

use super::{Lent, Place};
use crate::{
    data::Shape,
    math::mixture::Noised,
    picture::theme::{Colour, HEAT},
};

/// A drawing; a copy shares its memory.
#[derive(Clone, Debug)]
pub enum Drawing {
    /// One sample.
    Sample(Tile),
    /// The first sample left of this share of the width, the second one right of it.
    Wipe([Tile; 2], f32),
    /// How far two samples are apart, averaged over channels, in the colours of [`HEAT`].
    Difference([Tile; 2]),
    /// Points in the plane.
    Particles(Particles),
    /// The density of a mixture.
    Density(Density),
}

/// A row of lent samples.
#[derive(Clone, Debug)]
pub struct Tile {
    lent: Lent,
    row: usize,
    shape: Shape,
    reach: f32,
}

/// Points between two states of their path, as discs.
#[derive(Clone, Debug)]
pub struct Particles {
    /// Rows of two coordinates in data units: states of `count` points below each other.
    pub states: Lent,
    /// Points of a state.
    pub count: usize,
    /// The numbers of two states.
    pub between: [usize; 2],
    /// Share of the way from the first of them to the second, `0..=1`.
    pub share: f32,
    /// From 0 to the edges across and up, in data units.
    pub reach: [f32; 2],
    /// Of a disc, in pixels.
    pub radius: f32,
    /// Of the discs' colours, in Oklab: each is that of its point's angle in the first state, see
    /// [`around`](crate::picture::theme::around).
    pub lightness: f32,
}

/// The density of a mixture.
#[derive(Clone, Debug)]
pub struct Density {
    /// Centre across and up in data units, the logarithm of its share, and nothing.
    components: Vec<[f32; 4]>,
    sharpness: f32,
    reach: [f32; 2],
    colours: [Colour; 2],
}

impl Tile {
    /// Sample `row` of `lent` rows of `shape`, shown divided by `reach`; none where there is no such row.
    pub fn new(lent: &Lent, row: usize, shape: Shape, reach: f32) -> Option<Self> {
        let end = (row + 1).checked_mul(shape.len())?;
        let is_there = shape.len() > 0 && end <= lent.len() && u32::try_from(end).is_ok();
        is_there.then(|| Self { lent: lent.clone(), row, shape, reach })
    }
}

impl Density {
    /// Of `noised`, as far from 0 as `reach` across and up, in data units; colours of no density and of the
    /// largest.
    pub fn of(noised: &Noised, reach: [f64; 2], colours: [Colour; 2]) -> Self {
        // The factor of a Gaussian's density drops out of the share.
        let largest = (noised.peak() * std::f64::consts::TAU * noised.variance()).ln();
        let component = |([x, y], log_weight): ([f64; 2], f64)| {
            [x as f32, y as f32, (log_weight - largest) as f32, 0.0]
        };
        Self {
            components: noised.components().map(component).collect(),
            sharpness: (0.5 / noised.variance()) as f32,
            reach: reach.map(|reach| reach as f32),
            colours,
        }
    }
}

/// What a shader is told.
pub(super) struct Plan<'a> {
    /// Its `Params`, word by word.
    pub(super) params: Vec<u32>,
    pub(super) values: Values<'a>,
    pub(super) instances: u32,
}

/// What a shader reads.
pub(super) enum Values<'a> {
    Lent([BufferBinding<'a>; 2]),
    Own(Vec<u32>),
}

impl Drawing {
    pub(super) fn plan(&self, device: &Device, place: Place) -> Plan<'_> {
        match self {
            Self::Sample(tile) => samples([tile, tile], 1.0, device, place),
            Self::Wipe([own, other], seam) => samples([own, other], *seam, device, place),
            Self::Difference([own, other]) => samples([own, other], 1.0, device, place),
            Self::Particles(particles) => particles.plan(device, place),
            Self::Density(density) => density.plan(place),
        }
    }
}

fn samples<'a>(tiles: [&'a Tile; 2], seam: f32, device: &Device, place: Place) -> Plan<'a> {
    let [own, other] = tiles;
    let Shape { channels, height, width } = own.shape;
    assert_eq!(own.shape, other.shape, "samples beside each other have one shape");
    let bound = tiles.map(|tile| tile.lent.binding(device));
    let first = |i: usize| bound[i].1 + (tiles[i].row * own.shape.len()) as u32;
    let mut params = Words::of(&place.clip());
    params.whole([channels as u32, height as u32, width as u32, 0, first(0), first(1)]);
    params.real([own.reach, seam, place.strength, 0.0, 0.0, 0.0]);
    for stop in HEAT {
        params.real(shades(stop));
    }
    Plan { params: params.0, values: Values::Lent(bound.map(|(binding, _)| binding)), instances: 1 }
}

impl Particles {
    fn plan(&self, device: &Device, place: Place) -> Plan<'_> {
        let (binding, before) = self.states.binding(device);
        // What lies beyond the memory is not there to be drawn.
        let is_there = |state: &usize| (state + 1) * self.count * 2 <= self.states.len();
        let instances = if self.between.iter().all(is_there) { self.count as u32 } else { 0 };
        let first = |state: usize| before + (state * self.count * 2) as u32;
        let mut params = Words::of(&place.clip());
        params.whole([first(self.between[0]), first(self.between[1]), first(0), 0]);
        params.real(self.reach);
        params.real([self.radius, self.share]);
        params.real(place.target.map(|side| 2.0 / side as f32));
        params.real([self.lightness, place.strength]);
        let values = Values::Lent([binding.clone(), binding]);
        Plan { params: params.0, values, instances }
    }
}

impl Density {
    fn plan(&self, place: Place) -> Plan<'_> {
        let mut params = Words::of(&place.clip());
        for colour in self.colours {
            params.real(shades(colour));
        }
        params.real(self.reach);
        params.real([self.sharpness]);
        params.whole([self.components.len() as u32]);
        let values = Values::Own(Words::of(self.components.as_flattened()).0);
        Plan { params: params.0, values, instances: 1 }
    }
}

/// Red, green, blue and alpha in `0..=1`, opaque.
fn shades([red, green, blue]: Colour) -> [f32; 4] {
    [red, green, blue, 255].map(|channel| f32::from(channel) / 255.0)
}

/// Numbers in the order in which a shader's structure has them.
struct Words(Vec<u32>);

impl Words {
    fn of(values: &[f32]) -> Self {
        Self(values.iter().map(|value| value.to_bits()).collect())
    }

    fn real<const N: usize>(&mut self, values: [f32; N]) {
        self.0.extend(values.map(f32::to_bits));
    }

    fn whole<const N: usize>(&mut self, values: [u32; N]) {
        self.0.extend(values);
    }
}
