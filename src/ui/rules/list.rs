//! The list: where one is in it, and what a search finds.

use super::{Standing, reason};
use crate::rule::{Language, Rule, RuleSet};

/// A cursor in a list of lines of which only a window is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Roll {
    at: usize,
    offset: usize,
    height: usize,
    len: usize,
}

impl Roll {
    /// Returns the line under the cursor.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// Returns the first line in the window.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Takes how many lines there are.
    pub fn set(&mut self, len: usize) {
        self.len = len;
        self.settle();
    }

    /// Takes the height of the window.
    pub fn resize(&mut self, height: usize) {
        self.height = height;
        self.settle();
    }

    /// Goes to a line, or as near as there are lines.
    pub fn go(&mut self, line: usize) {
        self.at = line;
        self.settle();
    }

    /// Moves by lines.
    pub fn step(&mut self, by: isize) {
        self.go(self.at.saturating_add_signed(by));
    }

    /// Moves by half a window.
    pub fn page(&mut self, down: bool) {
        let half = (self.height / 2).max(1) as isize;
        self.step(if down { half } else { -half });
    }

    /// A cursor that leaves the window moves it by half its height, as in the list of alerts.
    fn settle(&mut self) {
        let height = self.height.max(1);
        self.at = self.at.min(self.len.saturating_sub(1));
        if self.at < self.offset {
            self.offset = (self.at + 1).saturating_sub(height.div_ceil(2));
        } else if self.at >= self.offset + height {
            self.offset = self.at - height / 2;
        }
        self.offset = self.offset.min(self.len.saturating_sub(height));
    }
}

/// Returns what a search looks through: name, id, file, language, techniques and reason, in lower case.
#[must_use]
pub fn text(rule: &Rule) -> String {
    let techniques = rule.threat.iter().flat_map(|threat| &threat.techniques);
    let techniques: Vec<&str> = techniques.map(String::as_str).collect();
    let parts = [
        &rule.name,
        &rule.id,
        &rule.path.display().to_string(),
        rule.language.as_str(),
        &techniques.join(" "),
        reason(rule),
    ];
    parts.join("\n").to_lowercase()
}

/// Returns the short word for a language, as the search takes it too.
#[must_use]
pub const fn short(language: Language) -> &'static str {
    match language {
        Language::Kuery => "kql",
        Language::MachineLearning => "ml",
        other => other.as_str(),
    }
}

/// A search: all of its words must be found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    /// `state`, `lang`, `sev`, `technique`, `reason`; empty for a plain word.
    field: String,
    text: String,
    negated: bool,
}

impl Search {
    /// Reads words, `field:word` and `"several words"`; a `-` before one turns it round. Every text is a search.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut terms = Vec::new();
        for word in words(text) {
            let (negated, word) = match word.strip_prefix('-') {
                Some(rest) if !rest.is_empty() => (true, rest),
                _ => (false, &*word),
            };
            let known = ["state", "lang", "sev", "technique", "reason"];
            let (field, text) = match word.split_once(':') {
                Some((field, text)) if known.contains(&field) => (field, text),
                _ => ("", word),
            };
            terms.push(Term {
                field: field.to_owned(),
                text: text.replace('"', "").to_lowercase(),
                negated,
            });
        }
        Self { terms }
    }

    /// Returns whether `rule` passes; `text` is what [`text`] says of it.
    #[must_use]
    pub fn passes(&self, rule: &Rule, set: &RuleSet, text: &str) -> bool {
        self.terms
            .iter()
            .all(|term| term.holds(rule, set, text) != term.negated)
    }
}

impl Term {
    fn holds(&self, rule: &Rule, set: &RuleSet, text: &str) -> bool {
        let wanted = self.text.as_str();
        match self.field.as_str() {
            "state" => {
                let words = Standing::of(rule, set).words().replace(' ', "_");
                words.starts_with(&wanted.replace([' ', '-'], "_"))
            }
            "lang" => short(rule.language) == wanted || rule.language.as_str() == wanted,
            "sev" => rule.severity.as_str().starts_with(wanted),
            "reason" => reason(rule).to_lowercase() == wanted,
            "technique" => {
                let mut techniques = rule.threat.iter().flat_map(|threat| &threat.techniques);
                // A technique stands for its sub-techniques too.
                techniques.any(|id| {
                    let id = id.to_lowercase();
                    id.strip_prefix(wanted)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                })
            }
            _ => text.contains(wanted),
        }
    }
}

/// Cuts at blanks that stand outside quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for character in text.chars() {
        if character.is_whitespace() && !quoted {
            words.push(std::mem::take(&mut word));
            continue;
        }
        quoted ^= character == '"';
        word.push(character);
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(search: &str) -> usize {
        let set = RuleSet::builtin();
        let search = Search::parse(search);
        let passing = set
            .rules
            .iter()
            .filter(|rule| search.passes(rule, &set, &text(rule)));
        passing.count()
    }

    #[test]
    fn words_fields_and_quotes_narrow() {
        assert_eq!(found(""), 4);
        assert_eq!(found("lsass"), 2);
        assert_eq!(found("lang:spl"), 2);
        assert_eq!(found("lang:kql minidump"), 1);
        assert_eq!(found("-lang:spl"), 2);
        assert_eq!(found("state:runs"), 4);
        assert_eq!(found("state:not"), 0);
        assert_eq!(found("technique:T1003"), 4);
        assert_eq!(found("technique:T100"), 0);
        assert_eq!(found("\"lsass dump\""), 1);
    }

    #[test]
    fn the_cursor_stays_in_its_window() {
        let mut roll = Roll::default();
        roll.resize(10);
        roll.set(6_000);
        for by in [1, 9, 500, -3, 10_000, -4_000, -20_000] {
            roll.step(by);
            assert!((roll.offset()..roll.offset() + 10).contains(&roll.at()));
        }
        roll.go(usize::MAX);
        assert_eq!(roll.at(), 5_999);
        roll.set(0);
        assert_eq!((roll.at(), roll.offset()), (0, 0));
    }
}
