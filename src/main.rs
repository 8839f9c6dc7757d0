//! The `skipstone` program: see `skipstone --help`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    skipstone::cli::main()
}
