//! Who waits for a device, and what ends that where a GPU is lost.

use std::sync::Arc;

use burn::{
    backend::DispatchDevice,
    prelude::*,
    tensor::{ExecutionError, wgpu::wgpu},
};

use super::Opened;
use crate::platform;

/// From now on what this thread computes keeps up with a GPU, on which somebody may draw, too.
pub(in crate::engine) fn keep_up(opened: &Opened) {
    if let Some(setup) = &opened.setup {
        let device = opened.device.clone();
        platform::keep_up_with(&setup.queue, move || done(&device));
    }
}

/// Ends when a device has done all that it was given, or is lost. What fails is told where something is read.
pub(in crate::engine) fn done(
    device: &Device,
) -> impl Future<Output = Result<(), ExecutionError>> + use<> {
    let given = match device.as_dispatch() {
        DispatchDevice::Cube(cube) => Some(cube.client().sync()),
        // The CPU does at once what it is given.
        _ => None,
    };
    platform::whole(async {
        if let Some(given) = given {
            given.await.ok();
        }
        Ok(())
    })
}

/// Has the loss of a GPU told to all that wait for it: the drivers of some never answer again. It takes the place of
/// cubecl's own watch, which is asked only once something was answered.
pub(super) fn watch(device: &wgpu::Device) {
    device.set_device_lost_callback(|reason, message| {
        tracing::warn!("the GPU was lost ({reason:?}): {message}");
        platform::loss::note(message);
    });
    device.on_uncaptured_error(Arc::new(|error| {
        let refused = match error {
            wgpu::Error::OutOfMemory { .. } => {
                "it ran out of memory, of which smaller batches take less".to_owned()
            }
            other => other.to_string(),
        };
        // Each call on one that is lost is refused.
        assert!(platform::loss::is_noted(), "the GPU refuses: {refused}");
    }));
}
