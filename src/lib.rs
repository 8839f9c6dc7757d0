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
pub mod math;
pub mod nn;
pub mod picture;
pub mod solver;
pub mod store;
pub mod train;
