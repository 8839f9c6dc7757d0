//! GPUs that would end the program, and those that are slower than the CPU.

use burn::tensor::wgpu::wgpu;

use super::DeviceChoice;
use crate::platform;

/// Why the CPU takes the place of this adapter, with `room` bytes of workgroup memory, if it does.
pub(super) fn unfit(
    adapter: &wgpu::AdapterInfo,
    features: wgpu::Features,
    room: u32,
    choice: DeviceChoice,
) -> Option<String> {
    // A browser does not tell its adapter's name.
    let name = if adapter.name.is_empty() { "this browser's WebGPU" } else { &adapter.name };
    let is_in_a_browser = adapter.backend == wgpu::Backend::BrowserWebGpu;
    // burn's runtime ends a page whose GPU has no clock as soon as the first tensor is made.
    if is_in_a_browser && !features.contains(wgpu::Features::TIMESTAMP_QUERY) {
        return Some("this browser's WebGPU has no timestamp queries".into());
    }
    let needed = product_room(adapter.subgroup_min_size);
    if needed > room {
        return Some(format!(
            "{name} has {room} bytes of workgroup memory, and products of matrices need {needed}"
        ));
    }
    if choice != DeviceChoice::Auto {
        return None;
    }
    // A software rasteriser is far slower than the CPU backend.
    if adapter.device_type == wgpu::DeviceType::Cpu {
        let hidden = platform::hidden_gpu();
        return Some(format!(
            "{name} only imitates a GPU, which takes longer than the CPU itself{hidden}"
        ));
    }
    (adapter.backend == wgpu::Backend::Gl)
        .then(|| format!("{name} was found by OpenGL only, on which nothing here computes"))
}

/// Bytes of workgroup memory that the smallest matrix product of burn's takes, which ends the program where there are
/// fewer. It has a tile of 4 x 4 f32 for each unit of eight of the GPU's smallest subgroups, which lie as near to a
/// square as they can, and for each row and column of them (cubek's `SimpleUnit`).
fn product_room(subgroup: u32) -> u32 {
    // Unknown in a browser; cubecl takes it for this.
    let units = 8 * if subgroup == 0 { 8 } else { subgroup };
    let columns = 1 << (units.ilog2() / 2);
    let rows = units / columns;
    let tile = 4 * 4 * size_of::<f32>() as u32;
    tile * (rows * columns + rows + columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a GPU of this kind computes.
    fn computes(backend: wgpu::Backend, choice: DeviceChoice, has_clock: bool) -> bool {
        let adapter = wgpu::AdapterInfo::new(wgpu::DeviceType::DiscreteGpu, backend);
        let clock = wgpu::Features::TIMESTAMP_QUERY;
        let features = if has_clock { clock } else { wgpu::Features::empty() };
        unfit(&adapter, features, 16 << 10, choice).is_none()
    }

    #[test]
    fn a_gpu_computes_unless_it_would_end_the_program_or_was_never_tried() {
        use wgpu::Backend::{BrowserWebGpu, Gl, Vulkan};
        assert!(computes(Vulkan, DeviceChoice::Auto, false));
        assert!(computes(BrowserWebGpu, DeviceChoice::Auto, true));
        for choice in [DeviceChoice::Auto, DeviceChoice::WebGpu] {
            assert!(!computes(BrowserWebGpu, choice, false));
        }
        assert!(!computes(Gl, DeviceChoice::Auto, true));
    }

    #[test]
    fn an_imitated_gpu_computes_only_where_it_is_asked_for() {
        use wgpu::Backend::{BrowserWebGpu, Vulkan};
        let why = |backend, choice| {
            let adapter = wgpu::AdapterInfo::new(wgpu::DeviceType::Cpu, backend);
            unfit(&adapter, wgpu::Features::all(), 32 << 10, choice)
        };
        let told = why(Vulkan, DeviceChoice::Auto);
        assert!(told.is_some_and(|why| why.contains("only imitates a GPU")));
        assert_eq!(why(Vulkan, DeviceChoice::Vulkan), None);
        let told = why(BrowserWebGpu, DeviceChoice::Auto);
        assert!(told.is_some_and(|why| why.starts_with("this browser's WebGPU only imitates")));
        assert_eq!(why(BrowserWebGpu, DeviceChoice::WebGpu), None);
    }

    #[test]
    fn a_gpu_of_wide_subgroups_computes_where_products_find_room() {
        let mut adapter =
            wgpu::AdapterInfo::new(wgpu::DeviceType::DiscreteGpu, wgpu::Backend::Vulkan);
        let mut why = |subgroup, room| {
            adapter.subgroup_min_size = subgroup;
            unfit(&adapter, wgpu::Features::all(), room, DeviceChoice::Vulkan)
        };
        for (subgroup, room) in [(0, 16 << 10), (16, 16 << 10), (32, 32 << 10), (64, 64 << 10)] {
            assert_eq!(why(subgroup, room), None);
        }
        assert!(why(32, 16 << 10).is_some_and(|why| why.contains("need 18432")));
        assert!(why(64, 32 << 10).is_some_and(|why| why.contains("need 35840")));
    }
}
