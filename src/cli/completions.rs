//! `watchglass completions SHELL`.

use clap::CommandFactory;

use super::arguments::{Arguments, Completions};
use super::output::Output;
use super::{CliError, Done};

/// Prints the completion script for a shell.
pub fn run(completions: &Completions, output: &mut Output) -> Result<Done, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(
        completions.shell,
        &mut Arguments::command(),
        "watchglass",
        &mut script,
    );
    output.raw(&script)?;
    Ok(Done::Well)
}
