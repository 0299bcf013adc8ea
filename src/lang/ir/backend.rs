//! What runs a regular expression: automata where they can, backtracking where the expression looks around or back, and
//! parts where it has operators of Lucene's that neither has.
//!
//! Automata take time linear in the text. Backtracking is given [`BACKTRACK_LIMIT`] steps a search; a text that needs
//! more counts as no match, and [`SEARCHES`] counts those searches.

use std::ops::Range;

use super::limit::SEARCHES;
use super::operators::Part;
use super::run::Run;

/// Most steps of one search that backtracks: a few milliseconds.
pub const BACKTRACK_LIMIT: usize = 200_000;

/// A compiled expression.
#[derive(Clone)]
pub(super) enum Backend {
    Automata(regex::Regex),
    /// And what tells whether it matches.
    Counting(Run, regex::Regex),
    Backtracking(Box<fancy_regex::Regex>),
    /// And how it is written.
    Parts(Box<Part>, Box<str>),
}

/// Where each group of a match lies in the text; the first is the whole match.
pub(super) type Found = Vec<Option<Range<usize>>>;

impl Backend {
    /// Compiles an expression that automata cannot run.
    pub fn backtracking(source: &str, insensitive: bool, size: usize) -> Option<Self> {
        let compiled = fancy_regex::RegexBuilder::new(source)
            .case_insensitive(insensitive)
            .backtrack_limit(BACKTRACK_LIMIT)
            .delegate_size_limit(size)
            .delegate_dfa_size_limit(size)
            .build()
            .ok()?;
        Some(Self::Backtracking(Box::new(compiled)))
    }

    pub fn source(&self) -> &str {
        match self {
            Self::Automata(regex) | Self::Counting(_, regex) => regex.as_str(),
            Self::Backtracking(regex) => regex.as_str(),
            Self::Parts(_, source) => source,
        }
    }

    pub fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Automata(regex) => regex.is_match(text),
            Self::Counting(run, _) => run.is_in(text),
            Self::Backtracking(regex) => regex.is_match(text).unwrap_or_else(|_| {
                SEARCHES.add(1);
                false
            }),
            Self::Parts(part, _) => part.covers(text).unwrap_or_else(|_| {
                SEARCHES.add(1);
                false
            }),
        }
    }

    /// Returns the names of the groups by their place; those without a name are `None`.
    pub fn names(&self) -> Vec<Option<&str>> {
        match self {
            Self::Automata(regex) | Self::Counting(_, regex) => regex.capture_names().collect(),
            Self::Backtracking(regex) => regex.capture_names().collect(),
            Self::Parts(..) => Vec::new(),
        }
    }

    /// Returns the groups of the first `most` matches.
    pub fn captures(&self, text: &str, most: usize) -> Vec<Found> {
        match self {
            Self::Automata(regex) | Self::Counting(_, regex) => regex
                .captures_iter(text)
                .take(most)
                .map(|found| found.iter().map(|group| Some(group?.range())).collect())
                .collect(),
            Self::Backtracking(regex) => {
                let mut all = Vec::new();
                for found in regex.captures_iter(text).take(most) {
                    let Ok(found) = found else {
                        SEARCHES.add(1);
                        break;
                    };
                    let groups = found.iter().map(|group| Some(group?.range()));
                    all.push(groups.collect());
                }
                all
            }
            // They have no groups, and cover the whole text or nothing.
            Self::Parts(..) => Vec::new(),
        }
    }
}
