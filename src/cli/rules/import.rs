//! `watchglass rules import PATH...`: documentation pages become rule files.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::super::arguments::RuleImport;
use super::super::output::Output;
use super::super::{CliError, Done};
use super::state;
use crate::alert::export::file::{NewFile, write_new};
use crate::rule::import::{Imported, MAX_BYTES, import};
use crate::rule::{RuleSet, RuleState};
use crate::text::{Marks, visible};

/// Endings of files in a directory that may be pages; a file without an ending may be one too.
const ENDINGS: [&str; 9] = [
    "txt", "md", "markdown", "mdx", "html", "htm", "xhtml", "adoc", "asciidoc",
];

/// Directories are entered this deep at most, so that a loop of links ends.
const MAX_DEPTH: usize = 32;

/// Imports each page; one that cannot be read stops no other.
///
/// # Errors
/// A path is not there, several pages are to go to standard output, or the directory cannot be made.
pub fn run(command: &RuleImport, output: &mut Output) -> Result<Done, CliError> {
    let mut pages = Vec::new();
    let mut done = Done::Well;
    for path in &command.paths {
        let found = std::fs::metadata(path)
            .map_err(|error| CliError::Usage(format!("{}: {error}", shown(path))))?;
        if found.is_dir() {
            for (folder, error) in walk(path, 0, &mut pages) {
                output.error(&format!("{}: {error}", shown(&folder)));
                done = Done::WithErrors;
            }
        } else {
            pages.push(path.clone());
        }
    }
    pages.sort();
    pages.dedup();
    if pages.is_empty() {
        return Err(CliError::Failed(format!(
            "no pages: in a directory files that end in {} are read",
            ENDINGS.join(", ")
        )));
    }
    if let Some(folder) = &command.out {
        std::fs::create_dir_all(folder)
            .map_err(|error| CliError::failed(&format!("--out {}", shown(folder)), error))?;
    } else if pages.len() > 1 {
        return Err(CliError::Usage(format!(
            "{} pages need a directory for their rules: --out DIR",
            pages.len()
        )));
    }
    let mut written: HashMap<PathBuf, PathBuf> = HashMap::new();
    for page in &pages {
        if !one(page, command, &mut written, output)? {
            done = Done::WithErrors;
        }
    }
    Ok(done)
}

/// Imports a page; returns whether its rule is out and was read again.
fn one(
    page: &Path,
    command: &RuleImport,
    written: &mut HashMap<PathBuf, PathBuf>,
    output: &mut Output,
) -> Result<bool, CliError> {
    let bytes = match read(page) {
        Ok(bytes) => bytes,
        Err(reason) => {
            output.error(&format!("{}: {reason}", shown(page)));
            return Ok(false);
        }
    };
    let imported = match import(page, &bytes) {
        Ok(imported) => imported,
        Err(finding) => {
            output.note(&finding.render(false));
            return Ok(false);
        }
    };
    for lack in &imported.lacks {
        let line = lack
            .line
            .map_or_else(String::new, |line| format!(":{line}"));
        output.note(&format!(
            "{}{line}: {} is not in the page: {}",
            shown(page),
            lack.member,
            lack.instead
        ));
    }
    let Some(folder) = &command.out else {
        output.raw(imported.text.as_bytes())?;
        let (verdict, loaded) = verdict(Path::new(&imported.file), &imported, output);
        output.note(&format!("{}: {verdict}", imported.name));
        return Ok(loaded);
    };
    let target = folder.join(&imported.file);
    if let Some(other) = written.get(&target) {
        output.error(&format!(
            "{}: {} is of the same rule, whose file {} is written already",
            shown(page),
            shown(other),
            shown(&target)
        ));
        return Ok(false);
    }
    if let Err(reason) = write(&target, &imported.text, command.force) {
        output.error(&format!("{}: {reason}", shown(&target)));
        return Ok(false);
    }
    write_macros(folder, &imported, output);
    let (verdict, loaded) = verdict(&target, &imported, output);
    output.line(&format!("{}: {verdict}: {}", imported.name, shown(&target)))?;
    written.insert(target, page.to_owned());
    Ok(loaded)
}

/// Writes the macros that the page defines where the rule finds them; one that is there stays.
fn write_macros(folder: &Path, imported: &Imported, output: &Output) {
    let folder = folder.join("macros");
    for (name, text) in &imported.macros {
        let path = folder.join(format!("{name}.yml"));
        if path.exists() {
            continue;
        }
        let made = std::fs::create_dir_all(&folder).map_err(|error| error.to_string());
        if let Err(reason) = made.and_then(|()| write(&path, text, false)) {
            output.error(&format!("{}: {reason}", shown(&path)));
        }
    }
}

/// Loads the rule file; returns what becomes of the rule, and whether there is one.
fn verdict(path: &Path, imported: &Imported, output: &Output) -> (String, bool) {
    let set = RuleSet::of_text(path, &imported.text);
    let Some(rule) = set.rules.first() else {
        for finding in &set.findings {
            output.note(&finding.render(false));
        }
        return ("the file cannot be read again".to_owned(), false);
    };
    for finding in &rule.findings {
        output.note(&finding.render(false));
    }
    let (word, reason) = state(rule);
    let word = word.replace('_', " ");
    let verdict = match &rule.state {
        RuleState::Runs => word,
        _ => format!("{word}: {reason}"),
    };
    (visible(&verdict, Marks::Unicode).into_owned(), true)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let found = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !found.is_file() {
        return Err("not a regular file".to_owned());
    }
    if found.len() > MAX_BYTES {
        return Err("longer than 8 MiB, which is no page about a rule".to_owned());
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

fn write(path: &Path, text: &str, force: bool) -> Result<(), String> {
    let written = if force {
        NewFile::write(path, text.as_bytes())
    } else {
        write_new(path, text.as_bytes())
    };
    written.map_err(|error| {
        if error.kind() == ErrorKind::AlreadyExists {
            "is there already; --force writes over it".to_owned()
        } else {
            error.to_string()
        }
    })
}

/// Adds the pages under `folder`; returns the directories that could not be read.
fn walk(folder: &Path, depth: usize, pages: &mut Vec<PathBuf>) -> Vec<(PathBuf, std::io::Error)> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return vec![(folder.to_owned(), error)],
    };
    let mut failed = Vec::new();
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let ending = path
            .extension()
            .map(|ending| ending.to_string_lossy().to_lowercase());
        if path.is_dir() && depth < MAX_DEPTH && !hidden {
            failed.extend(walk(&path, depth + 1, pages));
        } else if path.is_file()
            && !hidden
            && ending.is_none_or(|ending| ENDINGS.contains(&ending.as_str()))
        {
            pages.push(path);
        }
    }
    failed
}

fn shown(path: &Path) -> String {
    visible(&path.display().to_string(), Marks::Unicode).into_owned()
}
