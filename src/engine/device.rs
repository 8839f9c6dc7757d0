//! The device: opened here, once unless it computes wrongly, and handed down.

mod listed;
mod unfit;
mod waits;

use burn::{
    backend::DispatchDevice,
    prelude::*,
    tensor::{
        DeviceKind, FloatDType,
        wgpu::{WgpuBackend, WgpuInitError, WgpuSetup, wgpu},
    },
};

pub use listed::{list, others};
use unfit::unfit;
pub(super) use waits::{done, keep_up};

use super::recipe::Optimisation;
use crate::{platform, train::Settings};

/// Where tensors shall live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The best GPU, else the CPU. It is not tested: [`run`](super::selftest::run) tells whether it computes right.
    Auto,
    /// Vulkan.
    Vulkan,
    /// Metal.
    Metal,
    /// Direct3D 12.
    Dx12,
    /// The browser's WebGPU.
    WebGpu,
    /// The CPU.
    Cpu,
    /// The GPU of this number in `list`.
    Listed(usize),
}

/// An open device.
#[derive(Clone)]
pub struct Opened {
    /// Where tensors are made.
    pub device: Device,
    /// For people: adapter, driver, API.
    pub name: String,
    /// Whether a U-Net's images are of f16 between its layers.
    pub is_half: bool,
    /// Whether a GPU is only imitated by the CPU.
    pub is_software: bool,
    /// What a window borrows; none on the CPU.
    pub setup: Option<WgpuSetup>,
    /// Why this is the CPU where a GPU was looked for.
    pub without_gpu: Option<String>,
}

/// Why a device could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The graphics API, or its driver, refuses.
    #[error("no {api} device could be opened: {reason}")]
    Refused {
        /// The API's name.
        api: &'static str,
        /// What it says.
        reason: String,
    },
    /// A number beside the list.
    #[error("no GPU has the number {0}; `devices` lists those of this machine")]
    Unlisted(usize),
}

impl Opened {
    /// The CPU.
    pub fn cpu() -> Self {
        Self {
            device: Device::flex(),
            name: "CPU (burn-flex)".into(),
            is_half: false,
            is_software: false,
            setup: None,
            without_gpu: None,
        }
    }

    /// The CPU in place of the GPU that was looked for, and why.
    pub fn cpu_instead(why: impl Into<String>) -> Self {
        Self { without_gpu: Some(why.into()), ..Self::cpu() }
    }

    /// The cargo feature whose kernels no test has seen, if the device uses one.
    pub fn kernels_of_feature(&self) -> Option<&'static str> {
        let compiler = language(&self.device).map(|(feature, _)| feature);
        compiler.or_else(|| (cfg!(feature = "autotune") && self.is_gpu()).then_some("autotune"))
    }

    /// From now on a U-Net's images are of f16 between its layers; or why they are not.
    pub fn keep_images_in_f16(&mut self) -> Result<(), &'static str> {
        if !self.is_gpu() {
            return Err("only a GPU computes with images of f16");
        }
        if !self.device.supports_dtype(FloatDType::F16) {
            return Err("this GPU has no f16");
        }
        self.is_half = true;
        Ok(())
    }

    /// How to train here by `optimisation`, under a loss that is the mean of `values`.
    pub fn settings(&self, optimisation: &Optimisation, values: usize) -> Settings {
        let settings = optimisation.settings();
        if self.is_half { settings.for_half(values) } else { settings }
    }

    /// Whether tensors live on a GPU.
    pub fn is_gpu(&self) -> bool {
        self.setup.is_some()
    }
}

/// Opens the device of `choice`; `Auto` without a real GPU is the CPU.
pub async fn open(choice: DeviceChoice) -> Result<Opened, DeviceError> {
    let mut kind = DeviceKind::DefaultDevice;
    let (api, name) = match choice {
        DeviceChoice::Cpu => return Ok(Opened::cpu()),
        DeviceChoice::Auto => (WgpuBackend::Auto, "GPU"),
        DeviceChoice::Vulkan => (WgpuBackend::Vulkan, "Vulkan"),
        DeviceChoice::Metal => (WgpuBackend::Metal, "Metal"),
        DeviceChoice::Dx12 => (WgpuBackend::Dx12, "Direct3D 12"),
        DeviceChoice::WebGpu => (WgpuBackend::WebGpu, "WebGPU"),
        DeviceChoice::Listed(number) => {
            let (found, api) = listed::called(&listed::adapters().await, number)
                .ok_or(DeviceError::Unlisted(number))?;
            kind = found;
            (api, "listed")
        }
    };
    let opened = Device::wgpu_options()
        .device_kind(kind)
        .graphics_api(api)
        .tasks_max(32)
        .init_with_setup_async()
        .await;
    match opened {
        Ok((device, setup)) => {
            waits::watch(&setup.device);
            let adapter = setup.adapter.get_info();
            let room = setup.device.limits().max_compute_workgroup_storage_size;
            if let Some(why) = unfit(&adapter, setup.adapter.features(), room, choice) {
                return Ok(Opened::cpu_instead(why));
            }
            let is_software = adapter.device_type == wgpu::DeviceType::Cpu;
            let language = language(&device).map(|(_, name)| name);
            let name = named(&adapter, language);
            Ok(Opened {
                device,
                name,
                is_half: false,
                is_software,
                setup: Some(setup),
                without_gpu: None,
            })
        }
        Err(error) if choice == DeviceChoice::Auto => Ok(Opened::cpu_instead(match error {
            WgpuInitError::AdapterUnavailable { .. } => {
                format!("no GPU was found{}", platform::hidden_gpu())
            }
            refused => format!("the GPU could not be opened ({refused})"),
        })),
        Err(error) => {
            let is_hidden = choice == DeviceChoice::Vulkan
                && matches!(error, WgpuInitError::AdapterUnavailable { .. });
            let hidden = if is_hidden { platform::hidden_gpu() } else { "" };
            Err(DeviceError::Refused { api: name, reason: format!("{error}{hidden}") })
        }
    }
}

/// What kernels are compiled to, where that is not WGSL: the feature that does it, and the language's name.
fn language(device: &Device) -> Option<(&'static str, &'static str)> {
    let DispatchDevice::Cube(cube) = device.as_dispatch() else { return None };
    match cube.client().name() {
        "wgpu<spirv>" => Some(("spirv", "SPIR-V")),
        "wgpu<msl>" => Some(("metal", "MSL")),
        _ => None,
    }
}

/// "llvmpipe (Vulkan, Mesa 25.0)"; a browser tells neither an adapter's name nor its driver: "WebGPU".
fn named(adapter: &wgpu::AdapterInfo, language: Option<&str>) -> String {
    let api = match adapter.backend {
        wgpu::Backend::BrowserWebGpu => "WebGPU".to_owned(),
        wgpu::Backend::Dx12 => "Direct3D 12".to_owned(),
        other => format!("{other:?}"),
    };
    let parts = [Some(api.as_str()), language, Some(adapter.driver_info.as_str())];
    let parts: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let details = parts.join(", ");
    match adapter.name.as_str() {
        "" => details,
        name => format!("{name} ({details})"),
    }
}
