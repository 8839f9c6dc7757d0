//! Images with their channels along memory, so that a vector holds one pixel of several.

use std::ops::Range;

use super::scratch::with_scratch;
use super::simd;

/// Channels of a turned image, rounded up to whole vectors of this processor.
pub(super) fn stride(channels: usize) -> usize {
    channels.next_multiple_of(simd::lanes().max(GROUP))
}

/// Calls `work` with some pixels of the image `[channels, pixels]` turned to `[part, stride]` and with the
/// [`stride`]; zeros fill the rest.
pub(super) fn with_turned<T>(
    image: &[f32],
    pixels: usize,
    part: Range<usize>,
    work: impl FnOnce(&[f32], usize) -> T,
) -> T {
    let stride = stride(image.len() / pixels);
    with_scratch(part.len() * stride, |turned| {
        turn(image, pixels, part, stride, turned);
        work(turned, stride)
    })
}

/// Channels of a turned image that are written at once.
const GROUP: usize = 4;

fn turn(image: &[f32], pixels: usize, part: Range<usize>, stride: usize, turned: &mut [f32]) {
    const BLOCK: usize = 64; // pixels whose rows stay in the cache while channels are written
    let channels = image.len() / pixels;
    for first in part.clone().step_by(BLOCK) {
        let length = BLOCK.min(part.end - first);
        for group in (0..stride).step_by(GROUP) {
            let rows: [&[f32]; GROUP] = std::array::from_fn(|channel| match group + channel {
                channel if channel < channels => &image[channel * pixels + first..][..length],
                _ => &[0.0; BLOCK][..length],
            });
            let mut to = (first - part.start) * stride + group;
            #[allow(clippy::needless_range_loop)] // the index is that of all rows
            for pixel in 0..length {
                let column =
                    turned[to..].first_chunk_mut::<GROUP>().expect("rows hold whole groups");
                *column = [rows[0][pixel], rows[1][pixel], rows[2][pixel], rows[3][pixel]];
                to += stride;
            }
        }
    }
}
