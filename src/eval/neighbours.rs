//! Near copies: samples that lie closer to a training image than held-out images do.
//!
//! A model that repeats its training images scores well on every distance between sets. How close is too
//! close depends on the data, so held-out images say it: one in twenty of them is a near copy.
//!
//! `distance(x) = min_t sqrt(mean((x - t)^2))` over training images t, and their mirror images where the
//! training showed those too.

use burn::{
    prelude::*,
    tensor::{ExecutionError, TensorData},
};

use crate::{
    data::Dataset,
    eval::ode::mean_square,
    math::{
        seed::{self, Purpose, Seed},
        statistics::{Estimate, at_place},
    },
    platform::whole,
};

/// The share of held-out images that count as near copies.
const SHARE: f64 = 0.05;
/// Held-out images from which on that share can be told.
pub const ENOUGH: usize = 19;
/// Resamples of an interval.
const RESAMPLES: u64 = 1000;
/// Tells the resamples of held-out images from those of the samples.
const HELD_OUT: u64 = 1 << 32;
/// Images compared at once, on either side, and values of them at most.
const CHUNK: usize = 1024;
const VALUES: usize = 1 << 24;

/// What a model was shown.
#[derive(Clone, Copy)]
pub struct Training<'a> {
    /// The images as they are.
    pub images: &'a dyn Dataset,
    /// Pixels of a row, where mirror images were shown too.
    pub mirrored: Option<usize>,
}

/// The training image nearest to a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Its number.
    pub index: usize,
    /// Whether its mirror image is meant.
    pub is_mirrored: bool,
    /// Root of the mean squared difference, in model space.
    pub distance: f64,
}

impl Training<'_> {
    /// The nearest training image of each of `samples`, rows of values.
    pub async fn nearest(
        &self,
        samples: &[f32],
        device: &Device,
    ) -> Result<Vec<Neighbour>, ExecutionError> {
        let d = self.images.dims();
        let mut found = Vec::with_capacity(samples.len() / d);
        for rows in samples.chunks(chunk(d) * d) {
            let upright = self.among(rows, false, device).await?;
            let Some(width) = self.mirrored else {
                found.extend(upright);
                continue;
            };
            // A mirror image is as far from a sample as the image is from the mirrored sample.
            let turned = self.among(&mirror(rows, width), true, device).await?;
            let nearer =
                |(a, b): (Neighbour, Neighbour)| if b.distance < a.distance { b } else { a };
            found.extend(upright.into_iter().zip(turned).map(nearer));
        }
        Ok(found)
    }

    /// The values of a neighbour, as it was met.
    pub fn image(&self, neighbour: Neighbour) -> Vec<f32> {
        let mut values = vec![0.0; self.images.dims()];
        self.images.read(neighbour.index, &mut values);
        match self.mirrored {
            Some(width) if neighbour.is_mirrored => mirror(&values, width),
            _ => values,
        }
    }

    /// The nearest image of each row: least `|t|^2 - 2 x t`, its distance computed anew without rounding.
    async fn among(
        &self,
        rows: &[f32],
        is_mirrored: bool,
        device: &Device,
    ) -> Result<Vec<Neighbour>, ExecutionError> {
        let (d, all) = (self.images.dims(), self.images.len());
        let n = rows.len() / d;
        let x = Tensor::<2>::from_data(TensorData::new(rows.to_vec(), [n, d]), device);
        let mut best = vec![(f32::INFINITY, 0); n];
        for first in (0..all).step_by(chunk(d)) {
            let m = chunk(d).min(all - first);
            let mut images = vec![0.0; m * d];
            for (i, image) in images.chunks_mut(d).enumerate() {
                self.images.read(first + i, image);
            }
            let t = Tensor::<2>::from_data(TensorData::new(images, [m, d]), device);
            let squares = t.clone().square().sum_dim(1).reshape([1, m]);
            let scores = squares - x.clone().matmul(t.transpose()) * 2.0; // [n, m]
            let (least, at) = scores.min_dim_with_indices(1);
            let (least, at) =
                (whole(least.into_data_async()).await?, whole(at.into_data_async()).await?);
            for ((best, least), at) in
                best.iter_mut().zip(least.iter::<f32>()).zip(at.iter::<i64>())
            {
                if least < best.0 {
                    *best = (least, first + at as usize);
                }
            }
        }
        let mut image = vec![0.0; d];
        let neighbour = |(row, (_, index)): (&[f32], (f32, usize))| {
            self.images.read(index, &mut image);
            Neighbour { index, is_mirrored, distance: mean_square(row, &image).sqrt() }
        };
        Ok(rows.chunks(d).zip(best).map(neighbour).collect())
    }
}

/// Images of `d` values that are compared at once.
fn chunk(d: usize) -> usize {
    (VALUES / d).clamp(1, CHUNK)
}

/// Each line of pixels from right to left.
fn mirror(values: &[f32], width: usize) -> Vec<f32> {
    let mut turned = values.to_vec();
    turned.chunks_mut(width).for_each(<[f32]>::reverse);
    turned
}

/// The distance up to which a sample is a near copy, of the distances of held-out images, one at least: that
/// below which one in twenty of *other* such images lies. Of fewer than [`ENOUGH`] it is the smallest.
pub fn limit(held_out: &[f64]) -> f64 {
    let mut ascending = held_out.to_vec();
    ascending.sort_unstable_by(f64::total_cmp);
    // Another image is as likely to fall into any of the n + 1 gaps between n distances.
    let place = SHARE * (ascending.len() + 1) as f64 - 1.0;
    at_place(&ascending, place.max(0.0))
}

/// The share of near copies among samples at these distances, with a 95% bootstrap interval over both
/// sets: the limit is itself known from few images only. It is no narrower than that of a share of as many samples.
pub fn near_copies(samples: &[f64], held_out: &[f64], seed: Seed) -> Estimate {
    let near = |samples: &[f64], held_out: &[f64]| {
        let limit = limit(held_out);
        samples.iter().filter(|distance| **distance <= limit).count()
    };
    let rounds = (0..RESAMPLES).map(|round| {
        let held_out = resampled(held_out, seed, HELD_OUT + round);
        near(&resampled(samples, seed, round), &held_out) as f64 / samples.len() as f64
    });
    let plain = Estimate::of_share(near(samples, held_out), samples.len());
    plain.widened(Estimate::of_resamples(plain.mean, rounds.collect()))
}

/// As many values, drawn with replacement.
fn resampled(values: &[f64], seed: Seed, round: u64) -> Vec<f64> {
    let n = values.len();
    let pick = |i| values[seed::below(seed, Purpose::Bootstrap, round, i as u64, n)];
    (0..n).map(pick).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::statistics::mean;

    /// `count` images of 3 rows of 4 pixels, uniform in [-1, 1].
    struct Noise(u64, usize);

    impl Dataset for Noise {
        fn dims(&self) -> usize {
            12
        }
        fn len(&self) -> usize {
            self.1
        }
        fn label(&self, _: usize) -> u32 {
            0
        }
        fn read(&self, index: usize, out: &mut [f32]) {
            for (i, value) in out.iter_mut().enumerate() {
                let place = (index * 12 + i) as u64;
                *value = 2.0 * seed::uniform(Seed(self.0), Purpose::Noise, place, 0) as f32 - 1.0;
            }
        }
    }

    fn rows(data: &Noise) -> Vec<f32> {
        let mut values = vec![0.0; 12 * data.len()];
        values.chunks_mut(12).enumerate().for_each(|(i, row)| data.read(i, row));
        values
    }

    fn nearest(training: &Training<'_>, samples: &[f32]) -> Vec<Neighbour> {
        pollster::block_on(training.nearest(samples, &Device::flex())).unwrap()
    }

    #[test]
    fn the_nearest_image_is_that_of_a_search_one_by_one() {
        // Over the edge of a chunk on the training's side.
        let (images, samples) = (Noise(1, CHUNK + 100), rows(&Noise(2, 20)));
        let found = nearest(&Training { images: &images, mirrored: Some(4) }, &samples);
        let all = rows(&images);
        for (sample, found) in samples.chunks(12).zip(found) {
            let turned = mirror(sample, 4);
            let near = |sample: &[f32]| {
                let squares = all.chunks(12).map(|image| mean_square(sample, image));
                squares.fold(f64::INFINITY, f64::min).sqrt()
            };
            let expected = [near(sample), near(&turned)];
            assert_eq!(found.distance, expected[usize::from(found.is_mirrored)]);
            assert!(found.distance <= expected[usize::from(!found.is_mirrored)]);
        }
    }

    #[test]
    fn copies_count_mirrored_ones_where_the_training_mirrors_and_noise_does_not() {
        let (images, others) = (Noise(1, 400), rows(&Noise(3, 200)));
        let shown = rows(&Noise(1, 20));
        let turned = mirror(&shown, 4);
        let share = |training: &Training<'_>, samples: &[f32]| {
            let distances = |values: &[f32]| -> Vec<f64> {
                nearest(training, values).iter().map(|found| found.distance).collect()
            };
            near_copies(&distances(samples), &distances(&others), Seed(1))
        };
        let plain = Training { images: &images, mirrored: None };
        let mirrored = Training { mirrored: Some(4), ..plain };
        assert_eq!(share(&plain, &shown).mean, 1.0);
        assert_eq!(share(&mirrored, &turned).mean, 1.0);
        assert!(share(&plain, &turned).mean < 0.2);
        // Far from all images, as noise of another size is.
        let far: Vec<f32> = shown.iter().map(|value| 3.0 * value).collect();
        let found = share(&plain, &far);
        assert_eq!(found.mean, 0.0);
        // None of 20: by Wilson's interval 16% are still possible.
        assert!((0.15..0.17).contains(&found.high), "{found:?}");
        assert_eq!(plain.image(nearest(&plain, &shown)[7]), shown[7 * 12..8 * 12]);
        let back = nearest(&mirrored, &turned)[7];
        assert_eq!((back.index, back.distance), (7, 0.0));
        assert_eq!(mirrored.image(back), turned[7 * 12..8 * 12]);
    }

    #[test]
    fn one_in_twenty_other_images_lies_below_the_limit_however_few_tell_it() {
        for count in [ENOUGH, 40, 117] {
            let below = (0..400).map(|round| {
                let draw = |i: usize| seed::uniform(Seed(5), Purpose::Noise, round, i as u64);
                // Of a uniform distance the limit itself is the share of others below it.
                limit(&(0..count).map(draw).collect::<Vec<f64>>())
            });
            let share = mean(&below.collect::<Vec<f64>>());
            // A mean of 400 whose standard deviation is at most 5%: four of its own.
            assert!((share - SHARE).abs() < 0.01, "{count}: {share}");
        }
    }

    #[test]
    fn held_out_images_score_five_percent_and_the_interval_holds_it() {
        let distances: Vec<f64> = (0..200).map(|i| f64::from(i) / 200.0).collect();
        let found = near_copies(&distances, &distances, Seed(2));
        assert_eq!(found.mean, 0.05);
        // Also exact copies, where held-out images are among those that were shown.
        assert_eq!(near_copies(&[0.0; 4], &[0.0; 30], Seed(2)).mean, 1.0);
        // Two binomials of 200 at 5%, of the samples and of the limit: standard deviation 2.2%.
        assert!(
            (0.0..0.03).contains(&found.low) && (0.07..0.13).contains(&found.high),
            "{found:?}"
        );
    }
}
