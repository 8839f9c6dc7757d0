//! What comes of loading.

use super::Images;

/// The images of a source, whole or in the parts that it comes in.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The images to train on; all of them where there is no other part.
    pub train: Images,
    /// The images that training never sees, of a source that comes divided as MNIST, CIFAR-10, and `train` and `test`
    /// folders do; else [`Images::split`] divides.
    pub test: Option<Images>,
}

impl Loaded {
    pub(super) fn whole(images: Images) -> Self {
        Self { train: images, test: None }
    }
}

/// Hears how many pictures are decoded, and of how many, 0 where that is not known; says whether to go on.
pub type Watch<'a> = dyn FnMut(usize, usize) -> bool + 'a;
