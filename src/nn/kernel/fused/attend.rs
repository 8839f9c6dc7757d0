//! Self-attention: a unit for each query of each head of each sample, which goes over all keys, so that no matrix of
//! probabilities is written. Backwards too; then a unit for each key goes over all queries.
//!
//! `qkv` is `[n, 3 c, h, w]`, queries, keys, values, each with a head's channels beside each other; images are contiguous.

use burn::{backend::TensorMetadata as _, tensor::Shape};
use burn_cubecl::{
    cubecl::{self, ir::ElemType, prelude::*},
    kernel::into_contiguous,
    tensor::CubeTensor,
};

use super::{element, empty, empty_f32, empty_like, traffic};

/// Units of a cube.
const UNITS: usize = 64;

/// Channels of a head that a unit can keep in registers.
const WIDEST: usize = 32;

/// Whether these heads are computed here.
pub(super) fn takes(qkv: &CubeTensor, heads: usize) -> bool {
    let most = qkv.client.properties().hardware.max_cube_count.2 as usize;
    size_of(qkv, heads) <= WIDEST && qkv.shape()[0] <= most
}

/// The head of a unit: where each of its parts begins in `qkv`, and its output in `y`.
#[derive(CubeType, Clone, Copy)]
struct Head {
    pixels: usize,
    queries: usize,
    keys: usize,
    values: usize,
    output: usize,
    /// Its row in a table of samples and heads.
    row: usize,
}

#[cube]
impl Head {
    fn new<F: Float>(qkv: &Tensor<F>, #[comptime] size: usize) -> Head {
        let pixels = qkv.shape(2) * qkv.shape(3);
        let channels = qkv.shape(1) / 3;
        let (sample, head) = (CUBE_POS_Z as usize, CUBE_POS_Y as usize);
        let queries = (sample * 3 * channels + head * size) * pixels;
        Head {
            pixels,
            queries,
            keys: queries + channels * pixels,
            values: queries + 2 * channels * pixels,
            output: (sample * channels + head * size) * pixels,
            row: (sample * CUBE_COUNT_Y as usize + head) * pixels,
        }
    }
}

/// The channels of a pixel.
#[cube]
fn read<F: Float>(
    x: &Tensor<F>,
    first: usize,
    pixels: usize,
    #[comptime] size: usize,
) -> Array<f32> {
    let mut found = Array::<f32>::new(size);
    #[unroll]
    for i in 0..size {
        found[i] = f32::cast_from(x[first + i * pixels]);
    }
    found
}

#[cube]
fn write<F: Float>(
    x: &mut Tensor<F>,
    first: usize,
    pixels: usize,
    factor: f32,
    values: &Array<f32>,
    #[comptime] size: usize,
) {
    #[unroll]
    for i in 0..size {
        x[first + i * pixels] = F::cast_from(factor * values[i]);
    }
}

#[cube]
fn zeros(#[comptime] size: usize) -> Array<f32> {
    let mut found = Array::<f32>::new(size);
    #[unroll]
    for i in 0..size {
        found[i] = 0.0f32;
    }
    found
}

/// The product of these numbers with the channels of a pixel. A query's with a key has the same terms in the same order
/// from either side, so that both kernels find the same scores.
#[cube]
fn product<F: Float>(
    own: &Array<f32>,
    x: &Tensor<F>,
    first: usize,
    pixels: usize,
    #[comptime] size: usize,
) -> f32 {
    let mut sum = 0.0f32;
    #[unroll]
    for i in 0..size {
        sum += own[i] * f32::cast_from(x[first + i * pixels]);
    }
    sum
}

/// Adds to these numbers, times `keep`, a pixel's channels times `factor`.
#[cube]
fn add<F: Float>(
    own: &mut Array<f32>,
    keep: f32,
    factor: f32,
    x: &Tensor<F>,
    first: usize,
    pixels: usize,
    #[comptime] size: usize,
) {
    #[unroll]
    for i in 0..size {
        own[i] = keep * own[i] + factor * f32::cast_from(x[first + i * pixels]);
    }
}

/// A step of a softmax that is taken along the way: the largest score with this one, the factor by which what was summed
/// up before fades, and the score's weight (Milakov and Gimelshein 2018).
#[cube]
fn met(largest: f32, score: f32) -> (f32, f32, f32) {
    let now = max(largest, score);
    (now, (largest - now).exp(), (score - now).exp())
}

#[cube(launch)]
fn attention_kernel<F: Float>(
    qkv: &Tensor<F>,
    y: &mut Tensor<F>,
    scale: f32,
    #[comptime] size: usize,
    #[define(F)] _of_images: ElemType,
) {
    let (head, query) = (Head::new(qkv, size), ABSOLUTE_POS_X as usize);
    if query < head.pixels {
        let own = read(qkv, head.queries + query, head.pixels, size);
        let mut largest = scale * product(&own, qkv, head.keys, head.pixels, size);
        let mut sum = 0.0f32;
        let mut mixed = zeros(size);
        for key in 0..head.pixels {
            let score = scale * product(&own, qkv, head.keys + key, head.pixels, size);
            let (now, fade, weight) = met(largest, score);
            largest = now;
            sum = fade * sum + weight;
            add(&mut mixed, fade, weight, qkv, head.values + key, head.pixels, size);
        }
        write(y, head.output + query, head.pixels, 1.0f32 / sum, &mixed, size);
    }
}

/// The gradients of the queries; and for each query, its largest score, the sum of all scores' exponentials below it,
/// and the probabilities' mean of the gradients they get.
#[cube(launch)]
fn query_gradient_kernel<F: Float>(
    qkv: &Tensor<F>,
    dy: &Tensor<F>,
    dqkv: &mut Tensor<F>,
    maxima: &mut Tensor<f32>,
    sums: &mut Tensor<f32>,
    means: &mut Tensor<f32>,
    scale: f32,
    #[comptime] size: usize,
    #[define(F)] _of_images: ElemType,
) {
    let (head, query) = (Head::new(qkv, size), ABSOLUTE_POS_X as usize);
    if query < head.pixels {
        let own = read(qkv, head.queries + query, head.pixels, size);
        let found = read(dy, head.output + query, head.pixels, size);
        let mut largest = scale * product(&own, qkv, head.keys, head.pixels, size);
        let mut sum = 0.0f32;
        let mut mean = 0.0f32;
        for key in 0..head.pixels {
            let score = scale * product(&own, qkv, head.keys + key, head.pixels, size);
            let (now, fade, weight) = met(largest, score);
            largest = now;
            sum = fade * sum + weight;
            let slope = product(&found, qkv, head.values + key, head.pixels, size);
            mean = fade * mean + weight * slope;
        }
        mean /= sum;
        let mut gradient = zeros(size);
        for key in 0..head.pixels {
            let score = scale * product(&own, qkv, head.keys + key, head.pixels, size);
            let slope = product(&found, qkv, head.values + key, head.pixels, size);
            let weight = (score - largest).exp() / sum * (slope - mean);
            add(&mut gradient, 1.0f32, weight, qkv, head.keys + key, head.pixels, size);
        }
        write(dqkv, head.queries + query, head.pixels, scale, &gradient, size);
        maxima[head.row + query] = largest;
        sums[head.row + query] = sum;
        means[head.row + query] = mean;
    }
}

/// The gradients of the keys and values.
#[cube(launch)]
fn key_gradient_kernel<F: Float>(
    qkv: &Tensor<F>,
    dy: &Tensor<F>,
    maxima: &Tensor<f32>,
    sums: &Tensor<f32>,
    means: &Tensor<f32>,
    dqkv: &mut Tensor<F>,
    scale: f32,
    #[comptime] size: usize,
    #[define(F)] _of_images: ElemType,
) {
    let (head, key) = (Head::new(qkv, size), ABSOLUTE_POS_X as usize);
    if key < head.pixels {
        let own = read(qkv, head.keys + key, head.pixels, size);
        let value = read(qkv, head.values + key, head.pixels, size);
        let mut dkey = zeros(size);
        let mut dvalue = zeros(size);
        for query in 0..head.pixels {
            let score = scale * product(&own, qkv, head.queries + query, head.pixels, size);
            let slope = product(&value, dy, head.output + query, head.pixels, size);
            let distance = min(score - maxima[head.row + query], 0.0f32);
            let probability = distance.exp() / sums[head.row + query];
            let weight = probability * (slope - means[head.row + query]);
            add(&mut dkey, 1.0f32, weight, qkv, head.queries + query, head.pixels, size);
            add(&mut dvalue, 1.0f32, probability, dy, head.output + query, head.pixels, size);
        }
        write(dqkv, head.keys + key, head.pixels, scale, &dkey, size);
        write(dqkv, head.values + key, head.pixels, 1.0f32, &dvalue, size);
    }
}

fn size_of(qkv: &CubeTensor, heads: usize) -> usize {
    qkv.shape()[1] / 3 / heads
}

/// What scores are multiplied by.
fn scale_for(size: usize) -> f32 {
    1.0 / (size as f32).sqrt()
}

fn cubes(qkv: &CubeTensor, heads: usize) -> (CubeCount, CubeDim) {
    let [samples, _, height, width] = qkv.shape().dims();
    let row = (height * width).div_ceil(UNITS);
    (CubeCount::Static(row as u32, heads as u32, samples as u32), CubeDim::new_1d(UNITS as u32))
}

/// See [`super::super::attention`].
pub(super) fn forward(qkv: CubeTensor, heads: usize) -> CubeTensor {
    let qkv = into_contiguous(qkv);
    let [samples, channels, height, width] = qkv.shape().dims();
    let (client, size) = (qkv.client.clone(), size_of(&qkv, heads));
    let y = empty(&qkv, Shape::from([samples, channels / 3, height, width]));
    let (count, cube) = cubes(&qkv, heads);
    let (scale, of_images) = (scale_for(size), element(&[&qkv]));
    let [qkv, out] = [qkv, y.clone()].map(traffic::passed);
    attention_kernel::launch(&client, count, cube, qkv, out, scale, size, of_images);
    y
}

/// The gradient with respect to `qkv` of [`forward`].
pub(super) fn gradient(qkv: CubeTensor, heads: usize, dy: CubeTensor) -> CubeTensor {
    let [qkv, dy] = [qkv, dy].map(into_contiguous);
    let [samples, _, height, width] = qkv.shape().dims();
    let (client, size) = (qkv.client.clone(), size_of(&qkv, heads));
    let table = Shape::from([samples, heads, height, width]);
    let [maxima, sums, means] = [(); 3].map(|_| empty_f32(&qkv, table.clone()));
    let (scale, of_images, found) = (scale_for(size), element(&[&qkv, &dy]), empty_like(&qkv));
    let values = qkv.shape().num_elements() / 3;
    let all = [qkv, dy, maxima, sums, means];
    let arguments = || all.each_ref().map(|x| traffic::passed(x.clone()));
    let (count, cube) = cubes(&all[0], heads);
    let [qkv, dy, maxima, sums, means] = arguments();
    let dqkv = traffic::moved(found.clone(), values);
    query_gradient_kernel::launch(
        &client, count, cube, qkv, dy, dqkv, maxima, sums, means, scale, size, of_images,
    );
    let (count, cube) = cubes(&all[0], heads);
    let [qkv, dy, maxima, sums, means] = arguments();
    let dqkv = traffic::moved(found.clone(), 2 * values);
    key_gradient_kernel::launch(
        &client, count, cube, qkv, dy, maxima, sums, means, dqkv, scale, size, of_images,
    );
    found
}
