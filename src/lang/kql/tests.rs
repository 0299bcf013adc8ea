use proptest::prelude::*;

use super::tree::{Literal, Node, Part, Values};
use super::*;
use crate::event::{FieldId, Value};
use crate::lang::ir::{Comparison, Pred};

fn holds(pred: &Pred, fields: &[(&str, Value)]) -> bool {
    let value = |name: FieldId| fields.iter().find(|(known, _)| *known == name.name());
    match pred {
        Pred::Const(value) => *value,
        Pred::And(parts) => parts.iter().all(|part| holds(part, fields)),
        Pred::Or(parts) => parts.iter().any(|part| holds(part, fields)),
        Pred::Not(inner) => !holds(inner, fields),
        Pred::Leaf(leaf, _) => leaf
            .test
            .passes(value(leaf.field.name).map(|(_, value)| value)),
        Pred::AnyField(any, _) => fields.iter().any(|(name, value)| {
            any.names.as_ref().is_none_or(|names| names.fits(name)) && any.test.passes(Some(value))
        }),
        other => panic!("{other:?}"),
    }
}

fn yes(query: &str, fields: &[(&str, &str)]) -> bool {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, Value::from(*value)))
        .collect();
    let query = compile(query).unwrap_or_else(|error| panic!("{query}: {error:?}"));
    holds(&query.select, &fields)
}

#[test]
fn keywords_compare_whole_and_with_case() {
    let event = [
        ("user.name", "Ann Bee"),
        ("process.pid", "7"),
        ("source.ip", "10.1.2.3"),
    ];
    for query in [
        "user.name: \"Ann Bee\"",
        "user.name: Ann Bee",
        "user.name\u{a0}:\u{a0}Ann*",
        "user.name: (x or \"Ann Bee\")",
        "user.name: (Ann* and *Bee)",
        "user.name: (not x)",
        "user.name: *",
        "user.*: Ann Bee",
        "*: 7",
        "Ann Bee",
        "process.pid >= 7 and process.pid < 8",
        "process.pid: 7.0",
        "source.ip: 10.0.0.0/8",
        "source.ip: \"10.0.0.0/8\"",
        "source.ip < 10.1.2.10",
        "not user.name: ann bee",
        "NOT missing: x",
        "user.name: \"Ann Bee\" or a: b and c: d",
        "",
        "*",
    ] {
        assert!(yes(query, &event), "{query}");
    }
    for query in [
        "user.name: \"ann bee\"",
        "user.name: Ann",
        "user.name: \"Ann*\"",
        "user.name: Ann Be?",
        "missing: *",
        "user.name: (Ann* and x)",
        "(user.name: \"Ann Bee\" or a: b) and c: d",
        "source.ip: 11.0.0.0/8",
    ] {
        assert!(!yes(query, &event), "{query}");
    }
}

#[test]
fn escapes_stand_for_the_character() {
    for (query, value) in [
        (r"a: C\:\\x", r"C:\x"),
        (r#"a: "C:\\x \"y\"""#, r#"C:\x "y""#),
        (r"a: \u0041b", "Ab"),
        (r#"a: "\u0041b""#, "Ab"),
        (r"a: x\*", "x*"),
        (r"a: \and", "and"),
        (r"a: x \or y", "x or y"),
        (r"a: \(x\)", "(x)"),
        (r"a: x\ty", "x\ty"),
        ("a: android", "android"),
        ("a: nothing", "nothing"),
        ("a: //x/*", "//x/y"),
    ] {
        assert!(yes(query, &[("a", value)]), "{query}");
    }
}

#[test]
fn analysed_text_matches_by_words() {
    let event = [(
        "powershell.file.script_block_text",
        "$c.Paste() | Get-Item 'C:\\x'",
    )];
    for (value, expected) in [
        ("paste", true),
        ("Paste", true),
        ("\"c paste\"", true),
        ("\".Paste()\"", true),
        ("\"paste c\"", false),
        ("nothing paste", true),
        ("get-it*", true),
        ("item", false),
        ("(nope or get-item)", true),
    ] {
        let query = format!("powershell.file.script_block_text: {value}");
        assert_eq!(yes(&query, &event), expected, "{value}");
    }
}

#[test]
fn dates_are_days_and_math_counts_from_the_clock() {
    let event = [("@timestamp", "2026-03-10T12:00:00Z")];
    assert!(yes("@timestamp: 2026-03-10", &event));
    assert!(yes(
        "@timestamp > 2026-03-09 and @timestamp <= 2026-03-10",
        &event
    ));
    assert!(!yes("@timestamp > 2026-03-10", &event));
    let now = crate::lang::ir::test::parse_time("2026-03-11T10:00:00Z").unwrap();
    for (query, expected) in [
        ("@timestamp >= now-1d", false),
        ("@timestamp >= \"now-1d/d\"", true),
        ("@timestamp < now", true),
    ] {
        let query = compile_at(query, Clock::At(now)).unwrap();
        let fields = [("@timestamp", Value::from("2026-03-10T09:00:00Z"))];
        assert_eq!(holds(&query.select, &fields), expected, "{query:?}");
    }
    // Without a clock `now` is the event's own time, which the evaluator knows.
    let query = compile("process.start >= now-1h").unwrap();
    assert!(matches!(query.select, Pred::Truth(..)));
}

#[test]
fn nested_names_are_relative_and_meet_in_one_object() {
    let query = compile("dns.answers: { type: CNAME and data: (a or b) }").unwrap();
    let Pred::Nested(nested, _) = query.select else {
        panic!("{:?}", query.select)
    };
    assert_eq!(nested.path.name.name(), "dns.answers");
    let object = |kind: &str, data: &str| {
        [
            ("dns.answers.type", Value::from(kind)),
            ("dns.answers.data", Value::from(data)),
        ]
    };
    assert!(holds(&nested.inner, &object("CNAME", "a")));
    assert!(!holds(&nested.inner, &object("A", "a")));
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    for (query, code) in [
        ("a:", "E201"),
        ("a: (b", "E201"),
        ("a: b)", "E201"),
        ("a: \"b", "E202"),
        ("a: b and", "E201"),
        ("a > b*", "E205"),
        ("a*: { b: c }", "E205"),
        (r"a: \x", "E204"),
    ] {
        let error = compile(query).unwrap_err();
        assert_eq!(error.diagnostics[0].code, code, "{query}");
    }
    assert!(compile(&"(".repeat(5000)).is_err());
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z.]{1,4}", "and|or|not|x or y", "[ -~\u{e9}\t]{1,5}"]
}

fn quoted() -> impl Strategy<Value = Literal> {
    text().prop_map(|text| Literal {
        parts: vec![Part::Text(text)],
        quoted: true,
        span: 0..0,
    })
}

fn unquoted() -> impl Strategy<Value = Literal> {
    let wild = (text(), any::<bool>(), any::<bool>()).prop_map(|(text, before, after)| {
        let mut parts = vec![Part::Text(text)];
        if before {
            parts.insert(0, Part::Any);
        }
        if after {
            parts.push(Part::Any);
        }
        parts
    });
    wild.prop_map(|parts| Literal {
        parts,
        quoted: false,
        span: 0..0,
    })
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![quoted(), unquoted()]
}

fn values() -> impl Strategy<Value = Values> {
    literal()
        .prop_map(Values::One)
        .prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 2..4).prop_map(Values::Or),
                proptest::collection::vec(inner.clone(), 2..4).prop_map(Values::And),
                inner.prop_map(|inner| Values::Not(Box::new(inner))),
            ]
        })
}

fn node() -> impl Strategy<Value = Node> {
    let op = prop_oneof![Just(Comparison::Less), Just(Comparison::GreaterOrEqual)];
    let leaf = prop_oneof![
        (literal(), values()).prop_map(|(field, values)| Node::Is {
            field: Some(field),
            values
        }),
        literal().prop_map(|value| Node::Is {
            field: None,
            values: Values::One(value)
        }),
        (literal(), op, literal()).prop_map(|(field, op, value)| Node::Range { field, op, value }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Node::Or),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Node::And),
            inner.clone().prop_map(|inner| Node::Not(Box::new(inner))),
            (unquoted(), inner).prop_map(|(field, inner)| Node::Nested {
                field,
                query: Box::new(inner)
            }),
        ]
    })
}

#[test]
fn a_line_break_ahead_of_a_keyword_is_printed_apart() {
    let tree = parse("a: x\\u000aot b").unwrap();
    assert_eq!(parse(&tree.to_string()), Ok(tree));
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same(tree in node()) {
        let text = tree.to_string();
        let parsed = parse(&text);
        prop_assert_eq!(parsed.as_ref(), Ok(&tree), "{}", text);
    }

    #[test]
    fn no_text_panics(text in "[a-c:(){}\"*<>= \\\\andort1]{0,30}") {
        let _ = compile(&text);
    }
}
