//! Splunk's search language: macros are expanded as text, then the pipeline is parsed and lowered.

pub mod macros;

use super::{CompileError, Diagnostic, Query};

pub use macros::{Macro, Macros};

/// Compiles a search with the macros it may call.
///
/// # Errors
/// Always, in this version: searches are read with their macros but not run yet, and say so.
pub fn compile(text: &str, _macros: &Macros) -> Result<Query, CompileError> {
    let finding = Diagnostic::error(
        "E301",
        "SPL searches do not run yet",
        0..text.len(),
        "this search",
    );
    Err(CompileError {
        diagnostics: vec![finding],
        construct: Some("SPL search".to_owned()),
    })
}
