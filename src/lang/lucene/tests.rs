use proptest::prelude::*;

use super::tree::{Clause, Clauses, Node, Occur, Term, Value};
use super::*;
use crate::event::Value as Held;
use crate::lang::ir::pattern::Piece;
use crate::lang::ir::{Comparison, Pred};

fn holds(pred: &Pred, fields: &[(&str, &str)]) -> bool {
    match pred {
        Pred::Const(value) => *value,
        Pred::And(parts) => parts.iter().all(|part| holds(part, fields)),
        Pred::Or(parts) => parts.iter().any(|part| holds(part, fields)),
        Pred::Not(inner) => !holds(inner, fields),
        Pred::Leaf(leaf, _) => {
            let value = fields
                .iter()
                .find(|(name, _)| *name == leaf.field.name.name());
            leaf.test
                .passes(value.map(|(_, value)| Held::from(*value)).as_ref())
        }
        Pred::AnyField(any, _) => fields.iter().any(|(name, value)| {
            any.names.as_ref().is_none_or(|names| names.fits(name))
                && any.test.passes(Some(&Held::from(*value)))
        }),
        other => panic!("{other:?}"),
    }
}

fn yes(query: &str, fields: &[(&str, &str)]) -> bool {
    holds(
        &compile(query)
            .unwrap_or_else(|error| panic!("{query}: {error:?}"))
            .select,
        fields,
    )
}

/// Which of `a`, `b` and `c` alone and together satisfy the query.
fn table(query: &str) -> Vec<&'static str> {
    ["", "a", "b", "c", "ab", "ac", "bc", "abc"]
        .into_iter()
        .filter(|letters| {
            let fields: Vec<_> = ["a", "b", "c"]
                .into_iter()
                .filter(|name| letters.contains(name))
                .map(|name| (name, "1"))
                .collect();
            yes(query, &fields)
        })
        .collect()
}

#[test]
fn clauses_combine_as_in_the_classic_parser() {
    for (query, expected) in [
        ("a:1 OR b:1", "a b ab ac bc abc"),
        ("a:1 b:1", "a b ab ac bc abc"),
        ("a:1 AND b:1", "ab abc"),
        ("a:1 && b:1", "ab abc"),
        // No precedence: AND requires both of its sides, and what is optional no longer counts.
        ("a:1 OR b:1 AND c:1", "bc abc"),
        ("a:1 AND b:1 OR c:1", "ab abc"),
        ("(a:1 OR b:1) AND c:1", "ac bc abc"),
        ("+a:1 b:1", "a ab ac abc"),
        ("a:1 -b:1", "a ac"),
        ("a:1 NOT b:1", "a ac"),
        ("a:1 AND NOT b:1", "a ac"),
        ("NOT a:1", " b c bc"),
        ("!a:1 -b:1", " c"),
        ("a:1 OR NOT b:1", "a ac"),
    ] {
        assert_eq!(table(query).join(" "), expected, "{query}");
    }
}

#[test]
fn terms_of_every_kind() {
    let process = [
        ("process.name", "cmd.exe"),
        ("process.pid", "7"),
        ("source.ip", "10.1.2.3"),
    ];
    for query in [
        "process.name:cmd.exe",
        r#"process.name:"cmd.exe"^3"#,
        "process.name:c?d.*",
        "process.name:/c[a-m]d\\.exe/",
        "process.name:(x OR cmd.exe)",
        "process.name:{a TO d}",
        "process.pid:[5 TO 7]",
        "process.pid:>=7",
        "process.pid:(>5 AND <9)",
        "process.pid:[5 TO *]",
        "source.ip:\"10.0.0.0/8\"",
        "_exists_:process.pid",
        "process.pid:*",
        "cmd.exe",
        "process.*:7",
        "*:*",
        "*",
        "",
        r"process.name:cmd\.exe",
        r"process.name:\u0063md.exe",
    ] {
        assert!(yes(query, &process), "{query}");
    }
    for query in [
        "process.name:CMD.EXE",
        "process.name:cmd",
        "process.pid:[5 TO 7}",
        "_exists_:user.name",
        "source.ip:\"11.0.0.0/8\"",
        "user.*:7",
        "process.name:()",
    ] {
        assert!(!yes(query, &process), "{query}");
    }
    let script = [("powershell.file.script_block_text", "$a.Get-Content x")];
    assert!(yes("powershell.file.script_block_text:get*", &script));
    assert!(yes(
        "powershell.file.script_block_text:\"a get-content\"",
        &script
    ));
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    for (query, code) in [
        ("(a:1", "E250"),
        ("a:1)", "E250"),
        ("a:", "E250"),
        ("a:\"x", "E253"),
        ("a:/x", "E253"),
        ("a:[1 TO", "E254"),
        ("a:[1 2]", "E254"),
        ("a:>", "E254"),
        ("a\\", "E252"),
        ("a:/(/", "E206"),
        ("a:b~1", "E291"),
        ("a:\"b c\"~2", "E291"),
        ("[1 TO 2]", "E291"),
    ] {
        let error = compile(query).unwrap_err();
        assert_eq!(error.diagnostics[0].code, code, "{query}");
    }
    let deep = "(".repeat(1000);
    assert_eq!(compile(&deep).unwrap_err().diagnostics[0].code, "E251");
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let piece = prop_oneof![
        4 => proptest::char::any().prop_filter("not space alone", |char| !char.is_control()).prop_map(Piece::Char),
        4 => prop_oneof![Just('a'), Just('u'), Just('N'), Just('+'), Just(':'), Just('\\'), Just('"'), Just(' ')].prop_map(Piece::Char),
        1 => Just(Piece::Many),
        1 => Just(Piece::One),
    ];
    proptest::collection::vec(piece, 1..6)
}

fn term() -> impl Strategy<Value = Node> {
    let number = proptest::option::of("[0-9]{0,2}");
    let bound = || proptest::option::of(("[a-z\\]\" ]{1,4}", any::<bool>()));
    let value = prop_oneof![
        (pieces(), number.clone()).prop_map(|(word, fuzzy)| Value::Word(word, fuzzy)),
        (".{0,6}", number).prop_map(|(text, slop)| Value::Phrase(text, slop)),
        "[a-z.*/]{0,5}".prop_map(Value::Regex),
        (bound(), bound()).prop_map(|(low, high)| Value::Range(low, high)),
        (
            prop_oneof![Just(Comparison::Less), Just(Comparison::GreaterOrEqual)],
            "[a-z0-9\"]{1,3}"
        )
            .prop_map(|(op, text)| Value::Compare(op, text)),
    ];
    (proptest::option::of(pieces()), value).prop_map(|(field, value)| {
        let span = 0..0;
        Node::Term(Term { field, value, span })
    })
}

fn clauses() -> impl Strategy<Value = Clauses> {
    let occur = || prop_oneof![Just(Occur::Must), Just(Occur::Should), Just(Occur::MustNot)];
    let list = move |node: BoxedStrategy<Node>| {
        let clause = (occur(), node).prop_map(|(occur, node)| Clause { occur, node });
        proptest::collection::vec(clause, 1..4).prop_map(Clauses)
    };
    let group = term().boxed().prop_recursive(3, 12, 3, move |inner| {
        list(inner).prop_map(Node::Group).boxed()
    });
    list(group.boxed())
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same(tree in clauses()) {
        let text = tree.to_string();
        let parsed = parse(&text);
        prop_assert_eq!(parsed.as_ref(), Ok(&tree), "{}", text);
    }

    #[test]
    fn no_text_panics(text in "[a-c:()\\[\\]{}\"/~^*?+!&|<>= \\\\1TOANDR]{0,30}") {
        let _ = compile(&text);
    }
}
