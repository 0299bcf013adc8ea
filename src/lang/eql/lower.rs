//! The tree becomes IR, and what cannot be meant is reported.
//!
//! A comparison of a field with constants becomes a leaf, which is two-valued as Elasticsearch's term queries are;
//! anything with a function becomes a three-valued expression. `not` directly on such an expression keeps null null.

mod statement;

use super::functions;
use super::regex::compile;
use super::tree::{Expr, MatchKind, Node, Operator};
use crate::event::FieldId;
use crate::lang::ir::expr::Arithmetic;
use crate::lang::ir::pattern::Piece;
use crate::lang::ir::test::parse_time;
use crate::lang::ir::{
    Case, Comparison, Expr as Value, Leaf, Lists, Network, Number, Pattern, Pred, Test, Truth,
};
use crate::lang::{Diagnostic, Span};
use crate::schema::{self, FieldKind, FieldRef, Vocabulary};
use crate::text::{counted, similar};

pub use statement::lower;

fn ecs(name: &str) -> FieldRef {
    FieldRef {
        vocabulary: Vocabulary::Ecs,
        name: FieldId::of(name),
    }
}

#[derive(Default)]
struct Lowering {
    errors: Vec<Diagnostic>,
    construct: Option<String>,
}

impl Lowering {
    /// Lowers what stands where a condition must.
    fn condition(&mut self, expr: &Expr) -> Pred {
        let span = expr.span.clone();
        match &expr.node {
            Node::And(parts) => Pred::all(
                parts
                    .iter()
                    .map(|part| self.condition(part))
                    .collect::<Vec<_>>(),
            ),
            Node::Or(parts) => Pred::any(
                parts
                    .iter()
                    .map(|part| self.condition(part))
                    .collect::<Vec<_>>(),
            ),
            Node::Not(inner) => match self.condition(inner) {
                Pred::Truth(Truth { expr, lists }, _) => {
                    let expr = Value::Not(Box::new(expr));
                    Pred::Truth(Truth { expr, lists }, span)
                }
                other => other.negate(),
            },
            Node::Bool(value) => Pred::Const(*value),
            Node::Null => Pred::Const(false),
            Node::Field { name, .. } => {
                leaf(name, Test::Text("true".into(), Case::Sensitive), span)
            }
            Node::Compare(op, left, right) => self.compare(*op, left, right, span),
            Node::In {
                negated,
                ignore_case,
                value,
                list,
            } => {
                let pred = self.membership(value, list, *ignore_case, &span);
                match pred {
                    Pred::Truth(Truth { expr, lists }, _) if *negated => {
                        let expr = Value::Not(Box::new(expr));
                        Pred::Truth(Truth { expr, lists }, span)
                    }
                    pred if *negated => pred.negate(),
                    pred => pred,
                }
            }
            Node::Match {
                kind,
                value,
                patterns,
            } => self.matches(*kind, value, patterns, span),
            Node::Call { .. } => truth(self.value(expr), span),
            Node::Text(_) | Node::Number(_) | Node::Arithmetic(..) | Node::Negative(_) => {
                self.errors.push(
                    Diagnostic::error(
                        "E120",
                        "a value stands where a condition must",
                        span,
                        "neither true nor false",
                    )
                    .help("compare it with something"),
                );
                Pred::Const(false)
            }
        }
    }

    fn compare(&mut self, op: Comparison, left: &Expr, right: &Expr, span: Span) -> Pred {
        match (&left.node, &right.node) {
            (Node::Field { name, .. }, constant) if is_constant(constant) => {
                self.compare_field(op, name, right, span)
            }
            (constant, Node::Field { name, .. }) if is_constant(constant) => {
                self.compare_field(op.mirrored(), name, left, span)
            }
            _ => truth(self.comparison(op, left, right), span),
        }
    }

    fn compare_field(&mut self, op: Comparison, name: &str, constant: &Expr, span: Span) -> Pred {
        if constant.node == Node::Null {
            let exists = leaf(name, Test::Exists, span.clone());
            return match op {
                Comparison::NotEqual => exists,
                Comparison::Equal => exists.negate(),
                _ => {
                    self.errors.push(
                        Diagnostic::error("E121", "null has no order", span, "compares with null")
                            .help("`== null` and `!= null` ask whether the field has a value"),
                    );
                    Pred::Const(false)
                }
            };
        }
        let kind = schema::kind(FieldId::of(name));
        if op == Comparison::NotEqual {
            let test = constant_test(kind, Comparison::Equal, &constant.node, Case::Sensitive);
            return leaf(name, test, span).negate();
        }
        leaf(
            name,
            constant_test(kind, op, &constant.node, Case::Sensitive),
            span,
        )
    }

    fn membership(&mut self, value: &Expr, list: &[Expr], ignore_case: bool, span: &Span) -> Pred {
        let case = if ignore_case {
            Case::Insensitive
        } else {
            Case::Sensitive
        };
        let constants = list.iter().all(|item| is_constant(&item.node));
        if let (Node::Field { name, .. }, true) = (&value.node, constants) {
            let kind = schema::kind(FieldId::of(name));
            let tests = list
                .iter()
                .filter(|item| item.node != Node::Null)
                .map(|item| constant_test(kind, Comparison::Equal, &item.node, case));
            return leaf(name, any_of(tests.collect()), span.clone());
        }
        let subject = self.value(value);
        let choices = list
            .iter()
            .map(|item| {
                let item = Box::new(self.value(item));
                Value::Compare(Comparison::Equal, case, Box::new(subject.clone()), item)
            })
            .collect();
        truth(Value::Or(choices), span.clone())
    }

    fn matches(&mut self, kind: MatchKind, value: &Expr, patterns: &[Expr], span: Span) -> Pred {
        let field = match &value.node {
            Node::Field { name, .. } => schema::kind(FieldId::of(name)),
            _ => FieldKind::Keyword,
        };
        let tests = patterns
            .iter()
            .filter_map(|pattern| self.pattern_test(kind, field, pattern))
            .collect();
        let test = any_of(tests);
        match &value.node {
            Node::Field { name, .. } => leaf(name, test, span),
            _ => truth(Value::Test(Box::new(self.value(value)), test), span),
        }
    }

    fn pattern_test(&mut self, kind: MatchKind, field: FieldKind, pattern: &Expr) -> Option<Test> {
        let Node::Text(text) = &pattern.node else {
            if kind == MatchKind::Colon {
                return Some(constant_test(
                    field,
                    Comparison::Equal,
                    &pattern.node,
                    Case::Insensitive,
                ));
            }
            self.errors.push(Diagnostic::error(
                "E122",
                format!("`{}` takes texts", kind.as_str()),
                pattern.span.clone(),
                "not a text",
            ));
            return None;
        };
        match kind {
            MatchKind::Colon if field != FieldKind::Keyword && !text.contains(['*', '?']) => Some(
                constant_test(field, Comparison::Equal, &pattern.node, Case::Insensitive),
            ),
            MatchKind::Colon | MatchKind::LikeIgnoreCase => Some(wildcard(text, Case::Insensitive)),
            MatchKind::Like => Some(wildcard(text, Case::Sensitive)),
            MatchKind::Regex => self.regex(text, Case::Sensitive, &pattern.span),
            MatchKind::RegexIgnoreCase => self.regex(text, Case::Insensitive, &pattern.span),
        }
    }

    fn regex(&mut self, text: &str, case: Case, span: &Span) -> Option<Test> {
        match compile(text, case) {
            Ok(regex) => Some(Test::Regex(regex)),
            Err(reason) => {
                self.errors.push(Diagnostic::error(
                    "E123",
                    "the regular expression does not compile",
                    span.clone(),
                    reason,
                ));
                None
            }
        }
    }

    /// Lowers what stands inside a function or an operator.
    fn value(&mut self, expr: &Expr) -> Value {
        match &expr.node {
            Node::Null => Value::Null,
            Node::Bool(value) => Value::Bool(*value),
            Node::Number(number) => Value::Number(*number),
            Node::Text(text) => Value::Text(text.as_str().into()),
            Node::Field { name, .. } => Value::Field(ecs(name)),
            Node::Call {
                name,
                ignore_case,
                arguments,
            } => self.call(name, *ignore_case, arguments, &expr.span),
            Node::Compare(op, left, right) => self.comparison(*op, left, right),
            Node::Arithmetic(operator, left, right) => {
                let operator = match operator {
                    Operator::Add => Arithmetic::Add,
                    Operator::Subtract => Arithmetic::Subtract,
                    Operator::Multiply => Arithmetic::Multiply,
                    Operator::Divide => Arithmetic::DivideWhole,
                    Operator::Modulo => Arithmetic::Modulo,
                };
                let (left, right) = (Box::new(self.value(left)), Box::new(self.value(right)));
                Value::Arithmetic(operator, left, right)
            }
            Node::Negative(inner) => Value::Negative(Box::new(self.value(inner))),
            Node::Not(inner) => Value::Not(Box::new(self.value(inner))),
            Node::And(parts) => Value::And(parts.iter().map(|part| self.value(part)).collect()),
            Node::Or(parts) => Value::Or(parts.iter().map(|part| self.value(part)).collect()),
            Node::Match {
                kind,
                value,
                patterns,
            } => {
                let tests = patterns
                    .iter()
                    .filter_map(|pattern| self.pattern_test(*kind, FieldKind::Keyword, pattern))
                    .collect();
                Value::Test(Box::new(self.value(value)), any_of(tests))
            }
            Node::In {
                negated,
                ignore_case,
                value,
                list,
            } => {
                let case = if *ignore_case {
                    Case::Insensitive
                } else {
                    Case::Sensitive
                };
                let subject = self.value(value);
                let choices = list.iter().map(|item| {
                    let item = Box::new(self.value(item));
                    Value::Compare(Comparison::Equal, case, Box::new(subject.clone()), item)
                });
                let found = Value::Or(choices.collect());
                if *negated {
                    Value::Not(Box::new(found))
                } else {
                    found
                }
            }
        }
    }

    fn comparison(&mut self, op: Comparison, left: &Expr, right: &Expr) -> Value {
        let exists = |value| Value::Test(Box::new(value), Test::Exists);
        match (op, &left.node, &right.node) {
            (Comparison::NotEqual, _, Node::Null) => exists(self.value(left)),
            (Comparison::NotEqual, Node::Null, _) => exists(self.value(right)),
            (Comparison::Equal, _, Node::Null) => Value::Not(Box::new(exists(self.value(left)))),
            (Comparison::Equal, Node::Null, _) => Value::Not(Box::new(exists(self.value(right)))),
            _ => {
                let (left, right) = (Box::new(self.value(left)), Box::new(self.value(right)));
                Value::Compare(op, Case::Sensitive, left, right)
            }
        }
    }

    fn call(&mut self, name: &str, ignore_case: bool, arguments: &[Expr], span: &Span) -> Value {
        let place = span.start..span.start + name.len();
        let Some(function) = functions::find(name, ignore_case) else {
            self.unknown_function(name, ignore_case, place);
            return Value::Null;
        };
        let (least, most) = function.arguments;
        if !(least..=most).contains(&arguments.len()) {
            let wanted = if least == most {
                counted(least, "argument")
            } else {
                format!("{least} or more arguments")
            };
            self.errors.push(Diagnostic::error(
                "E124",
                format!("`{}` takes {wanted}", function.name),
                span.clone(),
                format!("{} given", arguments.len()),
            ));
        }
        Value::Call(
            function,
            arguments
                .iter()
                .map(|argument| self.value(argument))
                .collect(),
        )
    }

    fn unknown_function(&mut self, name: &str, ignore_case: bool, place: Span) {
        if ignore_case && functions::find(name, false).is_some() {
            self.errors.push(
                Diagnostic::error(
                    "E125",
                    format!("`{name}` has no `~` form"),
                    place,
                    "keeps case",
                )
                .help(format!("write `{name}(...)`")),
            );
            return;
        }
        let mut error = Diagnostic::error(
            "E126",
            format!("no function is called `{name}`"),
            place,
            "unknown",
        );
        if let Some(near) = similar::nearest(name, functions::FUNCTIONS.iter().map(|f| f.name)) {
            error = error.help(format!("did you mean `{near}`?"));
        }
        self.errors.push(error);
    }
}

fn is_constant(node: &Node) -> bool {
    matches!(
        node,
        Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_)
    )
}

fn leaf(name: &str, test: Test, span: Span) -> Pred {
    Pred::Leaf(
        Leaf {
            field: ecs(name),
            test,
        },
        span,
    )
}

fn truth(expr: Value, span: Span) -> Pred {
    let lists = Lists::Any;
    Pred::Truth(Truth { expr, lists }, span)
}

fn any_of(mut tests: Vec<Test>) -> Test {
    if tests.len() == 1 {
        return tests.swap_remove(0);
    }
    Test::AnyOf(tests.into())
}

/// Returns the test of a field of this kind against a constant.
fn constant_test(kind: FieldKind, op: Comparison, constant: &Node, case: Case) -> Test {
    match constant {
        Node::Number(number) => Test::Number(op, *number),
        Node::Bool(value) => Test::Text(
            if *value { "true" } else { "false" }.into(),
            Case::Insensitive,
        ),
        Node::Text(text) => text_test(kind, op, text, case),
        // `in (null)` and the like ask for nothing that a value could be.
        _ => Test::AnyOf(Box::default()),
    }
}

fn text_test(kind: FieldKind, op: Comparison, text: &str, case: Case) -> Test {
    let typed = match kind {
        FieldKind::Number => Number::parse(text).map(|number| Test::Number(op, number)),
        FieldKind::Date => parse_time(text).map(|time| Test::Time(op, time)),
        FieldKind::Ip if op == Comparison::Equal => Network::parse(text).map(Test::Network),
        _ => None,
    };
    typed.unwrap_or_else(|| {
        if op == Comparison::Equal {
            Test::Text(case.fold_text(text), case)
        } else {
            Test::TextOrder(op, case.fold_text(text), case)
        }
    })
}

fn wildcard(text: &str, case: Case) -> Test {
    if !text.contains(['*', '?']) {
        return Test::Text(case.fold_text(text), case);
    }
    let pieces = text.chars().map(|char| match char {
        '*' => Piece::Many,
        '?' => Piece::One,
        other => Piece::Char(other),
    });
    Test::Wildcard(Pattern::new(pieces, case))
}
