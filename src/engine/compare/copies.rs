//! The teacher's samples above the training images nearest to them, as a picture.

use burn::prelude::*;
use image::RgbImage;

use super::{Comparison, shared_out};
use crate::{
    data::Shape,
    engine::{
        Cancel, Event, LabError,
        sampling::{self, Request, Sampler},
        shipped::ModelSet,
    },
    eval::neighbours::Training,
    picture,
};

/// Samples in the picture, and how many stand beside each other.
const SHOWN: usize = 32;
const COLUMNS: usize = 16;

/// Samples of the classes of `comparison`, in its shares, each above its nearest training image; none of points.
pub async fn neighbours(
    set: &ModelSet,
    comparison: &Comparison,
    training: &Training<'_>,
    device: &Device,
    cancel: &Cancel,
    report: &mut dyn FnMut(Event),
) -> Result<Option<RgbImage>, LabError> {
    let recipe = &set.teacher.recipe;
    let Some(shape) = recipe.shape() else { return Ok(None) };
    let all = comparison.request(set.teacher.classes());
    let shown = SHOWN.min(all.labels.len());
    let request = Request { labels: shared_out(&all.labels, shown), ..all };
    let grid = recipe.grid()?;
    let sampler = Sampler::Teacher(recipe.student.method, &grid);
    let samples = sampling::draw(&set.teacher, sampler, &request, device, cancel, report).await?;
    let nearest = training.nearest(&samples.values, device).await?;
    let mut pairs = Vec::with_capacity(2 * samples.values.len());
    for (sample, neighbour) in samples.values.chunks(shape.len()).zip(nearest) {
        stack(sample, &training.image(neighbour), shape, &mut pairs);
    }
    let pair = Shape { height: 2 * shape.height, ..shape };
    Ok(Some(picture::grid(&pairs, pair, COLUMNS, 2, 4)))
}

/// One image above another, channel by channel.
fn stack(above: &[f32], below: &[f32], shape: Shape, out: &mut Vec<f32>) {
    let plane = shape.height * shape.width;
    for (above, below) in above.chunks(plane).zip(below.chunks(plane)) {
        out.extend_from_slice(above);
        out.extend_from_slice(below);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_stacked_on_another_in_each_channel() {
        let shape = Shape { channels: 2, height: 1, width: 2 };
        let mut pair = Vec::new();
        stack(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0], shape, &mut pair);
        assert_eq!(pair, [1.0, 2.0, 5.0, 6.0, 3.0, 4.0, 7.0, 8.0]);
    }
}
