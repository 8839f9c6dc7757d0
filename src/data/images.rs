//! Labelled images in memory: what every decoder makes and every trainer reads.
//!
//! Bytes are kept, not floats: four times less memory, and they are what the files hold.

use std::collections::HashSet;

use super::{Dataset, Losses, Split};

/// The sides of one sample: channels, height and width.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Shape {
    /// Colour planes: 1 is grey, 3 is red, green, blue.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Shape {
    /// Numbers in one sample: c * h * w.
    #[expect(clippy::len_without_is_empty, reason = "a shape is never empty, it has a volume")]
    pub fn len(self) -> usize {
        self.channels * self.height * self.width
    }
}

/// Where a data set comes from, and what its classes are called; weights keep that as a record of their own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DataCard {
    /// Short name, never a full path.
    pub name: String,
    /// SHA-256 of the content in hexadecimal. One file: its bytes, unpacked if it is a gzipped IDX
    /// or CIFAR-10 file. IDX: the unpacked images, then the labels. Several batches: one after the
    /// other. Picture folder: each path, a zero byte, the file's length in bytes as eight bytes
    /// (little-endian) and the file, in order of path.
    pub sha256: String,
    /// Licence of the images, or who would know.
    pub licence: String,
    /// Number of samples.
    pub samples: usize,
    /// Names of the classes, in label order; empty where there are none.
    pub classes: Vec<String>,
}

/// A set of images of one shape, each with a label.
#[derive(Clone, Debug)]
pub struct Images {
    shape: Shape,
    /// `[n, c, h, w]`, row-major.
    pixels: Vec<u8>,
    labels: Vec<u32>,
    card: DataCard,
    losses: Losses,
}

impl Images {
    /// A set from bytes `[n, c, h, w]` and one label for each image.
    ///
    /// # Panics
    /// If the lengths do not fit `shape` and the number of samples on the card, or a label is larger than
    /// the null label (the number of classes).
    pub fn new(shape: Shape, pixels: Vec<u8>, labels: Vec<u32>, card: DataCard) -> Self {
        assert_eq!(pixels.len(), labels.len() * shape.len(), "every label has one image");
        assert_eq!(labels.len(), card.samples, "the card counts the samples");
        let null = card.classes.len() as u32;
        assert!(labels.iter().all(|&label| label <= null), "every label names a class");
        Self { shape, pixels, labels, card, losses: Losses::default() }
    }

    /// The same set, marked as what is left after the losses.
    pub(super) fn after(self, losses: Losses) -> Self {
        Self { losses, ..self }
    }

    /// What of its source is not in it.
    pub fn losses(&self) -> &Losses {
        &self.losses
    }

    /// Channels, height and width of every sample.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Number of classes K; 0 for a set without labels. Their names are on the card.
    pub fn classes(&self) -> usize {
        self.card.classes.len()
    }

    /// Name, sum, licence and classes.
    pub fn card(&self) -> &DataCard {
        &self.card
    }

    /// The bytes of sample `i`, `[c, h, w]`.
    pub fn pixels(&self, i: usize) -> &[u8] {
        &self.pixels[i * self.shape.len()..(i + 1) * self.shape.len()]
    }

    /// How many samples are in `other` too, to the last pixel, as they are or mirrored.
    pub fn shared_with(&self, other: &Self) -> usize {
        let known: HashSet<&[u8]> = (0..other.len()).map(|i| other.pixels(i)).collect();
        let mirrored = |pixels: &[u8]| -> Vec<u8> {
            let rows = pixels.chunks_exact(self.shape.width);
            rows.flat_map(|row| row.iter().rev()).copied().collect()
        };
        let is_known = |pixels| known.contains(pixels) || known.contains(&*mirrored(pixels));
        (0..self.len()).filter(|&i| is_known(self.pixels(i))).count()
    }

    /// Divides the set: every `held_out_every`-th sample goes to the second part, the rest to the
    /// first.
    ///
    /// The division depends on nothing but the order. Labels, classes and sum stay those of the
    /// whole set, and only the number of samples changes. With 0 nothing is held out, with 1
    /// everything.
    pub fn split(self, held_out_every: usize) -> (Self, Self) {
        let is_held_out = |i: usize| held_out_every > 0 && (i + 1).is_multiple_of(held_out_every);
        let (held_out, kept) = (0..self.len()).partition::<Vec<_>, _>(|&i| is_held_out(i));
        (self.only(&kept), self.only(&held_out))
    }

    /// The samples of `part`; `parts` says the part of each, and may go on.
    pub(super) fn part_of(&self, parts: &[Split], part: Split) -> Self {
        let numbers: Vec<usize> = (0..self.len()).filter(|&i| parts[i] == part).collect();
        self.only(&numbers)
    }

    /// The same set with the classes of the labels `shown`, in their order, for its classes; all its samples are of
    /// these.
    pub fn of_classes(mut self, shown: &[u32]) -> Self {
        let names = &self.card.classes;
        self.card.classes =
            shown.iter().filter_map(|&label| names.get(label as usize).cloned()).collect();
        for label in &mut self.labels {
            let place = shown.iter().position(|shown| shown == label);
            *label = place.expect("a class that is shown") as u32;
        }
        self
    }

    /// The samples of the given numbers.
    fn only(&self, numbers: &[usize]) -> Self {
        Self {
            shape: self.shape,
            pixels: numbers.iter().flat_map(|&i| self.pixels(i)).copied().collect(),
            labels: numbers.iter().map(|&i| self.labels[i]).collect(),
            card: DataCard { samples: numbers.len(), ..self.card.clone() },
            losses: self.losses.clone(),
        }
    }
}

impl Dataset for Images {
    fn dims(&self) -> usize {
        self.shape.len()
    }

    fn len(&self) -> usize {
        self.labels.len()
    }

    /// Below [`Images::classes`], or 0 where there are no classes.
    fn label(&self, index: usize) -> u32 {
        self.labels[index]
    }

    /// `[c, h, w]`: 0 becomes -1 and 255 becomes 1.
    fn read(&self, index: usize, out: &mut [f32]) {
        let pixels = self.pixels(index);
        assert_eq!(out.len(), pixels.len(), "the target holds one sample");
        for (value, &byte) in out.iter_mut().zip(pixels) {
            *value = f32::from(byte) / 127.5 - 1.0;
        }
    }
}
