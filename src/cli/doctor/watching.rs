//! The system's limits on watching directories.

use std::fs;
use std::path::{Path, PathBuf};

use super::Check;

/// Directories counted at most; a tree with more is as good as too large for any limit.
const COUNTED: usize = 1_000_000;

const LIMITS: &str = "/proc/sys/fs/inotify";

/// Checks whether `directory` can be watched, or what the limits are when none is named.
pub fn checks(directory: Option<&Path>) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(directory) = directory {
        checks.push(readable(directory));
    }
    if cfg!(target_os = "linux") {
        let limit = |name: &str| -> Option<u64> {
            let text = fs::read_to_string(Path::new(LIMITS).join(name)).ok()?;
            text.trim().parse().ok()
        };
        let directories = directory.map(count_directories);
        checks.push(inotify(
            limit("max_user_watches"),
            limit("max_user_instances"),
            directories,
        ));
    }
    checks
}

fn readable(directory: &Path) -> Check {
    const WHAT: &str = "logs";
    let shown = directory.display();
    if let Err(error) = fs::read_dir(directory) {
        return Check::problem(
            WHAT,
            format!("{shown}: {error}"),
            "name a directory that you may read; membership of a group such as adm often helps",
        );
    }
    match file_system(directory) {
        Some(name) => Check {
            advice: "such a file system reports no changes of other machines, so it is looked at regularly".into(),
            ..Check::ok(WHAT, format!("{shown}, on {name}"))
        },
        None => Check::ok(WHAT, shown.to_string()),
    }
}

/// Returns the name of the file system under `path` when it is not of this machine.
///
/// Numbers: Linux, `statfs(2)` and `include/uapi/linux/magic.h`.
pub fn file_system(path: &Path) -> Option<&'static str> {
    const FAR: [(u32, &str); 6] = [
        (0x6969, "NFS"),
        (0x517b, "SMB"),
        (0xfe53_4d42, "SMB"),
        (0xff53_4d42, "CIFS"),
        (0x6573_5546, "FUSE"),
        (0x0102_1997, "9P"),
    ];
    let found = rustix::fs::statfs(path).ok()?.f_type as u32;
    FAR.iter()
        .find(|(number, _)| *number == found)
        .map(|(_, name)| *name)
}

/// Counts `directory` and all below it; links are not followed.
fn count_directories(directory: &Path) -> usize {
    let mut count = 0;
    let mut open: Vec<PathBuf> = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        count += 1;
        let Ok(entries) = fs::read_dir(next) else {
            continue;
        };
        let below = entries
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| entry.path());
        open.extend(below);
        if count + open.len() > COUNTED {
            return COUNTED;
        }
    }
    count
}

fn inotify(watches: Option<u64>, instances: Option<u64>, directories: Option<usize>) -> Check {
    const WHAT: &str = "inotify";
    let (Some(watches), Some(instances)) = (watches, instances) else {
        return Check::warning(
            WHAT,
            format!("{LIMITS} cannot be read"),
            "without notifications the directory is looked at regularly",
        );
    };
    let mut said = format!("{watches} watches and {instances} instances a user");
    if let Some(directories) = directories {
        said.push_str(&format!(", {directories} watches needed"));
    }
    let needed = directories.map_or(1, |directories| directories as u64);
    // Other programs of this user take watches too: half must be free.
    if needed * 2 > watches {
        let wanted = (needed * 4).next_power_of_two();
        let advice = format!(
            "raise it: sysctl fs.inotify.max_user_watches={wanted}; until then the rest is looked at regularly"
        );
        return Check::warning(WHAT, said, advice);
    }
    if instances < 8 {
        return Check::warning(
            WHAT,
            said,
            "raise it: sysctl fs.inotify.max_user_instances=128",
        );
    }
    Check::ok(WHAT, said)
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn too_few_watches_are_named_with_the_command_that_mends_it() {
        let check = inotify(Some(8192), Some(128), Some(6000));
        assert_eq!(check.level, Level::Warning);
        assert!(check.advice.contains("max_user_watches=32768"), "{check:?}");
        assert_eq!(inotify(Some(8192), Some(128), Some(12)).level, Level::Ok);
        assert_eq!(inotify(Some(8192), Some(1), None).level, Level::Warning);
        assert_eq!(inotify(None, None, None).level, Level::Warning);
    }

    #[test]
    fn directories_are_counted_and_links_are_not_followed() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/b")).unwrap();
        fs::create_dir(root.path().join("c")).unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("c/loop")).unwrap();
        fs::write(root.path().join("a/file"), "").unwrap();
        assert_eq!(count_directories(root.path()), 4);
    }

    #[test]
    fn a_directory_that_is_not_there_is_a_problem() {
        let check = readable(Path::new("/nonexistent/logs"));
        assert_eq!(check.level, Level::Problem);
    }
}
