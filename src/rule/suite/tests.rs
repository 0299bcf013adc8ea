use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn load(text: &str) -> Result<Suite, String> {
    let folder = folder(&[("r.test.toml", text), ("a.ndjson", ""), ("r.yml", "")]);
    Suite::load(&folder.path().join("r.test.toml")).map_err(|findings| {
        let drawn = findings.iter().map(|finding| finding.render(false));
        drawn.collect::<Vec<_>>().join("\n")
    })
}

#[test]
fn a_case_says_samples_and_what_comes_of_them() {
    let suite = load(
        r#"
rules = "r.yml"
[[case]]
name = "first"
rule = "some id"
samples = "a.ndjson"
hits = 2
[[case]]
samples = ["a.ndjson", "r.yml"]
events = [{ computer = "WS-1", event_id = 1 }, { record_id = 7 }]
"#,
    )
    .unwrap();
    assert_eq!(suite.rules.len(), 1);
    let [first, second] = suite.cases.as_slice() else {
        panic!("{suite:?}")
    };
    assert_eq!(first.expect.hits, Some(2));
    assert_eq!(first.rule.as_ref().unwrap().0, "some id");
    assert_eq!(&suite.text[first.samples[0].1.clone()], "a.ndjson");
    assert_eq!(second.samples.len(), 2);
    assert_eq!(&suite.text[second.samples[1].1.clone()], "r.yml");
    assert_eq!(second.expect.events[0].to_string(), "WS-1 event 1");
    assert!(suite.text[second.span.clone()].starts_with("[[case]]"));
}

#[test]
fn a_case_with_a_mistake_keeps_no_other_from_running() {
    let text = "[[case]]\nsamples = \"a.ndjson\"\n[[case]]\nsamples = \"b.ndjson\"\n";
    let suite = load(text).unwrap();
    assert_eq!((suite.cases.len(), suite.findings.len()), (1, 1));
    assert!(suite.findings[0].line().contains("r.test.toml:4:12"));
    // A mistake that concerns all cases is told with theirs.
    let drawn = load(&format!("rules = \"q.yml\"\n{text}")).unwrap_err();
    assert!(
        drawn.contains("r.test.toml:1:10") && drawn.contains("r.test.toml:5:12"),
        "{drawn}"
    );
}

#[test]
fn mistakes_are_shown_with_their_place_and_what_was_meant() {
    for (text, place, said) in [
        (
            "[[case]]\nsample = \"a.ndjson\"\n",
            "r.test.toml:2:1",
            "did you mean `samples`?",
        ),
        (
            "[[case]]\nsamples = \"b.ndjson\"\n",
            "r.test.toml:2:12",
            "did you mean `a.ndjson`?",
        ),
        (
            "[[case]]\nsamples = \"a.ndjson\"\nhits = -1\n",
            "r.test.toml:3:8",
            "-1",
        ),
        (
            "[[case]]\nsamples = 3\n",
            "r.test.toml:2:11",
            "a path in quotes, or a list of paths",
        ),
        (
            "[[case]]\nsamples = []\n",
            "r.test.toml:1:1",
            "a case without samples",
        ),
        (
            "[[case]]\nsamples = \"a.ndjson\"\nhits = 0\nevents = [{ record_id = 1 }]\n",
            "r.test.toml:3:8",
            "none may be",
        ),
        (
            "[[case]]\nsamples = \"a.ndjson\"\nevents = [{ }]\n",
            "r.test.toml:3:11",
            "names no event",
        ),
        (
            "[[case]]\nsamples = \"a.ndjson\"\nevents = [{ recordid = 1 }]\n",
            "r.test.toml:3:13",
            "did you mean `record_id`?",
        ),
        (
            "[[case]]\nsamples = \"a.ndjson\"\nhits = 2\nalerts = 0\n",
            "r.test.toml:4:10",
            "if and only if",
        ),
        (
            "rules = \"q.yml\"\n[[case]]\nsamples = \"a.ndjson\"\n",
            "r.test.toml:1:10",
            "did you mean `r.yml`?",
        ),
        ("[[case]\n", "r.test.toml:1:8", "expected"),
        ("", "r.test.toml", "there is no case here"),
    ] {
        let drawn = load(text).unwrap_err();
        assert!(
            drawn.contains(place) && drawn.contains(said),
            "{text}\n{drawn}"
        );
    }
    assert!(
        !load("\"\u{1b}]52;c;eA==\u{7}\" = 1\n")
            .unwrap_err()
            .contains('\u{1b}')
    );
}

#[test]
fn sigma_s_own_files_are_read() {
    let info = "rule_metadata:\n  - id: abc\nregression_tests_info:\n  - name: Positive\n    match_count: 3\n    path: regression_data/rules/x/abc.evtx\n";
    let folder = folder(&[
        ("data/rules/x/info.yml", info),
        ("data/rules/x/abc.evtx", ""),
        ("other/info.yml", "name: nothing of ours\n"),
    ]);
    let (found, failed) = under(folder.path());
    assert!(found.len() == 2 && failed.is_empty(), "{found:?}");
    let suite = Suite::load(&found[0]).unwrap();
    let case = &suite.cases[0];
    assert_eq!(case.expect.hits, Some(3));
    assert_eq!(case.rule.as_ref().unwrap().0, "abc");
    assert!(case.samples[0].0.is_file());
    assert!(Suite::load(&found[1]).unwrap().cases.is_empty());
}

#[test]
fn an_unreadable_file_is_said_to_be_so() {
    let folder = folder(&[]);
    let path = folder.path().join("r.test.toml");
    std::fs::write(&path, b"[[case]] \xff").unwrap();
    let said = Suite::load(&path).unwrap_err()[0].line();
    assert!(said.contains("not UTF-8"), "{said}");
    assert!(is_sidecar(&path) && of_rule_file(Path::new("a/r.yml")) == Path::new("a/r.test.toml"));
}
