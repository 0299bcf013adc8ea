//! Real files: read in full, equal across formats, and survived when damaged.

use std::collections::BTreeMap;
use std::fs;

use super::*;

fn read_file(path: &Path) -> Vec<Item> {
    read_all(fs::read(path).unwrap())
}

fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extensions));
        } else if path
            .extension()
            .is_some_and(|end| extensions.iter().any(|name| end == *name))
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Levels what the formats are known to write differently: GUID braces and case, digits of a second, and line ends,
/// which an XML parser has to read as line feeds.
fn level(mut record: WindowsRecord) -> WindowsRecord {
    fn guid(text: &mut String) {
        let bare = text.trim_start_matches('{').trim_end_matches('}');
        let dashes = bare.bytes().filter(|byte| *byte == b'-').count();
        if bare.len() == 36 && dashes == 4 {
            *text = bare.to_lowercase();
        }
    }
    let guids = [
        &mut record.provider_guid,
        &mut record.activity_id,
        &mut record.related_activity_id,
    ];
    guids.into_iter().flatten().for_each(guid);
    record
        .event_data
        .iter_mut()
        .chain(&mut record.user_data)
        .for_each(|(_, value)| {
            guid(value);
            *value = value.replace("\r\n", "\n");
        });
    if let Some(time) = &mut record.time_created {
        let to_millisecond = "2020-01-01T00:00:00.000".len();
        time.truncate(to_millisecond);
    }
    record
}

#[test]
fn one_source_gives_the_same_records_from_every_format() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let samples = data.join("seed-rule-samples");
    let mut by_stem: BTreeMap<String, Vec<(PathBuf, Vec<WindowsRecord>)>> = BTreeMap::new();
    for path in files(&samples, &["evtx", "jsonl", "json", "log"]) {
        if path.components().any(|part| {
            part.as_os_str() == "security_content_example_logs" || part.as_os_str() == "meta"
        }) {
            continue;
        }
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let read = records(read_file(&path));
        let levelled = read
            .iter()
            .map(|record| level(windows(record).clone()))
            .collect();
        by_stem.entry(stem).or_default().push((path, levelled));
    }
    let mut compared = 0;
    for versions in by_stem.values() {
        let (first_path, first) = &versions[0];
        for (path, records) in &versions[1..] {
            assert_eq!(
                first.len(),
                records.len(),
                "{} and {}",
                first_path.display(),
                path.display()
            );
            for (a, b) in first.iter().zip(records) {
                assert_eq!(a, b, "{} and {}", first_path.display(), path.display());
                compared += 1;
            }
        }
    }
    assert!(compared > 2500, "{compared}");
}

#[test]
fn every_evtx_of_the_corpora_is_read() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let mut failed = Vec::new();
    let mut read = 0;
    for path in files(&data, &["evtx"]) {
        for item in read_file(&path) {
            match item {
                Item::Record(_) => read += 1,
                Item::Unreadable(unreadable) => {
                    failed.push(format!(
                        "{} {}: {}",
                        path.display(),
                        unreadable.place.offset,
                        unreadable.reason
                    ));
                }
            }
        }
    }
    assert!(read > 6_000, "{read}");
    assert!(
        failed.is_empty(),
        "{read} read, {} not:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn every_json_and_xml_of_the_corpora_is_read() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let mut failed = Vec::new();
    let mut read = 0;
    let mut count = |name: &str, items: Vec<Item>| {
        for item in items {
            match item {
                Item::Record(_) => read += 1,
                Item::Unreadable(unreadable) => {
                    let offset = unreadable.place.offset;
                    failed.push(format!("{name} {offset}: {}", unreadable.reason));
                }
            }
        }
    };
    for folder in [
        "seed-rule-samples/json",
        "seed-rule-samples/xml",
        "sigma-regression",
        "ecs-goldens",
    ] {
        for path in files(&data.join(folder), &["json", "jsonl", "log"]) {
            // Examples of single events, some of them cut or in other formats.
            if path
                .components()
                .any(|part| part.as_os_str() == "security_content_example_logs")
            {
                continue;
            }
            count(&path.display().to_string(), read_file(&path));
        }
    }
    for path in files(&data.join("security-datasets"), &["zip"])
        .iter()
        .step_by(5)
    {
        let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
        for member in 0..archive.len() {
            let member = archive.by_index(member).unwrap();
            let mut bytes = Vec::new();
            // What lies in `__MACOSX` is no log.
            if !member.name().unwrap().contains("MACOSX") {
                io::Read::read_to_end(&mut io::Read::take(member, 20 << 20), &mut bytes).unwrap();
                bytes.truncate(
                    bytes
                        .iter()
                        .rposition(|byte| *byte == b'\n')
                        .map_or(0, |at| at + 1),
                );
                count(&path.display().to_string(), read_all(bytes));
            }
        }
    }
    assert!(read > 50_000, "{read}");
    assert!(
        failed.is_empty(),
        "{read} read, {} not:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn damaged_evtx_is_survived() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let path = data.join("seed-rule-samples/evtx/mdecrevoisier_ID4688_taskmgr.evtx");
    let whole = fs::read(path).unwrap();
    let count = read_all(whole.clone()).len();
    for length in (0..whole.len().min(16_000)).step_by(37) {
        read_all(&whole[..length]);
        let mut content = Memory::live(&whole[..length]);
        decoder().read(&mut content, 0, ALL, &mut |_| {}).unwrap();
    }
    for seed in 0..1500_u32 {
        let mut bytes = whole.clone();
        let random = blake3::hash(&seed.to_le_bytes());
        for pair in random.as_bytes()[..(seed as usize % 8 + 1) * 4].chunks(4) {
            let at = u32::from_le_bytes([pair[0], pair[1], pair[2], 0]) as usize % 12_000;
            bytes[at] ^= pair[3];
        }
        assert!(read_all(bytes).len() <= count * 3 + 2);
    }
}

#[test]
fn evtx_that_ends_too_soon_says_which_records_are_lost() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let path = data.join("seed-rule-samples/evtx/splunk_capattack_procdump_sysmon.evtx");
    let whole = fs::read(path).unwrap();
    let all = outline(&read_all(whole.clone()));
    // Inside a record, between the chunk's header and its first record, and inside the chunk's header.
    for length in [3 * 65536 + 40_000, 4096 + 65536 + 540, 4096 + 65536 + 100] {
        let found = outline(&read_all(&whole[..length]));
        let (said, kept): (Vec<String>, Vec<String>) =
            found.into_iter().partition(|line| line.contains(": "));
        assert_eq!(kept, all[..kept.len()], "at {length}");
        let wanted = if length == 4096 + 65536 + 100 {
            "no EVTX chunk".to_owned()
        } else {
            format!("its records from {} to ", all[kept.len()])
        };
        assert!(
            said.len() == 1 && said[0].contains(&wanted),
            "{said:?}, not {wanted}"
        );
        // A live log may still grow: nothing is lost yet.
        let mut live = Vec::new();
        let mut content = Memory::live(&whole[..length]);
        decoder()
            .read(&mut content, 0, ALL, &mut |item| live.push(item))
            .unwrap();
        assert!(live.iter().all(|item| matches!(item, Item::Record(_))));
    }
}

#[test]
fn truncated_text_is_survived() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let samples = data.join("seed-rule-samples");
    for name in [
        "json/sbousseaden_sysmon_10_11_lsass_memdump.jsonl",
        "xml/sbousseaden_sysmon_10_11_lsass_memdump.log",
        "json/sigma_taskmgr_lsass_dump.json",
    ] {
        let whole = fs::read(samples.join(name)).unwrap();
        let count = read_all(whole.clone()).len();
        for length in 0..whole.len() {
            let found = read_all(&whole[..length]);
            // A pretty document cut short leaves its first line and the rest.
            assert!(found.len() <= count + 2, "{name} at {length}");
        }
    }
}

/// Events a second for each format, one core: `cargo test --release --lib decode -- --ignored --nocapture speed`.
#[test]
#[ignore = "a measurement"]
fn speed() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let samples = data.join("seed-rule-samples");
    for name in [
        "evtx/splunk_capattack_procdump_sysmon.evtx",
        "json/splunk_capattack_procdump_sysmon.jsonl",
        "xml/splunk_capattack_procdump_sysmon.log",
        "json/otrf_rdp_taskmgr_subset.json",
    ] {
        let bytes = fs::read(samples.join(name)).unwrap();
        let begun = std::time::Instant::now();
        let (mut events, mut rounds) = (0, 0);
        while begun.elapsed().as_millis() < 1500 {
            events += read_all(bytes.clone()).len();
            rounds += 1;
        }
        let seconds = begun.elapsed().as_secs_f64();
        let megabytes = (bytes.len() * rounds) as f64 / 1e6;
        eprintln!(
            "{name}: {:.0} events/s, {:.0} MB/s",
            events as f64 / seconds,
            megabytes / seconds
        );
    }
}
