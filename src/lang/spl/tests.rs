use insta::assert_snapshot;

use super::*;

fn fails(search: &str) -> CompileError {
    compile(search, &macros()).expect_err(search)
}

fn macros() -> Macros {
    let mut macros = Macros::default();
    for (name, arguments, definition) in [
        ("broken", vec![], "a=1 AND"),
        ("self", vec![], "`self`"),
        ("twice", vec![], "`twice` `twice`"),
        ("left", vec![], "`right`"),
        ("right", vec![], "b=1 `left`"),
        ("one", vec!["x".to_owned()], "f=$x$"),
    ] {
        let definition = Macro {
            arguments,
            definition: definition.to_owned(),
        };
        macros.insert(name, definition);
    }
    macros
}

fn drawn(search: &str) -> String {
    let error = fails(search);
    error.diagnostics[0].render(search, false)
}

#[test]
fn what_is_not_run_is_named_with_a_caret() {
    for (search, construct) in [
        (
            "a=1 b=2 OR [search b=1]",
            "a subsearch that is not one of the conditions that all hold",
        ),
        (
            "a=[search b=1]",
            "a subsearch that is not one of the conditions that all hold",
        ),
        (
            "a=1 | stats sparkline(values(b))",
            "this aggregate in `sparkline`",
        ),
        ("a=1 | stats count by b*", "grouping by `*`"),
        ("a=1 | multikv", "`multikv`"),
        ("a=1 | where x > random()", "the function `random`"),
        ("a=1 | bucket b", "`bucket` without a span"),
        (
            "a=1 | join left=L right=R where L.a=R.a [search b=1]",
            "`join` with a `where` of its own",
        ),
        ("a=1 | append [search b=1 | apply m]", "`apply`"),
        (
            "a=1 | map search=\"search \\\"$a$\\\"\"",
            "a text search for a value of a row",
        ),
        (
            "| metadata type=hosts",
            "a search that starts with `metadata`",
        ),
        (
            "| tstats count where index=*",
            "`tstats` over indexed fields",
        ),
        (
            "| tstats count from datamodel=Risk.All_Risk",
            "a search over the risk of other detections",
        ),
        (
            "| tstats prestats=t count from datamodel=Endpoint.Processes",
            "the option `prestats` of `tstats`",
        ),
        (
            "index=_audit a=1",
            "a search of Splunk's own index `_audit`",
        ),
        ("`nothing` a=1", "undefined macro `nothing`"),
    ] {
        let error = fails(search);
        assert_eq!(error.construct.as_deref(), Some(construct), "{search}");
        let label = &error.diagnostics[0].labels[0];
        assert!(!label.span.is_empty(), "{search}");
        assert!(label.span.end <= search.len(), "{search}");
    }
}

#[test]
fn broken_text_is_no_construct() {
    for search in [
        "",
        "|",
        "a=1 |",
        "a=1 | | b",
        "a=",
        "a=1 AND",
        "OR a=1",
        "(a=1",
        "a=1)",
        "a=\"x",
        "a IN ()",
        "a IN (b",
        "a=1 | where",
        "a=1 | where b=",
        "a=1 | where (b",
        "a=1 | where f(1",
        "a=1 | where nosuch(b)",
        "a=1 | where len(a,b)",
        "a=1 | eval",
        "a=1 | eval x",
        "a=1 | rename a",
        "a=1 | rename a as",
        "a=1 | stats",
        "a=1 | stats count by",
        "a=1 | stats nosuch(b)",
        "a=1 | stats count(",
        "a=1 | regex b=\"(\"",
        "a=1 | rex \"x\"",
        "a=1 | nosuch b",
        "a=1 | fields",
        "a=1 | convert x",
        "| tstats count from",
        "| tstats from datamodel=Endpoint.Processes",
        "| tstats count from datamodel=Endpoint.Processes by",
        "| tstats count from datamodel=Endpoint.Processes xx",
        "`",
        "``",
        "`a b`",
        "```open",
        "`self`",
        "`twice`",
        "a=1 | =",
        "a=1 | where a ; b",
    ] {
        let error = fails(search);
        assert_eq!(error.construct, None, "{search}: {error:?}");
        assert!(!error.diagnostics.is_empty(), "{search}");
        for label in &error.diagnostics[0].labels {
            assert!(label.span.end <= search.len().max(1), "{search}: {label:?}");
        }
    }
}

#[test]
fn carets_stand_under_the_cause() {
    assert_snapshot!(drawn("a=1 | stats count by b\n| predict count"), @r"
    error[E390]: watchglass does not run this yet: `predict`
      |
    2 | | predict count
      |   ^^^^^^^ not runnable
    ");
    assert_snapshot!(drawn("b=1 OR `broken`"), @r"
    error[E302]: a condition is missing
      |
    1 | b=1 OR `broken`
      |        ^^^^^^^^ expected here (`D` in the macro `broken`)
    ");
    assert_snapshot!(drawn("a=1 | staats count"), @r"
    error[E302]: no command is called `staats`
      |
    1 | a=1 | staats count
      |       ^^^^^^ here
      |
      = help: did you mean `stats`?
    ");
    assert_snapshot!(drawn("`one` a=1"), @r"
    error[E301]: the macro `one` takes 1 argument, not 0
      |
    1 | `one` a=1
      | ^^^^^ called here
    ");
    assert_snapshot!(drawn("`left` a=1"), @r"
    error[E302]: macros call each other in a circle: `left` calls `right` calls `left`
      |
    1 | `left` a=1
      | ^^^^^^ here
    ");
    assert_snapshot!(drawn("a=1 | where lenn(b) > 1"), @r"
    error[E302]: no function is called `lenn`
      |
    1 | a=1 | where lenn(b) > 1
      |             ^^^^ here
      |
      = help: did you mean `len`?
    ");
    assert_snapshot!(drawn("a=1 | stats vlaues(b)"), @r"
    error[E302]: no aggregate is called `vlaues`
      |
    1 | a=1 | stats vlaues(b)
      |             ^^^^^^ here
      |
      = help: did you mean `values`?
    ");
    assert_snapshot!(drawn("a=1 | eventstats count | dedup b keepevnts=t"), @r"
    error[E302]: `dedup` has no option `keepevnts`
      |
    1 | a=1 | eventstats count | dedup b keepevnts=t
      |                                  ^^^^^^^^^ here
      |
      = help: did you mean `keepevents`?
    ");
}

#[test]
fn doubtful_text_is_warned_of() {
    let warned = |search: &str| {
        let query = compile(search, &macros()).unwrap();
        let codes = query.warnings.iter().map(|finding| finding.code);
        codes.collect::<Vec<_>>()
    };
    assert_eq!(warned("a=1 or b=2"), ["E310"]);
    assert_eq!(warned("a=1 | stats count by b | search c=1"), ["E311"]);
    assert_eq!(warned("a=1 | table b | where c=1"), ["E311"]);
    assert_eq!(warned("a=1 | where a.b=\"x\""), ["E312"]);
    assert!(warned("a=1 | where a . b=\"x\" | stats count by a").is_empty());
}

#[test]
fn fields_come_from_the_event_only() {
    let query = compile(
        "EventCode=1 | eval x=lower(user) | rex field=Image \"(?<y>.)\" | stats count values(eval(x.y)) as v by x y dest",
        &macros(),
    )
    .unwrap();
    let names: Vec<_> = query
        .fields()
        .iter()
        .map(|field| field.name.name())
        .collect();
    assert_eq!(names, ["EventCode", "user", "Image", "dest"]);
}

#[test]
fn spans_point_into_the_search_as_it_was_written() {
    let search = "b=2 OR `one(7)` c=3 | stats count by d";
    let query = compile(search, &macros()).unwrap();
    let mut texts = Vec::new();
    query
        .select
        .clone()
        .spans(&mut |span| texts.push(&search[span.clone()]));
    query
        .rows
        .unwrap()
        .spans(&mut |span| texts.push(&search[span.clone()]));
    assert_eq!(texts, ["b=2", "`one(7)`", "c=3", "d", "count"]);
}

#[test]
fn a_data_model_that_nothing_fills_never_fires() {
    let query = compile(
        "| tstats count from datamodel=Web where Web.url=* by Web.src | rename Web.* as *",
        &macros(),
    )
    .unwrap();
    assert!(
        query
            .starved
            .as_deref()
            .is_some_and(|why| why.contains("`Web`"))
    );
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in r"[ -~\n]{0,60}") {
        let _ = compile(&text, &macros());
    }

    #[test]
    fn no_mixture_of_known_words_panics(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "a", "=", "!=", "\"b*\"", "(", ")", "AND", "OR", "NOT", "IN", ",", "|", "where", "eval", "stats", "count",
                "by", "as", "rename", "tstats", "from", "datamodel=Endpoint.Processes", "search", "`one(1)`", "[", "]", "é",
                "rex", "field=a", "\"(?<x>.)\"", "values(", "eval(", "if(", "span=1h", "bucket", "table", "*", "'", "\\",
            ]),
            0..24,
        )
    ) {
        let text = words.join(" ");
        if let Err(error) = compile(&text, &macros()) {
            for finding in &error.diagnostics {
                let _ = finding.render(&text, false);
            }
        }
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    let text = "index=a | statss count by dest | eval x=lenn(dest) | head 3 | evl y=1";
    let error = compile(text, &Macros::default()).unwrap_err();
    let places = error
        .diagnostics
        .iter()
        .map(|one| &text[one.labels[0].span.clone()]);
    assert_eq!(places.collect::<Vec<_>>(), ["statss", "lenn", "evl"]);
}

#[test]
fn a_misspelt_data_model_is_told_from_another_product() {
    let warned = |model: &str| {
        let text = format!("| tstats count from datamodel={model} by host");
        let query = compile(&text, &Macros::default()).unwrap();
        assert!(query.starved.is_some());
        query.warnings.into_iter().find_map(|one| one.help)
    };
    assert_eq!(
        warned("Endpont.Processes").unwrap(),
        "did you mean `Endpoint.Processes`?"
    );
    assert_eq!(warned("Web.Web"), None);
}
