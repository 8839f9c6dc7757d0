//! Lending: a tensor's memory for whoever draws on the same device, so that its values need not come back.

use burn::{
    backend::wgpu::{AutoCompiler, Wgpu},
    prelude::*,
    tensor::DType,
};
use burn_cubecl::{cubecl::wgpu::WgpuServer, kernel::into_contiguous};

use crate::picture::gpu::Lent;

/// Lends a tensor's values, row by row; none where they are not float32 in a GPU's memory.
///
/// The memory stays as it is while the loan lives: operations write in place only where nobody else
/// holds a tensor.
pub(crate) fn lend<const D: usize>(tensor: &Tensor<D>) -> Option<Lent> {
    let primitive = tensor.clone().try_into_primitive::<Wgpu>().ok()?;
    let held = into_contiguous(primitive);
    if held.dtype != DType::F32 {
        return None;
    }
    let client = held.client.clone();
    let managed = client.get_resource::<WgpuServer<AutoCompiler>>(held.handle.clone()).ok()?;
    let resource = managed.resource();
    let (buffer, offset) = (resource.buffer.clone(), resource.offset);
    let count = tensor.dims().iter().product();
    // The painter submits next: anything still queued here would arrive a frame late.
    tensor.device().flush().ok()?;
    // Both: cubecl may move memory that nothing but a tensor holds.
    Lent::new(buffer, offset, count, (held, managed))
}
