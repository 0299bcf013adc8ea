use std::fs;

use super::*;
use crate::rule::news::news;
use crate::rule::testing::{Folder, GOOD, eql};

#[test]
fn a_broken_edit_keeps_the_last_good_version_until_it_is_mended() {
    let folder = Folder::new();
    let a = folder.write("a.toml", &eql("a", GOOD));
    let b = folder.write("b.toml", &eql("b", GOOD));
    let first = folder.load();
    assert!(!first.changed());

    fs::write(&a, "[rule\n").unwrap();
    fs::write(&b, eql("b", "process where (")).unwrap();
    assert!(first.changed());
    let second = first.reload();
    assert_eq!(second.rules.len(), 2);
    assert!(
        second
            .rules
            .iter()
            .all(|rule| rule.state == RuleState::Runs)
    );
    let mut kept = second.kept.clone();
    kept.sort();
    assert_eq!(kept, ["a", "b"]);
    assert!(
        second
            .get("b")
            .unwrap()
            .findings
            .iter()
            .any(Finding::is_error)
    );
    assert!(second.findings.iter().any(Finding::is_error));
    assert!(!second.changed());

    // A second look at the same broken files still keeps them.
    assert_eq!(second.reload().kept.len(), 2);

    fs::write(&a, eql("a", "process where process.name == \"mended.exe\"")).unwrap();
    fs::remove_file(&b).unwrap();
    assert!(second.changed());
    let third = second.reload();
    assert_eq!(third.rules.len(), 1);
    assert!(third.kept.is_empty() && third.rules[0].query_text.contains("mended"));
}

#[test]
fn new_files_and_changed_macros_above_are_noticed() {
    let folder = Folder::new();
    folder.write(
        "detections/a.yml",
        "name: A\nid: a\nsearch: '`m` Image=x'\n",
    );
    let shared = folder.write("macros/m.yml", "name: m\ndefinition: EventID=1\n");
    let set = RuleSet::load(&[folder.path().join("detections")]);
    assert!(!set.changed());
    fs::write(&shared, "name: m\ndefinition: EventID=11\n").unwrap();
    assert!(set.changed());
    let set = set.reload();
    assert!(!set.changed());
    folder.write("detections/b.toml", &eql("b", GOOD));
    assert!(set.changed());
}

fn sentences(last: &RuleSet, now: &RuleSet) -> Vec<String> {
    let said = news(last, now).into_iter();
    said.map(|news| news.line()).collect()
}

#[test]
fn a_path_that_vanishes_keeps_its_rules_until_it_is_back() {
    let folder = Folder::new();
    folder.write("rules/sub/a.toml", &eql("a", GOOD));
    folder.write("rules/bad.toml", "[rule\n");
    let single = folder.write("b.toml", &eql("b", GOOD));
    let root = folder.path().join("rules");
    let away = folder.path().join("away");
    let first = RuleSet::load(&[root.clone(), single.clone()]);
    assert!(!first.changed());

    fs::rename(&root, &away).unwrap();
    fs::remove_file(&single).unwrap();
    assert!(first.changed());
    let second = first.reload();
    assert_eq!(second.kept, ["a", "b"]);
    assert_eq!(second.files.len(), 3);
    assert!(
        second
            .rules
            .iter()
            .all(|rule| rule.state == RuleState::Runs)
    );
    let found = &second.findings;
    let codes: Vec<_> = found.iter().map(|one| one.diagnostic.code).collect();
    assert_eq!(codes, ["R101", "R101", "R102"]);
    let help = found[0].diagnostic.help.as_deref().unwrap();
    assert_eq!(help, "its rule keeps running as it was last");
    let said = sentences(&first, &second);
    assert!(
        said[0].starts_with("2 rule files broken, 2 rules run as they were last: "),
        "{said:?}"
    );

    // It is neither loaded again and again while it is gone, nor told again.
    assert!(!second.changed());
    let third = second.reload();
    assert_eq!((third.kept.len(), sentences(&second, &third)), (2, vec![]));

    fs::rename(&away, &root).unwrap();
    folder.write(
        "rules/sub/a.toml",
        &eql("a", "process where process.name == \"new.exe\""),
    );
    assert!(third.changed());
    let fourth = third.reload();
    assert_eq!(fourth.kept, ["b"]);
    assert!(fourth.get("a").unwrap().query_text.contains("new.exe"));
    let said = sentences(&third, &fourth);
    assert_eq!(said, [format!("{} can be read again", root.display())]);
}

#[test]
fn a_file_deleted_from_a_directory_ends_its_rules() {
    let folder = Folder::new();
    folder.write("a.toml", &eql("a", GOOD));
    let b = folder.write("b.toml", &eql("b", GOOD));
    let first = folder.load();
    fs::remove_file(b).unwrap();
    let second = first.reload();
    assert!(second.kept.is_empty() && second.rules.len() == 1 && second.findings.is_empty());
    assert_eq!(
        sentences(&first, &second),
        ["rules loaded again: 1 gone, 1 in all"]
    );
}

#[test]
fn an_emptied_file_keeps_its_rules_and_says_so() {
    let folder = Folder::new();
    let a = folder.write("a.toml", &eql("a", GOOD));
    let first = folder.load();
    fs::write(&a, "").unwrap();
    let second = first.reload();
    assert_eq!(second.kept, ["a"]);
    assert_eq!(second.findings[0].diagnostic.code, "R103");
    assert_eq!(second.problems().count(), 1);
    assert!(sentences(&first, &second)[0].contains("holds no rule any more"));
}

#[test]
fn what_broke_and_what_was_mended_is_told_once() {
    let folder = Folder::new();
    let a = folder.write("a.toml", &eql("a", GOOD));
    folder.write("b.toml", &eql("b", GOOD));
    let first = folder.load();
    assert_eq!(
        sentences(&RuleSet::pending(first.origins.clone()), &first),
        [""; 0]
    );

    fs::write(&a, eql("a", "process where (")).unwrap();
    let second = first.reload();
    let said = news(&first, &second);
    assert_eq!(said.len(), 1);
    assert!(said[0].bad, "{said:?}");
    assert_eq!(
        said[0].sentence,
        "rule file broken, the last good version runs"
    );
    let detail = said[0].detail.as_deref().unwrap();
    assert!(detail.starts_with(&format!("{}:", a.display())), "{detail}");
    assert_eq!(
        second.problems().count(),
        second.get("a").unwrap().findings.len()
    );

    folder.write("c.toml", &eql("c", GOOD));
    let third = second.reload();
    assert_eq!(
        sentences(&second, &third),
        ["rules loaded again: 1 new, 3 in all"]
    );

    fs::write(&a, eql("a", "process where process.name = = 1")).unwrap();
    let fourth = third.reload();
    assert!(news(&third, &fourth)[0].bad, "other errors are told anew");

    fs::write(&a, eql("a", "process where true")).unwrap();
    let fifth = fourth.reload();
    let mended = format!("{} is mended", a.display());
    assert_eq!(sentences(&fourth, &fifth)[1], mended);
    assert_eq!(fifth.problems().count(), 0);
}
