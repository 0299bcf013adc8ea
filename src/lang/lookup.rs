//! Lookup tables: rows of texts that a search finds by some of their columns.
//!
//! Takes a header and rows, and how each column is compared; gives the rows that fit some values.

use std::collections::HashMap;

use super::ir::pattern::Piece;
use super::ir::{Case, Network, Pattern};

/// A lookup table.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    pub name: Box<str>,
    pub header: Vec<Box<str>>,
    pub rows: Vec<Vec<Box<str>>>,
    pub case: Case,
    /// Most rows that one search finds.
    pub max_matches: usize,
    /// Fewer matches are filled up with `default`.
    pub min_matches: usize,
    /// What the columns hold when no row fits and `min_matches` wants one.
    pub default: Option<Box<str>>,
    /// Why there is no content, where there is none: the end of a sentence that begins with the table.
    pub absent: Option<Box<str>>,
    columns: Vec<Column>,
}

/// How a column of a lookup is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    Exact,
    /// `*` in the table stands for any text.
    Wildcard,
    /// The table holds networks.
    Cidr,
}

#[derive(Debug, Clone, PartialEq)]
enum Column {
    /// Rows by their folded text.
    Exact(HashMap<Box<str>, Vec<usize>>),
    Wildcard(Vec<Pattern>),
    Cidr(Vec<Option<Network>>),
}

impl Lookup {
    /// Splunk's own limit of rows that one value finds.
    pub const MAX_MATCHES: usize = 1000;

    /// Returns the table; `matches` names the columns that are not compared whole.
    #[must_use]
    pub fn new(
        name: &str,
        header: Vec<Box<str>>,
        rows: Vec<Vec<Box<str>>>,
        case: Case,
        matches: &[(Box<str>, Match)],
    ) -> Self {
        let columns = header
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let kind = matches.iter().find(|(name, _)| name == column);
                let texts = rows.iter().map(|row| row.get(at).map_or("", |cell| cell));
                compile(texts, kind.map_or(Match::Exact, |(_, kind)| *kind), case)
            })
            .collect();
        Self {
            name: name.into(),
            header,
            rows,
            case,
            max_matches: Self::MAX_MATCHES,
            min_matches: 0,
            default: None,
            absent: None,
            columns,
        }
    }

    /// Returns a table without rows, for one whose content is not there.
    #[must_use]
    pub fn empty(name: &str) -> Self {
        Self::new(name, Vec::new(), Vec::new(), Case::Sensitive, &[])
    }

    /// Returns the place of a column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| **column == *name)
    }

    /// Returns the rows in which every named column fits its value, in their order, at most `max_matches`.
    #[must_use]
    pub fn find(&self, wanted: &[(usize, &str)]) -> Vec<&[Box<str>]> {
        let folded: Vec<_> = wanted
            .iter()
            .map(|(column, value)| (*column, self.case.fold_text(value), *value))
            .collect();
        let fits = |row: &usize| {
            folded
                .iter()
                .all(|(column, folded, value)| match self.columns.get(*column) {
                    Some(Column::Exact(_)) => self
                        .rows
                        .get(*row)
                        .and_then(|cells| cells.get(*column))
                        .is_some_and(|cell| self.case.equals(cell, folded)),
                    Some(Column::Wildcard(patterns)) => patterns
                        .get(*row)
                        .is_some_and(|pattern| pattern.fits(value)),
                    Some(Column::Cidr(networks)) => networks
                        .get(*row)
                        .copied()
                        .flatten()
                        .is_some_and(|network| network.holds(value)),
                    None => false,
                })
        };
        let exact = folded
            .iter()
            .find_map(|(column, folded, _)| match self.columns.get(*column) {
                Some(Column::Exact(rows)) => Some(rows.get(folded).map_or(&[][..], Vec::as_slice)),
                _ => None,
            });
        let found: Vec<usize> = match exact {
            Some(candidates) => candidates
                .iter()
                .copied()
                .filter(fits)
                .take(self.max_matches)
                .collect(),
            None => (0..self.rows.len())
                .filter(fits)
                .take(self.max_matches)
                .collect(),
        };
        found
            .into_iter()
            .filter_map(|row| self.rows.get(row).map(Vec::as_slice))
            .collect()
    }
}

fn compile<'a>(texts: impl Iterator<Item = &'a str>, kind: Match, case: Case) -> Column {
    match kind {
        Match::Exact => {
            let mut rows: HashMap<Box<str>, Vec<usize>> = HashMap::new();
            for (row, text) in texts.enumerate() {
                rows.entry(case.fold_text(text)).or_default().push(row);
            }
            Column::Exact(rows)
        }
        Match::Wildcard => Column::Wildcard(texts.map(|text| pattern(text, case)).collect()),
        Match::Cidr => Column::Cidr(texts.map(Network::parse).collect()),
    }
}

fn pattern(text: &str, case: Case) -> Pattern {
    let pieces = text.chars().map(|char| match char {
        '*' => Piece::Many,
        char => Piece::Char(char),
    });
    Pattern::new(pieces, case)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(case: Case) -> Lookup {
        let rows = [
            ["cmd.exe", r"*\System32\*", "10.0.0.0/8"],
            ["cmd.exe", r"*\SysWOW64\*", "fe80::/10"],
            ["*.scr", "*", "none"],
        ];
        let rows = rows.iter().map(|row| row.map(Box::from).to_vec()).collect();
        let header = ["name", "path", "net"].map(Box::from).to_vec();
        let matches = [
            ("path".into(), Match::Wildcard),
            ("net".into(), Match::Cidr),
        ];
        Lookup::new("t", header, rows, case, &matches)
    }

    #[test]
    fn rows_are_found_by_all_their_columns() {
        let table = table(Case::Insensitive);
        assert_eq!(table.find(&[(0, "CMD.EXE")]).len(), 2);
        let found = table.find(&[(0, "cmd.exe"), (1, r"c:\windows\syswow64\cmd.exe")]);
        assert_eq!(&*found[0][2], "fe80::/10");
        assert_eq!(table.find(&[(2, "10.1.2.3")]).len(), 1);
        assert!(table.find(&[(2, "11.1.2.3")]).is_empty());
        // An exact column takes a star as it stands.
        assert!(table.find(&[(0, "a.scr")]).is_empty());
    }

    #[test]
    fn case_counts_where_it_is_said_to() {
        assert!(table(Case::Sensitive).find(&[(0, "CMD.EXE")]).is_empty());
    }
}
