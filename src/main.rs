//! Reads arguments, runs one command, turns its outcome into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    watchglass::cli::main()
}
