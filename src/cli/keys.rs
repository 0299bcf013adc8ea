//! `watchglass keys`: every action with its keys, the user's own included.

use super::arguments::{Global, Keys, KeysFormat};
use super::output::Output;
use super::{CliError, Done, settings};
use crate::ui::action::{Context, TABLE, markdown};
use crate::ui::driver::keymap;

/// Runs `watchglass keys`.
pub fn run(command: &Keys, global: &Global, output: &mut Output) -> Result<Done, CliError> {
    if command.format == KeysFormat::Markdown {
        output.raw(markdown().as_bytes())?;
        return Ok(Done::Well);
    }
    let settings = settings::load(global)?;
    let keymap = keymap(&settings).map_err(|error| CliError::Usage(error.to_string()))?;
    let widest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
    let keys = |entry| keymap.keys(entry).join("  ");
    let key_columns = widest(&mut TABLE.iter().map(|entry| keys(entry.action).chars().count()));
    let name_columns = widest(&mut TABLE.iter().map(|entry| entry.name.len()));
    for (number, context) in Context::ALL.into_iter().enumerate() {
        if number > 0 {
            output.line("")?;
        }
        output.line(context.title())?;
        for entry in TABLE.iter().filter(|entry| entry.context == context) {
            let keys = keys(entry.action);
            output.line(&format!(
                "  {keys:key_columns$}  {:name_columns$}  {}",
                entry.name, entry.doc
            ))?;
        }
    }
    Ok(Done::Well)
}
