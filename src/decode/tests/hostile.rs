//! Damage, garbage and malice: bounded, reported, survived.

use proptest::prelude::*;

use super::*;

#[test]
fn a_torn_line_costs_only_itself() {
    let text = format!(
        "{}\n{{\"Event\":{{\"System\":{{\"Ev{}\n{}\n",
        dumped(1),
        dumped(2),
        dumped(3)
    );
    let items = outline(&read_all(text));
    assert_eq!(items.len(), 3, "{items:?}");
    assert_eq!((items[0].as_str(), items[2].as_str()), ("1", "3"));
    assert!(items[1].contains("not JSON"), "{items:?}");
}

#[test]
fn cut_lines_are_counted_one_by_one() {
    let cut = r#"{"Event":{"System":{"EventID":1},"#;
    let items = outline(&read_all(format!("{cut}\n{cut}\n{}\n{cut}", dumped(3))));
    assert_eq!(items.len(), 4, "{items:?}");
    assert_eq!(items[2], "3");
    assert!(items[0].starts_with("0+33:"), "{items:?}");
}

#[test]
fn torn_xml_costs_only_itself() {
    let head = "<Event><System><EventID>1</EventID><Data Name='";
    let items = outline(&read_all(format!(
        "{}{head}\n{}\n<Event><Sys{}",
        xml(1),
        xml(2),
        xml(3)
    )));
    assert_eq!(items.len(), 5, "{items:?}");
    assert_eq!([&items[0], &items[2], &items[4]], ["1", "2", "3"]);
}

#[test]
fn nul_holes_are_counted() {
    let mut bytes = vec![0; 300_000];
    bytes.extend(dumped(1).bytes());
    let items = outline(&read_all(bytes));
    assert_eq!(items.len(), 2);
    assert!(
        items[0].starts_with("0+300000: 300,000 NUL bytes"),
        "{items:?}"
    );
}

#[test]
fn a_line_of_100_mb_is_skipped() {
    let mut bytes = dumped(1).into_bytes();
    bytes.extend(b"\n{\"Event\":\"");
    bytes.resize(100_000_000, b'x');
    bytes.extend(b"\"}\n");
    bytes.extend(dumped(2).bytes());
    let items = read_all(bytes);
    let outlined = outline(&items);
    assert_eq!(outlined.len(), 3, "{outlined:?}");
    assert_eq!((outlined[0].as_str(), outlined[2].as_str()), ("1", "2"));
    let Item::Unreadable(long) = &items[1] else {
        panic!()
    };
    assert!(long.reason.contains("16 MiB"));
    assert_eq!(long.place.offset + long.place.length, 100_000_002);
    assert_eq!(long.head.len(), Unreadable::KEPT);
}

#[test]
fn an_event_of_20_mb_is_skipped() {
    let mut bytes = b"<Event><System><EventID>1</EventID></System><EventData><Data>".to_vec();
    bytes.resize(20_000_000, b'x');
    bytes.extend(b"</Data></EventData></Event>");
    bytes.extend(xml(2).bytes());
    let items = outline(&read_all(bytes));
    assert_eq!(items.len(), 2, "{items:?}");
    assert_eq!(items[1], "2");
}

#[test]
fn deep_nesting_is_refused_and_named() {
    let json = format!(
        "{}1{}\n{}",
        "{\"a\":".repeat(10_000),
        "}".repeat(10_000),
        dumped(1)
    );
    let items = outline(&read_all(json));
    assert_eq!(items.len(), 2, "{items:?}");
    assert!(items[0].contains("recursion limit"), "{items:?}");
    let xml = format!(
        "<Event>{}{}</Event>{}",
        "<a>".repeat(10_000),
        "</a>".repeat(10_000),
        xml(1)
    );
    let items = outline(&read_all(xml));
    assert_eq!(items.len(), 2, "{items:?}");
    assert!(items[0].contains("64 deep"), "{items:?}");
}

#[test]
fn lists_within_lists_are_reported_and_pages_of_events_are_read() {
    for end in ["", "\n"] {
        let deep = format!("{}{end}", "[".repeat(200_000));
        let items = outline(&read_all(deep));
        assert_eq!(items.len(), 1, "{items:?}");
        assert!(
            items[0].starts_with("0+200000: begins with \"[[["),
            "{items:?}"
        );
    }
    let lines = outline(&read_all(format!(" \n{}", "[\n".repeat(1000))));
    assert_eq!(lines.len(), 1, "{lines:?}");
    let after = format!("{}\n{}\n", "[".repeat(200_000), dumped(1));
    let items = outline(&read_all(after));
    assert_eq!(items.len(), 2, "{items:?}");
    assert_eq!(items[1], "1");
    let pages = format!("[[{},{}],\n[],\n[{}]]", dumped(1), dumped(2), dumped(3));
    assert_eq!(outline(&read_all(pages)), ["1", "2", "3"]);
    assert!(outline(&read_all("[\n]\n")).is_empty());
}

#[test]
fn entities_do_not_expand() {
    let bomb = "<!DOCTYPE l [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n\
         <Event><System><EventID>1</EventID></System><EventData><Data Name='x'>&b;&b;</Data></EventData></Event>";
    let items = read_all(bomb);
    let Item::Record(record) = &items[1] else {
        panic!("{items:?}")
    };
    assert_eq!(windows(record).event_data[0].1, "&b;&b;");
}

#[test]
fn a_foreign_file_is_reported_once() {
    let text = "Oct 11 22:14:15 host su: \u{1b}[31mfailed\n".repeat(1000);
    let length = text.len() as u64;
    let items = read_all(text);
    assert_eq!(items.len(), 1);
    let Item::Unreadable(foreign) = &items[0] else {
        panic!()
    };
    // The last line's end belongs to no record.
    assert_eq!(foreign.place.length, length - 1);
    assert!(
        foreign
            .reason
            .contains("begins with \"Oct 11 22:14:15 host su: ␛[31m"),
        "{}",
        foreign.reason
    );
}

#[test]
fn foreign_json_is_reported_once_with_its_members() {
    let items = outline(&read_all(
        "{\"level\":\"info\",\"msg\":\"x\"}\n".repeat(1000),
    ));
    assert_eq!(items.len(), 1);
    assert!(items[0].contains("level, msg"), "{items:?}");
}

#[test]
fn bad_characters_do_not_hide_an_event() {
    for bad in [&b"\xff"[..], br"\ud83d", br"\udc00x", b"\x01"] {
        let mut bytes = dumped(1).into_bytes();
        let at = bytes.iter().rposition(|byte| *byte == b'b').unwrap();
        bytes.splice(at..at, bad.iter().copied());
        let records = records(read_all(bytes.clone()));
        assert_eq!(windows(&records[0]).record_id, Some(1));
        assert_eq!(&*records[0].raw, bytes);
    }
}

#[test]
fn text_that_turns_binary_is_one_report() {
    let mut bytes = dumped(1).into_bytes();
    bytes.push(b'\n');
    bytes.extend(
        (0..100_000_u32).flat_map(|n| blake3::hash(&n.to_le_bytes()).as_bytes()[..4].to_vec()),
    );
    bytes.extend(format!("\n{}\n", dumped(2)).bytes());
    let items = outline(&read_all(bytes));
    assert_eq!(items.first().map(String::as_str), Some("1"));
    assert_eq!(items.last().map(String::as_str), Some("2"));
    assert!(items.len() <= 4, "{items:?}");
}

/// Pieces of every format, to be shuffled.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(dumped(1).into_bytes()),
        Just(xml(2).into_bytes()),
        Just(b"\n".to_vec()),
        Just(b"{".to_vec()),
        Just(b"{\"EventID\":1,\"Channel\":\"c\",\"x\":[1,{}]}".to_vec()),
        Just(b"<Event".to_vec()),
        Just(b"<Events>".to_vec()),
        Just(b"<![CDATA[".to_vec()),
        Just(b"<!--".to_vec()),
        Just(b"<?xml".to_vec()),
        Just(b"\"\\ud800".to_vec()),
        Just(b"\xef\xbb".to_vec()),
        Just(b"Record 1\n".to_vec()),
        Just(b"ElfFile\0".to_vec()),
        Just(vec![0; 5]),
        proptest::collection::vec(any::<u8>(), 0..20),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_survived_and_consumed(bytes in pieces(), wide: bool) {
        let bytes = if wide { [vec![0xff, 0xfe], bytes].concat() } else { bytes };
        let mut content = Memory::complete(bytes.clone());
        let mut end = 0;
        let progress = decoder().read(&mut content, 0, ALL, &mut |item| {
            let place = match item {
                Item::Record(record) => record.place,
                Item::Unreadable(unreadable) => unreadable.place,
            };
            assert!(place.offset >= end);
            end = place.offset + place.length;
        }).unwrap();
        prop_assert!(end <= bytes.len() as u64);
        if !bytes.starts_with(b"ElfFile\0") {
            // A half character may be left over.
            prop_assert!(progress.offset + 4 > bytes.len() as u64, "{progress:?} of {}", bytes.len());
        }
    }

    #[test]
    fn records_between_damage_are_found(before in pieces(), after in pieces()) {
        // Nothing before may swallow it: no open element, no evident UTF-16, no other format's first bytes.
        let mut bytes: Vec<u8> =
            before.into_iter().filter(|byte| !matches!(byte, b'<' | 0 | 0xfe | 0xff)).collect();
        if bytes.starts_with(b"ElfFile") {
            bytes.clear();
        }
        bytes.extend(b"\n\n");
        bytes.extend(dumped(77).bytes());
        bytes.push(b'\n');
        bytes.extend(after);
        prop_assert!(outline(&read_all(bytes)).contains(&"77".to_owned()));
    }
}
