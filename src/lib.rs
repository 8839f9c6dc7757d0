//! Skipstone: a sampler and distillation lab for few-step diffusion models.
#![warn(missing_docs, unreachable_pub)]

#[cfg(not(target_family = "wasm"))]
pub mod cli;
pub mod consistency;
pub mod data;
pub mod diffusion;
pub mod distill;
pub mod engine;
pub mod eval;
pub mod gui;
pub mod math;
pub mod nn;
pub mod picture;
pub mod platform;
pub mod solver;
pub mod store;
pub mod train;
#[cfg(target_family = "wasm")]
pub mod web;

/// Tests allocate as the program does.
#[cfg(all(test, not(target_family = "wasm")))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Vectors narrower than the widest of this machine, for tests of what other machines run.
#[cfg(all(test, target_arch = "x86_64"))]
pub(crate) fn narrow_vectors() -> Option<impl pulp::Simd> {
    pulp::x86::V3::try_new()
}

/// Vectors narrower than the widest of this machine, for tests of what other machines run.
#[cfg(all(test, not(target_arch = "x86_64")))]
pub(crate) fn narrow_vectors() -> Option<impl pulp::Simd> {
    Some(pulp::Scalar)
}
