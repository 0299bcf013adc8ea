//! Query against rows.
//!
//! A row's texts are numbers, and a text is looked at once a term however many rows share it: a million alerts with
//! a thousand hosts cost a thousand fuzzy matches. This is the only file that knows the fuzzy matcher.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use fuzzy_matcher::FuzzyMatcher as _;
use fuzzy_matcher::skim::SkimMatcherV2;

use super::{Comparison, Flag, NumberField, Pattern, Query, Term, Test, TextField};
use crate::alert::AlertId;
use crate::ui::list::table::Names;
use crate::ui::list::{Row, Rows};

/// What a term said about a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    NotYet,
    No,
    Yes,
}

/// Answers of one term, by the number of the text or rule.
#[derive(Debug, Default)]
struct Memo {
    texts: Vec<Known>,
    rules: Vec<Known>,
}

/// A query with what it found out so far.
pub struct Matcher {
    query: Query,
    me: Arc<str>,
    fuzzy: SkimMatcherV2,
    memos: Vec<Memo>,
    hide_building_blocks: bool,
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Matcher({})", self.query)
    }
}

impl Matcher {
    /// Prepares `query` for the analyst called `me`.
    #[must_use]
    pub fn new(query: Query, me: &Arc<str>) -> Self {
        Self {
            memos: query.terms.iter().map(|_| Memo::default()).collect(),
            hide_building_blocks: !query.wants_building_blocks(),
            query,
            me: me.clone(),
            fuzzy: SkimMatcherV2::default().ignore_case(),
        }
    }

    /// Returns whether the row passes.
    pub fn matches(&mut self, rows: &Rows, row: &Row, marks: &HashSet<AlertId>) -> bool {
        if row.building_block && self.hide_building_blocks {
            return false;
        }
        let (fuzzy, me) = (&self.fuzzy, &*self.me);
        self.query
            .terms
            .iter()
            .zip(&mut self.memos)
            .all(|(term, memo)| {
                let look = Look {
                    names: &rows.names,
                    fuzzy,
                    me,
                    row,
                };
                look.holds(term, memo, marks) != term.negated
            })
    }
}

struct Look<'a> {
    names: &'a Names,
    fuzzy: &'a SkimMatcherV2,
    me: &'a str,
    row: &'a Row,
}

impl Look<'_> {
    fn holds(&self, term: &Term, memo: &mut Memo, marks: &HashSet<AlertId>) -> bool {
        let row = self.row;
        match &term.test {
            Test::Severity(wanted) => wanted.contains(&row.severity),
            Test::Status(wanted) => wanted.contains(&row.status),
            Test::Disposition(wanted) => row.disposition.is_some_and(|d| wanted.contains(&d)),
            Test::Number(field, comparison, number) => {
                let value = match field {
                    NumberField::Risk => u64::from(row.risk),
                    NumberField::Count => u64::from(row.count),
                };
                match comparison {
                    Comparison::Less => value < *number,
                    Comparison::AtMost => value <= *number,
                    Comparison::Equal => value == *number,
                    Comparison::AtLeast => value >= *number,
                    Comparison::Greater => value > *number,
                }
            }
            Test::Is(Flag::Marked) => marks.contains(&row.id),
            Test::Is(Flag::Mine) => row.owner != 0 && self.names.text(row.owner) == self.me,
            Test::Is(Flag::Owned) => row.owner != 0,
            Test::Is(Flag::Overflow) => row.overflow,
            Test::Is(Flag::BuildingBlock) => row.building_block,
            Test::Text(field, patterns) => self.text(*field, patterns, memo),
            Test::Word(word) => {
                self.rule(memo, |rule| fuzzy(self.fuzzy, word, &rule.name))
                    || [row.host, row.user, row.owner].into_iter().any(|number| {
                        self.known(memo, number, |text| fuzzy(self.fuzzy, word, text))
                    })
            }
        }
    }

    fn text(&self, field: TextField, patterns: &[Pattern], memo: &mut Memo) -> bool {
        let any = |text: &str| patterns.iter().any(|pattern| pattern.matches(text));
        match field {
            TextField::Rule => self.rule(memo, |rule| any(&rule.name) || any(&rule.id)),
            TextField::Technique => self.rule(memo, |rule| rule.techniques.iter().any(|t| any(t))),
            TextField::Host => self.known(memo, self.row.host, any),
            TextField::User => self.known(memo, self.row.user, any),
            TextField::Owner => self.known(memo, self.row.owner, |text| {
                patterns.iter().any(|pattern| match pattern.0.as_str() {
                    "me" => !text.is_empty() && text == self.me,
                    "none" | "nobody" => text.is_empty(),
                    _ => pattern.matches(text),
                })
            }),
            TextField::Id => any(&self.row.id.to_string()),
        }
    }

    fn known(&self, memo: &mut Memo, number: u32, test: impl FnOnce(&str) -> bool) -> bool {
        recall(&mut memo.texts, number, || test(self.names.text(number)))
    }

    fn rule(&self, memo: &mut Memo, test: impl FnOnce(&crate::alert::RuleFacts) -> bool) -> bool {
        let number = self.row.rule;
        recall(&mut memo.rules, number, || {
            self.names.rule(number).is_some_and(|rule| test(rule))
        })
    }
}

fn recall(known: &mut Vec<Known>, number: u32, find: impl FnOnce() -> bool) -> bool {
    let at = number as usize;
    if known.len() <= at {
        known.resize(at + 1, Known::NotYet);
    }
    if known[at] == Known::NotYet {
        known[at] = if find() { Known::Yes } else { Known::No };
    }
    known[at] == Known::Yes
}

/// Fuzzy, but close together: letters strewn over a long name are not what a person means.
fn fuzzy(matcher: &SkimMatcherV2, word: &str, text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    let Some((_, places)) = matcher.fuzzy_indices(text, word) else {
        return false;
    };
    let letters = word.chars().count();
    match (places.first(), places.last()) {
        (Some(first), Some(last)) => last - first < letters + letters / 2 + 2,
        _ => true,
    }
}

/// Returns how well `text` answers `word`, higher is better, `None` when it does not; for the palette.
#[must_use]
pub fn score(word: &str, text: &str) -> Option<i64> {
    SkimMatcherV2::default()
        .ignore_case()
        .fuzzy_match(text, word)
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::alert::Status;
    use crate::ui::list::Table;
    use crate::ui::testing::row;

    fn found(query: &str) -> Vec<usize> {
        let mut table = Table::new("ana");
        for number in 0..4 {
            let mut row = row(number);
            if number == 1 {
                row.owner = Some("ana".into());
                row.status = Status::Acknowledged;
            }
            table.put(&row);
        }
        let mut matcher = Matcher::new(parse(query).unwrap(), &"ana".into());
        let marks = HashSet::from([row(2).id]);
        let rows = table.rows();
        let passing = rows
            .iter()
            .filter(|(_, row)| matcher.matches(rows, row, &marks));
        passing.map(|(slot, _)| slot as usize).collect()
    }

    #[test]
    fn terms_narrow() {
        assert_eq!(found(""), [0, 1, 2, 3]);
        assert_eq!(found("owner:me"), [1]);
        assert_eq!(found("is:mine"), [1]);
        assert_eq!(found("-owner:none"), [1]);
        assert_eq!(found("status:open"), [0, 2, 3]);
        assert_eq!(found("is:marked"), [2]);
        assert_eq!(found("host:ws-00*"), [0, 1, 2, 3]);
        assert_eq!(found("host:ws-001"), [1]);
        assert_eq!(found("host:w?-001,ws-002"), [1, 2]);
        assert_eq!(found("risk:>100"), [] as [usize; 0]);
        assert_eq!(found("technique:t1003"), [0, 1, 2, 3]);
    }

    #[test]
    fn words_are_split_and_fuzzy() {
        assert_eq!(found("lsass ws-002"), [2]);
        assert_eq!(found("prcdump"), [0]);
        assert_eq!(found("zzqx"), [] as [usize; 0]);
    }
}
