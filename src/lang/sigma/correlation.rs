//! The `correlation` section of a rule: how it joins the matches of other rules.
//!
//! Takes the section as a tree, the text it stands in, and a way to the rules that it refers to; gives a [`Query`] with
//! a [`Stateful::Correlation`]. Source: Sigma correlation rules specification 2.1; the types beyond it (`value_sum`,
//! `value_avg`, `value_percentile`, `value_median`) and conditions on rules as the schema's tests and pySigma have them.

mod condition;

use serde_json::Value as Json;

use super::lower::field;
use super::place::{Cursor, Text};
use crate::lang::ir::correlation::{Input, Kind, Source};
use crate::lang::ir::stateful::Stage;
use crate::lang::ir::{Correlation, Pred, Stateful};
use crate::lang::{CompileError, Diagnostic, Query, Span};
use crate::schema::FieldRef;
use crate::text::similar;

/// What `value_percentile` asks for when it does not say (pySigma's default).
const PERCENT: f64 = 95.0;

/// Types, as rules name them.
const TYPES: [(&str, Kind); 8] = [
    ("event_count", Kind::EventCount),
    ("value_count", Kind::ValueCount),
    ("value_sum", Kind::Sum),
    ("value_avg", Kind::Average),
    ("value_percentile", Kind::Percentile(PERCENT)),
    ("value_median", Kind::Median),
    ("temporal", Kind::Temporal),
    ("temporal_ordered", Kind::Ordered),
];

/// A rule that a correlation refers to.
#[derive(Debug, Clone)]
pub struct Referenced {
    /// Its id and its name.
    pub names: Vec<String>,
    pub query: Query,
}

/// Why a reference leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unresolved {
    /// No such rule is loaded; the name is near to this one.
    Unknown(Option<String>),
    /// The rule itself does not run, for this reason.
    Broken(String),
    /// The rule refers back to the correlation.
    Cycle,
}

/// Finds a rule by its id or name.
pub type Resolve<'r> = dyn FnMut(&str) -> Result<Referenced, Unresolved> + 'r;

/// Compiles the section `section`, which stands at `text`.
///
/// # Errors
/// Everything that is wrong with it, or the rule that it lacks.
pub fn compile(
    section: &Json,
    text: Text<'_>,
    resolve: &mut Resolve<'_>,
) -> Result<Query, CompileError> {
    let mut reader = Reader {
        section,
        text,
        errors: Vec::new(),
        construct: None,
    };
    let query = reader.query(resolve);
    match query {
        Some(query) if reader.errors.is_empty() => Ok(query),
        _ => Err(CompileError {
            diagnostics: reader.errors,
            construct: reader.construct,
        }),
    }
}

struct Reader<'a> {
    section: &'a Json,
    text: Text<'a>,
    errors: Vec<Diagnostic>,
    construct: Option<String>,
}

impl Reader<'_> {
    fn query(&mut self, resolve: &mut Resolve<'_>) -> Option<Query> {
        let kind = self.kind();
        let span = self.timespan();
        let group_by = texts(self.section.get("group-by"));
        let fields = texts(self.section.pointer("/condition/field"));
        let rules = self.rules(resolve);
        let kind = kind?;
        if needs_field(kind) && fields.is_empty() {
            let at = self.key("condition");
            self.wrong(
                "E634",
                "the condition names no field to compute with",
                &at,
                "`field:` expected in here",
            );
        }
        let inputs: Vec<Input> = rules
            .iter()
            .map(|(name, rule)| self.input(name, rule, &group_by, &fields))
            .collect();
        let condition = self.condition(kind, &rules)?;
        let temporal = matches!(kind, Kind::Temporal | Kind::Ordered);
        let wants_all = temporal && condition::wants_all(&condition, rules.len());
        let kind = match (
            kind,
            self.section
                .pointer("/condition/percentile")
                .and_then(Json::as_f64),
        ) {
            (Kind::Percentile(_), Some(percent)) => Kind::Percentile(percent.clamp(0.0, 100.0)),
            (kind, _) => kind,
        };
        let starved = starved(wants_all, &rules);
        let stateful = Stateful::Correlation(Correlation {
            kind,
            inputs,
            span: span?,
            condition,
            group_by: group_by.into_iter().map(Into::into).collect(),
        });
        Some(Query {
            select: stateful.select(),
            stateful: Some(Box::new(stateful)),
            starved,
            ..Query::default()
        })
    }

    fn kind(&mut self) -> Option<Kind> {
        let Some(word) = self.section.get("type").and_then(Json::as_str) else {
            self.missing("type");
            return None;
        };
        let found = TYPES
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, kind)| *kind);
        if found.is_none() {
            let at = self.value("type", word);
            let near = similar::nearest(word, TYPES.iter().map(|(name, _)| *name));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it is one of {}", TYPES.map(|(name, _)| name).join(", ")),
            };
            let error = Diagnostic::error(
                "E630",
                format!("there is no correlation `{word}`"),
                at,
                "unknown",
            );
            self.errors.push(error.help(help));
        }
        found
    }

    fn timespan(&mut self) -> Option<i64> {
        let Some(written) = self.section.get("timespan").map(written) else {
            self.missing("timespan");
            return None;
        };
        let nanos = duration(&written);
        if nanos.is_none() {
            let at = self.value("timespan", &written);
            let error = Diagnostic::error(
                "E633",
                format!("`{written}` is no length of time"),
                at,
                "not understood",
            );
            self.errors
                .push(error.help("write a number and one of `s`, `m`, `h`, `d`, such as `15m`"));
        }
        nanos
    }

    /// Finds the rules that are referred to.
    fn rules(&mut self, resolve: &mut Resolve<'_>) -> Vec<(String, Referenced)> {
        let references = texts(self.section.get("rules"));
        if references.is_empty() {
            self.missing("rules");
        }
        let mut found = Vec::new();
        for reference in references {
            match resolve(&reference) {
                Ok(rule) => found.push((reference, rule)),
                Err(unresolved) => self.unresolved(&reference, unresolved),
            }
        }
        found
    }

    fn unresolved(&mut self, reference: &str, unresolved: Unresolved) {
        let (message, help) = match unresolved {
            Unresolved::Unknown(near) => (
                format!("no rule with the id or name `{reference}` is loaded"),
                match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "load the rule together with this one".to_owned(),
                },
            ),
            Unresolved::Broken(reason) => (
                format!("the rule `{reference}` does not run: {reason}"),
                "mend that rule first".to_owned(),
            ),
            Unresolved::Cycle => (
                format!("the rule `{reference}` refers back to this one"),
                "a correlation cannot be a part of itself".to_owned(),
            ),
        };
        let at = self.value("rules", reference);
        self.construct.get_or_insert_with(|| message.clone());
        self.errors
            .push(Diagnostic::error("E632", message, at, "refers to it").help(help));
    }

    fn input(
        &self,
        name: &str,
        rule: &Referenced,
        group_by: &[String],
        fields: &[String],
    ) -> Input {
        let by = group_by
            .iter()
            .map(|group| (self.alias(group, name, rule), false))
            .collect();
        let source = match rule.query.stateful.as_deref() {
            Some(Stateful::Correlation(inner)) => Source::Correlation(Box::new(inner.clone())),
            _ => Source::Events,
        };
        let mut select = rule.query.select.clone();
        // The condition stands in another rule's text.
        select.spans(&mut |span| *span = 0..0);
        Input {
            name: name.into(),
            source,
            stage: Stage {
                select: if rule.query.starved.is_some() {
                    Pred::Const(false)
                } else {
                    select
                },
                missing: false,
                by,
                span: 0..0,
            },
            values: fields
                .iter()
                .map(|name_of| self.alias(name_of, name, rule))
                .collect(),
        }
    }

    /// Returns the field that `group` stands for in the events of a rule.
    fn alias(&self, group: &str, reference: &str, rule: &Referenced) -> FieldRef {
        let aliases = self
            .section
            .get("aliases")
            .and_then(|aliases| aliases.get(group));
        let names = [reference]
            .into_iter()
            .chain(rule.names.iter().map(String::as_str));
        let meant = aliases.and_then(|by_rule| {
            names
                .filter_map(|name| by_rule.get(name))
                .find_map(Json::as_str)
        });
        field(meant.unwrap_or(group))
    }

    fn key(&self, key: &str) -> Span {
        Cursor::new(self.text).key(key)
    }

    fn value(&self, key: &str, value: &str) -> Span {
        let mut cursor = Cursor::new(self.text);
        let key = cursor.key(key);
        cursor.value(value, &key)
    }

    fn missing(&mut self, member: &str) {
        let at = self.text.start;
        self.wrong(
            "E631",
            &format!("the correlation has no `{member}`"),
            &(at..at),
            "expected in here",
        );
    }

    fn wrong(&mut self, code: &'static str, message: &str, span: &Span, label: &str) {
        self.errors
            .push(Diagnostic::error(code, message, span.clone(), label));
    }
}

const fn needs_field(kind: Kind) -> bool {
    !matches!(kind, Kind::EventCount | Kind::Temporal | Kind::Ordered)
}

/// A correlation that wants each of its rules never fires when one of them does not; another when none does.
fn starved(wants_all: bool, rules: &[(String, Referenced)]) -> Option<String> {
    let mut reasons = rules.iter().filter_map(|(name, rule)| {
        let reason = rule.query.starved.as_ref()?;
        Some(format!("the rule `{name}`: {reason}"))
    });
    let first = reasons.next()?;
    let all = reasons.count() + 1 == rules.len();
    (all || wants_all).then_some(first)
}

fn texts(value: Option<&Json>) -> Vec<String> {
    match value {
        Some(Json::Array(items)) => items.iter().map(written).collect(),
        Some(Json::Null) | None => Vec::new(),
        Some(single) => vec![written(single)],
    }
}

fn written(value: &Json) -> String {
    match value {
        Json::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

/// Reads a length of time as nanoseconds; months and years are the average ones.
fn duration(text: &str) -> Option<i64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let count: i64 = text[..digits].parse().ok()?;
    let seconds: i64 = match &text[digits..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        "M" => 2_629_746,
        "y" => 31_556_952,
        _ => return None,
    };
    count
        .checked_mul(seconds)?
        .checked_mul(1_000_000_000)
        .filter(|nanos| *nanos > 0)
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn lengths_of_time() {
        assert_eq!(duration("90m"), Some(5_400_000_000_000));
        assert_eq!(duration("1d"), Some(86_400_000_000_000));
        for wrong in ["", "m", "0s", "5", "5 m", "1H", "999999999999d"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
