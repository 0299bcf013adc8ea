//! What is wrong with a text a person wrote: code, message, spans, help.
//!
//! Used for rules, filters and configuration alike; rendered with a caret by [`Diagnostic::render`].

mod render;
mod toml;

use std::ops::Range;
use std::path::{Path, PathBuf};

/// A byte range in a text.
pub type Span = Range<usize>;

/// One finding in one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// `E101`: stable, documented in `docs/diagnostics.md`.
    pub code: &'static str,
    pub level: Level,
    /// One sentence: what is wrong.
    pub message: String,
    /// The file it stands in, when there is one.
    pub path: Option<PathBuf>,
    /// Where in the text, with what to say there; the first is the cause.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Error,
    Warning,
}

/// A place in the text and what to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

impl Diagnostic {
    /// Returns an error with one label.
    #[must_use]
    pub fn error(
        code: &'static str,
        message: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Self {
        Self {
            code,
            level: Level::Error,
            message: message.into(),
            path: None,
            labels: vec![Label {
                span,
                text: label.into(),
            }],
            help: None,
        }
    }

    /// Returns a warning with one label.
    #[must_use]
    pub fn warning(
        code: &'static str,
        message: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Warning,
            ..Self::error(code, message, span, label)
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a second place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Names the file it stands in.
    #[must_use]
    pub fn in_file(mut self, path: &Path) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// Moves the labels by `base` bytes: from a query's text to the file that holds it verbatim from there on.
    #[must_use]
    pub fn shifted(mut self, base: usize) -> Self {
        for label in &mut self.labels {
            label.span = label.span.start + base..label.span.end + base;
        }
        self
    }

    /// Returns the finding with its place in `source` drawn under a caret. Neither the source nor the message can
    /// smuggle control characters to a terminal.
    #[must_use]
    pub fn render(&self, source: &str, color: bool) -> String {
        render::render(self, source, color)
    }

    /// Returns `line:column`, both from 1, of the cause in `source`.
    #[must_use]
    pub fn position(&self, source: &str) -> Option<(usize, usize)> {
        let at = self.labels.first()?.span.start.min(source.len());
        let before = source.as_bytes().get(..at)?;
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |n| n + 1);
        let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
        Some((line, column))
    }
}

/// Why a text did not become a query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompileError {
    /// At least one error; several when the text has several.
    pub diagnostics: Vec<Diagnostic>,
    /// What the text uses that watchglass does not run (`sequence`, `join`, ...). `None`: the text itself is wrong.
    pub construct: Option<String>,
}

impl CompileError {
    /// Returns the reason in one line: the construct, or the first message.
    #[must_use]
    pub fn reason(&self) -> String {
        match (&self.construct, self.diagnostics.first()) {
            (Some(construct), _) => construct.clone(),
            (None, Some(first)) => first.message.clone(),
            (None, None) => String::new(),
        }
    }
}

impl From<Vec<Diagnostic>> for CompileError {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            diagnostics,
            construct: None,
        }
    }
}

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason())
    }
}

impl std::error::Error for CompileError {}
