//! All integration tests in one program: one link, one place to look.

mod accessible;
mod bad_input;
mod bank;
mod bench;
mod command_line;
mod damaged;
mod device;
mod distillation;
mod gpu;
mod half;
mod keyboard;
mod layers;
mod lent;
mod lessons;
mod looks;
mod network;
mod offscreen;
mod open_window;
mod pictures;
mod recipe_keys;
mod recipes;
mod reference;
mod replay;
mod replay_training;
mod same_figures;
mod sampling;
mod score;
mod shipped;
mod solvers;
mod support;
mod times;
mod trainings;
mod window;

/// As the program allocates.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
