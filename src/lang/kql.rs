//! The KQL front.

use super::{CompileError, Query};

/// Compiles a query.
pub fn compile(text: &str) -> Result<Query, CompileError> {
    let _ = text;
    Ok(Query::default())
}
