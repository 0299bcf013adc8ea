//! Tests on any member of an event.

use super::*;

/// In flat JSON a data member may be an object, whose text is JSON.
#[test]
fn any_value_may_be_an_object() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("objects.json");
    let rule = "title: t\nid: t\nlogsource:\n  product: windows\ndetection:\n  keywords: [evil]\n  condition: keywords\n";
    let set = RuleSet::of_text(std::path::Path::new("r.yml"), rule);
    let mut log = String::new();
    for number in 0..400 {
        let member = [r#""x""#, r#"{"evil":1}"#, r#"{"a":{"b":["evil"]}}"#, "{}"][number % 4];
        let _ = writeln!(
            log,
            r#"{{"Channel":"Microsoft-Windows-PowerShell/Operational","SourceName":"Microsoft-Windows-PowerShell","EventID":4104,"Hostname":"h","RecordNumber":{number},"ScriptBlockId":{member},"ScriptBlockText":"x"}}"#,
        );
    }
    std::fs::write(&path, log).unwrap();
    let rule = set.rules.first().unwrap();
    finds_what_each_event_says(&path, Arc::clone(rule), "objects");
    let engine = Engine::new(vec![Arc::clone(rule)]);
    assert_eq!(plainly(&path, &engine).0.len(), 200);
}

/// A keyword is found in any value, whatever stood there in the line before, and also where a member is called like it.
#[test]
fn keywords_are_found_in_whatever_value_they_come() {
    let long = "nothing to see here, ".repeat(40);
    let folder = tempfile::tempdir().unwrap();
    let rule = "title: t\nid: t\nlogsource:\n  product: windows\ndetection:\n  keywords: ['sekurlsa::', 'privilege::debug', 'sudo']\n  condition: keywords\n";
    let set = RuleSet::of_text(std::path::Path::new("r.yml"), rule);
    let rule = set.rules.first().unwrap();
    for name in ["other", "sekurlsa::name"] {
        let path = folder.path().join("log.ndjson");
        let mut log = String::new();
        for number in 0..1200 {
            let members = format!(
                r#""A":"@0","B":"","C":"b @1","D":{number},"E":"\u0061@2","F":["@3"],"G":"{long}{number}@4{long}","H":"@5 {long}","I":{{"x":"@6"}},"Message":"{long}@7{number}","J":"c:\\@8""#
            );
            let members = members.replace(&format!("@{}", number % 13), "SekurLSA::x");
            let _ = writeln!(
                log,
                r#"{{"Channel":"c","EventID":{},"Hostname":"h","First":"x","{name}":"{number}",{members}}}"#,
                number % 2,
            );
        }
        std::fs::write(&path, log).unwrap();
        finds_what_each_event_says(&path, Arc::clone(rule), name);
        let engine = Engine::new(vec![Arc::clone(rule)]);
        let all = plainly(&path, &engine).0.len();
        assert_eq!(all, (0..1200).filter(|number| number % 13 < 9).count());
    }
}

/// A search in more than one value that meets too much is given up; the line in which it is lost nothing.
#[test]
fn no_line_is_missed_when_values_are_no_longer_searched_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.ndjson");
    let rule = "title: t\nid: t\nlogsource:\n  product: windows\ndetection:\n  keywords: ['sekurlsa::', 'privilege::debug']\n  condition: keywords\n";
    let set = RuleSet::of_text(std::path::Path::new("r.yml"), rule);
    let mut log = String::new();
    for number in 0..2000 {
        // In all lines around the one in which it is given up, which hangs on how many are read whole to count.
        let holds = (128..500).contains(&number);
        let word = if holds { "Privilege::Debug" } else { "nothing" };
        let _ = writeln!(
            log,
            r#"{{"Channel":"c","EventID":1,"Hostname":"h","First":"x","sekurlsa::name":"{number}","A":"{word}"}}"#,
        );
    }
    std::fs::write(&path, log).unwrap();
    let rule = set.rules.first().unwrap();
    finds_what_each_event_says(&path, Arc::clone(rule), "given up");
    let engine = Engine::new(vec![Arc::clone(rule)]);
    assert_eq!(plainly(&path, &engine).0.len(), 500 - 128);
}

/// A list, a number or a word of JSON does not answer for a text of the same bytes, nor the other way round.
#[test]
fn the_same_bytes_are_another_value_as_a_text() {
    const FLAT: &str =
        r#"{"Channel":"c","EventID":1,"Hostname":"h","First":"x","RecordNumber":@n,"A":@v}"#;
    const DUMPED: &str = r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"P"}},"EventID":1,"EventRecordID":@n,"Channel":"c","Computer":"h","TimeCreated":{"#attributes":{"SystemTime":"2020-01-01T00:00:00.000000Z"}}},"EventData":{"A":@v}}}"##;
    const SHIPPED: &str = r#"{"@timestamp":"2020-01-01T00:00:00.000Z","winlog":{"channel":"c","event_id":"1","record_id":@n,"computer_name":"h","provider_name":"P","event_data":{"A":@v}},"event":{"code":"1"},"host":{"name":"h"}}"#;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.ndjson");
    for (shape, other, word) in [
        (FLAT, "[1234, 5678]", "1234, 5678"),
        (FLAT, "1234.50", "1234.50"),
        (DUMPED, "null", "null"),
        (DUMPED, "1234.50", "1234.50"),
        (SHIPPED, "[1234,5678]", "1234,5678"),
        (SHIPPED, "1234.50", "1234.50"),
    ] {
        let rule = format!(
            "title: t\nid: t\nlogsource:\n  product: windows\ndetection:\n  keywords: ['{word}']\n  condition: keywords\n"
        );
        let set = RuleSet::of_text(std::path::Path::new("r.yml"), &rule);
        let text = format!("\"{other}\"");
        let mut log = String::new();
        for number in 0..600 {
            let value = if number % 8 == 7 { &text } else { other };
            let line = shape.replace("@n", &number.to_string());
            let _ = writeln!(log, "{}", line.replace("@v", value));
        }
        std::fs::write(&path, log).unwrap();
        finds_what_each_event_says(&path, Arc::clone(set.rules.first().unwrap()), &text);
    }
}
