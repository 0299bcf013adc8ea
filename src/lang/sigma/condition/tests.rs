use proptest::prelude::*;

use super::lexer::in_word;
use super::parse;
use super::tree::{Name, Node, Quantity, Target};

fn shown(text: &str) -> String {
    parse(text).unwrap().to_string()
}

fn refused(text: &str) -> String {
    let error = parse(text).unwrap_err();
    error.diagnostics[0].message.clone()
}

#[test]
fn operators_bind_as_specified() {
    let Node::Or(parts) = parse("a or b and not c or d").unwrap() else {
        panic!("`or` binds weakest");
    };
    assert_eq!(parts.len(), 3);
    assert_eq!(parts[1].to_string(), "b and not c");
    assert_eq!(shown("not 1 of a* and b"), "not 1 of a* and b");
    assert!(matches!(parse("not a and b").unwrap(), Node::And(_)));
    assert_eq!(shown("(a or b) and c"), "(a or b) and c");
    assert_eq!(shown("NOT a AND All OF them"), "not a and all of them");
    assert_eq!(shown("any of sel*"), "1 of sel*");
    assert_eq!(shown("3 of them"), "3 of them");
    assert_eq!(shown("all and of_x"), "all and of_x");
}

#[test]
fn spans_point_into_the_text() {
    let text = "a and  1 of filter_*";
    let Node::And(parts) = parse(text).unwrap() else {
        panic!()
    };
    let Node::Of(_, Target::Like(name)) = &parts[1] else {
        panic!()
    };
    assert_eq!(&text[name.span.clone()], "filter_*");
}

#[test]
fn mistakes_are_named() {
    assert_eq!(refused(""), "the condition is empty");
    assert_eq!(refused("a and"), "the condition ends too early");
    assert_eq!(
        refused("a b"),
        "two searches without `and` or `or` between them"
    );
    assert_eq!(refused("(a"), "a bracket is not closed");
    assert_eq!(refused("a)"), "this bracket closes nothing");
    assert_eq!(refused("or a"), "`or` needs a search on either side");
    assert_eq!(refused("1 of"), "`of` what?");
    assert_eq!(refused("0 of a*"), "`0 of` is no quantity");
    assert_eq!(
        refused("sel* and a"),
        "a name with `*` stands for several searches"
    );
    assert_eq!(parse("a & b = c").unwrap_err().diagnostics.len(), 2);
    assert_eq!(
        refused(&"(".repeat(500)),
        "the condition is nested too deeply"
    );
}

#[test]
fn aggregations_of_sigma_1_are_constructs() {
    let construct = |text: &str| parse(text).unwrap_err().construct.unwrap();
    assert_eq!(
        construct("selection | count(TargetUserName) by IpAddress > 5"),
        "aggregation `count()` in a condition (Sigma 1)"
    );
    assert_eq!(construct("a | near b"), "`near` in a condition (Sigma 1)");
}

fn name() -> impl Strategy<Value = Name> {
    "[a-z_][a-z0-9_.-]{0,6}"
        .prop_filter("a name of its own", |text| {
            !["and", "or", "not", "of", "them", "all", "any"].contains(&text.as_str())
        })
        .prop_map(|text| Name { text, span: 0..0 })
}

fn node() -> impl Strategy<Value = Node> {
    let quantity = prop_oneof![Just(Quantity::All), (1..9u32).prop_map(Quantity::AtLeast)];
    let like = name().prop_map(|name| {
        Target::Like(Name {
            text: name.text + "*",
            ..name
        })
    });
    let target = prop_oneof![Just(Target::Them), like];
    let leaf = prop_oneof![
        name().prop_map(Node::Search),
        (quantity, target).prop_map(|(quantity, target)| Node::Of(quantity, target)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        // A chain inside a chain of its kind is one chain.
        let not_or = inner
            .clone()
            .prop_filter("flat", |node| !matches!(node, Node::Or(_)));
        let not_and = inner
            .clone()
            .prop_filter("flat", |node| !matches!(node, Node::And(_)));
        prop_oneof![
            proptest::collection::vec(not_or, 2..4).prop_map(Node::Or),
            proptest::collection::vec(not_and, 2..4).prop_map(Node::And),
            inner.prop_map(|node| Node::Not(Box::new(node))),
        ]
    })
}

proptest! {
    #[test]
    fn printing_and_parsing_gives_the_same_tree(node in node()) {
        prop_assert_eq!(parse(&node.to_string()).unwrap(), node);
    }

    #[test]
    fn any_text_ends_in_a_tree_or_an_error(text in r"[a-c*1 ()|&_.\n-]{0,30}|\PC{0,20}") {
        match parse(&text) {
            Ok(node) => prop_assert!(node.to_string().chars().all(|c| in_word(c) || " ()".contains(c))),
            Err(error) => {
                for label in error.diagnostics.iter().flat_map(|one| &one.labels) {
                    prop_assert!(label.span.start <= label.span.end && label.span.end <= text.len());
                }
            }
        }
    }
}
