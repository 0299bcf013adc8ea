use std::fmt::Write as _;
use std::path::PathBuf;

use super::*;
use crate::rule::RuleSet;
use crate::source::expand;

const BLOCKS: [usize; 3] = [700, 16 << 10, 1 << 20];

/// What a pass finds, in words.
fn found(path: &PathBuf, engine: &Engine, options: Options) -> (Vec<String>, Totals) {
    let mut said = Vec::new();
    let passed = detect(
        expand(std::slice::from_ref(path)),
        engine,
        options,
        &mut |caught| {
            match caught {
                Caught::Matches(matches) => said.extend(matches.detections.iter().map(|found| {
                    let place = &found.event.record.place;
                    format!(
                        "{} {:?} {} {} {:x}",
                        found.rule.id, found.event.id, place.offset, place.length, place.content
                    )
                })),
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
                said.extend(matches.detections.iter().map(|found| {
                    let place = &found.event.record.place;
                    format!(
                        "{} {:?} {} {} {:x}",
                        found.rule.id, found.event.id, place.offset, place.length, place.content
                    )
                }));
            }
            crate::pipeline::Found::Unreadable(unreadable) => said.push(format!("{unreadable:?}")),
            crate::pipeline::Found::Failed(error) => said.push(error.to_string()),
            crate::pipeline::Found::Progress(_) => {}
        }
        ControlFlow::Continue(())
    });
    (said, totals)
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

#[test]
fn threads_and_blocks_change_nothing() {
    let engine = Engine::new(RuleSet::builtin().rules);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.json");
    std::fs::write(&path, odd_log()).unwrap();
    let wanted = plainly(&path, &engine);
    assert!(wanted.1.events > 300 && wanted.1.unreadable > 20);
    assert!(wanted.0.len() as u64 > wanted.1.unreadable + 30);
    for threads in [1, 2, 8] {
        for block in BLOCKS {
            for memo in [true, false] {
                let options = Options {
                    threads,
                    block,
                    memo,
                };
                let (mut said, totals) = found(&path, &engine, options);
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
