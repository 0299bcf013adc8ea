//! Text to tree and back.

use proptest::prelude::*;

use crate::lang::esql::parse;
use crate::lang::esql::tree::{
    Assignment, Command, Expr, Measure, Name, Node, Operator, Order, Pipeline, Place, Source,
    Stats, Unread, Verb, Written,
};
use crate::lang::ir::{Comparison, Number};

fn expr(node: Node) -> Expr {
    Expr { node, span: 0..0 }
}

fn name() -> impl Strategy<Value = Name> {
    let part = "[a-zA-Z_@][a-z_0-9]{0,4}|by|[a-z]/[a-z `]";
    proptest::collection::vec(part, 1..3).prop_map(|parts| Name {
        text: parts.join("."),
        span: Place::default(),
    })
}

fn pattern() -> impl Strategy<Value = Name> {
    "[a-z]{1,3}(\\.[a-z]{1,3})?\\*?|\\*[a-z]?".prop_map(|text| Name {
        text,
        span: Place::default(),
    })
}

fn leaf() -> impl Strategy<Value = Expr> {
    prop_oneof![
        Just(Node::Null),
        any::<bool>().prop_map(Node::Bool),
        (-i64::MAX..i64::MAX).prop_map(|whole| Node::Number(Number::Int(whole))),
        (-1e6..1e6).prop_map(|float| Node::Number(Number::Float(float))),
        "[a\"\\\\\n é|]{0,4}".prop_map(Node::Text),
        (0..90_i64).prop_map(|count| Node::Duration(Number::Int(count), "minute".to_owned())),
        name().prop_map(|name| Node::Field(name.text)),
    ]
    .prop_map(expr)
}

fn comparison() -> impl Strategy<Value = Comparison> {
    prop_oneof![
        Just(Comparison::Less),
        Just(Comparison::LessOrEqual),
        Just(Comparison::Equal),
        Just(Comparison::NotEqual),
        Just(Comparison::GreaterOrEqual),
        Just(Comparison::Greater),
    ]
}

fn operator() -> impl Strategy<Value = Operator> {
    prop_oneof![
        Just(Operator::Add),
        Just(Operator::Subtract),
        Just(Operator::Multiply),
        Just(Operator::Divide),
        Just(Operator::Modulo),
    ]
}

fn texts() -> impl Strategy<Value = Vec<Expr>> {
    let text = "[a*?.]{1,4}".prop_map(|text| expr(Node::Text(text)));
    proptest::collection::vec(text, 1..3)
}

fn any_expr() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(4, 24, 3, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let some = proptest::collection::vec(inner.clone(), 1..3);
        let pair = proptest::collection::vec(inner, 2..4);
        prop_oneof![
            (comparison(), boxed.clone(), boxed.clone())
                .prop_map(|(op, left, right)| Node::Compare(op, left, right)),
            (operator(), boxed.clone(), boxed.clone())
                .prop_map(|(op, left, right)| Node::Arithmetic(op, left, right)),
            boxed
                .clone()
                .prop_filter_map("a number has its sign", |inner| {
                    (!matches!(inner.node, Node::Number(_))).then_some(Node::Negative(inner))
                }),
            boxed
                .clone()
                .prop_map(|value| Node::Cast(value, "long".to_owned())),
            (boxed.clone(), boxed.clone()).prop_map(|(value, query)| Node::Match(value, query)),
            (any::<bool>(), any::<bool>(), boxed.clone(), texts()).prop_map(
                |(negated, regex, value, patterns)| Node::Like {
                    negated,
                    regex,
                    value,
                    patterns
                }
            ),
            (any::<bool>(), boxed.clone(), some.clone()).prop_map(|(negated, value, list)| {
                Node::In {
                    negated,
                    value,
                    list,
                }
            }),
            (any::<bool>(), boxed.clone())
                .prop_map(|(negated, value)| Node::IsNull { negated, value }),
            boxed.prop_map(Node::Not),
            pair.clone().prop_map(Node::And),
            pair.prop_map(Node::Or),
            some.prop_map(|arguments| Node::Call {
                name: "coalesce".to_owned(),
                arguments
            }),
        ]
        .prop_map(expr)
    })
}

fn assignment() -> impl Strategy<Value = Assignment> {
    (name(), any_expr()).prop_map(|(name, value)| Assignment {
        name: Some(name),
        value,
        written: Written::default(),
    })
}

fn verb() -> impl Strategy<Value = Verb> {
    let columns = || proptest::collection::vec(assignment(), 1..3);
    let patterns = || proptest::collection::vec(pattern(), 1..3);
    prop_oneof![
        any_expr().prop_map(Verb::Where),
        columns().prop_map(Verb::Eval),
        patterns().prop_map(Verb::Keep),
        patterns().prop_map(Verb::Drop),
        (pattern(), pattern()).prop_map(|pair| Verb::Rename(vec![pair])),
        (any::<bool>(), columns(), columns(), any_expr()).prop_map(
            |(inline, measures, by, filter)| {
                let measures = measures.into_iter().enumerate().map(|(n, column)| Measure {
                    column,
                    filter: (n == 0).then(|| filter.clone()),
                });
                Verb::Stats(Stats {
                    inline,
                    measures: measures.collect(),
                    by,
                })
            }
        ),
        (any_expr(), any::<bool>(), any::<Option<bool>>()).prop_map(
            |(key, descending, nulls_first)| {
                Verb::Sort(vec![Order {
                    key,
                    descending,
                    nulls_first,
                }])
            }
        ),
        any::<u32>().prop_map(|most| Verb::Limit(most.into())),
        (name(), "[a%{}:]{1,5}").prop_map(|(input, pattern)| Verb::Grok {
            input,
            patterns: vec![(pattern, Place::default())],
        }),
        (name(), "[a%{}:]{1,5}", "[, ]?").prop_map(|(input, pattern, separator)| {
            Verb::Dissect {
                input,
                pattern: (pattern, Place::default()),
                separator,
            }
        }),
        name().prop_map(Verb::MvExpand),
        "[a-z]{1,3}( ON [a-z]{1,3})?( \\(a \\| b\\))?".prop_map(|rest| Verb::Unread(Unread {
            name: "LOOKUP JOIN".to_owned(),
            rest,
            span: Place::default(),
        })),
    ]
}

proptest! {
    #[test]
    fn a_printed_tree_parses_to_itself(verbs in proptest::collection::vec(verb(), 0..4)) {
        let plain = |text: &str| Name { text: text.to_owned(), span: Place::default() };
        let tree = Pipeline {
            source: Source::From {
                patterns: vec![plain("logs-*"), plain("<a-{now/d}>")],
                metadata: vec![plain("_id")],
            },
            commands: verbs
                .into_iter()
                .map(|verb| Command { verb, span: Place::default() })
                .collect(),
        };
        let text = tree.to_string();
        match parse(&text) {
            Ok(again) => prop_assert_eq!(again, tree, "{}", text),
            Err(error) => prop_assert!(false, "{text}\n{error:?}"),
        }
    }

    #[test]
    fn no_text_panics(text in "[a-z0-9 |\"`'()\\[\\]{}=!<>:.,*/%+\\-?\\\\\n]{0,60}") {
        let _ = parse(&format!("from a | {text}"));
        let _ = parse(&text);
    }
}
