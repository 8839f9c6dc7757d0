//! Pictures drawn on a GPU, from memory that is lent by whoever computed the values: nothing is read back.
//!
//! The same pixels as the host's pictures, within a step of 8 bits. The pipelines draw into any render
//! pass without depth and multisampling: a window's, or one of a picture that nobody sees.
//!
//! | file | holds |
//! |---|---|
//! | `lent` | values in a GPU's memory |
//! | `drawing` | what can be drawn, as parameters of the shaders in `shaders/` |

mod drawing;
mod lent;

use eframe::wgpu::{self, util::DeviceExt as _};

use drawing::Values;
pub use drawing::{Density, Drawing, Particles, Tile};
pub use lent::Lent;

/// The shaders by their files' names.
pub const SHADERS: [(&str, &str); 3] = [
    ("field.wgsl", include_str!("../../../shaders/field.wgsl")),
    ("particles.wgsl", include_str!("../../../shaders/particles.wgsl")),
    ("samples.wgsl", include_str!("../../../shaders/samples.wgsl")),
];

/// Where a picture goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Left, top, right and bottom edge, in pixels of the target; what lies outside is not drawn.
    pub edges: [f32; 4],
    /// The target's width and height, in pixels.
    pub target: [u32; 2],
    /// Opacity, `0..=1`.
    pub strength: f32,
}

impl Place {
    /// The edges in clip space.
    fn clip(&self) -> [f32; 4] {
        let [width, height] = self.target.map(|side| side as f32);
        let [left, top, right, bottom] = self.edges;
        let (x, y) = (|x: f32| 2.0 * x / width - 1.0, |y: f32| 1.0 - 2.0 * y / height);
        [x(left), y(top), x(right), y(bottom)]
    }
}

/// The shaders, compiled for one device and one kind of target.
pub struct Pipelines {
    bindings: wgpu::BindGroupLayout,
    sample: wgpu::RenderPipeline,
    wipe: wgpu::RenderPipeline,
    difference: wgpu::RenderPipeline,
    particles: wgpu::RenderPipeline,
    density: wgpu::RenderPipeline,
}

/// A drawing with all that a render pass needs for it.
pub struct Ready {
    pipeline: wgpu::RenderPipeline,
    bindings: wgpu::BindGroup,
    instances: u32,
    /// The memory that is read, for as long as it may be.
    _drawing: Drawing,
}

impl Pipelines {
    /// For targets of `format` on `device`.
    ///
    /// None where the target encodes sRGB by itself: the shaders write what the host's pictures hold.
    pub fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Option<Self> {
        if format.is_srgb() {
            return None;
        }
        let bindings = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("picture"),
            entries: &[
                entry(0, wgpu::BufferBindingType::Uniform),
                entry(1, wgpu::BufferBindingType::Storage { read_only: true }),
                entry(2, wgpu::BufferBindingType::Storage { read_only: true }),
            ],
        });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("picture"),
            bind_group_layouts: &[Some(&bindings)],
            immediate_size: 0,
        });
        let [field, particles, samples] = SHADERS.map(|(name, source)| {
            device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(name),
                source: wgpu::ShaderSource::Wgsl(source.into()),
            })
        });
        let pipeline = |module: &wgpu::ShaderModule, fragment: &str| {
            pipeline(device, &layout, module, fragment, format)
        };
        Some(Self {
            sample: pipeline(&samples, "sample"),
            wipe: pipeline(&samples, "wipe"),
            difference: pipeline(&samples, "difference"),
            particles: pipeline(&particles, "disc"),
            density: pipeline(&field, "density"),
            bindings,
        })
    }

    /// Uploads what the drawing's shader is told.
    pub fn prepare(&self, device: &wgpu::Device, drawing: &Drawing, place: Place) -> Ready {
        let upload = |label, words: &[u32], usage| {
            let (label, contents) = (Some(label), &bytes(words)[..]);
            device.create_buffer_init(&wgpu::util::BufferInitDescriptor { label, contents, usage })
        };
        let plan = drawing.plan(device, place);
        let params = upload("parameters", &plan.params, wgpu::BufferUsages::UNIFORM);
        let own;
        let [first, second] = match plan.values {
            Values::Lent(lent) => lent.map(wgpu::BindingResource::Buffer),
            Values::Own(values) => {
                own = upload("values", &values, wgpu::BufferUsages::STORAGE);
                [own.as_entire_binding(), own.as_entire_binding()]
            }
        };
        let resources = [params.as_entire_binding(), first, second];
        let entries: Vec<_> = (0..)
            .zip(resources)
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
            .collect();
        let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("picture"),
            layout: &self.bindings,
            entries: &entries,
        });
        let pipeline = match drawing {
            Drawing::Sample(_) => &self.sample,
            Drawing::Wipe(..) => &self.wipe,
            Drawing::Difference(..) => &self.difference,
            Drawing::Particles(_) => &self.particles,
            Drawing::Density(_) => &self.density,
        };
        let (pipeline, instances) = (pipeline.clone(), plan.instances);
        Ready { pipeline, bindings, instances, _drawing: drawing.clone() }
    }
}

impl Ready {
    /// Draws into a pass whose viewport is the whole target.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.draw(0..4, 0..self.instances);
    }
}

/// Numbers as the device reads them.
fn bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn entry(binding: u32, ty: wgpu::BufferBindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}

fn pipeline(
    device: &wgpu::Device,
    layout: &wgpu::PipelineLayout,
    module: &wgpu::ShaderModule,
    fragment: &str,
    format: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    let target = wgpu::ColorTargetState {
        format,
        blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
        write_mask: wgpu::ColorWrites::ALL,
    };
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(fragment),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some("corner"),
            compilation_options: Default::default(),
            buffers: &[],
        },
        primitive: wgpu::PrimitiveState {
            topology: wgpu::PrimitiveTopology::TriangleStrip,
            ..Default::default()
        },
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some(fragment),
            compilation_options: Default::default(),
            targets: &[Some(target)],
        }),
        multiview_mask: None,
        cache: None,
    })
}
