//! Lookup tables: rows of texts that a search finds by some of their columns.
//!
//! Takes a header and rows, and how each column is compared; gives the rows that fit some values.

mod column;

use std::sync::OnceLock;

use super::ir::Case;
use column::Column;

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
    columns: Vec<Compared>,
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

/// A column, compiled when something is first looked for in it: few columns ever are searched.
#[derive(Debug)]
struct Compared {
    kind: Match,
    compiled: OnceLock<Column>,
}

impl Compared {
    const fn new(kind: Match) -> Self {
        Self {
            kind,
            compiled: OnceLock::new(),
        }
    }
}

impl Clone for Compared {
    fn clone(&self) -> Self {
        Self::new(self.kind)
    }
}

impl PartialEq for Compared {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
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
        let columns = header.iter().map(|column| {
            let kind = matches.iter().find(|(name, _)| name == column);
            Compared::new(kind.map_or(Match::Exact, |(_, kind)| *kind))
        });
        Self {
            name: name.into(),
            columns: columns.collect(),
            header,
            rows,
            case,
            max_matches: Self::MAX_MATCHES,
            min_matches: 0,
            default: None,
            absent: None,
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
        let wanted = wanted.iter().map(|(column, value)| {
            let folded = self.case.fold_text(value);
            Some((self.compiled(*column)?, *value, folded))
        });
        let Some(wanted) = wanted.collect::<Option<Vec<_>>>() else {
            return Vec::new();
        };
        let fits = |row: &usize| {
            let mut wanted = wanted.iter();
            wanted.all(|(column, value, folded)| column.fits(*row, value, folded))
        };
        let take = |rows: &mut dyn Iterator<Item = usize>| {
            let rows = rows.filter(fits).take(self.max_matches);
            let rows = rows.filter_map(|row| self.rows.get(row).map(Vec::as_slice));
            rows.collect()
        };
        let may_fit = wanted
            .iter()
            .filter_map(|(column, _, folded)| column.may_fit(folded))
            .min_by_key(|rows| rows.len());
        match may_fit {
            Some(rows) => take(&mut rows.iter().copied()),
            None => take(&mut (0..self.rows.len())),
        }
    }

    fn compiled(&self, at: usize) -> Option<&Column> {
        let column = self.columns.get(at)?;
        Some(column.compiled.get_or_init(|| {
            let cells = self.rows.iter();
            let cells = cells.map(|row| row.get(at).map_or("", |cell| cell));
            Column::new(cells, column.kind, self.case)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::column::pattern;
    use super::*;
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn wildcards_find_the_rows_that_fit(
            patterns in proptest::collection::vec("[abK.*]{0,7}", 0..20),
            value in "[abAkB.\u{212a}]{0,12}",
            ignore in any::<bool>(),
        ) {
            let case = if ignore { Case::Insensitive } else { Case::Sensitive };
            let rows = patterns.iter().map(|cell| vec![cell.as_str().into()]).collect();
            let matches = [("p".into(), Match::Wildcard)];
            let table = Lookup::new("t", vec!["p".into()], rows, case, &matches);
            let found = table.find(&[(0, &value)]);
            let fits = |cell: &&String| pattern(cell, case).fits(&value);
            let found: Vec<&str> = found.iter().map(|row| &*row[0]).collect();
            let each: Vec<&str> = patterns.iter().filter(fits).map(String::as_str).collect();
            prop_assert_eq!(found, each);
        }
    }

    #[test]
    fn case_counts_where_it_is_said_to() {
        assert!(table(Case::Sensitive).find(&[(0, "CMD.EXE")]).is_empty());
    }
}
