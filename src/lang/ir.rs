//! The predicate IR that every language lowers to.

/// A compiled query.
#[derive(Debug, Clone, Default)]
pub struct Query {}
