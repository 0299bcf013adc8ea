//! Text to tree and back.

use proptest::prelude::*;

use super::*;
use crate::lang::ir::Number;
use crate::lang::ir::expr::Arithmetic;

fn word() -> impl Strategy<Value = search::Word> {
    let text = prop_oneof![
        "[a-z*][a-z0-9_.*-]{0,5}",
        "[ a\"\\\\|(),=!<>*'\\[\\]`$é]{0,5}",
        Just("AND".to_owned()),
        Just("in".to_owned()),
        Just("TERM".to_owned()),
    ];
    text.prop_map(|text| search::Word { text, span: 0..0 })
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

fn searched() -> impl Strategy<Value = search::Node> {
    use search::Node;
    let values = proptest::collection::vec(word(), 1..3);
    let leaf = prop_oneof![
        word().prop_map(Node::Term),
        (word(), comparison(), word()).prop_map(|(field, operator, value)| Node::Compare {
            field,
            operator,
            value
        }),
        (word(), values).prop_map(|(field, values)| Node::In { field, values }),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let pair = proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            inner.prop_map(|inner| Node::Not(Box::new(inner))),
            pair.clone().prop_map(Node::And),
            pair.prop_map(Node::Or),
        ]
    })
}

fn operator() -> impl Strategy<Value = Arithmetic> {
    prop_oneof![
        Just(Arithmetic::AddOrJoin),
        Just(Arithmetic::Subtract),
        Just(Arithmetic::Multiply),
        Just(Arithmetic::Divide),
        Just(Arithmetic::Modulo),
        Just(Arithmetic::Join),
    ]
}

fn value() -> impl Strategy<Value = eval::Node> {
    use eval::Kind;
    let node = |kind| eval::Node { kind, span: 0..0 };
    // A text in single quotes cannot hold one, nor a bar or a double quote that the pipeline is split or quoted at.
    let name = "[a-z_][a-z0-9_{}:]{0,4}|<<FIELD>>|[a-z][a-z .()=\\\\-]{0,4}[a-z]|not|4a?";
    let leaf = prop_oneof![
        (0..i64::MAX).prop_map(|whole| Kind::Number(Number::Int(whole))),
        (0.0..1e30).prop_map(|float| Kind::Number(Number::Float(float))),
        "[a\"\\\\\n é|'`\\[]{0,4}".prop_map(Kind::Text),
        name.prop_map(Kind::Field),
    ]
    .prop_map(node);
    leaf.prop_recursive(5, 32, 3, move |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let some = proptest::collection::vec(inner.clone(), 0..3);
        let pair = proptest::collection::vec(inner, 2..4);
        prop_oneof![
            (comparison(), boxed.clone(), boxed.clone())
                .prop_map(|(operator, left, right)| Kind::Compare(operator, left, right)),
            (operator(), boxed.clone(), boxed.clone())
                .prop_map(|(operator, left, right)| Kind::Arithmetic(operator, left, right)),
            (boxed.clone(), boxed.clone()).prop_map(|(left, right)| Kind::Like(left, right)),
            (boxed.clone(), boxed.clone()).prop_map(|(left, right)| Kind::Xor(left, right)),
            (boxed.clone(), some.clone()).prop_map(|(one, list)| Kind::In(one, list)),
            boxed.clone().prop_map(Kind::Negative),
            boxed.prop_map(Kind::Not),
            pair.clone().prop_map(Kind::And),
            pair.prop_map(Kind::Or),
            ("[a-z]{3}|in|like", some).prop_map(|(name, list)| Kind::Call(name, list)),
        ]
        .prop_map(node)
    })
}

/// The arguments of a command such as `stats`.
fn parts() -> impl Strategy<Value = Vec<Part>> {
    let plain = |text: &str| Part::Word {
        text: text.to_owned(),
        quoted: false,
    };
    let leaf = prop_oneof![
        "[a-df-z*$-][a-z_.*\\\\!-]{0,4}".prop_map(|text| vec![Part::Word {
            text,
            quoted: false
        }]),
        "[a\"\\\\ |(),=*\\[\\]`é]{0,4}".prop_map(|text| vec![Part::Word { text, quoted: true }]),
        ("span|max", comparison(), "[1-9][a-z=<]{0,3}").prop_map(|(name, operator, text)| vec![
            Part::Word {
                text: name,
                quoted: false
            },
            Part::Operator(operator),
            Part::Word {
                text,
                quoted: false
            },
        ]),
        value().prop_map(move |value| vec![
            plain("count"),
            Part::Group {
                touches: true,
                parts: vec![Part::Eval(value)]
            }
        ]),
        Just(vec![Part::Comma]),
    ];
    let list = proptest::collection::vec(leaf, 0..4).prop_map(|parts| parts.concat());
    list.prop_recursive(2, 12, 2, |inner| {
        (inner.clone(), any::<bool>(), inner).prop_map(|(mut before, touches, parts)| {
            // Behind an option's value a bracket would be read as a part of it.
            let option = before.iter().any(|part| matches!(part, Part::Operator(_)));
            let after_word = matches!(before.last(), Some(Part::Word { .. }));
            if !option {
                let touches = touches && after_word;
                before.push(Part::Group { touches, parts });
            }
            before
        })
    })
}

fn pipeline() -> impl Strategy<Value = Pipeline> {
    let command = |name: &str, arguments| Command {
        name: name.to_owned(),
        arguments,
    };
    let later = prop_oneof![
        proptest::option::of(searched())
            .prop_map(move |node| { command("search", Arguments::Search(node)) }),
        value().prop_map(move |node| command("where", Arguments::Condition(node))),
        proptest::collection::vec(("[a-z]{1,3}|a\\.b|a b|<<FIELD>>", value()), 1..3)
            .prop_map(move |columns| command("eval", Arguments::Columns(columns))),
        ("stats|rename|tstats|foreach", parts())
            .prop_map(move |(name, parts)| command(&name, Arguments::Parts(parts))),
    ];
    let first = prop_oneof![
        searched().prop_map(move |node| command("search", Arguments::Search(Some(node)))),
        parts().prop_map(move |parts| command("tstats", Arguments::Parts(parts))),
    ];
    (first, proptest::collection::vec(later, 0..3)).prop_map(|(first, later)| Pipeline {
        commands: std::iter::once(first).chain(later).collect(),
    })
}

fn holds(tree: &Pipeline) -> Result<(), TestCaseError> {
    let text = tree.to_string();
    match super::super::parse(&text, &super::super::Macros::default()) {
        Ok(again) => prop_assert_eq!(&again, tree, "{}", text),
        Err(error) => prop_assert!(false, "{text}\n{error:?}"),
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_printed_tree_parses_to_itself(tree in pipeline()) {
        holds(&tree)?;
    }

    #[test]
    fn so_it_does_with_subsearches(outer in pipeline(), inner in pipeline(), name in "join|append|appendpipe") {
        let mut tree = outer;
        let parts = vec![
            Part::Word { text: "dest".to_owned(), quoted: false },
            Part::Subsearch(inner),
        ];
        tree.commands.push(Command { name, arguments: Arguments::Parts(parts) });
        holds(&tree)?;
    }
}

#[test]
fn trees_are_written_plainly() {
    for (text, written) in [
        (
            "EventCode=1  (a=\"b c\" OR NOT d IN (1,\"x\")) | stats count  min(_time) as t by dest, user",
            "search EventCode=1 a=\"b c\" OR NOT d IN (1, x) | stats count min(_time) as t by dest, user",
        ),
        (
            "| tstats count from datamodel = Endpoint.Processes where p!=\"a\\\\b\" by _time span=1h",
            "| tstats count from datamodel=Endpoint.Processes where p!=\"a\\\\b\" by _time span=1h",
        ),
        (
            "a | eval x = if(b==1 AND (c OR d), \"y\"  .z, -'e f'*2) | join dest [ search q | fields dest ]",
            "search a | eval x=if(b = 1 AND (c OR d), \"y\" . z, -'e f' * 2) | join dest [search q | fields dest]",
        ),
    ] {
        let tree = super::super::parse(text, &super::super::Macros::default()).unwrap();
        assert_eq!(tree.to_string(), written);
    }
}
