//! What is wrong with a search, before its spans are moved from the expanded text to the source.

use crate::lang::{CompileError, Diagnostic, Span};

/// What a step of the compiler gives.
pub type Parsed<T> = Result<T, CompileError>;

/// The text itself is wrong.
pub fn wrong(message: impl Into<String>, span: &Span, label: impl Into<String>) -> CompileError {
    vec![Diagnostic::error("E302", message, span.clone(), label)].into()
}

/// The text is right, and watchglass does not run it; `construct` says what.
pub fn not_runnable(construct: impl Into<String>, span: &Span) -> CompileError {
    let construct = construct.into();
    CompileError {
        diagnostics: vec![Diagnostic::error(
            "E390",
            format!("watchglass does not run this yet: {construct}"),
            span.clone(),
            "not runnable",
        )],
        construct: Some(construct),
    }
}
