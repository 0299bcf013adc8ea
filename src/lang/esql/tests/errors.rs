//! What is said of wrong queries.

use crate::lang::esql::compile;

/// Code, text under the caret, help of each finding.
fn errors(text: &str) -> Vec<(&'static str, String, Option<String>)> {
    let error = compile(text, 300).unwrap_err();
    let shown = error.diagnostics.into_iter().map(|one| {
        let span = one.labels[0].span.clone();
        (one.code, text[span].to_owned(), one.help)
    });
    shown.collect()
}

fn is(text: &str, wanted: &[(&str, &str, &str)]) {
    let found = errors(text);
    let found: Vec<_> = found
        .iter()
        .map(|(code, span, help)| (*code, span.as_str(), help.as_deref().unwrap_or("")))
        .collect();
    assert_eq!(found, wanted, "{text}");
}

#[test]
fn every_command_is_read_though_one_is_wrong() {
    is(
        "from a | wher x == 1 | eval y = | limit ten | keep z",
        &[
            ("E512", "wher", "did you mean `where`?"),
            ("E510", "|", ""),
            ("E510", "ten", ""),
        ],
    );
    is(
        "form a | where x = 1",
        &[
            ("E512", "form", "did you mean `from`?"),
            ("E510", "=", "equality is written `==`"),
        ],
    );
}

#[test]
fn names_are_mended() {
    is(
        "from logs-* | where lenght(x) > 1 | stats n = count(*) by user.name | where user.nam is null and m == 1",
        &[
            ("E521", "lenght(x)", "did you mean `length`?"),
            ("E530", "user.nam", "did you mean `user.name`?"),
            ("E530", "m", "did you mean `n`?"),
        ],
    );
    is(
        "from logs-* | where count(x) > 1",
        &[("E520", "count(x)", "")],
    );
    is(
        "from logs-* | eval x = y::keywrd",
        &[("E523", "y::keywrd", "did you mean `keyword`?")],
    );
    is(
        "from logs-* | keep _id",
        &[("E531", "_id", "write `from ... metadata _id`")],
    );
    is(
        "from logs-* | grok m \"%{WROD:x}\"",
        &[("E540", "\"%{WROD:x}\"", "did you mean `%{WORD}`?")],
    );
}

#[test]
fn texts_and_patterns_are_checked() {
    is(
        "from a | where x == \"a\\q\" and y == 'b'",
        &[
            (
                "E504",
                "\\q",
                "write `\\\\` for a backslash, or use a raw text: \"\"\"...\"\"\"",
            ),
            ("E501", "'", "texts stand in double quotes"),
            ("E501", "'", "texts stand in double quotes"),
        ],
    );
    is(
        "from a | where x == \"open",
        &[("E503", "\"", "end it with `\"`"), ("E510", "", "")],
    );
    assert_eq!(errors("from logs-* | where x rlike \"[a\"")[0].0, "E543");
    assert_eq!(
        errors("from logs-* | eval x = replace(y, \"(\", \"\")")[0].0,
        "E542"
    );
    assert_eq!(errors("from logs-* | where to_upper(x)")[0].0, "E524");
    assert_eq!(
        errors("from logs-* | where kql(\"a: (\")")[0].1,
        "kql(\"a: (\")"
    );
    assert_eq!(errors("from logs-* | eval x = left(y)")[0].0, "E522");
}

#[test]
fn what_is_known_and_not_run_is_named() {
    for (text, construct) in [
        (
            "from logs-* | lookup join t on user.name",
            "ES|QL LOOKUP JOIN",
        ),
        ("from logs-* | enrich p", "ES|QL ENRICH"),
        ("row a = 1", "ES|QL ROW"),
        (
            "from (from logs-* | where b == 1), (from logs-*) | stats n = count(*)",
            "ES|QL FROM with subqueries",
        ),
        (
            "from logs-* | sort b | limit 1 by c | keep d",
            "ES|QL LIMIT ... BY",
        ),
        ("from logs-* | eval x = md5(y)", "ES|QL md5"),
        (
            "from logs-* | stats x = weighted_avg(a, b)",
            "ES|QL weighted_avg",
        ),
    ] {
        assert_eq!(
            compile(text, 300).unwrap_err().construct.as_deref(),
            Some(construct),
            "{text}"
        );
    }
}

#[test]
fn what_no_source_gives_is_named() {
    let starved = |text: &str| compile(text, 300).unwrap().query.starved;
    assert_eq!(
        starved("from logs-aws.cloudtrail-* | enrich p").as_deref(),
        Some("no source that watchglass reads fills the index `logs-aws.cloudtrail-*`")
    );
    assert!(
        starved("from logs-* | completion x = y with {\"inference_id\": \"m\"} | where x == \"a\"")
            .is_some()
    );
    assert_eq!(
        starved("from logs-system.security*, filebeat-* | limit 5"),
        None
    );
    assert_eq!(
        compile("from winlogbeat-* | limit 5", 300).unwrap().sources,
        ["winlogbeat-*"]
    );
}

#[test]
fn depth_is_bounded() {
    let deep = format!("from a | where {}x{}", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(errors(&deep)[0].0, "E511");
    let long = format!("from a | where x == 1{}", " + 1".repeat(5_000));
    assert_eq!(errors(&long)[0].0, "E511");
    let many = format!("from a{}", " | limit 1".repeat(1_000));
    assert_eq!(errors(&many)[0].0, "E513");
}
