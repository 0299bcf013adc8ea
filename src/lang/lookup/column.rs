//! One column of a lookup, compiled so that the rows which fit a value are found without trying each.
//!
//! Takes the cells of the column and how they are compared; gives, for a value, the rows that may fit it, in order. A
//! published list of dynamic DNS providers has 92,000 patterns.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::Match;
use crate::lang::grams::Grams;
use crate::lang::ir::pattern::Piece;
use crate::lang::ir::{Case, Network, Pattern};

/// A compiled column.
#[derive(Debug)]
pub enum Column {
    /// Rows by their folded text.
    Exact(HashMap<Box<str>, Vec<usize>>),
    Wildcard(Wildcards),
    Cidr(Vec<Option<Network>>),
}

/// A pattern for each row.
#[derive(Debug)]
pub struct Wildcards {
    patterns: Vec<Pattern>,
    /// Texts that a value has to have, the longest of each pattern, and the rows of those patterns.
    texts: Vec<Box<[u8]>>,
    rows: Vec<Vec<usize>>,
    grams: Grams,
}

impl Column {
    /// Returns the column with these cells.
    pub fn new<'a>(cells: impl Iterator<Item = &'a str>, kind: Match, case: Case) -> Self {
        match kind {
            Match::Exact => {
                let mut rows: HashMap<Box<str>, Vec<usize>> = HashMap::new();
                for (row, text) in cells.enumerate() {
                    rows.entry(case.fold_text(text)).or_default().push(row);
                }
                Self::Exact(rows)
            }
            Match::Wildcard => {
                let patterns = cells.map(|text| pattern(text, case));
                Self::Wildcard(Wildcards::new(patterns.collect()))
            }
            Match::Cidr => Self::Cidr(cells.map(Network::parse).collect()),
        }
    }

    /// Returns the rows that the value, which is `folded` beside, may fit, in order; `None` when any may.
    pub fn may_fit(&self, folded: &str) -> Option<Cow<'_, [usize]>> {
        match self {
            Self::Exact(rows) => {
                let rows = rows.get(folded).map_or(&[][..], Vec::as_slice);
                Some(Cow::Borrowed(rows))
            }
            Self::Wildcard(wildcards) => Some(Cow::Owned(wildcards.may_fit(folded))),
            Self::Cidr(_) => None,
        }
    }

    /// Returns whether the value fits the row, one of those that it may fit.
    pub fn fits(&self, row: usize, value: &str, folded: &str) -> bool {
        match self {
            Self::Exact(rows) => rows
                .get(folded)
                .is_some_and(|rows| rows.binary_search(&row).is_ok()),
            Self::Wildcard(wildcards) => {
                let pattern = wildcards.patterns.get(row);
                pattern.is_some_and(|pattern| pattern.fits(value))
            }
            Self::Cidr(networks) => {
                let network = networks.get(row).copied().flatten();
                network.is_some_and(|network| network.holds(value))
            }
        }
    }
}

impl Wildcards {
    fn new(patterns: Vec<Pattern>) -> Self {
        let mut by_text: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (row, pattern) in patterns.iter().enumerate() {
            let text = pattern.longest_text().unwrap_or_default();
            by_text.entry(text).or_default().push(row);
        }
        let by_text = by_text.into_iter();
        let (texts, rows): (Vec<Box<[u8]>>, _) = by_text
            .map(|(text, rows)| (text.into_bytes().into(), rows))
            .unzip();
        Self {
            grams: Grams::new(&texts),
            texts,
            rows,
            patterns,
        }
    }

    fn may_fit(&self, folded: &str) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        let mut add = |text| found.push(text);
        self.grams.find(&self.texts, folded.as_bytes(), &mut add);
        found.sort_unstable();
        found.dedup();
        let rows = found.iter().flat_map(|text| &self.rows[*text]);
        let mut rows: Vec<usize> = rows.copied().collect();
        rows.sort_unstable();
        rows
    }
}

/// Returns the pattern of a cell, in which `*` stands for any text.
pub fn pattern(text: &str, case: Case) -> Pattern {
    let pieces = text.chars().map(|char| match char {
        '*' => Piece::Many,
        char => Piece::Char(char),
    });
    Pattern::new(pieces, case)
}
