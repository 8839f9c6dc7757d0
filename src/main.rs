//! The `skipstone` program: see `skipstone --help`.

fn main() -> std::process::ExitCode {
    skipstone::cli::main()
}
