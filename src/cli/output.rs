//! Standard output and standard error of a command.

use std::io::{self, BufWriter, IsTerminal, Write};

use super::CliError;
use crate::text::{Marks, visible_lines};

/// Where a command writes.
#[derive(Debug)]
pub struct Output {
    results: BufWriter<io::Stdout>,
    /// Standard output goes to a person's screen.
    pub to_terminal: bool,
    /// How wide that is.
    pub columns: Option<usize>,
}

impl Output {
    /// Opens the process's own.
    #[must_use]
    pub fn standard() -> Self {
        let stdout = io::stdout();
        let to_terminal = stdout.is_terminal();
        Self {
            results: BufWriter::with_capacity(64 * 1024, stdout),
            to_terminal,
            columns: size()
                .map(|(columns, _)| usize::from(columns))
                .filter(|columns| *columns > 0),
        }
    }

    /// Writes a line of results; the caller has made log text visible or escaped it.
    ///
    /// # Errors
    /// Standard output is closed or cannot be written.
    pub fn line(&mut self, line: &str) -> Result<(), CliError> {
        let written = self.results.write_all(line.as_bytes());
        written
            .and_then(|()| self.results.write_all(b"\n"))
            .map_err(|error| closed(&error))
    }

    /// Writes results as they are.
    ///
    /// # Errors
    /// Standard output is closed or cannot be written.
    pub fn raw(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.results
            .write_all(bytes)
            .map_err(|error| closed(&error))
    }

    /// Writes what is buffered.
    ///
    /// # Errors
    /// Standard output is closed or cannot be written.
    pub fn finish(&mut self) -> Result<(), CliError> {
        self.results.flush().map_err(|error| closed(&error))
    }

    /// Tells the person something on standard error.
    #[allow(
        clippy::unused_self,
        reason = "messages belong to the command's output"
    )]
    pub fn note(&self, message: &str) {
        // Nobody can be told that standard error is gone.
        drop(writeln!(
            io::stderr(),
            "{}",
            visible_lines(message, Marks::Unicode)
        ));
    }

    /// Tells the person what failed on standard error.
    pub fn error(&self, message: &str) {
        self.note(&format!("watchglass: {message}"));
    }
}

/// Columns and rows; `None` when standard output is no terminal.
pub fn size() -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok()?;
    Some((size.ws_col, size.ws_row))
}

fn closed(error: &io::Error) -> CliError {
    if error.kind() == io::ErrorKind::BrokenPipe {
        CliError::Closed
    } else {
        CliError::failed("standard output", error)
    }
}
