//! What training sees of data: rows of `d` values in model space, each with a label.

use crate::math::seed::Seed;

use super::{Images, Mixture};

/// Samples by number.
pub trait Dataset: Send + Sync {
    /// Values of a sample.
    fn dims(&self) -> usize;

    /// Samples.
    fn len(&self) -> usize;

    /// Whether there is nothing to learn from.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The label of sample `index`.
    fn label(&self, index: usize) -> u32;

    /// Writes sample `index` in model space.
    fn read(&self, index: usize, out: &mut [f32]);
}

/// Images and their mirror images: twice as many samples, the second half mirrored left to right.
#[derive(Clone, Debug)]
pub struct Mirrored(pub Images);

impl Dataset for Mirrored {
    fn dims(&self) -> usize {
        self.0.shape().len()
    }

    fn len(&self) -> usize {
        2 * self.0.len()
    }

    fn label(&self, index: usize) -> u32 {
        self.0.label(index % self.0.len())
    }

    fn read(&self, index: usize, out: &mut [f32]) {
        self.0.read(index % self.0.len(), out);
        if index >= self.0.len() {
            out.chunks_mut(self.0.shape().width).for_each(<[f32]>::reverse);
        }
    }
}

/// Points of a mixture, as many as one wants: point `i` of a seed is always the same.
#[derive(Clone, Debug)]
pub struct Points {
    /// Where they come from.
    pub mixture: Mixture,
    /// Their seed.
    pub seed: Seed,
    /// How many.
    pub count: usize,
}

impl Points {
    fn point(&self, index: usize) -> ([f32; 2], u32) {
        let mut point = [0.0; 2];
        let label = self.mixture.sample(self.seed, index as u64, &mut point);
        (point, label)
    }
}

impl Dataset for Points {
    fn dims(&self) -> usize {
        2
    }

    fn len(&self) -> usize {
        self.count
    }

    fn label(&self, index: usize) -> u32 {
        self.point(index).1
    }

    fn read(&self, index: usize, out: &mut [f32]) {
        out.copy_from_slice(&self.point(index).0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{DataCard, Shape};

    #[test]
    fn the_second_half_of_a_mirrored_set_is_the_first_from_right_to_left() {
        let shape = Shape { channels: 1, height: 1, width: 3 };
        let card = DataCard {
            name: String::new(),
            sha256: String::new(),
            licence: String::new(),
            samples: 2,
            classes: vec!["a".into(), "b".into()],
        };
        let images = Images::new(shape, vec![0, 51, 255, 102, 153, 204], vec![0, 1], card);
        let set = Mirrored(images);
        let read = |index: usize| {
            let mut row = [0.0f32; 3];
            set.read(index, &mut row);
            row
        };
        assert_eq!((set.len(), set.label(1), set.label(3)), (4, 1, 1));
        for index in 0..2 {
            let mut mirrored = read(index + 2);
            mirrored.reverse();
            assert_eq!(mirrored, read(index));
        }
        assert_ne!(read(0), read(2));
    }
}
