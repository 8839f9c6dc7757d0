//! The GPU that tests compare with the CPU: of Vulkan, for which lavapipe will do, or Metal.

use std::sync::OnceLock;

use egui_kittest::wgpu::WgpuTestRenderer;
use skipstone::{
    engine::{DeviceChoice, Opened, device},
    gui::shared_gpu,
};

const API: DeviceChoice =
    if cfg!(target_os = "macos") { DeviceChoice::Metal } else { DeviceChoice::Vulkan };
/// Its name on the command line, and in the list of devices.
#[allow(dead_code, reason = "one program of tests has no command line")]
pub(crate) const BACKEND: &str = if cfg!(target_os = "macos") { "metal" } else { "vulkan" };

/// The GPU, where there is one; a process opens it once.
pub(crate) fn gpu() -> Option<Opened> {
    static DEVICE: OnceLock<Option<Opened>> = OnceLock::new();
    let open = || match pollster::block_on(device::open(API)) {
        Ok(opened) => Some(opened),
        Err(error) if std::env::var_os("SKIPSTONE_REQUIRE_GPU").is_some() => panic!("{error}"),
        Err(error) => {
            eprintln!("no GPU to test: {error}");
            None
        }
    };
    DEVICE.get_or_init(open).clone()
}

/// Draws a window of tests on this device.
pub(crate) fn renderer(opened: &Opened) -> WgpuTestRenderer {
    WgpuTestRenderer::from_setup(shared_gpu(opened).expect("a GPU"))
}
