//! For the tests of loading: folders of rule files.

use std::fs;
use std::path::PathBuf;

use super::RuleSet;

/// A folder of rule files, gone when dropped.
pub struct Folder(pub tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    pub fn load(&self) -> RuleSet {
        RuleSet::load(&[self.path()])
    }
}

/// Returns the file of an EQL rule with this id and query.
pub fn eql(id: &str, query: &str) -> String {
    format!(
        "[rule]\nname = \"{id}\"\nrule_id = \"{id}\"\nrisk_score = 47\nseverity = \"medium\"\ntype = \"eql\"\n\
         language = \"eql\"\nquery = '''\n{query}\n'''\n"
    )
}

pub const GOOD: &str = "process where process.name == \"a.exe\"";
