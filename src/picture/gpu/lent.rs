//! Values in a GPU's memory, lent by whoever computed them.

use std::{any::Any, fmt, sync::Arc};

use eframe::wgpu::{Buffer, BufferBinding, Device};

/// Bytes of a value.
const VALUE: u64 = size_of::<f32>() as u64;

/// Contiguous float32 values somewhere in a buffer; they stay as they are for as long as a copy of this
/// lives.
#[derive(Clone)]
pub struct Lent {
    buffer: Buffer,
    /// Bytes before the first value.
    offset: u64,
    /// How many values.
    count: u64,
    /// Keeps the memory from being used for something else.
    _owner: Arc<dyn Any + Send + Sync>,
}

impl Lent {
    /// `count` values that begin `offset` bytes into `buffer`, which `owner` keeps as they are.
    ///
    /// None where the buffer is not that long, cannot be read by a shader, or the offset lies inside a value.
    pub fn new(
        buffer: Buffer,
        offset: u64,
        count: usize,
        owner: impl Any + Send + Sync,
    ) -> Option<Self> {
        let count = count as u64;
        let fits = offset.checked_add(count * VALUE).is_some_and(|end| end <= buffer.size());
        let is_readable = buffer.usage().contains(eframe::wgpu::BufferUsages::STORAGE);
        let fits = fits && count > 0 && offset.is_multiple_of(VALUE) && is_readable;
        fits.then(|| Self { buffer, offset, count, _owner: Arc::new(owner) })
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.count as usize
    }

    /// What a shader binds, and the index of the first value in it: bindings begin where the device
    /// allows it, values anywhere.
    pub(super) fn binding(&self, device: &Device) -> (BufferBinding<'_>, u32) {
        let step = u64::from(device.limits().min_storage_buffer_offset_alignment);
        let before = self.offset % step;
        let size = (before + self.count * VALUE).try_into().ok();
        let binding = BufferBinding { buffer: &self.buffer, offset: self.offset - before, size };
        (binding, (before / VALUE) as u32)
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lent({} values)", self.count)
    }
}
