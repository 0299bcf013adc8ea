//! One file a command.
//!
//! Takes the arguments; gives an exit code: 0 done (alerts or none), 1 something could not be read or written,
//! 2 unusable arguments. Results go to standard output, messages to standard error only.

pub mod arguments;
mod bench;
pub mod demo;

mod alerts;
mod completions;
mod doctor;
mod events;
mod keep;
mod keys;
mod output;
mod progress;
mod rules;
mod run;
mod scan;
mod settings;
mod table;
mod watch;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use signal_hook::consts::SIGXFSZ;
use thiserror::Error;

use arguments::{Arguments, Command};
use output::Output;

/// Why a command ended early.
#[derive(Debug, Error)]
pub enum CliError {
    /// The arguments cannot be used: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// Something could not be read, written or started: exit code 1.
    #[error("{0}")]
    Failed(String),
    /// Nobody reads standard output any more (`| head`): not a failure.
    #[error("standard output was closed")]
    Closed,
}

impl CliError {
    /// Wraps an error with what was being done.
    pub fn failed(what: &str, error: impl std::fmt::Display) -> Self {
        Self::Failed(format!("{what}: {error}"))
    }
}

/// Says why a path of the arguments cannot be used, in words that name the next thing to do where there is one.
fn unusable(path: &std::path::Path, error: &std::io::Error) -> CliError {
    use std::io::ErrorKind as Kind;
    let said = match error.kind() {
        Kind::NotFound => "there is no such file or directory",
        Kind::PermissionDenied => "this user may not read it; check its owner and mode",
        Kind::NotADirectory | Kind::AlreadyExists => "a file is where a directory is wanted",
        _ => return CliError::Usage(format!("{}: {error}", path.display())),
    };
    CliError::Usage(format!("{}: {said}", path.display()))
}

/// How a command ended that was not cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    Well,
    /// Results are out, but something could not be read: exit code 1.
    WithErrors,
}

/// A panic that costs a damaged chunk of a log is counted there; its message would only frighten.
fn quieten_contained_panics() {
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !crate::decode::is_contained() {
            previous(info);
        }
    }));
}

/// Parses the process's arguments, runs the command and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    quieten_contained_panics();
    survive_limits();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // clap writes help to standard output and mistakes to standard error.
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    let mut output = Output::standard();
    let result = run(&arguments, &mut output).and_then(|done| output.finish().map(|()| done));
    match result {
        Ok(Done::Well) | Err(CliError::Closed) => ExitCode::SUCCESS,
        Ok(Done::WithErrors) => ExitCode::from(1),
        Err(error @ CliError::Usage(_)) => {
            output.error(&error.to_string());
            ExitCode::from(2)
        }
        Err(error @ CliError::Failed(_)) => {
            output.error(&error.to_string());
            ExitCode::from(1)
        }
    }
}

/// Makes a write past the limit of a file's size an error that can be told, where the signal would end the process.
fn survive_limits() {
    // Where it cannot be caught, it ends the process as before.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
}

fn run(arguments: &Arguments, output: &mut Output) -> Result<Done, CliError> {
    let global = &arguments.global;
    if global.config.is_some() {
        // Also a command that has no use for the settings says when the ones it was given have a mistake.
        settings::load(global)?;
    }
    match &arguments.command {
        Command::Watch(watch) => watch::run(watch, global, output),
        Command::Run(command) => run::run(command, global, output),
        Command::Scan(scan) => scan::run(scan, global, output),
        Command::Bench(bench) => bench::run(bench, global, output),
        Command::Events(events) => events::run(events, output),
        Command::Demo(demo) => demo::run(demo, global),
        Command::Rules(rules) => rules::run(rules, global, output),
        Command::Doctor(doctor) => doctor::run(doctor, global, output),
        Command::Keys(keys) => keys::run(keys, global, output),
        Command::Alerts(alerts) => alerts::run(alerts, global, output),
        Command::Config(config) => settings::config(config, global, output),
        Command::Themes => settings::themes(output),
        Command::Completions(completions) => completions::run(completions, output),
    }
}
