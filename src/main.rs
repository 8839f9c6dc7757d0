//! The `skipstone` program: see `skipstone --help`.

#[cfg(not(target_family = "wasm"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(not(target_family = "wasm"))]
fn main() -> std::process::ExitCode {
    skipstone::cli::main()
}

#[cfg(target_family = "wasm")]
fn main() {
    skipstone::web::main();
}
