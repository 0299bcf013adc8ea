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
use crate::text::counted;

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
        return to_be_made(&directory);
    }
    if !directory.is_dir() {
        let said = format!("{shown} is a file, and alerts are kept in a directory");
        return vec![Check::problem(WHAT, said, "choose another with --state")];
    }
    // Of the database too: another user may have made it.
    let file = directory.join(crate::alert::store::FILE);
    let unwritable = [directory.as_path(), &file]
        .into_iter()
        .filter(|path| path.exists())
        .find_map(|path| Some((path, why_not_written(path)?)));
    if let Some((path, (why, advice))) = unwritable {
        let said = format!("{} {why}", path.display());
        return vec![Check::problem(WHAT, said, advice)];
    }
    let mut checks = vec![place(&directory), room(&directory)];
    checks.push(database(&directory));
    checks.push(detector(&directory, watched));
    checks
}

/// Returns why a path cannot be written, and what to do; `None` when it can.
fn why_not_written(path: &Path) -> Option<(&'static str, &'static str)> {
    let error = rustix::fs::access(path, rustix::fs::Access::WRITE_OK).err()?;
    Some(if error == rustix::io::Errno::ROFS {
        (
            "is on a file system that is mounted read-only",
            "mount it writable, or choose another with --state",
        )
    } else {
        (
            "may not be written by this user",
            "check its owner and mode, or choose another with --state; alerts list and alerts show only read",
        )
    })
}

fn to_be_made(directory: &Path) -> Vec<Check> {
    const WHAT: &str = "state";
    let shown = directory.display();
    // A relative path begins here.
    let above = directory.ancestors().find(|above| above.exists());
    let above = above.unwrap_or_else(|| Path::new("."));
    if !above.is_dir() {
        let said = format!(
            "{shown} cannot be made: {} is a file, and alerts are kept in a directory",
            above.display()
        );
        return vec![Check::problem(WHAT, said, "choose another with --state")];
    }
    if let Some((why, advice)) = why_not_written(above) {
        let said = format!("{shown} cannot be made: {} {why}", above.display());
        return vec![Check::problem(WHAT, said, advice)];
    }
    let made = match file_system(above) {
        Some(name) => on_another_machine(&format!("{shown}, to be made on {name}")),
        None => Check::ok(WHAT, format!("{shown} will be made at the first start")),
    };
    vec![made, room(above)]
}

/// Says that a file system keeps locks and shared memory badly between machines.
fn on_another_machine(said: &str) -> Check {
    let advice =
        "SQLite's locks are not safe across machines there; choose a local directory with --state";
    Check::warning("state", said, advice)
}

fn place(directory: &Path) -> Check {
    const WHAT: &str = "state";
    let shown = directory.display().to_string();
    if let Some(name) = file_system(directory) {
        return on_another_machine(&format!("{shown}, on {name}"));
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
            format!(
                "opens; positions of {}, {}",
                counted(sources, "source"),
                counted(unreadable as usize, "unreadable record")
            ),
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
        let file = root.path().join("file");
        std::fs::write(&file, "").unwrap();
        for wrong in [file.clone(), file.join("below"), "/proc/watchglass".into()] {
            let found = checks(&options(&wrong), None);
            assert!(
                found.iter().any(|check| check.level == Level::Problem),
                "{found:?}"
            );
        }
        std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(state.join(crate::alert::store::FILE), "not a database").unwrap();
        let ill = checks(&options(&state), None);
        assert_eq!(level(&ill, "state"), Level::Warning, "{ill:?}");
        assert_eq!(level(&ill, "database"), Level::Problem, "{ill:?}");
    }
}
