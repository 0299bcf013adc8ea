//! Sigma 2.1.
//!
//! Takes a rule's `logsource` and `detection` as trees and the text they stand in; gives a [`Query`] over the verbatim
//! Windows names or what is wrong, with spans in that text. The log source becomes a condition on channel and event id
//! ([`logsource`]), each search a condition of its own ([`detection`], [`modifier`], [`lower`]), and the rule's
//! [`condition`] joins them.
//!
//! What Sigma leaves to its tools is settled in `docs/sigma.md`: letter case counts only for regular expressions and
//! `cased`; `null` is a field that is missing or empty; `not` is two-valued, so it holds where a field is missing.

pub mod condition;
pub mod correlation;
mod detection;
mod function;
mod glob;
mod item;
mod logsource;
mod lower;
mod modifier;
mod place;
mod placeholder;
mod searches;

use serde_json::Value;

use super::{CompileError, Query};
use crate::schema::logsource::Logsource;

pub use place::Text;
pub use placeholder::Placeholders;
pub use searches::Searches;

/// A rule to compile.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub logsource: &'a Logsource,
    /// The `detection` section, or the `filter` section of a filter.
    pub detection: &'a Value,
    /// Where the section stands.
    pub text: Text<'a>,
    pub placeholders: &'a Placeholders,
}

/// Compiles a rule.
///
/// # Errors
/// Everything that is wrong with it, or the construct that is not run.
pub fn compile(source: &Source<'_>) -> Result<Query, CompileError> {
    let searches = Searches::read(source)?;
    let mut query = logsource::query(source.logsource);
    query.warnings = searches.warnings;
    query.select = crate::lang::ir::Pred::all([query.select, searches.pred]);
    Ok(query)
}

#[cfg(test)]
mod tests;
