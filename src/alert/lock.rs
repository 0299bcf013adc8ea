//! The detector's lock: of all processes on a state directory, one detects.
//!
//! Takes the directory; gives a lock that the kernel releases when the process ends, however it ends. The lock is
//! `flock` on an open file, so it holds between processes and between two handles of one process alike. The text in
//! the file says who holds it and is for people only: whether anybody does is asked of the kernel. The file's time
//! says when the holder was last at work ([`DetectorLock::beat`]): one that was stopped keeps the lock.

mod pulse;

use std::fmt;
use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use rustix::fs::{Timespec, Timestamps, UTIME_NOW};

use super::StoreError;
use crate::text::plain;

pub use pulse::{BEAT, Pulse};

/// The lock file's name in the state directory.
pub const FILE: &str = "detector.lock";

/// How often a taken lock is tried again: [`DetectorLock::holder`] of another process holds it for a moment, shared.
const TRIES: u32 = 5;

/// Pause between tries; a question takes microseconds.
const PAUSE: Duration = Duration::from_millis(2);

/// Longest text that is read from the lock file: it is ours, but others may write it.
const TEXT_BYTES: u64 = 4096;

/// Held while this process detects.
#[derive(Debug)]
pub struct DetectorLock {
    /// Closing it releases the lock.
    file: File,
    path: PathBuf,
}

/// Who holds the lock. Empty when the holder has not written it (its disk is full, or it has only just begun).
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Holder {
    pub pid: u32,
    pub host: String,
    pub user: String,
    /// Seconds since the epoch.
    pub since: i64,
    /// The logs that it watches, from the root of its machine; empty when it has not said.
    #[serde(default)]
    pub watches: String,
    /// When it was last at work, by the clock of the file system.
    #[serde(skip)]
    pub beat: Option<SystemTime>,
}

impl Holder {
    /// Returns what this process writes.
    fn this_process(watched: &Path) -> Self {
        let user = ["LOGNAME", "USER"].iter().find_map(|name| {
            let value = std::env::var(name).ok()?;
            (!value.is_empty()).then_some(value)
        });
        Self {
            pid: std::process::id(),
            host: this_host(),
            user: user.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw())),
            since: jiff::Timestamp::now().as_second(),
            watches: whole(watched),
            beat: None,
        }
    }

    /// Returns whether it is a process of this machine.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.host == this_host()
    }

    /// Returns what it watches, when that is something else than `own`.
    #[must_use]
    pub fn watches_other_than(&self, own: &Path) -> Option<&str> {
        let other = !self.watches.is_empty() && self.watches != whole(own);
        other.then_some(self.watches.as_str())
    }
}

fn this_host() -> String {
    let name = rustix::system::uname();
    name.nodename().to_string_lossy().into_owned()
}

/// Returns a path from the root, links resolved, so that two names of one directory read the same.
fn whole(path: &Path) -> String {
    let found = fs::canonicalize(path).or_else(|_| std::path::absolute(path));
    found.map_or_else(
        |_| path.display().to_string(),
        |found| found.display().to_string(),
    )
}

/// `pid 812 of ana on jump1, since 2026-11-24T14:05:12Z`; safe for a terminal.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pid == 0 {
            return f.write_str("a process that has not said who it is");
        }
        write!(
            f,
            "pid {} of {} on {}",
            self.pid,
            plain(&self.user),
            plain(&self.host)
        )?;
        match jiff::Timestamp::from_second(self.since) {
            Ok(since) => write!(f, ", since {since}"),
            Err(_) => Ok(()),
        }
    }
}

impl DetectorLock {
    /// Takes the lock in the state directory `dir`, which must be there, to detect in what is `watched`; `None` when
    /// another handle has it.
    ///
    /// # Errors
    /// [`StoreError::Directory`]: the file cannot be made or written, or the file system keeps no locks.
    pub fn try_acquire(dir: &Path, watched: &Path) -> Result<Option<Self>, StoreError> {
        let path = dir.join(FILE);
        let failed = |source| StoreError::Directory {
            path: path.clone(),
            source,
        };
        for attempt in 0..TRIES {
            if attempt > 0 {
                sleep(PAUSE);
            }
            let file = open(dir, &path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // Someone may have removed the file in between: a lock on it would keep nobody out.
            if is_at(&file, &path) {
                sign(&file, watched);
                return Ok(Some(Self { file, path }));
            }
        }
        Ok(None)
    }

    /// Says that this process is at work; to be called about every [`BEAT`].
    ///
    /// # Errors
    /// [`StoreError::Gone`]: the lock file was deleted or replaced, and the lock keeps nobody out any more.
    pub fn beat(&self) -> Result<(), StoreError> {
        if !is_at(&self.file, &self.path) {
            let path = self.path.parent().unwrap_or(&self.path).to_path_buf();
            return Err(StoreError::Gone { path });
        }
        // "Now" and no other time: that may be set by who may write the file, also when another user owns it.
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_NOW,
        };
        let times = Timestamps {
            last_access: now,
            last_modification: now,
        };
        // Without it the others take this process for silent, which is less than the truth and does no harm.
        let _ = rustix::fs::futimens(&self.file, &times);
        Ok(())
    }

    /// Returns who holds the lock, `None` when nobody does, whatever the file's text says.
    ///
    /// # Errors
    /// [`StoreError::Directory`]: the file is there and cannot be read, or the file system keeps no locks.
    pub fn holder(dir: &Path) -> Result<Option<Holder>, StoreError> {
        let path = dir.join(FILE);
        ask(&path).map_err(|source| StoreError::Directory { path, source })
    }
}

fn ask(path: &Path) -> io::Result<Option<Holder>> {
    for attempt in 0..TRIES {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // Shared, so that two who ask do not take each other for the holder; released when `file` is dropped.
        match file.try_lock_shared() {
            Ok(()) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => {}
        }
        let beat = file.metadata().and_then(|found| found.modified()).ok();
        let mut text = String::new();
        let read = file.take(TEXT_BYTES).read_to_string(&mut text);
        if let (Ok(_), Ok(holder)) = (read, serde_json::from_str::<Holder>(&text)) {
            return Ok(Some(Holder { beat, ..holder }));
        }
        // The holder writes its text just after it took the lock.
        if attempt + 1 < TRIES {
            sleep(PAUSE);
        }
    }
    Ok(Some(Holder::default()))
}

/// Opens the lock file, making it as readable as the directory is.
fn open(dir: &Path, path: &Path) -> io::Result<File> {
    let mode = fs::metadata(dir)?.permissions().mode() & 0o060 | 0o600;
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.clone().create_new(true).mode(mode).open(path) {
        Ok(file) => {
            // Again, because the umask may have taken the group's bits.
            file.set_permissions(Permissions::from_mode(mode))?;
            Ok(file)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path),
        Err(error) => Err(error),
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(held), Ok(there)) => (held.dev(), held.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// Writes who holds the lock. Emptied first, which works on a full disk too: the text of an earlier holder must not
/// pass for ours. The lock holds without the text.
fn sign(mut file: &File, watched: &Path) {
    let holder = Holder::this_process(watched);
    let started = jiff::Timestamp::from_second(holder.since)
        .map_or_else(|_| String::new(), |since| since.to_string());
    let text = serde_json::json!({
        "pid": holder.pid, "user": holder.user, "host": holder.host,
        "since": holder.since, "started": started, "watches": holder.watches,
    });
    drop(
        file.set_len(0)
            .and_then(|()| file.write_all(format!("{text}\n").as_bytes())),
    );
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn take(dir: &Path) -> Result<Option<DetectorLock>, StoreError> {
        DetectorLock::try_acquire(dir, Path::new("/logs"))
    }

    /// Names the directory to the child that [`holding_child`] starts.
    const CHILD: &str = "WATCHGLASS_TEST_LOCK";

    /// Not a test of its own: the child of the tests below, which takes the lock and sleeps.
    #[test]
    fn child() {
        let Some(dir) = std::env::var_os(CHILD) else {
            return;
        };
        let lock = DetectorLock::try_acquire(Path::new(&dir), Path::new("/logs")).unwrap();
        let said = if lock.is_some() { "held" } else { "refused" };
        let mut out = io::stdout();
        writeln!(out, "\nlock {said}").unwrap();
        out.flush().unwrap();
        sleep(Duration::from_secs(60));
    }

    /// Starts a process that tries to take the lock; returns it and what it said.
    fn child_on(dir: &Path) -> (std::process::Child, String) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["alert::lock::tests::child", "--exact", "--nocapture"])
            .env(CHILD, dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("lock ").map(str::to_owned));
        (child, said.unwrap_or_default())
    }

    #[test]
    fn one_handle_of_one_process_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(DetectorLock::holder(dir.path()).unwrap(), None);
        let lock = take(dir.path()).unwrap().unwrap();
        assert!(take(dir.path()).unwrap().is_none());
        let holder = DetectorLock::holder(dir.path()).unwrap().unwrap();
        assert_eq!(holder.pid, std::process::id());
        assert!(!holder.host.is_empty() && !holder.user.is_empty());
        // Being asked takes nothing from the holder.
        assert!(take(dir.path()).unwrap().is_none());
        drop(lock);
        assert_eq!(DetectorLock::holder(dir.path()).unwrap(), None);
        assert!(take(dir.path()).unwrap().is_some());
    }

    #[test]
    fn a_killed_process_leaves_the_lock_and_a_text_that_nobody_believes() {
        let dir = tempfile::tempdir().unwrap();
        let (mut child, said) = child_on(dir.path());
        assert_eq!(said, "held");
        assert!(take(dir.path()).unwrap().is_none());
        let holder = DetectorLock::holder(dir.path()).unwrap().unwrap();
        assert_eq!(holder.pid, child.id());
        // Child::kill is SIGKILL: nothing in the child runs after it.
        child.kill().unwrap();
        child.wait().unwrap();
        let text = fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert!(text.contains(&format!("\"pid\":{}", holder.pid)), "{text}");
        assert_eq!(DetectorLock::holder(dir.path()).unwrap(), None);
        assert!(take(dir.path()).unwrap().is_some());
    }

    #[test]
    fn another_process_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let _lock = take(dir.path()).unwrap().unwrap();
        let (mut child, said) = child_on(dir.path());
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(said, "refused");
    }

    #[test]
    fn those_who_ask_keep_nobody_from_taking_it() {
        let dir = tempfile::tempdir().unwrap();
        drop(take(dir.path()).unwrap());
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    DetectorLock::holder(dir.path()).unwrap();
                    sleep(Duration::from_micros(500));
                }
            });
            let taken = (0..50)
                .filter(|_| take(dir.path()).unwrap().is_some())
                .count();
            done.store(true, Ordering::Relaxed);
            assert_eq!(taken, 50);
        });
    }

    #[test]
    fn a_lock_file_that_was_removed_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        drop(take(dir.path()).unwrap());
        fs::remove_file(dir.path().join(FILE)).unwrap();
        let lock = take(dir.path()).unwrap();
        assert!(lock.is_some() && DetectorLock::holder(dir.path()).unwrap().is_some());
    }

    #[test]
    fn an_unwritten_or_hostile_text_is_survived_and_shown_safely() {
        let dir = tempfile::tempdir().unwrap();
        let _lock = take(dir.path()).unwrap().unwrap();
        let path = dir.path().join(FILE);
        fs::write(&path, b"\xff\x1b]52;c;\x07").unwrap();
        let holder = DetectorLock::holder(dir.path()).unwrap().unwrap();
        assert_eq!(holder, Holder::default());
        assert_eq!(holder.to_string(), "a process that has not said who it is");
        fs::write(
            &path,
            r#"{"pid":7,"host":"h\u001b]2;x","user":"u","since":0}"#,
        )
        .unwrap();
        let holder = DetectorLock::holder(dir.path()).unwrap().unwrap();
        assert_eq!(
            holder.to_string(),
            "pid 7 of u on h␛]2;x, since 1970-01-01T00:00:00Z"
        );
    }

    #[test]
    fn a_missing_directory_is_an_error_to_take_and_nobody_to_ask() {
        let dir = tempfile::tempdir().unwrap();
        let none = dir.path().join("none");
        assert!(matches!(take(&none), Err(StoreError::Directory { .. })));
        assert_eq!(DetectorLock::holder(&none).unwrap(), None);
    }

    #[test]
    fn the_holder_says_what_it_watches_whatever_name_it_has() {
        let dir = tempfile::tempdir().unwrap();
        let (logs, other) = (dir.path().join("logs"), dir.path().join("other"));
        fs::create_dir(&logs).unwrap();
        fs::create_dir(&other).unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&logs, &link).unwrap();
        let _lock = DetectorLock::try_acquire(dir.path(), &link).unwrap();
        let holder = DetectorLock::holder(dir.path()).unwrap().unwrap();
        assert_eq!(holder.watches_other_than(&logs), None);
        let said = holder.watches_other_than(&other).unwrap();
        assert_eq!(Path::new(said), logs.canonicalize().unwrap());
    }

    #[test]
    fn a_beat_moves_the_time_of_the_lock_and_finds_that_it_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let lock = take(dir.path()).unwrap().unwrap();
        let path = dir.path().join(FILE);
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        File::open(&path).unwrap().set_modified(long_ago).unwrap();
        let beat = || DetectorLock::holder(dir.path()).unwrap().unwrap().beat;
        assert_eq!(beat(), Some(long_ago));
        lock.beat().unwrap();
        assert!(beat().unwrap() > long_ago);
        fs::remove_file(&path).unwrap();
        assert!(matches!(lock.beat(), Err(StoreError::Gone { .. })));
        let _other = take(dir.path()).unwrap().unwrap();
        assert!(matches!(lock.beat(), Err(StoreError::Gone { .. })));
    }
}
