//! What an operating system and a browser do differently, behind the same names.

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod web;

#[cfg(not(target_family = "wasm"))]
pub use native::{
    Sendable, finish, memory_bytes, read_dropped, read_picked, spawn, write_picked, yield_now,
};
#[cfg(target_family = "wasm")]
pub use web::{
    Sendable, finish, memory_bytes, read_dropped, read_picked, spawn, write_picked, yield_now,
};
