//! Every shader: parsed, validated, and drawn where nobody sees it against a slow reference on the host.

use std::fs;

use eframe::wgpu::{
    self,
    naga::{front::wgsl, valid},
    util::DeviceExt as _,
};
use image::{Rgba, RgbaImage};
use skipstone::{
    data::{Mixture, Shape},
    engine::Opened,
    math::{mixture::Noised, schedule::Process},
    picture::{
        self,
        gpu::{Density, Drawing, Lent, Particles, SHADERS, Tile},
        theme,
    },
};

use crate::{
    gpu::gpu,
    offscreen::{BACKGROUND, PLACE, assert_alike, draw},
};

const SHAPE: Shape = Shape { channels: 3, height: 4, width: 5 };

/// Rows of samples, with values that a careless shader would get wrong.
fn values(rows: usize) -> Vec<f32> {
    let wave = |i: usize| (1.7 * i as f32).sin() * 1.2;
    let mut values: Vec<f32> = (0..rows * SHAPE.len()).map(wave).collect();
    let second = &mut values[SHAPE.len()..];
    (second[7], second[8], second[9]) = (f32::NAN, f32::INFINITY, f32::NEG_INFINITY);
    values
}

/// Values in a buffer of the device, some bytes from its start.
fn lent(opened: &Opened, values: &[f32], offset: usize) -> Lent {
    let mut contents = vec![0xff; offset]; // not-a-numbers
    contents.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    let device = &opened.setup.as_ref().expect("a GPU").device;
    let buffer = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: None,
        contents: &contents,
        usage: wgpu::BufferUsages::STORAGE,
    });
    Lent::new(buffer, offset as u64, values.len(), ()).expect("the values fit")
}

/// The reference: each pixel of the place, by its share of the width and height.
fn expected(colour: impl Fn(f32, f32) -> [u8; 3]) -> RgbaImage {
    let [left, top, right, bottom] = PLACE.edges;
    RgbaImage::from_fn(PLACE.target[0], PLACE.target[1], |x, y| {
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        if !(left..right).contains(&x) || !(top..bottom).contains(&y) {
            return Rgba(BACKGROUND);
        }
        let [r, g, b] = colour((x - left) / (right - left), (y - top) / (bottom - top));
        Rgba([r, g, b, 255])
    })
}

/// The colour of a sample as the host draws it.
fn sample(values: &[f32], shape: Shape, x: f32, y: f32) -> [u8; 3] {
    let picture = picture::grid(values, shape, 1, 1, 0);
    let at = |share: f32, side: usize| (share * side as f32) as u32;
    picture.get_pixel(at(x, shape.width), at(y, shape.height)).0
}

#[test]
fn every_shader_parses_and_is_valid() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/shaders");
    let mut files: Vec<String> = fs::read_dir(folder)
        .expect("the folder of shaders")
        .map(|entry| entry.expect("readable").file_name().into_string().expect("plain names"))
        .collect();
    files.sort();
    assert_eq!(files, SHADERS.map(|(name, _)| name), "no shader lies there unused");
    for (name, source) in SHADERS {
        assert!(source.starts_with("// "), "{name} says what it is");
        let module = wgsl::parse_str(source)
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(source, name)));
        let flags = valid::ValidationFlags::all();
        // What every WebGPU has: nothing beyond it is asked for.
        valid::Validator::new(flags, valid::Capabilities::empty())
            .validate(&module)
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(source, name)));
    }
}

#[test]
fn a_sample_is_drawn_as_on_the_host_wherever_its_values_begin() {
    let Some(opened) = gpu() else { return };
    let values = values(3);
    for offset in [0, 4, 1536, 1540] {
        let lent = lent(&opened, &values, offset);
        for (row, own) in values.chunks(SHAPE.len()).enumerate() {
            let tile = Tile::new(&lent, row, SHAPE, 1.0).expect("a row");
            let expected = expected(|x, y| sample(own, SHAPE, x, y));
            assert_alike(&draw(&opened, &Drawing::Sample(tile)), &expected);
        }
        assert!(Tile::new(&lent, 3, SHAPE, 1.0).is_none(), "there are three rows");
    }
}

#[test]
fn other_channels_than_three_are_grey_and_values_are_divided_by_their_reach() {
    let Some(opened) = gpu() else { return };
    for channels in [1, 2, 4] {
        let shape = Shape { channels, ..SHAPE };
        let values: Vec<f32> = (0..2 * shape.len()).map(|i| (0.9 * i as f32).cos() * 3.0).collect();
        let tile = Tile::new(&lent(&opened, &values, 20), 1, shape, 3.0).expect("a row");
        let shown: Vec<f32> = values[shape.len()..].iter().map(|value| value / 3.0).collect();
        let expected = expected(|x, y| sample(&shown, shape, x, y));
        assert_alike(&draw(&opened, &Drawing::Sample(tile)), &expected);
    }
}

#[test]
fn a_wipe_shows_one_sample_left_of_its_seam_and_the_other_right_of_it() {
    let Some(opened) = gpu() else { return };
    let values = values(2);
    let lent = lent(&opened, &values, 260);
    let tiles = [1, 0].map(|row| Tile::new(&lent, row, SHAPE, 1.0).expect("a row"));
    for seam in [0.0, 0.3, 1.0] {
        let expected = expected(|x, y| {
            let row = usize::from(x < seam);
            sample(&values[row * SHAPE.len()..(row + 1) * SHAPE.len()], SHAPE, x, y)
        });
        assert_alike(&draw(&opened, &Drawing::Wipe(tiles.clone(), seam)), &expected);
    }
}

#[test]
fn differences_have_the_hosts_colours() {
    let Some(opened) = gpu() else { return };
    let values = values(2);
    let (a, b) = values.split_at(SHAPE.len());
    let tile = |values: &[f32]| Tile::new(&lent(&opened, values, 12), 0, SHAPE, 1.0);
    let drawing = Drawing::Difference([tile(a).expect("a row"), tile(b).expect("a row")]);
    let expected = expected(|x, y| {
        let pixel = (y * 4.0) as usize * SHAPE.width + (x * 5.0) as usize;
        let apart = |channel: usize| (a[channel * 20 + pixel] - b[channel * 20 + pixel]).abs();
        theme::heat((apart(0) + apart(1) + apart(2)) / 3.0)
    });
    assert_alike(&draw(&opened, &drawing), &expected);
}

#[test]
fn particles_lie_between_their_states_in_the_colours_of_their_noises() {
    let Some(opened) = gpu() else { return };
    let states = [[[0.9, 0.1], [-0.4, 0.8]], [[0.5, 0.1], [-0.4, -0.6]], [[0.3, 0.5], [0.2, -0.6]]];
    let lent = lent(&opened, states.as_flattened().as_flattened(), 1540);
    let (reach, radius, share, lightness) = ([1.25, 1.0], 3.0, 0.25, 0.58);
    let drawing = Drawing::Particles(Particles {
        states: lent,
        count: 2,
        between: [1, 2],
        share,
        reach,
        radius,
        lightness,
    });
    let [left, top, right, bottom] = PLACE.edges;
    let mut expected = expected(|_, _| BACKGROUND[..3].try_into().expect("three"));
    for (point, noise) in states[0].iter().enumerate() {
        let at: [f32; 2] = std::array::from_fn(|i| {
            let [before, next] = [states[1][point][i], states[2][point][i]];
            (before + share * (next - before)) / reach[i]
        });
        let middle = [
            (left + right) / 2.0 + at[0] * (right - left) / 2.0,
            (top + bottom) / 2.0 - at[1] * (bottom - top) / 2.0,
        ];
        let [x, y] = noise.map(f64::from);
        let colour = theme::around(y.atan2(x), lightness.into());
        for (x, y, pixel) in expected.enumerate_pixels_mut() {
            let apart = (x as f32 + 0.5 - middle[0]).hypot(y as f32 + 0.5 - middle[1]);
            let cover = (radius + 0.5 - apart).clamp(0.0, 1.0);
            for i in 0..3 {
                let mixed = f32::from(colour[i]) * cover + f32::from(pixel[i]) * (1.0 - cover);
                pixel[i] = mixed.round() as u8;
            }
        }
    }
    assert_alike(&draw(&opened, &drawing), &expected);
}

#[test]
fn the_density_is_the_formula_of_the_mixture() {
    let Some(opened) = gpu() else { return };
    let (reach, colours) = ([2.5, 2.0], [[255, 255, 255], [71, 77, 92]]);
    let mixture = Mixture::named("ring").expect("known");
    for t in [0.0, 40.0, 400.0, 1000.0] {
        let level = Process::ScaledLinear.level(t);
        let noised = Noised::new(&mixture.means, mixture.std, &mixture.weights, level);
        let expected = expected(|x, y| {
            let at = [(2.0 * f64::from(x) - 1.0) * reach[0], (1.0 - 2.0 * f64::from(y)) * reach[1]];
            let share = (noised.density(at) / noised.peak()).sqrt().min(1.0) as f32;
            std::array::from_fn(|i| {
                let [none, most] = [colours[0][i], colours[1][i]].map(f32::from);
                (none + share * (most - none)).round() as u8
            })
        });
        let drawing = Drawing::Density(Density::of(&noised, reach, colours));
        assert_alike(&draw(&opened, &drawing), &expected);
    }
}

#[test]
fn memory_that_is_too_short_or_lies_between_values_is_not_lent() {
    let Some(opened) = gpu() else { return };
    let device = &opened.setup.as_ref().expect("a GPU").device;
    let buffer = |usage| {
        let descriptor =
            wgpu::BufferDescriptor { label: None, size: 64, usage, mapped_at_creation: false };
        device.create_buffer(&descriptor)
    };
    let readable = || buffer(wgpu::BufferUsages::STORAGE);
    assert!(Lent::new(readable(), 0, 16, ()).is_some());
    assert!(Lent::new(readable(), 4, 16, ()).is_none());
    assert!(Lent::new(readable(), 2, 4, ()).is_none());
    assert!(Lent::new(readable(), 0, 0, ()).is_none());
    assert!(Lent::new(readable(), u64::MAX - 3, 1, ()).is_none());
    assert!(Lent::new(buffer(wgpu::BufferUsages::UNIFORM), 0, 1, ()).is_none());
}
