//! A file that somebody wants written.
//!
//! Takes a path and bytes; gives the file, whole or not at all. A regular file is replaced once the new one is
//! complete, with its mode and owner, behind any links. What is not a regular file (a pipe, a device) and what names
//! an open descriptor (`/dev/stdout`) is written through, as a shell does: nothing takes its place.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::{Path, PathBuf};

/// Links that are followed one after the other, as the kernel has it.
const LINKS: usize = 40;

/// Names that are tried for the unfinished file: another may have been left by a kill.
const NAMES: u32 = 16;

/// A file being written; dropped before [`NewFile::finish`] it leaves what was there before.
#[derive(Debug)]
pub struct NewFile {
    file: BufWriter<File>,
    /// The unfinished file and what it becomes; `None` when it is written in place.
    partial: Option<(PathBuf, PathBuf)>,
}

impl NewFile {
    /// Begins to write `path`. Opening a pipe waits for its reader.
    ///
    /// # Errors
    /// It is a directory, has no name, or cannot be made or opened.
    pub fn create(path: &Path) -> io::Result<Self> {
        let (target, descriptor) = resolve(path)?;
        let there = match fs::metadata(&target) {
            Ok(there) => Some(there),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if there.as_ref().is_some_and(Metadata::is_dir) || target.file_name().is_none() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let Some(there) = there else {
            return Self::beside(target, None);
        };
        if descriptor || !there.is_file() {
            return Self::through(&target, true);
        }
        if there.nlink() > 1 {
            // Its other names show the same file.
            return Self::through(&target, false);
        }
        if rustix::fs::access(&target, rustix::fs::Access::WRITE_OK).is_err() {
            // A directory that may be written must not be a way around the mode of a file.
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        match Self::beside(target.clone(), Some(&there)) {
            // The file may be written, its directory may not.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Self::through(&target, false)
            }
            made => made,
        }
    }

    /// Writes the whole of `bytes` to `path`.
    ///
    /// # Errors
    /// As [`NewFile::create`], or the bytes cannot be written.
    pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = Self::create(path)?;
        file.write_all(bytes)?;
        file.finish()
    }

    /// Opens what is there; `append` takes nothing away of it.
    fn through(path: &Path, append: bool) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).append(append).truncate(!append);
        Ok(Self {
            file: BufWriter::new(options.open(path)?),
            partial: None,
        })
    }

    fn beside(target: PathBuf, like: Option<&Metadata>) -> io::Result<Self> {
        let (file, partial) = unfinished(&target)?;
        let file = Self {
            file: BufWriter::new(file),
            partial: Some((partial, target)),
        };
        if let Some(like) = like {
            // Only root may give a file away; the mode is kept all the same.
            drop(fchown(
                file.file.get_ref(),
                Some(like.uid()),
                Some(like.gid()),
            ));
            file.file.get_ref().set_permissions(like.permissions())?;
        }
        Ok(file)
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// What is buffered cannot be written (a full disk), or the file cannot take the place.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        if let Some((partial, target)) = &self.partial {
            self.file.get_ref().sync_all()?;
            fs::rename(partial, target)?;
            self.partial = None;
        }
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // Half a file helps nobody.
        if let Some((partial, _)) = &self.partial {
            drop(fs::remove_file(partial));
        }
    }
}

/// Writes a file that is not there yet; on an error it is not there after either.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`]: something has the name, if only a link to nothing. Else it cannot be written.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        drop(fs::remove_file(path));
    }
    written
}

/// Follows links, also to what is not there yet; returns the target and whether it is an open descriptor's name.
fn resolve(path: &Path) -> io::Result<(PathBuf, bool)> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let is_link = fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink());
        if !is_link {
            return Ok((path, false));
        }
        if path.starts_with("/proc") || path.starts_with("/dev/fd") {
            return Ok((path, true));
        }
        let target = fs::read_link(&path)?;
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    Err(io::Error::other("too many links, one after the other"))
}

/// Makes a new file beside `target`; never one that is there, which may be somebody's link.
fn unfinished(target: &Path) -> io::Result<(File, PathBuf)> {
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for number in 0..NAMES {
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}-{number}.partial", std::process::id()));
        let path = target.with_file_name(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
    use std::process::Command;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Makes a named pipe.
    fn pipe_in(folder: &Path) -> PathBuf {
        let pipe = folder.join("pipe");
        let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        pipe
    }

    #[test]
    fn a_pipe_is_written_through_and_stays_a_pipe() {
        // A pipe for each: a process that another test starts may hold the reader's end of the first for a moment, and a
        // writer that meets that one does not wait for the reader.
        for linked in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let pipe = pipe_in(folder.path());
            let link = folder.path().join("link");
            symlink("pipe", &link).unwrap();
            let reader = std::thread::spawn({
                let pipe = pipe.clone();
                move || {
                    let mut text = String::new();
                    File::open(pipe).unwrap().read_to_string(&mut text).unwrap();
                    text
                }
            });
            NewFile::write(if linked { &link } else { &pipe }, b"alert").unwrap();
            assert_eq!(reader.join().unwrap(), "alert");
            assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(names(folder.path()), ["link", "pipe"]);
        }
    }

    #[test]
    fn a_reader_that_is_gone_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = pipe_in(folder.path());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || drop(File::open(pipe).unwrap())
        });
        let mut file = NewFile::create(&pipe).unwrap();
        reader.join().unwrap();
        file.write_all(b"alert").unwrap();
        let error = file.finish().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_file_behind_links_is_replaced_with_its_mode_and_the_links_stay() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("deep");
        fs::create_dir(&deep).unwrap();
        let file = deep.join("file");
        fs::write(&file, "a long old text").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("deep/file", folder.path().join("one")).unwrap();
        symlink("one", folder.path().join("two")).unwrap();
        NewFile::write(&folder.path().join("two"), b"new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o640);
        assert_eq!(names(folder.path()), ["deep", "one", "two"]);
        assert_eq!(names(&deep), ["file"]);
        // A link to what is not there yet makes it.
        symlink("deep/later", folder.path().join("three")).unwrap();
        NewFile::write(&folder.path().join("three"), b"made").unwrap();
        assert_eq!(fs::read_to_string(deep.join("later")).unwrap(), "made");
        assert!(
            fs::symlink_metadata(folder.path().join("three"))
                .unwrap()
                .is_symlink()
        );
    }

    #[test]
    fn all_names_of_a_file_show_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        fs::write(&one, "a long old text").unwrap();
        fs::hard_link(&one, &two).unwrap();
        NewFile::write(&one, b"new").unwrap();
        assert_eq!(fs::read_to_string(&two).unwrap(), "new");
    }

    #[test]
    fn what_was_begun_and_not_finished_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        let mut file = NewFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["file"]);
        for wrong in [folder.path(), Path::new("/"), Path::new("")] {
            assert!(NewFile::create(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_loop_of_links_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        symlink("b", folder.path().join("a")).unwrap();
        symlink("a", folder.path().join("b")).unwrap();
        assert!(NewFile::create(&folder.path().join("a")).is_err());
    }
}
