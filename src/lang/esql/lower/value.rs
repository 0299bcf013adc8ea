//! Expressions.
//!
//! Operators and most functions are over single values: a field with several is null to them. Moments are compared and
//! counted in milliseconds.

use super::{Lowering, ecs};
use crate::lang::Diagnostic;
use crate::lang::Span;
use crate::lang::esql::aggregate;
use crate::lang::esql::functions::{self, Gives, Kind, Known, date};
use crate::lang::esql::java;
use crate::lang::esql::tree::{Expr as Tree, Node, Operator};
use crate::lang::ir::expr::Arithmetic;
use crate::lang::ir::table::NOW;
use crate::lang::ir::{Case, Comparison, Expr, Number};
use crate::schema::{self, FieldKind, FieldRef};
use crate::text::similar;

/// Functions that only a condition can hold, because they ask the index.
pub const OF_THE_INDEX: [&str; 2] = ["kql", "match"];

/// Returns a field of the event as an expression, and what it holds.
pub fn of_event(field: FieldRef) -> (Expr, Kind) {
    let value = Expr::Field(field);
    match schema::kind(field.name) {
        FieldKind::Date => (Expr::Call(date::as_date(), vec![value]), Kind::Date),
        FieldKind::Number => (value, Kind::Number),
        FieldKind::Boolean => (value, Kind::Bool),
        FieldKind::Ip => (value, Kind::Ip),
        FieldKind::Text | FieldKind::Wildcard => (value, Kind::Text),
        FieldKind::Caseless => match functions::find("to_lower") {
            Some(lower) => (Expr::Call(&lower.function, vec![value]), Kind::Text),
            None => (value, Kind::Text),
        },
        FieldKind::Keyword => (value, Kind::Any),
    }
}

impl Lowering {
    /// An expression that may give several values.
    pub(super) fn value(&mut self, tree: &Tree) -> (Expr, Kind) {
        let span = &tree.span;
        match &tree.node {
            Node::Null => (Expr::Null, Kind::Null),
            Node::Bool(flag) => (Expr::Bool(*flag), Kind::Bool),
            Node::Number(number) => (Expr::Number(*number), Kind::Number),
            Node::Text(text) => (Expr::Text(text.as_str().into()), Kind::Text),
            Node::Field(name) => self.field(name, span),
            Node::Call { name, arguments } => self.call(name, arguments, span),
            Node::List(items) => self.list(items),
            Node::Cast(value, kind) => self.cast(value, kind, span),
            Node::Compare(op, left, right) => (self.compare(*op, left, right), Kind::Bool),
            Node::Arithmetic(operator, left, right) => {
                self.arithmetic(*operator, left, right, span)
            }
            Node::Negative(inner) => {
                let (inner, kind) = self.single(inner);
                (Expr::Negative(Box::new(inner)), kind)
            }
            Node::Like { .. } | Node::In { .. } | Node::IsNull { .. } => {
                (self.test(tree), Kind::Bool)
            }
            Node::Not(inner) => {
                let (inner, _) = self.single(inner);
                (Expr::Not(Box::new(inner)), Kind::Bool)
            }
            Node::And(parts) => (Expr::And(self.singles(parts)), Kind::Bool),
            Node::Or(parts) => (Expr::Or(self.singles(parts)), Kind::Bool),
            Node::Match(..) => self.misplaced("`:` stands only in a condition of `where`", span),
            Node::Duration(..) => self.misplaced(
                "a span of time is added to a moment or subtracted from one",
                span,
            ),
            Node::Star => self.misplaced("`*` stands only in `count(*)`", span),
            Node::Options(_) => self.misplaced("options do not stand here", span),
        }
    }

    fn misplaced(&mut self, message: &str, span: &Span) -> (Expr, Kind) {
        self.error(Diagnostic::error(
            "E520",
            message,
            span.clone(),
            "not expected here",
        ));
        (Expr::Null, Kind::Null)
    }

    /// An expression that gives null instead of several values.
    pub(super) fn single(&mut self, tree: &Tree) -> (Expr, Kind) {
        let (value, kind) = self.value(tree);
        (only(value), kind)
    }

    pub(super) fn singles(&mut self, trees: &[Tree]) -> Vec<Expr> {
        trees.iter().map(|tree| self.single(tree).0).collect()
    }

    fn list(&mut self, items: &[Tree]) -> (Expr, Kind) {
        let mut values = items
            .iter()
            .map(|item| self.value(item))
            .collect::<Vec<_>>()
            .into_iter();
        let Some(first) = values.next() else {
            return (Expr::Null, Kind::Null);
        };
        let Some(append) = functions::find("mv_append") else {
            return first;
        };
        values.fold(first, |(list, kind), (value, _)| {
            (Expr::Call(&append.function, vec![list, value]), kind)
        })
    }

    fn cast(&mut self, value: &Tree, kind: &str, span: &Span) -> (Expr, Kind) {
        let (value, _) = self.value(value);
        let Some(known) = functions::cast(kind) else {
            let error = Diagnostic::error(
                "E523",
                format!("`{kind}` is no type"),
                span.clone(),
                "unknown type",
            );
            let types = [
                "boolean", "datetime", "double", "integer", "ip", "keyword", "long",
            ];
            let near = similar::nearest(kind, types);
            self.error(match near {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error,
            });
            return (Expr::Null, Kind::Null);
        };
        (
            Expr::Call(&known.function, vec![value]),
            kind_of(known, &[]),
        )
    }

    fn call(&mut self, name: &str, arguments: &[Tree], span: &Span) -> (Expr, Kind) {
        match name {
            "now" if arguments.is_empty() => return (self.now(), Kind::Date),
            "date_trunc" | "bucket" | "bin" => return self.bucket(name, arguments, span),
            _ if OF_THE_INDEX.contains(&name) => {
                return self.misplaced(
                    "full-text functions stand only in a condition of `where`",
                    span,
                );
            }
            _ => {}
        }
        let Some(known) = functions::find(name) else {
            self.unknown_function(name, span);
            return (Expr::Null, Kind::Null);
        };
        let (least, most) = known.function.arguments;
        if !(least..=most).contains(&arguments.len()) {
            let wanted = match (least, most) {
                (least, most) if least == most => format!("{least}"),
                (least, most) if most > 100 => format!("at least {least}"),
                (least, most) => format!("{least} to {most}"),
            };
            self.error(Diagnostic::error(
                "E522",
                format!("`{name}` takes {wanted} arguments, not {}", arguments.len()),
                span.clone(),
                "in this call",
            ));
            return (Expr::Null, Kind::Null);
        }
        if name == "replace"
            && let [_, pattern, _] = arguments
            && let Node::Text(source) = &pattern.node
            && let Err(error) = java::compile(source)
        {
            self.error(Diagnostic::error(
                "E542",
                format!("the regular expression is wrong: {error}"),
                pattern.span.clone(),
                "in this pattern",
            ));
        }
        let mut values = Vec::new();
        let mut kinds = Vec::new();
        for argument in arguments {
            let (value, kind) = self.value(argument);
            values.push(value);
            kinds.push(kind);
        }
        let kind = kind_of(known, &kinds);
        (Expr::Call(&known.function, values), kind)
    }

    fn unknown_function(&mut self, name: &str, span: &Span) {
        if aggregate::is_known(name) {
            self.misplaced(&format!("`{name}` stands only in `stats`"), span);
            return;
        }
        if functions::NOT_RUN.contains(&name) || aggregate::NOT_RUN.contains(&name) {
            self.not_run(name, span);
            return;
        }
        let known = functions::all().map(|known| known.function.name);
        let known = known
            .chain(aggregate::names())
            .chain(OF_THE_INDEX)
            .chain(["now", "bucket"]);
        let error = Diagnostic::error(
            "E521",
            format!("`{name}` is no function"),
            span.clone(),
            "unknown function",
        );
        let near = similar::nearest(name, known);
        self.error(match near {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        });
    }

    /// The moment at which a window is looked at; for a single event its own time.
    fn now(&self) -> Expr {
        if self.table {
            return Expr::Call(date::from_seconds(), vec![Expr::Field(ecs(NOW))]);
        }
        Expr::Call(date::as_date(), vec![Expr::Field(ecs("@timestamp"))])
    }

    /// `date_trunc(span, moment)`, `bucket(moment, span)` and `bucket(number, size)`.
    fn bucket(&mut self, name: &str, arguments: &[Tree], span: &Span) -> (Expr, Kind) {
        let [first, second] = arguments else {
            self.not_run(&format!("{name} with {} arguments", arguments.len()), span);
            return (Expr::Null, Kind::Null);
        };
        let (value, size) = match (&first.node, &second.node) {
            (Node::Duration(..), _) => (second, first),
            _ => (first, second),
        };
        let (moment, _) = self.single(value);
        match &size.node {
            Node::Duration(count, unit) => {
                let Some(trunc) = functions::find("date_trunc") else {
                    return (Expr::Null, Kind::Null);
                };
                let unit = Expr::Text(unit.as_str().into());
                let parts = vec![Expr::Number(*count), unit, moment];
                (Expr::Call(&trunc.function, parts), Kind::Date)
            }
            Node::Number(number) if name != "date_trunc" => {
                let Some(floor) = functions::find("floor") else {
                    return (Expr::Null, Kind::Null);
                };
                let size = || Box::new(Expr::Number(Number::Float(number.as_f64())));
                let quotient = Expr::Arithmetic(Arithmetic::DivideWhole, Box::new(moment), size());
                let floor = Expr::Call(&floor.function, vec![quotient]);
                let start = Expr::Arithmetic(Arithmetic::Multiply, Box::new(floor), size());
                (start, Kind::Number)
            }
            _ => self.misplaced("a span of time such as `5 minutes` is wanted", &size.span),
        }
    }

    fn arithmetic(
        &mut self,
        operator: Operator,
        left: &Tree,
        right: &Tree,
        span: &Span,
    ) -> (Expr, Kind) {
        let shift = match (operator, &left.node, &right.node) {
            (Operator::Add, _, Node::Duration(count, unit)) => Some((left, *count, unit)),
            (Operator::Add, Node::Duration(count, unit), _) => Some((right, *count, unit)),
            (Operator::Subtract, _, Node::Duration(count, unit)) => {
                Some((left, negated(*count), unit))
            }
            _ => None,
        };
        if let Some((moment, count, unit)) = shift {
            let (moment, _) = self.single(moment);
            let unit = Expr::Text(unit.as_str().into());
            let parts = vec![moment, Expr::Number(count), unit];
            return (Expr::Call(date::plus(), parts), Kind::Date);
        }
        let (left, left_kind) = self.single(left);
        let (right, right_kind) = self.single(right);
        if left_kind == Kind::Date || right_kind == Kind::Date {
            return self.misplaced("moments are subtracted with `date_diff`", span);
        }
        let operator = match operator {
            Operator::Add => Arithmetic::Add,
            Operator::Subtract => Arithmetic::Subtract,
            Operator::Multiply => Arithmetic::Multiply,
            Operator::Divide => Arithmetic::DivideWhole,
            Operator::Modulo => Arithmetic::Modulo,
        };
        let value = Expr::Arithmetic(operator, Box::new(left), Box::new(right));
        (value, Kind::Number)
    }

    pub(super) fn compare(&mut self, op: Comparison, left: &Tree, right: &Tree) -> Expr {
        let (left, left_kind) = self.single(left);
        let (right, right_kind) = self.single(right);
        if left_kind == Kind::Date || right_kind == Kind::Date {
            let millis = |value| Box::new(Expr::Call(date::as_millis(), vec![value]));
            return Expr::Compare(op, Case::Sensitive, millis(left), millis(right));
        }
        Expr::Compare(op, Case::Sensitive, Box::new(left), Box::new(right))
    }
}

fn kind_of(known: &Known, arguments: &[Kind]) -> Kind {
    match known.gives {
        Gives::Always(kind) => kind,
        Gives::Argument(n) => arguments.get(n).copied().unwrap_or(Kind::Any),
    }
}

fn negated(number: Number) -> Number {
    match number {
        Number::Int(whole) => Number::Int(whole.saturating_neg()),
        Number::Float(float) => Number::Float(-float),
    }
}

/// Makes null of several values, where there may be several.
fn only(value: Expr) -> Expr {
    match &value {
        Expr::Field(_) => Expr::Call(functions::only(), vec![value]),
        Expr::Call(function, _) => {
            let known = functions::find(function.name);
            // What is not in the tables is a helper over fields.
            if known.is_none_or(|known| known.lists) {
                Expr::Call(functions::only(), vec![value])
            } else {
                value
            }
        }
        _ => value,
    }
}
