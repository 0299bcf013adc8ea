//! Data runs down the module list in `src/lib.rs` once: a module uses only modules above it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Modules in the order of `src/lib.rs`, read from the file itself.
fn order() -> Vec<String> {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    lib.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The crate's modules that `text` names behind `crate::`, with the line of each.
fn named(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + "crate::".len()..];
            if let Some(group) = rest.strip_prefix('{') {
                for part in group.split(['{', '}', ',']) {
                    found.push((index + 1, first_word(part.trim())));
                }
            } else {
                found.push((index + 1, first_word(rest)));
            }
        }
    }
    found
}

fn first_word(text: &str) -> String {
    text.chars()
        .take_while(|&c| c.is_alphanumeric() || c == '_')
        .collect()
}

fn violations(file: &str, text: &str, order: &[String]) -> Vec<String> {
    let module = first_word(file);
    let Some(own) = order.iter().position(|name| *name == module) else {
        return Vec::new();
    };
    let below = |name: &String| {
        order
            .iter()
            .position(|other| other == name)
            .is_some_and(|at| at > own)
    };
    named(text)
        .into_iter()
        .filter(|(_, name)| below(name))
        .map(|(line, name)| {
            format!("src/{file}:{line} uses `{name}`, which comes after `{module}`")
        })
        .collect()
}

#[test]
fn modules_use_only_what_comes_before_them() {
    let order = order();
    assert!(
        order.len() >= 12,
        "the module list was not found: {order:?}"
    );
    let source = root().join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let mut wrong = Vec::new();
    for path in files {
        let name = path.strip_prefix(&source).unwrap().display().to_string();
        wrong.extend(violations(
            &name,
            &fs::read_to_string(&path).unwrap(),
            &order,
        ));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_upward_use_is_found() {
    let order: Vec<String> = ["text", "source", "ui"].map(String::from).to_vec();
    let found = violations(
        "source/file.rs",
        "use crate::text;\nuse crate::ui::theme;\n",
        &order,
    );
    assert_eq!(
        found,
        ["src/source/file.rs:2 uses `ui`, which comes after `source`"]
    );
    assert_eq!(
        violations("source.rs", "use crate::{text, ui};", &order).len(),
        1
    );
    assert!(violations("ui.rs", "use crate::{text, source};", &order).is_empty());
}
