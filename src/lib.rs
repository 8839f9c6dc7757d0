//! Skipstone: a sampler and distillation lab for few-step diffusion models.
//!
//! The program is this library and a command line. README.md says what it does, ARCHITECTURE.md what lies where.
//!
//! # Samples in another program
//!
//! Sixteen digits by a shipped student in one step, on the CPU:
//!
//! ```no_run
//! use skipstone::{
//!     engine::{
//!         Cancel, LabError, Opened,
//!         sampling::{self, Request, Sampler},
//!         shipped::ModelSet,
//!     },
//!     math::seed::Seed,
//! };
//!
//! async fn digits() -> Result<Vec<f32>, LabError> {
//!     let device = Opened::cpu().device;
//!     let set = ModelSet::shipped("digits", &device).await?;
//!     let strong = set.students.iter().find(|student| student.file_name() == "strong");
//!     let student = strong.expect("digits ship with a strong student");
//!     let times = student.recipe.grid()?.student_times(1)?;
//!     let request = Request::new(Seed(7), 16, student.classes(), None);
//!     let (sampler, cancel) = (Sampler::Student(&times), Cancel::default());
//!     let drawn =
//!         sampling::draw(student, sampler, &request, &device, &cancel, &mut |_| ()).await?;
//!     Ok(drawn.values) // 16 rows of 32x32 pixels, about [-1, 1]
//! }
//!
//! fn main() -> Result<(), LabError> {
//!     println!("{} values", pollster::block_on(digits())?.len());
//!     Ok(())
//! }
//! ```
//!
//! What takes long is a future, for any executor; here the crate `pollster`, a dependency of its own, waits for its end.
//! A GPU is opened by [`engine::device::open`], and [`engine::selftest::run`] tells whether it computes right. What `train`
//! left in a folder is loaded by [`engine::shipped::ModelSet::of_run`].
//!
//! # As a dependency
//!
//! The crate is in no registry: name its repository (`skipstone = { git = "..." }`), or a copy of it by its `path`. The
//! window comes with it, and is compiled too. Cargo ignores the profiles of a dependency, and with debug assertions gemm
//! takes 4 to 8 times as long for a product of matrices: build with `--release`, or copy the tables
//! `[profile.dev.package...]` of this crate's Cargo.toml.
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
