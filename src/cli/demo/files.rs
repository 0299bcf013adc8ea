//! Changes are made to files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::scenario::{Change, What};

/// Files under one directory, written as a log's owner writes them: kept open, appended to, renamed.
#[derive(Debug)]
pub struct Files {
    dir: PathBuf,
    paths: Vec<PathBuf>,
    open: Vec<Option<File>>,
}

impl Files {
    /// Takes `dir`, which is created where it is not there; `paths` are relative to it.
    pub fn create(dir: &Path, paths: &[PathBuf]) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        Ok(Self {
            dir: dir.to_owned(),
            paths: paths.to_vec(),
            open: paths.iter().map(|_| None).collect(),
        })
    }

    /// Writes whole files.
    pub fn pack(&self, files: &[(PathBuf, Vec<u8>)]) -> io::Result<()> {
        for (path, bytes) in files {
            new_file(&self.dir.join(path))?.write_all(bytes)?;
        }
        Ok(())
    }

    /// Makes one change.
    pub fn apply(&mut self, change: &Change) -> io::Result<()> {
        let path = self.dir.join(&self.paths[change.file]);
        let slot = &mut self.open[change.file];
        match &change.what {
            What::Append(bytes) => {
                let file = match slot {
                    Some(file) => file,
                    None => slot.insert(new_file(&path)?),
                };
                file.write_all(bytes)
            }
            What::Rotate => {
                *slot = None;
                let mut renamed = path.clone().into_os_string();
                renamed.push(".1");
                fs::rename(&path, renamed)
            }
        }
    }
}

/// Makes a file that is not there yet: nobody's file is ever written over.
fn new_file(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().append(true).create_new(true).open(path)
}
