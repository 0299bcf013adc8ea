//! Reads arguments, runs one command, turns its outcome into an exit code.

use std::process::ExitCode;

/// Events are made of many small values, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    watchglass::cli::main()
}
