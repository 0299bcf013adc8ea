use proptest::prelude::*;

use super::statement::{Key, Pipe, PipeKind, Query, Sample, Sequence, Statement, Term};
use super::tree::{EventQuery, Expr, MatchKind, Node, Operator};
use super::{compile, parse};
use crate::lang::ir::{Comparison, Number, Stateful};

fn codes(text: &str) -> Vec<&'static str> {
    let error = compile(text).expect_err(text);
    error.diagnostics.iter().map(|one| one.code).collect()
}

#[test]
fn every_statement_compiles() {
    for text in [
        "any where true",
        "\"my category\" where `a``b` == \"x\"",
        "process where STARTSWITH~(a, \"x\") and Length(a) > 1",
        "process where a regex~ (\"a+\", \"\"\"b\\.c\"\"\") and not a like~ \"x*\" /* c */ // d",
        "process where ?a.b == null and a : (\"\\u{200f}*\", 1) and b in~ (\"x\", \"y\")",
        "sequence [a where true] [b where true]",
        "sequence by x, ?y with maxspan=1h [a where true] by z [b where true] by ?w until [c where false] by z",
        "sequence with maxspan=90s ![a where true] [b where true] with runs=3 ![c where true]",
        "sample by host.id [a where x == 1] by p [b where true] by q",
        "any where true | filter a == 1 | sort a, b | unique a | unique_count b | count c | head 3 | tail 2",
        "sequence where x == 1",
    ] {
        let tree = parse(text).unwrap();
        let printed = tree.to_string();
        assert_eq!(parse(&printed).unwrap(), tree, "{printed}");
        compile(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[test]
fn runs_are_stages_and_keys_come_in_order() {
    let text = "sequence by h with maxspan=2m [a where true] by x with runs=3 ![b where true] by y";
    let query = compile(text).unwrap();
    let Some(Stateful::Sequence(sequence)) = query.stateful.as_deref() else {
        panic!("a sequence");
    };
    assert_eq!(sequence.stages.len(), 4);
    assert_eq!(sequence.maxspan, Some(120_000_000_000));
    assert!(sequence.stages[3].missing);
    let names: Vec<_> = sequence.stages[3]
        .by
        .iter()
        .map(|(field, _)| field.name.name())
        .collect();
    assert_eq!(names, ["h", "y"]);
}

#[test]
fn all_errors_are_told_at_once() {
    assert_eq!(
        codes("sequence by a + 1 with maxspan=5 [a where x == and y ==] [b were true]"),
        ["E140", "E141"],
        "a broken head ends the statement"
    );
    assert_eq!(
        codes("sequence by a [a where x == and y ==] [b were true] ![c where (1 +) or ) ]"),
        ["E110", "E110", "E110", "E110", "E110", "E135"]
    );
    assert_eq!(
        codes("any where a = 1 and b in () and (c or == 2) and d"),
        ["E110"; 3]
    );
    assert_eq!(codes("any where legnth(a) > 1 and foo(b)"), ["E126"; 2]);
}

#[test]
fn errors_say_what_to_do() {
    let help = |text: &str| {
        let error = compile(text).expect_err(text);
        let first = &error.diagnostics[0];
        (first.code, first.help.clone().unwrap_or_default())
    };
    let cases = [
        ("any where legnth(a) > 1", "E126", "did you mean `length`?"),
        ("any wher true", "E110", "did you mean `where`?"),
        ("any where true | haed 2", "E150", "did you mean `head`?"),
        ("sequence [a where true]", "E133", "with runs=2"),
        (
            "sequence ![a where true] [b where true]",
            "E135",
            "maxspan=5m",
        ),
        (
            "sequence with maxspan=3 [a where true] [b where true]",
            "E141",
            "ms, s, m, h and d",
        ),
        (
            "sequence with maxspan=1m by a [a where true] [b where true]",
            "E131",
            "sequence by",
        ),
        ("sample [a where true] [b where true]", "E137", "sample by"),
        ("join [a where true] [b where true]", "E190", "sample"),
    ];
    for (text, code, part) in cases {
        let (found, help) = help(text);
        assert_eq!(found, code, "{text}");
        assert!(help.contains(part), "{text}: {help}");
    }
    for (text, code) in [
        ("sequence ![a where true] ![b where true]", "E134"),
        ("sequence [a where true] by x [b where true]", "E136"),
        (
            "sequence [a where true] [b where true] until ![c where true]",
            "E132",
        ),
        (
            "sequence [a where true] with runs=101 [b where true]",
            "E142",
        ),
        ("sample by a [a where true]", "E138"),
        ("sample by a ![a where true] [b where true]", "E139"),
        ("any where true | head", "E151"),
        ("any where true | sort", "E151"),
    ] {
        assert!(codes(text).contains(&code), "{text}: {:?}", codes(text));
    }
}

#[test]
fn a_hostile_text_ends_soon() {
    let deep = format!("any where {}a{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(codes(&deep).contains(&"E111"));
    let broken = format!("any where {}", "a == and ".repeat(50_000));
    let codes = codes(&broken);
    assert_eq!((codes.len(), codes[20]), (21, "E112"));
}

fn name() -> impl Strategy<Value = String> {
    "[a-z_@][a-z0-9_]{0,4}(\\.[a-z`][a-z ]{0,3}){0,2}"
}

fn text() -> impl Strategy<Value = String> {
    "[ -~é\n\r\t\u{200f}]{0,8}"
}

fn expr(node: Node) -> Expr {
    Expr { node, span: 0..0 }
}

fn constant() -> impl Strategy<Value = Expr> {
    prop_oneof![
        Just(Node::Null),
        any::<bool>().prop_map(Node::Bool),
        any::<u32>().prop_map(|number| Node::Number(Number::Int(number.into()))),
        (0..1_000_000_u32).prop_map(|n| Node::Number(Number::Float(f64::from(n) + 0.5))),
        text().prop_map(Node::Text),
    ]
    .prop_map(expr)
}

fn condition() -> impl Strategy<Value = Expr> {
    let field =
        (name(), any::<bool>()).prop_map(|(name, optional)| expr(Node::Field { name, optional }));
    let leaf = prop_oneof![constant(), field];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let list = prop::collection::vec(inner.clone(), 2..4);
        let operator = prop::sample::select(vec![
            Operator::Add,
            Operator::Subtract,
            Operator::Multiply,
            Operator::Divide,
            Operator::Modulo,
        ]);
        let comparison = prop::sample::select(vec![
            Comparison::Less,
            Comparison::Equal,
            Comparison::NotEqual,
            Comparison::GreaterOrEqual,
        ]);
        let kind = prop::sample::select(vec![
            MatchKind::Colon,
            MatchKind::Like,
            MatchKind::LikeIgnoreCase,
            MatchKind::Regex,
            MatchKind::RegexIgnoreCase,
        ]);
        prop_oneof![
            (comparison, boxed.clone(), boxed.clone())
                .prop_map(|(op, left, right)| Node::Compare(op, left, right)),
            (operator, boxed.clone(), boxed.clone())
                .prop_map(|(op, left, right)| Node::Arithmetic(op, left, right)),
            (kind, boxed.clone(), prop::collection::vec(constant(), 1..3)).prop_map(
                |(kind, value, patterns)| Node::Match {
                    kind,
                    value,
                    patterns
                }
            ),
            (any::<bool>(), any::<bool>(), boxed.clone(), list.clone()).prop_map(
                |(negated, ignore_case, value, list)| Node::In {
                    negated,
                    ignore_case,
                    value,
                    list
                }
            ),
            (
                "[a-z]{4}",
                any::<bool>(),
                prop::collection::vec(inner, 0..3)
            )
                .prop_filter("a keyword", |(name, ..)| {
                    !super::lexer::KEYWORDS.contains(&name.as_str())
                })
                .prop_map(|(name, ignore_case, arguments)| Node::Call {
                    name,
                    ignore_case,
                    arguments
                }),
            boxed.prop_map(Node::Not),
            list.clone().prop_map(flat_and),
            list.prop_map(flat_or),
        ]
        .prop_map(expr)
    })
}

/// The parser gives one flat list, and so must the generator.
fn flat_and(parts: Vec<Expr>) -> Node {
    Node::And(
        parts
            .into_iter()
            .flat_map(|part| match part.node {
                Node::And(inner) => inner,
                node => vec![expr(node)],
            })
            .collect(),
    )
}

fn flat_or(parts: Vec<Expr>) -> Node {
    Node::Or(
        parts
            .into_iter()
            .flat_map(|part| match part.node {
                Node::Or(inner) => inner,
                node => vec![expr(node)],
            })
            .collect(),
    )
}

fn event() -> impl Strategy<Value = EventQuery> {
    (prop::option::of("[a-z ]{1,6}"), condition()).prop_map(|(category, condition)| EventQuery {
        category,
        category_span: 0..0,
        condition,
    })
}

fn keys(count: usize) -> impl Strategy<Value = Vec<Key>> {
    let key = (name(), any::<bool>()).prop_map(|(name, optional)| Key {
        name,
        optional,
        span: 0..0,
    });
    prop::collection::vec(key, count)
}

fn term(by: usize, missing: bool, runs: usize) -> impl Strategy<Value = Term> {
    (event(), keys(by)).prop_map(move |(event, by)| Term {
        event,
        missing,
        by,
        runs,
        span: 0..0,
    })
}

fn query() -> impl Strategy<Value = Query> {
    let sequence = (0..3_usize, 0..3_usize, any::<bool>()).prop_flat_map(|(by, own, until)| {
        let terms = (term(own, true, 1), term(own, false, 2), term(own, false, 1));
        let until = if until {
            term(own, false, 1).prop_map(Some).boxed()
        } else {
            Just(None).boxed()
        };
        (keys(by), 1..100_000_i64, terms, until).prop_map(|(by, millis, terms, until)| {
            Query::Sequence(Sequence {
                by,
                maxspan: Some(millis * 1_000_000),
                terms: vec![terms.0, terms.1, terms.2],
                until,
                span: 0..0,
            })
        })
    });
    let sample = (keys(1), term(1, false, 1), term(1, false, 1)).prop_map(|(by, a, b)| {
        Query::Sample(Sample {
            by,
            terms: vec![a, b],
            span: 0..0,
        })
    });
    prop_oneof![event().prop_map(Query::Event), sequence, sample]
}

fn pipe() -> impl Strategy<Value = Pipe> {
    let of = |kind, arguments| Pipe {
        kind,
        arguments,
        span: 0..0,
    };
    let count = |count: u32| expr(Node::Number(Number::Int(i64::from(count) + 1)));
    prop_oneof![
        any::<u32>().prop_map(move |n| of(PipeKind::Head, vec![count(n)])),
        any::<u32>().prop_map(move |n| of(PipeKind::Tail, vec![count(n)])),
        condition().prop_map(move |one| of(PipeKind::Filter, vec![one])),
        prop::collection::vec(condition(), 1..3).prop_map(move |all| of(PipeKind::Sort, all)),
        prop::collection::vec(condition(), 0..3).prop_map(move |all| of(PipeKind::Count, all)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_printed_statement_parses_to_the_same_tree(
        query in query(),
        pipes in prop::collection::vec(pipe(), 0..3),
    ) {
        let statement = Statement { query, pipes };
        let text = statement.to_string();
        let again = parse(&text);
        prop_assert!(again.is_ok(), "{text}\n{again:?}");
        let again = again.unwrap();
        prop_assert_eq!(again.to_string(), text);
        prop_assert_eq!(again, statement);
    }

    #[test]
    fn any_text_gives_a_tree_or_errors(text in "([a-z]{1,6}|[ \"'`!?=<>:.,|~+*/()\\[\\]-]|where|by|and|sequence){0,30}") {
        match compile(&text) {
            Ok(_) => {}
            Err(error) => {
                prop_assert!(!error.diagnostics.is_empty());
                for diagnostic in &error.diagnostics {
                    prop_assert!(!diagnostic.render(&text, false).is_empty());
                }
            }
        }
    }
}
