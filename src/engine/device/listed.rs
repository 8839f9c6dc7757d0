//! The GPUs of a machine, by number.

use burn::tensor::{
    DeviceKind,
    wgpu::{WgpuBackend, wgpu},
};

use super::Opened;

/// The adapters of this machine, in the order of their numbers; OpenGL's are left out, as nothing computes on them.
pub(super) async fn adapters() -> Vec<wgpu::AdapterInfo> {
    let found = wgpu::Instance::default().enumerate_adapters(wgpu::Backends::PRIMARY).await;
    found.iter().map(wgpu::Adapter::get_info).collect()
}

/// What burn calls the adapter of this number: its place among those of its kind, and its API.
pub(super) fn called(
    adapters: &[wgpu::AdapterInfo],
    number: usize,
) -> Option<(DeviceKind, WgpuBackend)> {
    let adapter = adapters.get(number)?;
    let is_alike = |other: &&wgpu::AdapterInfo| {
        (other.backend, other.device_type) == (adapter.backend, adapter.device_type)
    };
    let place = adapters[..number].iter().filter(is_alike).count();
    let kind = match adapter.device_type {
        wgpu::DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu(place),
        wgpu::DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu(place),
        wgpu::DeviceType::VirtualGpu => DeviceKind::VirtualGpu(place),
        wgpu::DeviceType::Cpu if place == 0 => DeviceKind::Cpu,
        wgpu::DeviceType::Cpu | wgpu::DeviceType::Other => return None,
    };
    let api = match adapter.backend {
        wgpu::Backend::Vulkan => WgpuBackend::Vulkan,
        wgpu::Backend::Metal => WgpuBackend::Metal,
        wgpu::Backend::Dx12 => WgpuBackend::Dx12,
        wgpu::Backend::BrowserWebGpu => WgpuBackend::WebGpu,
        wgpu::Backend::Gl | wgpu::Backend::Noop => return None,
    };
    Some((kind, api))
}

/// The numbers of GPUs that are no imitation, but for `failed`; by another API it is another one.
pub async fn others(failed: Option<&Opened>) -> Vec<usize> {
    let failed = failed.and_then(|failed| Some(failed.setup.as_ref()?.adapter.get_info()));
    others_among(&adapters().await, failed.as_ref())
}

fn others_among(adapters: &[wgpu::AdapterInfo], failed: Option<&wgpu::AdapterInfo>) -> Vec<usize> {
    let is_other = |&number: &usize| {
        let adapter = &adapters[number];
        adapter.device_type != wgpu::DeviceType::Cpu
            && called(adapters, number).is_some()
            && failed != Some(adapter)
    };
    (0..adapters.len()).filter(is_other).collect()
}

/// The devices of this machine, one line each; GPUs have their number before them, if they can be asked for.
pub async fn list() -> Vec<String> {
    let adapters = adapters().await;
    let line = |(number, adapter): (usize, &wgpu::AdapterInfo)| {
        let number = called(&adapters, number).map(|_| number.to_string()).unwrap_or_default();
        let api = format!("{:?}", adapter.backend).to_lowercase();
        let wgpu::AdapterInfo { name, device_type, driver_info, .. } = adapter;
        // Several of one kind are told apart by the slots that they are in.
        let slot = match adapter.device_pci_bus_id.as_str() {
            "" => String::new(),
            id => format!(", PCI {id}"),
        };
        format!("{number:>2}  {api:<8} {name} ({device_type:?}, {driver_info}{slot})")
    };
    let gpus = adapters.iter().enumerate().map(line);
    gpus.chain(["    cpu      burn-flex, always available".into()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_means_a_place_among_gpus_of_its_kind_and_api() {
        use wgpu::{Backend, DeviceType};
        let adapters = [
            (DeviceType::DiscreteGpu, Backend::Vulkan),
            (DeviceType::IntegratedGpu, Backend::Vulkan),
            (DeviceType::DiscreteGpu, Backend::Vulkan),
            (DeviceType::DiscreteGpu, Backend::Dx12),
            (DeviceType::Other, Backend::Vulkan),
            (DeviceType::Cpu, Backend::Vulkan),
        ];
        let adapters = adapters.map(|(kind, api)| wgpu::AdapterInfo::new(kind, api));
        assert_eq!(others_among(&adapters, None), [0, 1, 2, 3]);
        let called = |number| called(&adapters, number);
        assert!(matches!(called(1), Some((DeviceKind::IntegratedGpu(0), WgpuBackend::Vulkan))));
        assert!(matches!(called(2), Some((DeviceKind::DiscreteGpu(1), WgpuBackend::Vulkan))));
        assert!(matches!(called(3), Some((DeviceKind::DiscreteGpu(0), WgpuBackend::Dx12))));
        assert!(matches!(called(5), Some((DeviceKind::Cpu, WgpuBackend::Vulkan))));
        assert!(called(4).is_none() && called(6).is_none());
    }

    #[test]
    fn a_gpu_that_failed_is_another_one_by_another_api_or_in_another_slot() {
        use wgpu::{Backend, DeviceType};
        let gpu = |api, slot: &str| wgpu::AdapterInfo {
            device_pci_bus_id: slot.into(),
            ..wgpu::AdapterInfo::new(DeviceType::DiscreteGpu, api)
        };
        let gpus = [(Backend::Vulkan, "1"), (Backend::Vulkan, "2"), (Backend::Dx12, "1")];
        let gpus = gpus.map(|(api, slot)| gpu(api, slot));
        assert_eq!(others_among(&gpus, Some(&gpus[0])), [1, 2]);
    }
}
