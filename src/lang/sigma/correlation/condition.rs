//! The condition of a correlation: bounds of a number, or which rules must have matched.

use serde_json::{Map, Value as Json};

use super::{Reader, Referenced};
use crate::lang::Diagnostic;
use crate::lang::ir::correlation::{Condition, Kind, Rules};
use crate::lang::ir::{Comparison, Number};
use crate::lang::sigma::condition::{self, Node, Quantity, Target};
use crate::lang::sigma::place;
use crate::lang::sigma::searches::fits;
use crate::text::similar;

/// Bounds, as rules name them.
const BOUNDS: [(&str, Comparison); 6] = [
    ("lt", Comparison::Less),
    ("lte", Comparison::LessOrEqual),
    ("gt", Comparison::Greater),
    ("gte", Comparison::GreaterOrEqual),
    ("eq", Comparison::Equal),
    ("neq", Comparison::NotEqual),
];

/// Other members of a condition.
const OTHERS: [&str; 2] = ["field", "percentile"];

impl Reader<'_> {
    /// Reads the condition; without one a temporal correlation wants all of its rules.
    pub(super) fn condition(
        &mut self,
        kind: Kind,
        rules: &[(String, Referenced)],
    ) -> Option<Condition> {
        let temporal = matches!(kind, Kind::Temporal | Kind::Ordered);
        let all = Condition::Number(vec![(
            Comparison::GreaterOrEqual,
            Number::Int(rules.len() as i64),
        )]);
        let condition = match self.section.get("condition") {
            Some(Json::Object(members)) => self.bounds(members)?,
            Some(Json::String(text)) if temporal => self.on_rules(text, rules)?,
            Some(Json::Null) | None if temporal => all.clone(),
            Some(Json::Null) | None => {
                self.missing("condition");
                return None;
            }
            Some(_) => {
                let at = self.key("condition");
                self.wrong(
                    "E634",
                    "the condition is no map of bounds",
                    &at,
                    "`gte:` and the like expected",
                );
                return None;
            }
        };
        if kind == Kind::Ordered && !wants_all(&condition, rules.len()) {
            let at = self.key("condition");
            let construct = "`temporal_ordered` with a condition other than all rules";
            self.construct.get_or_insert_with(|| construct.to_owned());
            let message = format!("watchglass does not run this: {construct}");
            self.wrong("E691", &message, &at, "not runnable");
            return None;
        }
        Some(condition)
    }

    fn bounds(&mut self, members: &Map<String, Json>) -> Option<Condition> {
        let mut bounds = Vec::new();
        for (name, value) in members {
            let bound = BOUNDS.iter().find(|(known, _)| known == name);
            match (bound, of_number(value)) {
                (Some((_, op)), Some(number)) => bounds.push((*op, number)),
                (Some(_), None) => {
                    let at = self.key(name);
                    self.wrong(
                        "E634",
                        &format!("`{name}` takes a number"),
                        &at,
                        "no number here",
                    );
                }
                (None, _) if OTHERS.contains(&name.as_str()) => {}
                (None, _) => {
                    let at = self.key(name);
                    let near = similar::nearest(name, BOUNDS.iter().map(|(known, _)| *known));
                    let error = Diagnostic::error(
                        "E634",
                        format!("a condition has no `{name}`"),
                        at,
                        "unknown",
                    );
                    let help = near.map_or_else(
                        || {
                            "it has `gt`, `gte`, `lt`, `lte`, `eq`, `neq`, `field` and `percentile`"
                                .to_owned()
                        },
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.errors.push(error.help(help));
                }
            }
        }
        if bounds.is_empty() && self.errors.is_empty() {
            let at = self.key("condition");
            self.wrong(
                "E634",
                "the condition has no bound",
                &at,
                "`gte:` or the like expected in here",
            );
        }
        (!bounds.is_empty()).then_some(Condition::Number(bounds))
    }

    fn on_rules(&mut self, text: &str, rules: &[(String, Referenced)]) -> Option<Condition> {
        let base = place::of_scalar(self.text, "condition", text).unwrap_or(self.text.start);
        let node = match condition::parse(text) {
            Ok(node) => node,
            Err(error) => {
                self.errors
                    .extend(error.diagnostics.into_iter().map(|one| one.shifted(base)));
                self.construct = self.construct.take().or(error.construct);
                return None;
            }
        };
        let mut errors = Vec::new();
        let read = of_node(&node, rules, &mut errors);
        self.errors
            .extend(errors.into_iter().map(|one: Diagnostic| one.shifted(base)));
        Some(Condition::Rules(read))
    }
}

fn of_node(node: &Node, rules: &[(String, Referenced)], errors: &mut Vec<Diagnostic>) -> Rules {
    let mut each = |parts: &[Node]| {
        parts
            .iter()
            .map(|part| of_node(part, rules, errors))
            .collect()
    };
    match node {
        Node::Or(parts) => Rules::Or(each(parts)),
        Node::And(parts) => Rules::And(each(parts)),
        Node::Not(inner) => Rules::Not(Box::new(of_node(inner, rules, errors))),
        Node::Search(name) => {
            let is = |(reference, rule): &(String, Referenced)| {
                *reference == name.text || rule.names.contains(&name.text)
            };
            if let Some(at) = rules.iter().position(is) {
                return Rules::Matched(at);
            }
            let message = format!("`{}` is none of the rules of this correlation", name.text);
            let error = Diagnostic::error("E604", message, name.span.clone(), "unknown");
            let near = similar::nearest(
                &name.text,
                rules.iter().map(|(reference, _)| reference.as_str()),
            );
            errors.push(match near {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("name it under `rules:`, too"),
            });
            Rules::Or(Vec::new())
        }
        Node::Of(quantity, target) => {
            let meant = |name: &str| match target {
                Target::Them => true,
                Target::Like(pattern) => fits(&pattern.text, name),
            };
            let places = (0..rules.len())
                .filter(|at| meant(&rules[*at].0))
                .map(Rules::Matched);
            let places: Vec<Rules> = places.collect();
            match quantity {
                Quantity::All => Rules::And(places),
                Quantity::AtLeast(count) => at_least(*count as usize, &places),
            }
        }
    }
}

fn at_least(count: usize, places: &[Rules]) -> Rules {
    match (count, places.split_first()) {
        (0, _) => Rules::And(Vec::new()),
        (_, None) => Rules::Or(Vec::new()),
        (_, Some((first, rest))) => Rules::Or(vec![
            Rules::And(vec![first.clone(), at_least(count - 1, rest)]),
            at_least(count, rest),
        ]),
    }
}

/// Whether the condition is that every rule matches.
pub(super) fn wants_all(condition: &Condition, rules: usize) -> bool {
    match condition {
        Condition::Number(bounds) => {
            let wanted = Number::Int(rules as i64);
            let grows = condition.grows();
            let below = Number::Int(rules as i64 - 1);
            grows && condition.accepts(wanted) && !condition.accepts(below) && !bounds.is_empty()
        }
        Condition::Rules(Rules::And(parts)) => {
            (0..rules).all(|at| parts.contains(&Rules::Matched(at))) && parts.len() == rules
        }
        Condition::Rules(Rules::Matched(_)) => rules == 1,
        Condition::Rules(_) => false,
    }
}

fn of_number(value: &Json) -> Option<Number> {
    match value {
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Some(Number::Int(whole)),
            None => number.as_f64().map(Number::Float),
        },
        Json::String(text) => Number::parse(text.trim()),
        _ => None,
    }
}
