//! Growing files, budgets and restarts: however it is cut, the same items come out.

use proptest::prelude::*;

use super::*;

/// Reads a content that grows to each length in `shown`, with a budget and, when asked, a restart before each read.
fn read_growing(bytes: &[u8], shown: &[usize], budget: Budget, restart: bool) -> Vec<Item> {
    let mut content = Memory {
        shown: 0,
        ..Memory::live(bytes)
    };
    let (mut decoder, mut offset, mut items) = (decoder(), 0, Vec::new());
    let lengths = shown.iter().copied().chain([bytes.len()]);
    for length in lengths {
        content.shown = length.max(content.shown).min(bytes.len());
        content.complete = length == bytes.len();
        loop {
            if restart {
                let state = decoder.state();
                let text = serde_json::to_string(&state).unwrap();
                let path = Arc::clone(&decoder.path);
                decoder = Decoder::new(path, serde_json::from_str(&text).unwrap());
            }
            let progress = decoder
                .read(&mut content, offset, budget, &mut |item| items.push(item))
                .unwrap();
            offset = progress.offset;
            if !progress.more {
                break;
            }
        }
    }
    items
}

#[test]
fn an_unfinished_line_waits() {
    let text = format!("{}\n{}\n", dumped(1), dumped(2));
    let mut content = Memory::live(text.clone());
    content.shown = dumped(1).len() + 5;
    let mut decoder = decoder();
    let mut items = Vec::new();
    let progress = decoder
        .read(&mut content, 0, ALL, &mut |item| items.push(item))
        .unwrap();
    assert_eq!(progress.offset as usize, dumped(1).len() + 1);
    assert_eq!(outline(&items), ["1"]);
    content.shown = text.len();
    let progress = decoder
        .read(&mut content, progress.offset, ALL, &mut |item| {
            items.push(item);
        })
        .unwrap();
    assert_eq!(progress.offset as usize, text.len());
    assert_eq!(outline(&items), ["1", "2"]);
}

#[test]
fn garbage_that_grows_is_reported_once() {
    let mut bytes = "no log at all\n".repeat(50).into_bytes();
    bytes.extend(dumped(9).bytes());
    let shown: Vec<usize> = (1..700).step_by(40).collect();
    for restart in [false, true] {
        let items = outline(&read_growing(&bytes, &shown, ALL, restart));
        assert_eq!(items.len(), 2, "{items:?}");
        assert_eq!(items[1], "9");
    }
}

fn sample() -> Vec<u8> {
    let pretty = serde_json::to_string_pretty(
        &serde_json::from_str::<serde_json::Value>(&dumped(3)).unwrap(),
    )
    .unwrap();
    let mut text = String::new();
    for id in 0..4 {
        text.push_str(&format!(
            "{}\r\n{pretty}\nRecord 5\n{}\n<Events>{}</Events>\n",
            dumped(id),
            dumped(7),
            xml(id)
        ));
        text.push_str("{\"Event\":{\"System\":{\n{\"EventID\":5,\"Channel\":\"é\"}\n");
    }
    text.into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn growth_budget_and_restart_change_nothing(
        mut shown in proptest::collection::vec(0..sample().len(), 0..8),
        records in 1..6_usize,
        bytes in 1..400_u64,
        restart: bool,
        wide: bool,
    ) {
        shown.sort_unstable();
        let text = sample();
        let content = if wide {
            let text = String::from_utf8(text).unwrap();
            "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
        } else {
            text
        };
        let whole = read_all(content.clone());
        let pieces = read_growing(&content, &shown, Budget { records, bytes }, restart);
        prop_assert_eq!(outline(&pieces), outline(&whole));
        prop_assert_eq!(pieces, whole);
    }
}

#[test]
fn evtx_that_grows_record_by_record_gives_each_once() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let whole =
        std::fs::read(data.join("seed-rule-samples/evtx/sbousseaden_sysmon_comsvcs_minidump.evtx"))
            .unwrap();
    let expected = outline(&read_all(whole.clone()));
    assert!(expected.len() > 2);
    // Where each record of the only chunk begins.
    let mut begins = vec![4096 + chunk::HEADER];
    for item in &read_all(whole.clone()) {
        let Item::Record(record) = item else { panic!() };
        begins.push((record.place.offset + record.place.length) as usize);
    }
    for restart in [false, true] {
        let mut decoder = decoder();
        let mut items = Vec::new();
        for end in &begins {
            // The header is stale: it names one record less than there are.
            let mut bytes = whole.clone();
            bytes[*end..].fill(0);
            let free = (*end - 4096).saturating_sub(100).max(chunk::HEADER) as u32;
            bytes[4096 + 48..4096 + 52].copy_from_slice(&free.to_le_bytes());
            let mut content = Memory::live(bytes);
            decoder
                .read(&mut content, 0, ALL, &mut |item| items.push(item))
                .unwrap();
            if restart {
                decoder = Decoder::new(Arc::clone(&decoder.path), decoder.state());
            }
        }
        assert_eq!(outline(&items), expected);
    }
}

#[test]
fn evtx_goes_on_where_the_budget_ended_also_after_a_restart() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let whole =
        std::fs::read(data.join("seed-rule-samples/evtx/splunk_capattack_procdump_sysmon.evtx"))
            .unwrap();
    let expected = outline(&read_all(whole.clone()));
    let budget = Budget {
        records: 10,
        bytes: u64::MAX,
    };
    for restart in [false, true] {
        assert_eq!(
            outline(&read_growing(&whole, &[], budget, restart)),
            expected
        );
    }
}

#[test]
fn evtx_that_wraps_gives_the_new_records_in_order() {
    let Some(data) = crate::testdata::data() else {
        return;
    };
    let whole =
        std::fs::read(data.join("seed-rule-samples/evtx/splunk_capattack_procdump_sysmon.evtx"))
            .unwrap();
    let used = 4096 + 5 * chunk::SIZE;
    let slots: Vec<&[u8]> = whole[4096..used].chunks(chunk::SIZE).collect();
    let header = &whole[..4096];
    let file = |slots: &[&[u8]]| [&[header], slots].concat().concat();
    let expected = outline(&read_all(file(&slots)));
    // Three slots: the fourth and fifth chunk overwrite the first and second.
    let mut decoder = decoder();
    let mut items = Vec::new();
    for state in [
        file(&slots[..3]),
        file(&[slots[3], slots[1], slots[2]]),
        file(&[slots[3], slots[4], slots[2]]),
    ] {
        decoder
            .read(&mut Memory::live(state), 0, ALL, &mut |item| {
                items.push(item);
            })
            .unwrap();
    }
    assert_eq!(outline(&items), expected);
    // And a first look at the wrapped file gives the oldest first.
    let wrapped = outline(&read_all(file(&[slots[3], slots[4], slots[2]])));
    assert!(expected.ends_with(&wrapped));
}
