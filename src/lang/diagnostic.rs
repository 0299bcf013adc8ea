//! What is wrong with a text a person wrote: code, message, spans, help.
//!
//! Used for rules, filters and configuration alike; rendered with a caret by [`Diagnostic::render`].

use std::ops::Range;
use std::path::PathBuf;

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
