use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::*;
use crate::engine::state::{States, testing};
use crate::engine::{Detection, Hit};
use crate::lang::spl::{self, Macros};
use crate::rule::{Language, Rule, RuleSet};
use crate::source::expand;

mod keywords;

const BLOCKS: [usize; 3] = [700, 16 << 10, 1 << 20];

/// A detection in words that differ when anything does.
fn words(found: &Detection) -> String {
    let place = &found.event.record.place;
    format!(
        "{} {:?} {} {} {:x} {:?} {:?}",
        found.rule.id,
        found.event.id,
        place.offset,
        place.length,
        place.content,
        found.because,
        found.row
    )
}

/// Everything that was found, in words.
fn in_words(matches: &Matches) -> Vec<String> {
    let hits = matches.hits.iter().map(|hit| {
        let (event, rows) = (hit.event.id, hit.rows());
        format!("{} {event:?} {:?} {rows:?}", hit.rule.id, hit.inputs)
    });
    matches.detections.iter().map(words).chain(hits).collect()
}

/// What a pass finds, in words.
fn found(path: &PathBuf, engine: &Engine, options: Options) -> (Vec<String>, Totals) {
    let mut said = Vec::new();
    let passed = detect(
        expand(std::slice::from_ref(path)),
        engine,
        options,
        &mut |caught| {
            match caught {
                Caught::Matches(matches) => said.extend(in_words(&matches)),
                Caught::Unreadable(unreadable) => said.push(format!("{unreadable:?}")),
                Caught::Failed(error) => said.push(error.to_string()),
                Caught::Progress(_) => {}
            }
            ControlFlow::Continue(())
        },
    );
    (said, passed.totals)
}

/// What trying each rule on each event of a plain reading finds.
fn plainly(path: &PathBuf, engine: &Engine) -> (Vec<String>, Totals) {
    let mut said = Vec::new();
    let totals = crate::pipeline::scan(expand(std::slice::from_ref(path)), &mut |found| {
        match found {
            crate::pipeline::Found::Event(event) => {
                let mut matches = Matches::default();
                engine.observe_plainly(&event, &mut matches);
                said.extend(in_words(&matches));
            }
            crate::pipeline::Found::Unreadable(unreadable) => said.push(format!("{unreadable:?}")),
            crate::pipeline::Found::Failed(error) => said.push(error.to_string()),
            crate::pipeline::Found::Progress(_) => {}
        }
        ControlFlow::Continue(())
    });
    (said, totals)
}

/// Holds what a pass finds, with a memo and without, against trying the rule plainly; it must fire.
fn finds_what_each_event_says(path: &PathBuf, rule: Arc<Rule>, what: &str) {
    let engine = Engine::new(vec![rule]);
    let wanted = plainly(path, &engine);
    assert!(!wanted.0.is_empty(), "{what}");
    for memo in [true, false] {
        let options = Options {
            threads: 1,
            memo,
            ..Options::default()
        };
        let (said, _) = found(path, &engine, options);
        assert_eq!(said, wanted.0, "{what}");
    }
}

/// A log of every oddity, with a registry write that a built-in rule fires on here and there.
fn odd_log() -> String {
    let mut log = String::from("[\n");
    for number in 0..400 {
        let value = if number % 7 == 0 {
            "DWORD (0x00000002)"
        } else {
            "DWORD (0x00000001)"
        };
        let line = format!(
            r#"{{"EventID":13,"Channel":"Microsoft-Windows-Sysmon/Operational","SourceName":"Microsoft-Windows-Sysmon","Hostname":"h{}","RecordNumber":{number},"EventType":"SetValue","TargetObject":"HKLM\\SOFTWARE\\Microsoft\\Windows\\Windows Error Reporting\\LocalDumps\\DumpType","Details":"{value}","Image":"C:\\Windows\\regedit.exe"}}"#,
            number % 3
        );
        let _ = match number % 29 {
            3 => write!(log, "{},\r\n", line.replace("\":", "\" : ")),
            5 => writeln!(log, "{}", line.replace(",\"", ",\n \"")),
            7 => writeln!(log, "what is this {number}"),
            11 => writeln!(log, "{}", &line[..line.len() / 2]),
            13 => writeln!(log, "{line}{line}"),
            17 => writeln!(log, "{}", line.replace("\"EventType\"", "\"Image\"")),
            19 => write!(log, "\n\n  {line}\n"),
            23 => writeln!(log, "{{\"some\":\"thing\"}}"),
            _ => writeln!(log, "{line}"),
        };
    }
    log.push_str("{\"EventID\":13,\"Channel\":");
    log
}

/// The same in XML.
fn odd_xml() -> String {
    let mut log = String::from("<?xml version=\"1.0\"?>\n<Events>\n");
    for number in 0..400 {
        let value = if number % 7 == 0 { 2 } else { 1 };
        let event = format!(
            r"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>13</EventID><EventRecordID>{number}</EventRecordID><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>h{}</Computer></System><EventData><Data Name='EventType'>SetValue</Data><Data Name='TargetObject'>HKLM\SOFTWARE\Microsoft\Windows\Windows Error Reporting\LocalDumps\DumpType</Data><Data Name='Details'>DWORD (0x0000000{value})</Data><Data Name='Image'>C:\a&amp;b.exe</Data></EventData></Event>",
            number % 3
        );
        let _ = match number % 29 {
            3 => write!(log, "{},\r\n", event.replace("><", ">\n  <")),
            5 => writeln!(log, "<!-- {number} -->{event}"),
            7 => writeln!(log, "what is this {number}"),
            11 => writeln!(log, "{}", &event[..event.len() / 2]),
            13 => writeln!(log, "{event}{event}"),
            17 => writeln!(log, "{}", event.replace("Name='EventType'", "Name='Image'")),
            19 => writeln!(log, "{}", event.replace("SetValue", "<![CDATA[SetValue]]>")),
            21 => writeln!(log, "{}", event.replace("<EventID>13", "<EventID>x")),
            23 => writeln!(log, "{}", event.replace("Sysmon'/>", "Sysmon'>")),
            25 => writeln!(
                log,
                "{}",
                event.replace("Microsoft-Windows-Sysmon/Operational", "")
            ),
            _ => writeln!(log, "{event}"),
        };
    }
    log.push_str("</Events>\n<Event xmlns='x'><System>");
    log
}

#[test]
fn threads_and_blocks_change_nothing() {
    let engine = Engine::new(RuleSet::builtin().rules);
    let folder = tempfile::tempdir().unwrap();
    for (name, log) in [("odd.json", odd_log()), ("odd.xml", odd_xml())] {
        let path = folder.path().join(name);
        std::fs::write(&path, log).unwrap();
        let wanted = plainly(&path, &engine);
        assert!(wanted.1.events > 300 && wanted.1.unreadable > 20, "{name}");
        assert!(wanted.0.len() as u64 > wanted.1.unreadable + 30, "{name}");
        same_for_all(&path, &engine, &wanted);
    }
}

#[test]
fn binary_logs_are_the_same_for_any_threads() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let engine = Engine::new(RuleSet::builtin().rules);
    let mut logs = Vec::new();
    for entry in std::fs::read_dir(data.join("evtx-attack-samples")).unwrap() {
        let path = entry.unwrap().path();
        let whole = std::fs::metadata(&path).unwrap().len();
        if whole > 200_000 {
            logs.push(path);
        }
    }
    logs.sort();
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.evtx");
    let mut bytes = std::fs::read(&logs[0]).unwrap();
    bytes.truncate(4096 + 65536 + 30_000);
    bytes[4096 + 20_000..4096 + 20_100].fill(0xff);
    std::fs::write(&cut, bytes).unwrap();
    let mut several = 0;
    for path in logs.iter().take(4).chain([&cut]) {
        let wanted = plainly(path, &engine);
        several += wanted.1.events;
        same_for_all(path, &engine, &wanted);
    }
    assert!(several > 500, "{several}");
}

fn same_for_all(path: &PathBuf, engine: &Engine, wanted: &(Vec<String>, Totals)) {
    for threads in [1, 2, 8] {
        for block in BLOCKS {
            for memo in [true, false] {
                let options = Options {
                    threads,
                    block,
                    memo,
                };
                let (mut said, totals) = found(path, engine, options);
                let mut plain = wanted.0.clone();
                // What could not be read may be told before what was found beside it.
                said.sort_unstable();
                plain.sort_unstable();
                assert_eq!(said, plain, "{options:?}");
                assert_eq!(totals, wanted.1, "{options:?}");
            }
        }
    }
}

#[test]
fn detections_come_in_the_order_of_the_content() {
    let engine = Engine::new(RuleSet::builtin().rules);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.json");
    std::fs::write(&path, odd_log()).unwrap();
    let detections = |said: Vec<String>| -> Vec<String> {
        said.into_iter()
            .filter(|line| !line.starts_with("Unreadable"))
            .collect()
    };
    let wanted = detections(plainly(&path, &engine).0);
    for threads in [1, 3] {
        let options = Options {
            threads,
            block: 2000,
            memo: true,
        };
        assert_eq!(detections(found(&path, &engine, options).0), wanted);
    }
}

/// As logs have them that were made from traces.
#[test]
fn events_without_a_channel_are_told_from_their_members() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("trace.xml");
    let mut log = String::new();
    for number in 0..40 {
        let _ = writeln!(
            log,
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider \
             Name='Microsoft-Windows-RPC'/><EventID>6</EventID><EventRecordID>{number}</EventRecordID><Channel>\
             </Channel><Computer>h</Computer></System><EventData><Data Name='Endpoint'>pipe{}</Data></EventData></Event>",
            number % 2
        );
    }
    std::fs::write(&path, log).unwrap();
    let rule = r#"{"name": "r", "rule_id": "r", "type": "query", "language": "kuery",
                   "query": "winlog.event_data.Endpoint: pipe1"}"#;
    let set = RuleSet::of_text(std::path::Path::new("r.ndjson"), rule);
    let engine = Engine::new(set.rules);
    let mut found = 0;
    let listing = expand(std::slice::from_ref(&path));
    let passed = detect(listing, &engine, Options::default(), &mut |caught| {
        if let Caught::Matches(matches) = caught {
            found += matches.detections.len();
        }
        ControlFlow::Continue(())
    });
    assert_eq!((found, passed.totals.events), (20, 40));
    // What the rule makes of a value that came often is remembered, and nothing has to be built for it.
    assert_eq!((passed.odd, passed.built), (0, 16));
}

/// A log of registry writes and process starts, of which many differ in little but the time.
fn like_log(computer: &str) -> String {
    let mut log = String::new();
    for number in 0..240 {
        let (code, data) = if number % 4 == 0 {
            (
                1,
                r#""CommandLine":"c:\\a.exe /x","ParentImage":"c:\\foo.exe""#,
            )
        } else {
            (
                13,
                r#""EventType":"SetValue","TargetObject":"HKLM\\SOFTWARE\\a","Details":"x""#,
            )
        };
        let _ = writeln!(
            log,
            r#"{{"EventID":{code},"Channel":"Microsoft-Windows-Sysmon/Operational","SourceName":"Microsoft-Windows-Sysmon",{computer},"RecordNumber":{number},"EventTime":"2026-11-30 10:{:02}:00",{data},"User":"u{}","Image":"C:\\b{}.exe"}}"#,
            number / 7,
            number % 3,
            number % 2,
        );
    }
    log
}

/// Searches that show, change or ask for the time, rename what they read, or join.
const SEARCHES: [&str; 16] = [
    "| tstats fillnull_value=null count min(_time) as first from datamodel=Endpoint.Registry where \
     Registry.action=modified by Registry.dest Registry.registry_path",
    "| tstats fillnull_value=null count min(_time) as first from datamodel=Endpoint.Processes by Processes.dest \
     Processes.parent_process_name | rename Processes.* as * | rename parent_process* as orig_parent_process* | search \
     orig_parent_process_name=\"*foo*\"",
    "| tstats fillnull_value=null count from datamodel=Endpoint.Processes by Processes.user Processes.process | rename \
     Processes.* as a_* | search a_user=u1",
    "EventCode=13 | rename _time as t | where t > 5 | stats count by Image",
    "EventCode=13 | eval _time=7 | stats count min(_time) as first by Image",
    "EventCode=13 | rename User as _time | stats count min(_time) as first by Image",
    "EventCode=13 | rex field=User \"u(?<_time>.)\" | stats count min(_time) as first by Image",
    "EventCode=13 | stats count min(_time) as first by Image | fields Image count | fillnull value=0 first",
    "EventCode=13 | stats count min(_time) as first values(User) as a by Image | rename a as q | rename q as first",
    "EventCode=13 | stats count latest(User) as u by Image",
    "EventCode=13 | stats count by Image _time",
    "EventCode=13 | eval late=strftime(_time, \"%H\") | stats count by late",
    "EventCode=1 | where len(CommandLine) > 3 | join Image [search EventCode=13 | table Image, TargetObject] | table \
     Image, CommandLine, TargetObject",
    "EventCode=13 | where len(Image) > 3 | eventstats count as k by Image | where k > 2 | table *",
    "EventCode=13 | eventstats count as k by Image | where k > 2 | table Image k _time",
    "Computer=*h2* EventCode=13",
];

#[test]
fn what_is_remembered_of_like_events_is_what_each_event_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("like.json");
    let rules: Vec<_> = SEARCHES
        .iter()
        .enumerate()
        .map(|(number, search)| {
            let query = spl::compile(search, &Macros::default());
            let query = query.unwrap_or_else(|error| panic!("{search}: {error:?}"));
            testing::rule(&number.to_string(), Language::Spl, search, query)
        })
        .collect();
    for computer in [
        r#""Hostname":"h2""#,
        r#""Hostname":"","Computer":"h2""#,
        r#""computer_name":"h2""#,
        r#""host":"h2","@timestamp":"2026-11-30T10:00:00Z""#,
    ] {
        std::fs::write(&path, like_log(computer)).unwrap();
        for rule in &rules {
            let said = format!("{computer}: {}", rule.query_text);
            finds_what_each_event_says(&path, Arc::clone(rule), &said);
        }
    }
    let engine = Engine::new(vec![Arc::clone(&rules[0])]);
    let listing = expand(std::slice::from_ref(&path));
    let passed = detect(listing, &engine, Options::default(), &mut |_| {
        ControlFlow::Continue(())
    });
    assert!(passed.built < 100, "{passed:?}");
}

/// What a table over several events makes of events whose outcomes are remembered is what it makes of each.
#[test]
fn tables_of_like_events_are_those_of_each_event() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("like.json");
    std::fs::write(&path, like_log(r#""Hostname":"h2""#)).unwrap();
    let mut kinds = BTreeSet::new();
    for search in &SEARCHES[12..15] {
        let query = spl::compile(search, &Macros::default()).unwrap();
        let rule = testing::rule("r", Language::Spl, search, query);
        let engine = Engine::new(vec![rule]);
        let made = |hits: Vec<Hit>| {
            let (mut states, mut found) = (States::new(engine.rules()), Vec::new());
            states.take(hits, &mut found);
            states.finish(&mut found);
            found.iter().map(words).collect::<Vec<_>>()
        };
        let mut plain = Matches::default();
        let listing = || expand(std::slice::from_ref(&path));
        crate::pipeline::scan(listing(), &mut |found| {
            if let crate::pipeline::Found::Event(event) = found {
                engine.observe_plainly(&event, &mut plain);
            }
            ControlFlow::Continue(())
        });
        let mut hits = Vec::new();
        detect(listing(), &engine, Options::default(), &mut |caught| {
            if let Caught::Matches(matches) = caught {
                hits.extend(matches.hits);
            }
            ControlFlow::Continue(())
        });
        kinds.extend(hits.iter().map(|hit| hit.event.is_read()));
        let wanted = made(plain.hits);
        assert!(wanted.len() > 50, "{search}");
        assert_eq!(made(hits), wanted, "{search}");
    }
    assert_eq!(kinds.len(), 2);
}

/// Conditions on fields that one member gives, on what a pipeline removes, and on what lies among pairs.
const OF_MEMBERS: [&str; 12] = [
    "any where process.name == null",
    "any where process.args_count == 2",
    "any where registry.value : \"a*\"",
    "any where registry.value == null",
    "any where registry.data.strings == null",
    "any where winlog.event_data.TargetObject == null",
    "any where not winlog.event_data.User : \"A*\"",
    "any where winlog.event_data.Type : \"Image*\"",
    "any where file.pe.imphash == \"ab\"",
    "any where file.name : \"b.ps1\"",
    "any where user.name : \"me\"",
    "any where not file.name : (\"c*\", \"d*\") and not process.name : (\"x*\", \"y*\")",
];

#[test]
fn what_one_member_tells_is_what_the_event_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("members.json");
    let sysmon = r#""Channel":"Microsoft-Windows-Sysmon/Operational","SourceName":"Microsoft-Windows-Sysmon""#;
    let shell = r#""Channel":"Microsoft-Windows-PowerShell/Operational","SourceName":"Microsoft-Windows-PowerShell""#;
    let kinds = [
        format!(
            r#"{sysmon},"EventID":13,"TargetObject":"HKLM\\S\\a1","Details":"\u002d","Image":"C:\\b.exe","User":"B""#
        ),
        format!(
            r#"{sysmon},"EventID":13,"TargetObject":"\u002d","Details":"x","Image":"\u002d","User":"A1""#
        ),
        format!(
            r#"{sysmon},"EventID":13,"TargetObject":"\\REGISTRY\\A","Details":"-","Image":"b.exe","User":7"#
        ),
        format!(r#"{sysmon},"EventID":13,"TargetObject":["a"],"Image":null"#),
        format!(
            r#"{sysmon},"EventID":25,"Type":"Image is replaced","Message":"m","Image":"C:\\b.exe""#
        ),
        format!(r#"{sysmon},"EventID":25,"Type":"Image is replaced","Image":"C:\\b.exe""#),
        format!(
            r#"{sysmon},"EventID":7,"Hashes":"MD5=1,IMPHASH=AB","ImageLoaded":"C:\\a.dll","Image":"C:\\b.exe""#
        ),
        format!(
            r#"{sysmon},"EventID":7,"Hashes":"IMPHASH=0000","Hash":"IMPHASH=AB","ImageLoaded":"a""#
        ),
        format!(
            r#"{sysmon},"EventID":1,"CommandLine":"a \"b c\"","Image":"C:\\b.exe","SourceImage":"C:\\x.exe""#
        ),
        format!(
            r#"{shell},"EventID":4103,"ContextInfo":" Script Name = C:\\a\\b.ps1\r\n Us er = D\\me\r\n Sequence Number = 1""#
        ),
        format!(
            r#"{shell},"EventID":4103,"ContextInfo":"ScriptName=\nUser=\n","Path":"C:\\b.ps1""#
        ),
    ];
    let mut log = String::new();
    for number in 0..400 {
        let kind = &kinds[number % kinds.len()];
        let _ = writeln!(
            log,
            r#"{{{kind},"Hostname":"h","RecordNumber":{number},"EventTime":"2026-11-30 10:{:02}:00"}}"#,
            number / 7,
        );
    }
    std::fs::write(&path, log).unwrap();
    for condition in OF_MEMBERS {
        let query = crate::lang::eql::compile(condition).unwrap();
        let rule = testing::rule("r", Language::Eql, condition, query);
        finds_what_each_event_says(&path, rule, condition);
    }
}

/// A member becomes the message of an event that has none.
#[test]
fn the_message_of_a_rule_is_the_one_that_the_event_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tampering.json");
    let rule = "title: t\nid: t\nlogsource:\n  product: windows\ndetection:\n  text:\n    Message|contains: replaced\n  \
                condition: text\n";
    let set = RuleSet::of_text(std::path::Path::new("r.yml"), rule);
    let rule = set.rules.first().unwrap();
    let mut log = String::new();
    for number in 0..200 {
        let message = ["", r#""message":"other","#, r#""message":"is replaced","#][number % 3];
        let kind = ["Image is replaced", "Image is locked"][number % 2];
        let _ = writeln!(
            log,
            r#"{{"@timestamp":"2026-11-30T10:00:00Z",{message}"winlog":{{"channel":"Microsoft-Windows-Sysmon/Operational","provider_name":"Microsoft-Windows-Sysmon","event_id":"25","record_id":{number},"computer_name":"h","event_data":{{"Type":"{kind}"}}}}}}"#,
        );
    }
    std::fs::write(&path, log).unwrap();
    finds_what_each_event_says(&path, Arc::clone(rule), "message");
    let engine = Engine::new(vec![Arc::clone(rule)]);
    assert_eq!(plainly(&path, &engine).0.len(), 100);
}

/// Who an event is, is what its whole record says, whatever stands where its channel or its computer should.
#[test]
fn the_origin_is_what_the_whole_record_says() {
    const FLAT: [&str; 3] = [
        r#""Channel":{"a":"b"},"Hostname":"h""#,
        r#""Channel":{},"LogName":"Security","Hostname":"h""#,
        r#""Channel":"Security","Hostname":{"name":"h"}"#,
    ];
    const SHIPPED: &str =
        r#""host.name":"dotted","host":{"name":"h"},"winlog.computer_name":"other","#;
    let folder = tempfile::tempdir().unwrap();
    let search = "SubjectUserName=u | stats count min(_time) as first by SubjectUserName";
    let query = spl::compile(search, &Macros::default()).unwrap();
    let grouping = testing::rule("r", Language::Spl, search, query);
    let waiting = testing::eql_rule("s", "sequence [any where true] [any where true]");
    let mut logs: Vec<String> = Vec::new();
    for origin in FLAT {
        let line = |number| {
            format!(
                "{{\"EventID\":4688,\"SourceName\":\"P\",{origin},\"RecordNumber\":{number},\"EventTime\":\"2026-12-01 \
                 10:00:00.5\",\"SubjectUserName\":\"u\"}}\n"
            )
        };
        logs.push((0..100).map(line).collect());
    }
    let line = |number| {
        format!(
            "{{\"@timestamp\":\"2026-12-01T10:00:00.5Z\",{SHIPPED}\"event\":{{\"code\":\"4688\",\"provider\":\"P\"}},\
             \"winlog\":{{\"channel\":\"Security\",\"computer_name\":\"h\",\"event_data\":{{\"SubjectUserName\":\"u\"}},\
             \"event_id\":\"4688\",\"record_id\":{number},\"provider_name\":\"P\"}}}}\n"
        )
    };
    logs.push((0..100).map(line).collect());
    for log in logs {
        let path = folder.path().join("origin.json");
        std::fs::write(&path, &log).unwrap();
        for rule in [&grouping, &waiting] {
            finds_what_each_event_says(&path, Arc::clone(rule), &log[..200]);
        }
    }
}
