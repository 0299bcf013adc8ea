//! What is wrong with a search, before its spans are moved from the expanded text to the source.

use crate::lang::{CompileError, Diagnostic, Span};
use crate::schema::Dataset;
use crate::text::similar;

/// What a step of the compiler gives.
pub type Parsed<T> = Result<T, CompileError>;

/// The text itself is wrong.
pub fn wrong(message: impl Into<String>, span: &Span, label: impl Into<String>) -> CompileError {
    vec![Diagnostic::error("E302", message, span.clone(), label)].into()
}

/// Nothing is called `name`, which should be one of `known`; `kind` says what it should be.
pub fn unknown<'k>(
    kind: &str,
    name: &str,
    span: &Span,
    known: impl IntoIterator<Item = &'k str>,
) -> CompileError {
    let mut error = wrong(format!("no {kind} is called `{name}`"), span, "here");
    help_with(&mut error, name, known);
    error
}

/// `command` has no option of this name; `known` are those it has.
pub fn no_option<'k>(
    command: &str,
    name: &str,
    span: &Span,
    known: impl IntoIterator<Item = &'k str>,
) -> CompileError {
    let mut error = wrong(format!("`{command}` has no option `{name}`"), span, "here");
    help_with(&mut error, name, known);
    error
}

/// Why no event can be found in the data model `name`, which is none that Windows logs fill.
pub fn unfilled(name: &str) -> String {
    format!("no source that watchglass reads fills the data model `{name}`")
}

/// Says so where the name is probably a slip of the hand: rules ask for data models of many products.
pub fn misspelt_dataset(name: &str, span: &Span) -> Option<Diagnostic> {
    let known = Dataset::ALL.map(|dataset| format!("{}.{}", dataset.model(), dataset.prefix()));
    let near = similar::nearest(name, known.iter().map(String::as_str))?;
    similar::within(name, near, 2).then(|| {
        let finding = Diagnostic::warning("E318", unfilled(name), span.clone(), "no events");
        finding.help(format!("did you mean `{near}`?"))
    })
}

fn help_with<'k>(error: &mut CompileError, name: &str, known: impl IntoIterator<Item = &'k str>) {
    let near = similar::nearest(name, known);
    if let (Some(near), Some(finding)) = (near, error.diagnostics.first_mut()) {
        finding.help = Some(format!("did you mean `{near}`?"));
    }
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
