//! Where the public corpora lie, for unit tests that read them in place.

use std::path::{Path, PathBuf};

/// Returns the corpora's folder: `$WATCHGLASS_DATA`, else `../shared/data` beside the checkout.
///
/// `None` means that the calling test skips; with `WATCHGLASS_REQUIRE_DATA=1` an absent folder panics instead.
pub fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("WATCHGLASS_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    if folder.is_dir() {
        return Some(folder);
    }
    let required = std::env::var_os("WATCHGLASS_REQUIRE_DATA").is_some_and(|flag| flag == "1");
    assert!(
        !required,
        "the corpora are required but {} is not a folder",
        folder.display()
    );
    #[allow(clippy::print_stderr, reason = "a test says that it skips")]
    {
        eprintln!("skipped: no corpora at {}", folder.display());
    }
    None
}
