//! The Vulkan device of this machine; lavapipe will do.

use std::sync::OnceLock;

use eframe::egui_wgpu::{WgpuSetup, WgpuSetupExisting};
use egui_kittest::wgpu::WgpuTestRenderer;
use skipstone::engine::{DeviceChoice, Opened, device};

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
    let setup = opened.setup.as_ref().expect("a GPU");
    WgpuTestRenderer::from_setup(WgpuSetup::Existing(WgpuSetupExisting {
        instance: setup.instance.clone(),
        adapter: setup.adapter.clone(),
        device: setup.device.clone(),
        queue: setup.queue.clone(),
    }))
}
