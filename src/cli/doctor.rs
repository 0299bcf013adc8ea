//! `watchglass doctor`: what may stand in the way, line by line.

use super::arguments::{Doctor, Global};
use super::output::Output;
use super::{CliError, Done};

/// Runs `watchglass doctor`.
pub fn run(command: &Doctor, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    let _ = (command, global, output);
    Ok(Done::Well)
}
