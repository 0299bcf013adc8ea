//! The detector's lock: of all processes on a state directory, one detects.
//!
//! Takes the directory; gives a lock that the kernel releases when the process ends, however it ends.

use std::path::Path;

use super::StoreError;

/// Held while this process detects.
#[derive(Debug)]
pub struct DetectorLock {
    _file: std::fs::File,
}

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Holder {
    pub pid: u32,
    pub host: String,
    pub user: String,
    /// Seconds since the epoch.
    pub since: i64,
}

impl DetectorLock {
    /// Takes the lock in the state directory `dir`; `None` when another process has it.
    pub fn try_acquire(dir: &Path) -> Result<Option<Self>, StoreError> {
        let _ = dir;
        Ok(None)
    }

    /// Returns who holds it, `None` when nobody does.
    pub fn holder(dir: &Path) -> Result<Option<Holder>, StoreError> {
        let _ = dir;
        Ok(None)
    }
}
