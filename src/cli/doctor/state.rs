//! The state directory: where it is, who writes it, how much room it has.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Instant, SystemTime};

use super::Check;
use super::watching::file_system;
use crate::alert::Store;
use crate::alert::lock::{DetectorLock, Holder, Pulse};
use crate::cli::arguments::StateOptions;
use crate::cli::watch::state_directory;

/// Less room than this is a problem, and less than ten times as much worth a warning: a day's alerts of a busy site.
const ROOM: u64 = 100 << 20;

/// Checks the state directory, for a process that would watch `watched`.
pub fn checks(options: &StateOptions, watched: Option<&Path>) -> Vec<Check> {
    const WHAT: &str = "state";
    let directory = match state_directory(options) {
        Ok(directory) => directory,
        Err(error) => return vec![Check::problem(WHAT, error.to_string(), "say --state DIR")],
    };
    let shown = directory.display();
    if !directory.exists() {
        return vec![to_be_made(&directory)];
    }
    if rustix::fs::access(&directory, rustix::fs::Access::WRITE_OK).is_err() {
        let advice = "check its owner and mode, or choose another with --state";
        return vec![Check::problem(
            WHAT,
            format!("{shown} may not be written"),
            advice,
        )];
    }
    let mut checks = vec![place(&directory), room(&directory)];
    checks.push(database(&directory));
    checks.push(detector(&directory, watched));
    checks
}

fn to_be_made(directory: &Path) -> Check {
    const WHAT: &str = "state";
    let shown = directory.display();
    let above = directory.ancestors().find(|above| above.exists());
    let writable =
        above.is_some_and(|above| rustix::fs::access(above, rustix::fs::Access::WRITE_OK).is_ok());
    if writable {
        Check::ok(WHAT, format!("{shown} will be made at the first start"))
    } else {
        Check::problem(
            WHAT,
            format!("{shown} is not there and cannot be made"),
            "choose another with --state",
        )
    }
}

fn place(directory: &Path) -> Check {
    const WHAT: &str = "state";
    let shown = directory.display().to_string();
    if let Some(name) = file_system(directory) {
        let advice = "SQLite's locks are not safe across machines there; choose a local directory with --state";
        return Check::warning(WHAT, format!("{shown}, on {name}"), advice);
    }
    let mode = std::fs::metadata(directory).map_or(0, |found| found.permissions().mode());
    if mode & 0o007 != 0 {
        let advice = "alerts hold what your logs hold; chmod o= keeps other users out";
        return Check::warning(WHAT, format!("{shown}, open to every user"), advice);
    }
    Check::ok(WHAT, shown)
}

fn room(directory: &Path) -> Check {
    const WHAT: &str = "disk";
    let Ok(found) = rustix::fs::statvfs(directory) else {
        return Check::warning(WHAT, "its room cannot be asked", "check it with df");
    };
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let said = format!("{} MB free", free >> 20);
    let advice =
        "free some space: alerts are not kept on a full disk, reading waits until they can be";
    if free < ROOM {
        Check::problem(WHAT, said, advice)
    } else if free < ROOM * 10 {
        Check::warning(WHAT, said, advice)
    } else {
        Check::ok(WHAT, said)
    }
}

fn database(directory: &Path) -> Check {
    const WHAT: &str = "database";
    if !directory.join(crate::alert::store::FILE).exists() {
        return Check::ok(WHAT, "none yet; it is made at the first start");
    }
    let asked = Store::open_read_only(directory).and_then(|store| {
        let sources = store.positions()?.len();
        let (_, unreadable) = store.unreadable(0)?;
        Ok((sources, unreadable))
    });
    match asked {
        Ok((sources, unreadable)) => Check::ok(
            WHAT,
            format!("opens; positions of {sources} sources, {unreadable} unreadable records"),
        ),
        Err(error) => Check::problem(WHAT, error.to_string(), ""),
    }
}

/// Says how the process that detects is, and whether it is what `watched` needs.
fn detecting(what: &'static str, holder: &Holder, watched: Option<&Path>) -> Check {
    let wall = SystemTime::now();
    let silent = Pulse::default().silent_since(holder, (Instant::now(), wall));
    if let Some(since) = silent {
        let seconds = wall.duration_since(since).unwrap_or_default().as_secs();
        return Check::problem(
            what,
            format!("{holder}; has given no sign for {seconds} s"),
            format!(
                "it was stopped, or its disk does not answer: continue it (fg, or kill -CONT {}), or end it",
                holder.pid
            ),
        );
    }
    if let Some(theirs) = watched.and_then(|watched| holder.watches_other_than(watched)) {
        return Check::warning(
            what,
            format!("{holder}; watches {theirs}"),
            "what is named here would be watched by nobody: give it a state directory of its own with --state",
        );
    }
    let theirs = match &*holder.watches {
        "" => String::new(),
        theirs => format!("; watches {theirs}"),
    };
    Check::ok(
        what,
        format!("{holder}{theirs}; others view and take over when it ends"),
    )
}

fn detector(directory: &Path, watched: Option<&Path>) -> Check {
    const WHAT: &str = "detector";
    match DetectorLock::holder(directory) {
        Ok(Some(holder)) => detecting(WHAT, &holder, watched),
        Ok(None) => Check::ok(WHAT, "nobody detects here now"),
        Err(error) => Check::problem(WHAT, error.to_string(), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    fn options(path: &Path) -> StateOptions {
        StateOptions {
            state: Some(path.to_owned()),
        }
    }

    #[test]
    fn a_directory_that_is_open_to_all_is_named_and_a_damaged_database_is_a_problem() {
        let root = tempfile::tempdir().unwrap();
        let state = root.path().join("state");
        let first = checks(&options(&state), None);
        assert_eq!(first[0].level, Level::Ok, "{first:?}");
        drop(Store::open(&state).unwrap());
        let level = |checks: &[Check], what: &str| {
            let found = checks.iter().find(|check| check.what == what);
            found.unwrap().level
        };
        let well = checks(&options(&state), None);
        assert_eq!(level(&well, "state"), Level::Ok, "{well:?}");
        assert_eq!(level(&well, "database"), Level::Ok, "{well:?}");
        std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(state.join(crate::alert::store::FILE), "not a database").unwrap();
        let ill = checks(&options(&state), None);
        assert_eq!(level(&ill, "state"), Level::Warning, "{ill:?}");
        assert_eq!(level(&ill, "database"), Level::Problem, "{ill:?}");
    }
}
