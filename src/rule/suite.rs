//! What a rule's author expects of it: the tests beside a rule.
//!
//! Takes a sidecar, `NAME.test.toml` beside the rule file `NAME.toml` or `NAME.yml`, or the `info.yml` of Sigma's
//! regression data; gives a [`Suite`] of cases: samples, and what the rule must find in them. Nothing is run here.

mod regression;
mod sidecar;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Finding, bytes, files};
use crate::event::Event;
use crate::lang::Span;

/// How the name of a sidecar ends.
pub const ENDING: &str = ".test.toml";

/// The file of Sigma's regression data that says what its samples must give.
pub const REGRESSION: &str = "info.yml";

/// Longest sidecar that is read.
const MAX_BYTES: u64 = 1 << 20;

/// Directories are entered this deep at most, so that a loop of links ends.
const MAX_DEPTH: usize = 32;

/// The cases of one sidecar.
#[derive(Debug)]
pub struct Suite {
    pub path: PathBuf,
    pub text: Arc<str>,
    /// Rule files or directories that it names, with their places; none: the rule file beside it, or any loaded one.
    pub rules: Vec<(PathBuf, Span)>,
    pub cases: Vec<Case>,
    /// What is wrong with cases that were left out.
    pub findings: Vec<Finding>,
}

/// One case: a rule, samples, and what the rule must find in them.
#[derive(Debug)]
pub struct Case {
    /// What it shows, in the author's words; may be empty.
    pub name: String,
    /// Id or name of the rule; `None` where its file has only one.
    pub rule: Option<(String, Span)>,
    pub samples: Vec<(PathBuf, Span)>,
    pub expect: Expect,
    pub span: Span,
}

/// What must come of a case. When nothing is said, at least one hit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expect {
    /// Events that the rule's alerts are made of.
    pub hits: Option<u64>,
    /// Alerts, as `watchglass scan` prints them.
    pub alerts: Option<u64>,
    /// Events that must be hits; without a number of hits, the only ones.
    pub events: Vec<EventName>,
}

/// Tells an event by what it carries; a member that is not named is not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventName {
    pub computer: Option<String>,
    pub channel: Option<String>,
    pub event_id: Option<u32>,
    pub record_id: Option<u64>,
}

impl EventName {
    /// Returns how many of the named members `event` has, and how many are named.
    #[must_use]
    pub fn agreement(&self, event: &Event) -> (usize, usize) {
        let same = |wanted: &Option<String>, is: &str| {
            wanted
                .as_ref()
                .map(|wanted| wanted.eq_ignore_ascii_case(is))
        };
        let answers = [
            same(&self.computer, &event.computer),
            same(&self.channel, &event.channel),
            self.event_id.map(|wanted| wanted == event.code),
            self.record_id.map(|wanted| Some(wanted) == event.record_id),
        ];
        let named = answers.iter().flatten();
        (named.clone().filter(|same| **same).count(), named.count())
    }

    /// Returns whether it names `event`.
    #[must_use]
    pub fn fits(&self, event: &Event) -> bool {
        let (agree, named) = self.agreement(event);
        agree == named
    }
}

impl std::fmt::Display for EventName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [
            self.computer.clone(),
            self.channel.clone(),
            self.event_id.map(|id| format!("event {id}")),
            self.record_id.map(|id| format!("record {id}")),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }
}

impl Suite {
    /// Reads the sidecar at `path`.
    ///
    /// # Errors
    /// It cannot be read, or has a mistake that is not one case's alone: each with its place.
    pub fn load(path: &Path) -> Result<Self, Vec<Finding>> {
        let text = read(path).map_err(|reason| {
            let none = Arc::from("");
            vec![Finding::error(
                "R301",
                format!("cannot be read: {reason}"),
                0..0,
                "",
                path,
                &none,
            )]
        })?;
        if is_regression(path) {
            regression::parse(path, &text)
        } else {
            sidecar::parse(path, &text)
        }
    }

    /// Returns the rule files that lie beside it under its name.
    #[must_use]
    pub fn beside(&self) -> Vec<PathBuf> {
        let name = self.path.file_name().and_then(|name| name.to_str());
        let Some(stem) = name.and_then(|name| name.strip_suffix(ENDING)) else {
            return Vec::new();
        };
        let files = files::ENDINGS.iter();
        files
            .map(|ending| self.path.with_file_name(format!("{stem}.{ending}")))
            .filter(|path| path.is_file())
            .collect()
    }
}

/// Returns whether `path` is called as sidecars are.
#[must_use]
pub fn is_sidecar(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.ends_with(ENDING)) || is_regression(path)
}

fn is_regression(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == REGRESSION)
}

/// Returns the sidecar of a rule file, which need not be there.
#[must_use]
pub fn of_rule_file(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}{ENDING}"))
}

/// Lists the sidecars under `folder`, sorted, and the directories that could not be read.
#[must_use]
pub fn under(folder: &Path) -> (Vec<PathBuf>, Vec<(PathBuf, std::io::Error)>) {
    let (mut found, mut failed) = (Vec::new(), Vec::new());
    walk(folder, 0, &mut found, &mut failed);
    found.sort();
    (found, failed)
}

fn walk(
    folder: &Path,
    depth: usize,
    found: &mut Vec<PathBuf>,
    failed: &mut Vec<(PathBuf, std::io::Error)>,
) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return failed.push((folder.to_owned(), error)),
    };
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() && depth < MAX_DEPTH {
            walk(&path, depth + 1, found, failed);
        } else if is_sidecar(&path) && path.is_file() {
            found.push(path);
        }
    }
}

fn read(path: &Path) -> Result<Arc<str>, String> {
    let read = bytes::read(path, MAX_BYTES).map_err(|error| error.to_string())?;
    Ok(Arc::from(bytes::decode(read)?))
}

#[cfg(test)]
mod tests;
