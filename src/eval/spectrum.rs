//! How much fine detail images hold: their power at each spatial frequency.
//!
//! A mean over all that a noise may become is smooth: a student that hedges loses fine detail, and one that goes to
//! another image than its teacher keeps it. Both have an ODE error, and this tells them apart.
//!
//! `P(f)`: mean of `|F(u, v)|^2 / n^2` over images, channels and the ring where `|(u, v)|` rounds to f, with F the
//! discrete Fourier transform of a channel, n pixels a side. f counts periods a side, from 0 to n/2: two pixels a period.

use nalgebra::DMatrix;
use rayon::prelude::*;

use crate::{
    data::Shape,
    math::{seed::Seed, statistics::Estimate},
};

/// Images at their spatial frequencies.
pub struct Spectra {
    /// Power in each ring of each image, summed, `[images][n/2 + 1]`.
    rings: Vec<Vec<f64>>,
    /// Frequencies in each ring, of all channels.
    counts: Vec<f64>,
    /// Power of each image in detail finer than four pixels a period.
    fine: Vec<f64>,
}

impl Spectra {
    /// Of `images`, one after the other, square and of `shape`.
    pub fn new(images: &[f32], shape: Shape) -> Self {
        let transform = Transform::new(shape.height);
        let powers = images.par_chunks_exact(shape.len()).map(|image| transform.powers(image));
        let counts = transform.counts.iter().map(|count| count * shape.channels as f64).collect();
        let (rings, fine) = powers.unzip();
        Self { rings, counts, fine }
    }

    /// The power of each image in detail finer than four pixels a period.
    pub fn fine(self) -> Vec<f64> {
        self.fine
    }

    /// P(f) for each f.
    pub fn mean(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.counts.len()];
        for rings in &self.rings {
            sums.iter_mut().zip(rings).for_each(|(sum, ring)| *sum += ring);
        }
        let images = self.rings.len() as f64;
        sums.iter().zip(&self.counts).map(|(sum, count)| sum / (images * count)).collect()
    }

    /// The power in detail finer than four pixels a period over that of `others`, image by image from the same noise: 1
    /// is as sharp, less is blurred. None where those have no such detail.
    pub fn sharpness(&self, others: &Self, seed: Seed) -> Option<Estimate> {
        let has_detail = others.fine.iter().sum::<f64>() > 0.0;
        has_detail.then(|| Estimate::of_ratio(&self.fine, &others.fine, seed))
    }
}

/// The Fourier transform of square images as products with matrices: for sides of tens of pixels as fast as any.
struct Transform {
    /// `cos(2 pi u x / n)`, `[n, n]`.
    cosines: DMatrix<f64>,
    /// `sin(2 pi u x / n)`
    sines: DMatrix<f64>,
    /// The ring of each frequency, as `[n, n]` in columns; none beyond n/2.
    ring_of: Vec<Option<usize>>,
    /// Whether each has less than four pixels a period, also beyond n/2, where only slanted waves are.
    is_fine: Vec<bool>,
    /// Frequencies in each ring.
    counts: Vec<f64>,
}

impl Transform {
    fn new(n: usize) -> Self {
        let angle = |u: usize, x: usize| std::f64::consts::TAU * (u * x % n) as f64 / n as f64;
        // The frequency u is that of -(n - u), too.
        let signed = |u: usize| u.min(n - u) as f64;
        let frequency = |at: usize| signed(at % n).hypot(signed(at / n));
        let ring = |at: usize| frequency(at).round() as usize;
        let ring_of: Vec<_> = (0..n * n).map(|at| Some(ring(at)).filter(|f| *f <= n / 2)).collect();
        let mut counts = vec![0.0; n / 2 + 1];
        ring_of.iter().flatten().for_each(|&ring: &usize| counts[ring] += 1.0);
        Self {
            cosines: DMatrix::from_fn(n, n, |u, x| angle(u, x).cos()),
            sines: DMatrix::from_fn(n, n, |u, x| angle(u, x).sin()),
            ring_of,
            is_fine: (0..n * n).map(|at| 4.0 * frequency(at) > n as f64).collect(),
            counts,
        }
    }

    /// The power of an image in each ring and in fine detail, summed over channels.
    fn powers(&self, image: &[f32]) -> (Vec<f64>, f64) {
        let (n, mut rings) = (self.cosines.nrows(), vec![0.0; self.counts.len()]);
        let mut fine = 0.0;
        for channel in image.chunks_exact(n * n) {
            let x = DMatrix::from_iterator(n, n, channel.iter().map(|&value| f64::from(value)));
            let [by_cosines, by_sines] = [&self.cosines, &self.sines].map(|half| half * &x);
            let real = &by_cosines * &self.cosines - &by_sines * &self.sines;
            let imaginary = &by_cosines * &self.sines + &by_sines * &self.cosines;
            for (at, (re, im)) in real.iter().zip(&imaginary).enumerate() {
                let power = (re * re + im * im) / (n * n) as f64;
                if let Some(ring) = self.ring_of[at] {
                    rings[ring] += power;
                }
                if self.is_fine[at] {
                    fine += power;
                }
            }
        }
        (rings, fine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::{
        seed::{Purpose, gaussian},
        tests::assert_close,
    };

    fn shape(channels: usize, side: usize) -> Shape {
        Shape { channels, height: side, width: side }
    }

    /// `cos(2 pi (u x + v y) / n)`.
    fn wave(n: usize, [u, v]: [usize; 2]) -> Vec<f32> {
        let angle =
            |at: usize| std::f64::consts::TAU * (u * (at % n) + v * (at / n)) as f64 / n as f64;
        (0..n * n).map(|at| angle(at).cos() as f32).collect()
    }

    #[test]
    fn a_wave_has_its_power_in_the_ring_of_its_frequency() {
        for (frequency, ring) in [([0, 0], 0), ([3, 0], 3), ([0, 8], 8), ([3, 4], 5), ([13, 0], 3)]
        {
            let rings = &Spectra::new(&wave(16, frequency), shape(1, 16)).rings[0];
            // Parseval: the power sums up to the sum of squares.
            let power: f64 = wave(16, frequency).iter().map(|x| f64::from(*x).powi(2)).sum();
            assert_close(rings[ring], power, 1e-3);
            assert_close(rings.iter().sum(), power, 1e-3);
        }
    }

    #[test]
    fn noise_has_the_same_power_at_every_frequency_also_on_odd_sides() {
        for side in [15, 16] {
            let mut noise = vec![0.0; 200 * 3 * side * side];
            gaussian(Seed(1), Purpose::Initial, 0, 0, &mut noise);
            for power in Spectra::new(&noise, shape(3, side)).mean() {
                // The ring at 0 is a mean of 600 squares of normals: standard deviation 6%, four of them.
                assert_close(power, 1.0, 0.24);
            }
        }
    }

    #[test]
    fn fine_detail_is_all_that_has_fewer_than_four_pixels_a_period_in_any_direction() {
        for side in [14, 15, 16, 17] {
            for at in 0..side * side {
                let signed = |u: usize| u.min(side - u) as f64;
                let periods = signed(at % side).hypot(signed(at / side));
                let fine = Spectra::new(&wave(side, [at % side, at / side]), shape(1, side)).fine;
                let is_fine = side as f64 / periods < 4.0;
                assert_eq!(fine[0] > 1e-3, is_fine, "{periods} periods on {side} pixels: {fine:?}");
            }
        }
        // The finest there is: a checkerboard.
        let board: Vec<f32> =
            (0..256).map(|i| if (i % 16 + i / 16) % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert_close(Spectra::new(&board, shape(1, 16)).fine[0], 256.0, 1e-3);
    }

    #[test]
    fn sharpness_is_the_share_of_fine_detail_that_is_left() {
        let mut noise = vec![0.0; 64 * 256];
        gaussian(Seed(2), Purpose::Initial, 0, 0, &mut noise);
        let sharp = Spectra::new(&noise, shape(1, 16));
        let half: Vec<f32> = noise.iter().map(|value| 0.5 * value).collect();
        let halved = Spectra::new(&half, shape(1, 16)).sharpness(&sharp, Seed(1)).unwrap();
        // Exactly a quarter of each image's power, so that chance between images does not matter.
        assert_close(halved.mean, 0.25, 1e-6);
        assert_close(halved.high - halved.low, 0.0, 1e-6);
        let coarse = Spectra::new(&wave(16, [2, 2]), shape(1, 16));
        let fine = Spectra::new(&wave(16, [6, 0]), shape(1, 16));
        assert_close(coarse.sharpness(&fine, Seed(1)).unwrap().mean, 0.0, 1e-6);
        let flat = Spectra::new(&[0.0; 256], shape(1, 16));
        assert_eq!(fine.sharpness(&flat, Seed(1)), None);
    }
}
