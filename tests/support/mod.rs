//! What several integration tests share.

#![allow(dead_code, reason = "no test uses all of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Returns the folder of the public corpora, or `None` when the calling test is to skip.
#[allow(dead_code, reason = "not every test reads the corpora")]
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
    eprintln!("skipped: no corpora at {}", folder.display());
    None
}

/// A command of the program under test, in an environment of its own.
pub fn watchglass(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchglass"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("TZ", "UTC")
        .env("LANG", "C.UTF-8");
    command
}

/// Runs the program and returns what it printed, line by line parsed as JSON.
pub fn json_lines(output: &Output) -> Vec<serde_json::Value> {
    let text = std::str::from_utf8(&output.stdout).expect("standard output is UTF-8");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect()
}
