//! Classifier-free guidance in Imagen's form (Saharia et al. 2022, eq. 2).
//!
//! `eps_w = eps(null) + w (eps(c) - eps(null))`. At a fixed state eps and x0_hat are affine in each
//! other, so the same mixture holds for denoised states.

use burn::prelude::*;

use super::Denoiser;
use crate::math::schedule::Process;

/// A denoiser under guidance `w`; `w = 1` is plain conditional and costs one evaluation.
pub struct Guided<D> {
    /// The conditional denoiser; its null label is `classes`.
    pub denoiser: D,
    /// The guidance scale w.
    pub scale: f64,
    /// Classes known to the denoiser.
    pub classes: u32,
}

impl<D: Denoiser> Denoiser for Guided<D> {
    fn denoise(&self, x: Tensor<2>, t: &[f64], labels: &[u32]) -> Tensor<2> {
        if self.scale == 1.0 || self.classes == 0 {
            return self.denoiser.denoise(x, t, labels);
        }
        // Both in one batch of twice the size.
        let null = vec![self.classes; labels.len()];
        let both = self.denoiser.denoise(
            Tensor::cat(vec![x.clone(), x], 0),
            &[t, t].concat(),
            &[labels, &null].concat(),
        );
        let [conditional, unconditional] = both.chunk(2, 0).try_into().expect("two halves");
        unconditional.clone() + (conditional - unconditional) * self.scale
    }

    fn process(&self) -> Process {
        self.denoiser.process()
    }
}
