//! Conditions.
//!
//! Elasticsearch's `where` keeps rows for which the condition is true, and null is neither true nor false. Full-text
//! predicates (`:`, `match`, `kql`) ask the index and know no null. So a condition is lowered twice over: to what makes
//! it true and to what makes it false. Beside each expression stand tests on single fields that must hold for it; they
//! are quick, can be shared between rules, and tell which field a rule cannot do without.

use super::{Lowering, ecs};
use crate::event::FieldId;
use crate::lang::eql::regex::compile;
use crate::lang::esql::functions::Kind;
use crate::lang::esql::tree::{Expr as Tree, Node};
use crate::lang::ir::pattern::Piece;
use crate::lang::ir::table::NOW;
use crate::lang::ir::test::parse_time;
use crate::lang::ir::{
    Case, Comparison, Expr, Leaf, Lists, Network, Number, Pattern, Pred, Test, Tokens, Truth,
};
use crate::lang::{Diagnostic, Span, kql};
use crate::schema::{self, FieldKind};

impl Lowering {
    /// What makes the condition true.
    pub(super) fn condition(&mut self, tree: &Tree) -> Pred {
        self.outcome(tree, true)
    }

    /// What makes the condition true, or false.
    fn outcome(&mut self, tree: &Tree, wanted: bool) -> Pred {
        match &tree.node {
            Node::And(parts) | Node::Or(parts) => {
                let parts: Vec<Pred> = parts
                    .iter()
                    .map(|part| self.outcome(part, wanted))
                    .collect();
                if matches!(tree.node, Node::And(_)) == wanted {
                    Pred::all(parts)
                } else {
                    Pred::any(parts)
                }
            }
            Node::Not(inner) => self.outcome(inner, !wanted),
            Node::Bool(flag) => Pred::Const(*flag == wanted),
            Node::Null => Pred::Const(false),
            Node::Match(field, query) => sense(self.full_text(field, query, &tree.span), wanted),
            Node::Call { name, arguments } if name == "kql" => {
                sense(self.kql(arguments, &tree.span), wanted)
            }
            Node::Call { name, arguments } if name == "match" => match &arguments[..] {
                [field, query] | [field, query, _] => {
                    sense(self.full_text(field, query, &tree.span), wanted)
                }
                _ => self.refuse("`match` takes a field and a query", &tree.span),
            },
            Node::IsNull { negated, value } => match &value.node {
                Node::Field(name) => {
                    self.field(name, &value.span);
                    let exists = Pred::Leaf(
                        Leaf {
                            field: ecs(name),
                            test: Test::Exists,
                        },
                        tree.span.clone(),
                    );
                    sense(exists, *negated == wanted)
                }
                _ => self.truth(tree, wanted),
            },
            _ => self.truth(tree, wanted),
        }
    }

    fn refuse(&mut self, message: &str, span: &Span) -> Pred {
        self.error(Diagnostic::error("E524", message, span.clone(), "here"));
        Pred::Const(false)
    }

    /// An expression and what must hold of its fields.
    fn truth(&mut self, tree: &Tree, wanted: bool) -> Pred {
        let (expr, kind) = self.single(tree);
        if matches!(kind, Kind::Text | Kind::Number | Kind::Date | Kind::Ip) {
            return self.refuse(
                "a condition is true or false, and this is a value",
                &tree.span,
            );
        }
        let positive = match &tree.node {
            Node::Like { negated, .. } | Node::In { negated, .. } => *negated != wanted,
            _ => wanted,
        };
        let span = &tree.span;
        let needed = self.needed(tree, &expr, positive, span);
        let expr = if wanted {
            expr
        } else {
            Expr::Not(Box::new(expr))
        };
        let lists = Lists::Whole;
        Pred::all([needed, Pred::Truth(Truth { expr, lists }, span.clone())])
    }

    /// Tests on fields of the event without which the expression is null or not as wanted.
    fn needed(&mut self, tree: &Tree, expr: &Expr, positive: bool, span: &Span) -> Pred {
        if positive
            && let Some((name, test)) = self.quick(tree)
            && !self.set.contains_key(name)
        {
            let field = ecs(name);
            return Pred::Leaf(Leaf { field, test }, span.clone());
        }
        let mut fields = Vec::new();
        if expr.is_strict() {
            expr.fields(&mut |field| {
                let known = fields.contains(&field) || field.name.name() == NOW;
                if !known && !self.set.contains_key(field.name.name()) {
                    fields.push(field);
                }
            });
        }
        let exists = |field| {
            let test = Test::Exists;
            Pred::Leaf(Leaf { field, test }, span.clone())
        };
        Pred::all(fields.into_iter().map(exists))
    }

    /// A field compared with constants, as a test that holds whenever the comparison is true.
    fn quick<'t>(&mut self, tree: &'t Tree) -> Option<(&'t str, Test)> {
        let named = |tree: &'t Tree| match &tree.node {
            Node::Field(name) => Some(name.as_str()),
            _ => None,
        };
        match &tree.node {
            Node::Compare(op, left, right) => {
                let (name, op, constant) = match named(left) {
                    Some(name) => (name, *op, right),
                    None => (named(right)?, op.mirrored(), left),
                };
                let case = case_of(name);
                Some((name, constant_test(name, op, &constant.node, case)?))
            }
            Node::In { value, list, .. } => {
                let name = named(value)?;
                let case = case_of(name);
                let tests = list
                    .iter()
                    .map(|item| constant_test(name, Comparison::Equal, &item.node, case));
                Some((name, any_of(tests.collect::<Option<_>>()?)))
            }
            Node::Like {
                value,
                patterns,
                regex,
                ..
            } => {
                // `to_lower(field) like "..."`
                let (name, case) = match &value.node {
                    Node::Call { name, arguments }
                        if matches!(name.as_str(), "to_lower" | "to_upper") =>
                    {
                        (named(arguments.first()?)?, Case::Insensitive)
                    }
                    _ => {
                        let name = named(value)?;
                        (name, case_of(name))
                    }
                };
                Some((name, self.patterns(patterns, *regex, case)))
            }
            _ => None,
        }
    }

    /// `like`, `in` and `is null` as expressions.
    pub(super) fn test(&mut self, tree: &Tree) -> Expr {
        let (negated, tested) = match &tree.node {
            Node::Like {
                negated,
                regex,
                value,
                patterns,
            } => {
                let (value, _) = self.single(value);
                let test = self.patterns(patterns, *regex, Case::Sensitive);
                (*negated, Expr::Test(Box::new(value), test))
            }
            Node::In {
                negated,
                value,
                list,
            } => (*negated, self.membership(value, list)),
            Node::IsNull { negated, value } => {
                let (value, _) = self.value(value);
                (!negated, Expr::Test(Box::new(value), Test::Exists))
            }
            _ => (false, Expr::Null),
        };
        if negated {
            Expr::Not(Box::new(tested))
        } else {
            tested
        }
    }

    /// Null in the list makes null of what is not in it.
    fn membership(&mut self, value: &Tree, list: &[Tree]) -> Expr {
        let texts: Option<Vec<Test>> = list
            .iter()
            .map(|item| match &item.node {
                Node::Text(text) => Some(Test::Text(text.as_str().into(), Case::Sensitive)),
                _ => None,
            })
            .collect();
        let (subject, kind) = self.single(value);
        if let (Some(tests), false) = (texts, matches!(kind, Kind::Date | Kind::Number | Kind::Ip))
        {
            return Expr::Test(Box::new(subject), any_of(tests));
        }
        let choices = list.iter().map(|item| match (&item.node, kind) {
            (Node::Null, _) => Expr::Null,
            (Node::Text(text), Kind::Ip) => match Network::parse(text) {
                Some(network) => Expr::Test(Box::new(subject.clone()), Test::Network(network)),
                None => Expr::Null,
            },
            _ => self.compare(Comparison::Equal, value, item),
        });
        Expr::Or(choices.collect())
    }

    fn patterns(&mut self, patterns: &[Tree], regex: bool, case: Case) -> Test {
        let tests = patterns.iter().filter_map(|pattern| {
            let Node::Text(text) = &pattern.node else {
                return None;
            };
            if regex {
                self.regex(text, case, &pattern.span)
            } else {
                Some(Test::Wildcard(like(text, case)))
            }
        });
        any_of(tests.collect())
    }

    fn regex(&mut self, source: &str, case: Case, span: &Span) -> Option<Test> {
        match compile(source, case) {
            Ok(regex) => Some(Test::Regex(regex)),
            Err(error) => {
                // Told once: the quick test reads the same pattern.
                let known = |one: &Diagnostic| one.labels.first().is_some_and(|l| l.span == *span);
                if !self.errors.iter().any(known) {
                    self.error(Diagnostic::error(
                        "E543",
                        format!("the regular expression is wrong: {error}"),
                        span.clone(),
                        "in this pattern",
                    ));
                }
                None
            }
        }
    }

    /// `field : query` and `match(field, query)`: any token of analysed text, the whole of everything else.
    fn full_text(&mut self, field: &Tree, query: &Tree, span: &Span) -> Pred {
        let field = match &field.node {
            Node::Cast(inner, _) => inner,
            _ => field,
        };
        let Node::Field(name) = &field.node else {
            return self.refuse("full text is searched in a field", &field.span);
        };
        self.field(name, &field.span);
        let test = match (&query.node, schema::kind(FieldId::of(name))) {
            (Node::Text(text), FieldKind::Text) => {
                Some(Test::Tokens(Tokens::Any(Tokens::split(text).collect())))
            }
            (constant, _) => constant_test(name, Comparison::Equal, constant, case_of(name)),
        };
        match test {
            Some(test) => {
                let field = ecs(name);
                Pred::Leaf(Leaf { field, test }, span.clone())
            }
            None => self.refuse("what is searched for is a constant", &query.span),
        }
    }

    /// `kql("...")`: a condition in Kibana's language.
    fn kql(&mut self, arguments: &[Tree], span: &Span) -> Pred {
        let Some(Node::Text(text)) = arguments.first().map(|argument| &argument.node) else {
            return self.refuse("`kql` takes a query in quotes", span);
        };
        match kql::compile(text) {
            Ok(query) => {
                let mut pred = query.select;
                pred.spans(&mut |place| *place = span.clone());
                pred.fields(&mut |field| {
                    if !self.read.contains(&field) {
                        self.read.push(field);
                    }
                });
                pred
            }
            Err(error) => {
                for diagnostic in error.diagnostics {
                    let label = diagnostic.labels.first().map(|label| label.text.clone());
                    self.error(Diagnostic::error(
                        diagnostic.code,
                        format!("in the KQL query: {}", diagnostic.message),
                        span.clone(),
                        label.unwrap_or_default(),
                    ));
                }
                Pred::Const(false)
            }
        }
    }
}

fn sense(pred: Pred, wanted: bool) -> Pred {
    if wanted { pred } else { pred.negate() }
}

fn case_of(name: &str) -> Case {
    match schema::kind(FieldId::of(name)) {
        FieldKind::Caseless => Case::Insensitive,
        _ => Case::Sensitive,
    }
}

/// `None` for what has no such test.
fn constant_test(name: &str, op: Comparison, constant: &Node, case: Case) -> Option<Test> {
    let kind = schema::kind(FieldId::of(name));
    match constant {
        Node::Number(number) => Some(Test::Number(op, *number)),
        Node::Bool(flag) if op == Comparison::Equal => {
            let text = if *flag { "true" } else { "false" };
            Some(Test::Text(text.into(), Case::Insensitive))
        }
        Node::Text(text) => match kind {
            FieldKind::Date => parse_time(text).map(|time| Test::Time(op, time)),
            FieldKind::Number => Number::parse(text).map(|number| Test::Number(op, number)),
            FieldKind::Ip if op == Comparison::Equal => Network::parse(text).map(Test::Network),
            _ if op == Comparison::Equal => Some(Test::Text(case.fold_text(text), case)),
            _ => None,
        },
        _ => None,
    }
}

fn any_of(mut tests: Vec<Test>) -> Test {
    if tests.len() == 1 {
        return tests.swap_remove(0);
    }
    Test::AnyOf(tests.into())
}

/// `*` and `?` are wild; a backslash takes that from them.
fn like(text: &str, case: Case) -> Pattern {
    let mut chars = text.chars();
    let mut pieces = Vec::new();
    while let Some(char) = chars.next() {
        pieces.push(match char {
            '*' => Piece::Many,
            '?' => Piece::One,
            '\\' => Piece::Char(chars.next().unwrap_or('\\')),
            other => Piece::Char(other),
        });
    }
    Pattern::new(pieces, case)
}
