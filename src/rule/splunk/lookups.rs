//! Lookup tables: their definitions and their CSV files.
//!
//! Takes the definitions of a tree (`lookups/*.yml`); gives each as a [`Lookup`], and findings about what is wrong with
//! a CSV file: a row that has too few or too many cells is left out, and said.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::lang::ir::Case;
use crate::lang::lookup::{Lookup, Match};
use crate::rule::document::{number, text};
use crate::rule::{Finding, bytes};

/// Most broken rows of one file that are told one by one.
const MAX_FINDINGS: usize = 10;

/// A definition of a lookup.
#[derive(Debug, Clone)]
pub struct Definition {
    name: String,
    /// The CSV file, beside the definition; `None` for a table that lives in Splunk alone.
    file: Option<String>,
    folder: PathBuf,
    matches: Vec<(Box<str>, Match)>,
    case: Case,
    min_matches: usize,
    max_matches: usize,
    default: Option<String>,
}

/// Reads a definition; `None` when the tree is something else.
#[must_use]
pub fn definition(document: &Value, path: &Path) -> Option<Definition> {
    let file = text(document, "filename").or_else(|| beside(document, path));
    let stored = ["collection", "external_type", "lookup_type"];
    if file.is_none() && stored.iter().all(|key| document.get(key).is_none()) {
        return None;
    }
    if document.get("search").is_some() || document.get("definition").is_some() {
        return None;
    }
    let count = |key: &str| number(document, key).map(|number| number.clamp(0.0, 1e6) as usize);
    let default = text(document, "default_match").filter(|text| text != "none");
    Some(Definition {
        name: text(document, "name")?,
        folder: path.parent().unwrap_or(Path::new("")).to_owned(),
        matches: matches(document),
        case: match text(document, "case_sensitive_match").as_deref() {
            Some("false") => Case::Insensitive,
            _ => Case::Sensitive,
        },
        min_matches: count("min_matches").unwrap_or(usize::from(default.is_some())),
        max_matches: count("max_matches")
            .filter(|most| *most > 0)
            .unwrap_or(Lookup::MAX_MATCHES),
        default,
        file,
    })
}

/// Returns the file of a table that names none: since 2026 it is called like the definition.
fn beside(document: &Value, path: &Path) -> Option<String> {
    let kind = text(document, "lookup_type")?;
    let stem = path.file_stem()?.to_str()?;
    (kind == "csv").then(|| format!("{stem}.csv"))
}

/// Reads `WILDCARD(a), CIDR(b)`, as one text or a list.
fn matches(document: &Value) -> Vec<(Box<str>, Match)> {
    let written = crate::rule::document::list(document, "match_type").join(",");
    let parts = written.split(')').filter_map(|part| {
        let (kind, name) = part.trim_start_matches([',', ' ']).split_once('(')?;
        let kind = match kind.trim().to_ascii_uppercase().as_str() {
            "WILDCARD" => Match::Wildcard,
            "CIDR" => Match::Cidr,
            _ => Match::Exact,
        };
        Some((name.trim().into(), kind))
    });
    parts.collect()
}

impl Definition {
    /// Returns the path of the CSV file.
    #[must_use]
    pub fn table(&self) -> Option<PathBuf> {
        self.file.as_ref().map(|file| self.folder.join(file))
    }

    /// Reads the table. One that cannot be read is empty, and says why searches find nothing in it.
    #[must_use]
    pub fn load(&self) -> (Option<String>, Lookup, Vec<Finding>) {
        let mut findings = Vec::new();
        let (cells, absent) = match &self.file {
            None => (
                Cells::default(),
                Some("is kept by Splunk and has no CSV file".to_owned()),
            ),
            Some(file) => match read(&self.folder.join(file), &mut findings) {
                Some(cells) => (cells, None),
                None => (
                    Cells::default(),
                    Some(format!("cannot be read from its file `{file}`")),
                ),
            },
        };
        let (header, rows) = cells;
        let mut lookup = Lookup::new(&self.name, header, rows, self.case, &self.matches);
        lookup.min_matches = self.min_matches;
        lookup.max_matches = self.max_matches;
        lookup.default = self.default.as_deref().map(Box::from);
        lookup.absent = absent.map(Box::from);
        (self.file.clone(), lookup, findings)
    }
}

/// A header and rows.
type Cells = (Vec<Box<str>>, Vec<Vec<Box<str>>>);

fn read(path: &Path, findings: &mut Vec<Finding>) -> Option<Cells> {
    let none: Arc<str> = Arc::from("");
    let bytes = match bytes::read(path, bytes::MAX_LINES) {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = format!("the lookup table cannot be read: {error}");
            let finding = Finding::error("R107", message, 0..0, "", path, &none);
            findings.push(finding.help("searches find nothing in it"));
            return None;
        }
    };
    let text: Arc<str> = Arc::from(decoded(&bytes));
    Some(table(&text, path, findings))
}

/// Reads UTF-8, or UTF-16 where a byte order mark says so, as Windows programs save tables.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let units = |from: fn([u8; 2]) -> u16| {
        let pairs = bytes[2..]
            .chunks_exact(2)
            .map(|pair| from([pair[0], pair[1]]));
        Cow::Owned(
            char::decode_utf16(pairs)
                .map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect(),
        )
    };
    match bytes {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// Reads CSV: cells in quotes may hold commas, lines and doubled quotes.
fn table(text: &Arc<str>, path: &Path, findings: &mut Vec<Finding>) -> Cells {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut at = text.len() - body.len();
    let mut header: Vec<Box<str>> = Vec::new();
    let mut rows = Vec::new();
    let mut broken = 0;
    while at < text.len() {
        let start = at;
        let Some((cells, end)) = record(text, at) else {
            let line = start..start + text[start..].lines().next().map_or(0, str::len);
            let message = "a cell that begins in this row has no closing quote";
            let finding = Finding::error("R106", message, line, "left out", path, text);
            findings.push(finding.help("the rows after it are left out too"));
            break;
        };
        at = end;
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        if header.is_empty() {
            header = cells.iter().map(|cell| cell.trim().into()).collect();
        } else if cells.len() == header.len() {
            rows.push(cells);
        } else {
            broken += 1;
            if broken <= MAX_FINDINGS {
                let plural = if cells.len() == 1 { "" } else { "s" };
                let message = format!(
                    "this row has {} cell{plural}, the header has {}",
                    cells.len(),
                    header.len()
                );
                let line = start..text[start..end].trim_end().len() + start;
                let finding = Finding::error("R106", message, line, "left out", path, text);
                findings.push(finding.help("put cells that hold a comma or a quote in quotes"));
            }
        }
    }
    if broken > MAX_FINDINGS {
        let more = broken - MAX_FINDINGS;
        let message = format!("{more} more rows of this table have too few or too many cells");
        findings.push(Finding::error("R106", message, 0..0, "", path, text));
    }
    (header, rows)
}

/// Reads one record; returns its cells and where the next begins, or `None` when a quote is not closed.
fn record(text: &str, start: usize) -> Option<(Vec<Box<str>>, usize)> {
    let mut cells: Vec<Box<str>> = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut chars = text[start..].char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' if quoted => {
                if chars.next_if(|(_, next)| *next == '"').is_some() {
                    cell.push('"');
                } else {
                    quoted = false;
                }
            }
            '"' if cell.is_empty() => quoted = true,
            ',' if !quoted => cells.push(std::mem::take(&mut cell).into()),
            '\n' if !quoted => {
                cells.push(cell.into());
                return Some((cells, start + at + 1));
            }
            '\r' if !quoted && chars.peek().is_none_or(|(_, next)| *next == '\n') => {}
            char => cell.push(char),
        }
    }
    cells.push(cell.into());
    (!quoted).then_some((cells, text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> (Cells, Vec<Finding>) {
        let mut findings = Vec::new();
        let found = table(&Arc::from(text), Path::new("x.csv"), &mut findings);
        (found, findings)
    }

    #[test]
    fn cells_may_hold_what_separates_them() {
        let ((header, rows), findings) = cells("\u{feff}a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n,2\n");
        assert_eq!(header, ["a", "b"].map(Box::from));
        assert_eq!(
            rows,
            [["1", "x, \"y\"\nz"], ["", "2"]].map(|row| row.map(Box::from).to_vec())
        );
        assert!(findings.is_empty());
    }

    #[test]
    fn a_ragged_row_is_left_out_and_said_with_its_place() {
        let ((_, rows), findings) = cells("a,b\n1\n2,3\n4,5,6\n");
        assert_eq!(rows.len(), 1);
        assert_eq!(findings.len(), 2);
        assert_eq!(
            findings[0].line(),
            "x.csv:2:1: this row has 1 cell, the header has 2"
        );
        assert!(findings[1].line().starts_with("x.csv:4:1: "));
    }

    #[test]
    fn a_quote_that_is_not_closed_costs_the_rows_after_it() {
        let ((_, rows), findings) = cells("a,b\n1,2\n3,\"4\n5,6\n");
        assert_eq!(rows.len(), 1);
        assert_eq!(
            findings[0].line(),
            "x.csv:3:1: a cell that begins in this row has no closing quote"
        );
    }

    #[test]
    fn tables_may_be_utf_16() {
        let text = "a,b\n\u{fc},\u{1f600}\n";
        let units: Vec<u16> = std::iter::once(0xfeff).chain(text.encode_utf16()).collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        assert_eq!(decoded(&little), text);
        assert_eq!(decoded(&big), text);
        assert_eq!(decoded(text.as_bytes()), text);
    }

    #[test]
    fn a_table_without_content_says_why() {
        let read = |yaml: &str| {
            let documents = crate::rule::document::from_yaml(yaml).unwrap();
            definition(&documents[0], Path::new("nowhere/x.yml"))
                .unwrap()
                .load()
        };
        let (_, lookup, findings) = read("name: n\nfilename: n.csv");
        assert_eq!(
            lookup.absent.as_deref(),
            Some("cannot be read from its file `n.csv`")
        );
        assert_eq!(findings[0].diagnostic.code, "R107");
        let (_, lookup, findings) = read("name: k\ncollection: c");
        assert!(lookup.absent.unwrap().contains("no CSV file"));
        assert!(findings.is_empty());
    }

    #[test]
    fn definitions_are_told_from_other_files() {
        let read = |yaml: &str| {
            let documents = crate::rule::document::from_yaml(yaml).unwrap();
            definition(&documents[0], Path::new("lookups/x.yml"))
        };
        let found = read(
            "name: n\nfilename: n.csv\nmatch_type: WILDCARD(a), CIDR(b)\ndefault_match: 'false'\ncase_sensitive_match: 'false'",
        )
        .unwrap();
        assert_eq!(found.matches.len(), 2);
        assert_eq!(found.matches[1], ("b".into(), Match::Cidr));
        assert_eq!(found.min_matches, 1);
        let unnamed = read("name: n\nlookup_type: csv\nmatch_type:\n- WILDCARD(a)").unwrap();
        assert_eq!(unnamed.table().unwrap(), Path::new("lookups/x.csv"));
        assert_eq!(unnamed.matches, [("a".into(), Match::Wildcard)]);
        assert_eq!(read("name: k\nlookup_type: kvstore").unwrap().table(), None);
        assert!(read("name: m\ndefinition: search *").is_none());
        assert!(read("name: s\nnarrative: x").is_none());
        assert!(
            read("name: k\ncollection: c")
                .unwrap()
                .load()
                .1
                .rows
                .is_empty()
        );
    }
}
