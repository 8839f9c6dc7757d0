//! The Vulkan device of this machine; lavapipe will do.

use std::sync::OnceLock;

use egui_kittest::wgpu::WgpuTestRenderer;
use skipstone::{
    engine::{DeviceChoice, Opened, device},
    gui::shared_gpu,
};

/// The Vulkan device, where there is one; a process opens it once.
pub(crate) fn vulkan() -> Option<Opened> {
    static DEVICE: OnceLock<Option<Opened>> = OnceLock::new();
    let open = || match pollster::block_on(device::open(DeviceChoice::Vulkan)) {
        Ok(opened) => Some(opened),
        Err(error) if std::env::var_os("SKIPSTONE_REQUIRE_GPU").is_some() => panic!("{error}"),
        Err(error) => {
            eprintln!("no Vulkan device, not tested: {error}");
            None
        }
    };
    DEVICE.get_or_init(open).clone()
}

/// Draws a window of tests on this device.
pub(crate) fn renderer(opened: &Opened) -> WgpuTestRenderer {
    WgpuTestRenderer::from_setup(shared_gpu(opened).expect("a GPU"))
}
