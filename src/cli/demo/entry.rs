//! One event before it takes the shape of a log.

use super::kind::Kind;
use crate::event::Time;

/// One event.
#[derive(Debug, Clone)]
pub struct Entry {
    pub time: Time,
    /// The host's place in the company.
    pub host: usize,
    /// The host's full name.
    pub computer: String,
    pub kind: &'static Kind,
    /// `EventRecordID`: counted for each host and channel in the order of time.
    pub record: u64,
    /// The process and thread that wrote it.
    pub writer: (u32, u32),
    /// Whose SID stands at `Security/@UserID`.
    pub account: Option<Account>,
    /// Its bytes reach the file in two halves.
    pub torn: bool,
    pub members: Vec<(&'static str, Cell)>,
}

/// An account: its SID, and the names that an agent on the host finds for it.
#[derive(Debug, Clone)]
pub struct Account {
    pub sid: String,
    pub domain: String,
    pub name: String,
}

/// A member's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    Number(i64),
    Flag(bool),
    List(Vec<String>),
}

impl Cell {
    /// Reads a filled-in text: `#7` is a number, `?true` a flag and, in a document, `@a,b` a list.
    pub fn read(text: String, document: bool) -> Self {
        if let Some(number) = text
            .strip_prefix('#')
            .and_then(|digits| digits.parse().ok())
        {
            return Self::Number(number);
        }
        if let Some(flag) = text.strip_prefix('?').and_then(|flag| flag.parse().ok()) {
            return Self::Flag(flag);
        }
        match text.strip_prefix('@') {
            Some(items) if document => Self::List(items.split(',').map(str::to_owned).collect()),
            _ => Self::Text(text),
        }
    }

    /// Returns the value as Windows writes it in XML.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::List(items) => items.join(","),
        }
    }
}

impl Entry {
    /// Returns the message as the host renders it: the title and a line for each member.
    pub fn message(&self, line_end: &str) -> String {
        let mut text = self.kind.title.clone();
        for (name, cell) in &self.members {
            let value = cell.text().replace('\n', line_end);
            text.push_str(line_end);
            if self.kind.nameless {
                text.push_str(&value);
            } else {
                text.push_str(&format!("{name}: {value}"));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_makes_a_number_a_flag_or_a_list() {
        assert_eq!(Cell::read("#12".into(), false), Cell::Number(12));
        assert_eq!(Cell::read("?true".into(), false), Cell::Flag(true));
        let list = Cell::List(vec!["a".into(), "b".into()]);
        assert_eq!(Cell::read("@a,b".into(), true), list);
        for text in ["# a comment", "@(1, 2)", "?", ""] {
            assert_eq!(Cell::read(text.into(), false), Cell::Text(text.into()));
        }
    }
}
