//! The steps of a pass, each by itself, on a few made-up events and the built-in rules: `cargo bench --bench engine`.
//!
//! For changes of a step to be seen; `watchglass bench` measures a corpus.

#![allow(clippy::unwrap_used, reason = "a measurement may stop at a surprise")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use watchglass::decode::members::Members;
use watchglass::decode::{record_of_event, record_of_line};
use watchglass::engine::{Engine, Sieve};
use watchglass::rule::RuleSet;

/// A flat record of a registry write, and the same in XML.
fn records() -> [Vec<u8>; 2] {
    let (target, image) = (
        r"HKLM\SYSTEM\CurrentControlSet\Services\bam\State",
        r"C:\Windows\regedit.exe",
    );
    let flat = serde_json::json!({
        "EventID": 13, "Channel": "Microsoft-Windows-Sysmon/Operational",
        "SourceName": "Microsoft-Windows-Sysmon", "Hostname": "h1", "RecordNumber": 7,
        "EventType": "SetValue", "TargetObject": target, "Details": "DWORD (0x00000001)", "Image": image,
        "ProcessGuid": "{b5cf5d1a-0b1f-5f2a-0000-001000000000}", "ProcessId": "4711",
    });
    let xml = format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon'/>\
         <EventID>13</EventID><EventRecordID>7</EventRecordID><Channel>Microsoft-Windows-Sysmon/Operational</Channel>\
         <Computer>h1</Computer></System><EventData><Data Name='EventType'>SetValue</Data>\
         <Data Name='TargetObject'>{target}</Data><Data Name='Details'>DWORD (0x00000001)</Data>\
         <Data Name='Image'>{image}</Data></EventData></Event>"
    );
    [flat.to_string().into_bytes(), xml.into_bytes()]
}

fn steps(criterion: &mut Criterion) {
    let records = records();
    let path: Arc<Path> = Path::new("bench").into();
    let rules = RuleSet::builtin().rules;
    let mut group = criterion.benchmark_group("engine");
    group.measurement_time(Duration::from_secs(2));
    group.warm_up_time(Duration::from_millis(500));
    group.sample_size(20);
    group.bench_function("compile: built-in rules, one class", |bench| {
        bench.iter(|| {
            let (engine, mut sieve) = (Engine::new(rules.clone()), Sieve::new(true));
            black_box(engine.look(&mut sieve, &records[0]));
        });
    });
    for (name, record) in ["flat", "XML"].into_iter().zip(&records) {
        group.throughput(Throughput::Bytes(record.len() as u64));
        let mut members = Members::default();
        group.bench_function(format!("frame: members, {name}"), |bench| {
            bench.iter(|| black_box(members.read(record).unwrap()));
        });
        group.bench_function(format!("parse: whole record, {name}"), |bench| {
            bench.iter(|| match record.first() {
                Some(b'<') => black_box(record_of_event(&path, 0, 0, record)).is_some(),
                _ => black_box(record_of_line(&path, 0, 0, record)).is_some(),
            });
        });
        for (memo, how) in [(true, ""), (false, ", no memo")] {
            let (engine, mut sieve) = (Engine::new(rules.clone()), Sieve::new(memo));
            group.bench_function(format!("match: built-in rules, {name}{how}"), |bench| {
                bench.iter(|| {
                    black_box(engine.look(&mut sieve, record));
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);
