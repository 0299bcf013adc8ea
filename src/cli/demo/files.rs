//! Changes are made to files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::plan::{Change, Plan, What};

/// Files under one directory, written as a log's owner writes them: kept open, appended to, renamed.
#[derive(Debug)]
pub struct Files {
    dir: PathBuf,
    paths: Vec<PathBuf>,
    open: Vec<Option<File>>,
}

impl Files {
    /// Takes `dir`, which is created where it is not there, and writes the whole files of `plan`.
    pub fn create(dir: &Path, plan: &Plan) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        for (path, bytes) in &plan.packed {
            new_file(&dir.join(path))?.write_all(bytes)?;
        }
        Ok(Self {
            dir: dir.to_owned(),
            paths: plan.files.clone(),
            open: plan.files.iter().map(|_| None).collect(),
        })
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
