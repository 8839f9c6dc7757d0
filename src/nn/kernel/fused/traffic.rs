//! How many bytes our kernels move at least: each tensor that a launch reads or writes is counted once, whatever lies in
//! caches. What is read again, such as a pixel for its neighbours, is not.
//!
//! A launch says no more of itself than its name; so its arguments are counted as they are made.

use std::cell::Cell;

use burn::backend::TensorMetadata as _;
use burn_cubecl::{cubecl::prelude::TensorArg, tensor::CubeTensor};

thread_local! {
    /// Of the arguments that this thread made since its bytes were taken.
    static BYTES: Cell<u64> = const { Cell::new(0) };
}

/// An argument that a kernel reads whole, or writes whole.
pub(crate) fn passed(x: CubeTensor) -> TensorArg {
    let values = x.shape().num_elements();
    moved(x, values)
}

/// One that a kernel reads and writes, both whole.
pub(crate) fn updated(x: CubeTensor) -> TensorArg {
    let values = x.shape().num_elements();
    moved(x, 2 * values)
}

/// One of which a kernel reads or writes so many values.
pub(crate) fn moved(x: CubeTensor, values: usize) -> TensorArg {
    let bytes = (values * x.dtype.size()) as u64;
    BYTES.set(BYTES.get() + bytes);
    x.into_tensor_arg()
}

/// What a launch of this thread moves, asked while it is launched; 0 where the kernel is not ours.
pub(crate) fn take() -> u64 {
    BYTES.take()
}
