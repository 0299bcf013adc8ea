//! Inputs to begin with: the project's own, and a few of the public corpora, read where they lie.

use std::path::Path;

use watchglass::rule::{Language, RuleSet};

use crate::support;

/// Most inputs that are taken from one corpus, spread over it.
const MOST: usize = 200;
/// Longer files make a slow start and no better one.
const LONGEST: u64 = 128 << 10;

/// Returns the queries of the public rules in one language, and `own`.
pub fn queries(folder: &str, language: Language, own: &[&str]) -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = own.iter().map(|text| text.as_bytes().to_vec()).collect();
    if let Some(data) = support::data() {
        let set = RuleSet::load(&[data.join("rules").join(folder)]);
        let texts = set.rules.iter().filter(|rule| rule.language == language);
        let texts: Vec<_> = texts
            .map(|rule| rule.query_text.clone().into_bytes())
            .collect();
        seeds.extend(thin(texts));
    }
    seeds
}

/// Returns files below `folder` of the public corpora whose names end so, and those of the project's `own` folders.
pub fn files(folder: &str, endings: &[&str], own: &[&str]) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in own {
        walk(&root.join(folder), endings, &mut paths);
    }
    let mut seeds = read(&paths);
    if let Some(data) = support::data() {
        let mut paths = Vec::new();
        walk(&data.join(folder), endings, &mut paths);
        seeds.extend(read(&thin(paths)));
    }
    seeds
}

fn read(paths: &[std::path::PathBuf]) -> Vec<Vec<u8>> {
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

fn walk(folder: &Path, endings: &[&str], paths: &mut Vec<std::path::PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        let name = path.to_string_lossy().into_owned();
        if path.is_dir() {
            walk(&path, endings, paths);
        } else if endings.iter().any(|ending| name.ends_with(ending))
            && path.metadata().unwrap().len() <= LONGEST
        {
            paths.push(path);
        }
    }
}

fn thin<T>(all: Vec<T>) -> Vec<T> {
    let step = all.len().div_ceil(MOST).max(1);
    all.into_iter().step_by(step).collect()
}
