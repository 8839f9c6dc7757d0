//! Drawing where nobody sees it.

use eframe::wgpu;
use image::RgbaImage;
use skipstone::{
    engine::Opened,
    picture::gpu::{Drawing, Pipelines, Place},
};

/// In the middle of the target, eight pixels for each of five by four values.
pub(crate) const PLACE: Place =
    Place { edges: [8.0, 16.0, 48.0, 48.0], target: [64, 64], strength: 1.0 };
/// What is there before.
pub(crate) const BACKGROUND: [u8; 4] = [0, 0, 0, 255];
const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// A drawing at [`PLACE`].
pub(crate) fn draw(opened: &Opened, drawing: &Drawing) -> RgbaImage {
    let setup = opened.setup.as_ref().expect("a GPU");
    let (device, queue) = (&setup.device, &setup.queue);
    let pipelines = Pipelines::new(device, FORMAT).expect("a plain format");
    let ready = pipelines.prepare(device, drawing, PLACE);
    let [width, height] = PLACE.target;
    let size = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
    let target = device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: FORMAT,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    });
    let mut encoder = device.create_command_encoder(&Default::default());
    {
        let view = target.create_view(&Default::default());
        let ops = wgpu::Operations {
            load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
            store: wgpu::StoreOp::Store,
        };
        let attachment = wgpu::RenderPassColorAttachment {
            view: &view,
            depth_slice: None,
            resolve_target: None,
            ops,
        };
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(attachment)],
            ..Default::default()
        });
        ready.draw(&mut pass);
    }
    // Rows of 64 pixels are 256 bytes, as copies must be.
    let bytes = device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: u64::from(4 * width * height),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(4 * width),
        rows_per_image: None,
    };
    encoder.copy_texture_to_buffer(
        target.as_image_copy(),
        wgpu::TexelCopyBufferInfo { buffer: &bytes, layout },
        size,
    );
    queue.submit([encoder.finish()]);
    bytes.map_async(wgpu::MapMode::Read, .., |mapped| mapped.expect("mapped"));
    device.poll(wgpu::PollType::wait_indefinitely()).expect("the device answers");
    let pixels = bytes.get_mapped_range(..).expect("mapped").to_vec();
    RgbaImage::from_raw(width, height, pixels).expect("as many pixels as the target has")
}

/// Within one of 255 levels: what rounding in 32 bits may do.
#[track_caller]
pub(crate) fn assert_alike(found: &RgbaImage, expected: &RgbaImage) {
    assert_eq!(found.dimensions(), expected.dimensions());
    for (x, y, pixel) in found.enumerate_pixels() {
        let wanted = expected.get_pixel(x, y);
        let apart = (0..4).map(|i| pixel[i].abs_diff(wanted[i])).max().expect("channels");
        assert!(apart <= 1, "({x}, {y}): {pixel:?} in place of {wanted:?}");
    }
}
