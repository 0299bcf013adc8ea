//! Logs and rules that want to reach the terminal: escape sequences, OSC 52, bidi, NUL, invalid UTF-8, names that are
//! paths. They go through every pane, the clipboard, a written file and the commands' output; nothing comes out raw.

use std::path::PathBuf;

use crate::session::{Session, copies, watchglass};
use crate::stage::Stage;

/// What would be done if any of it arrived: the clipboard set, the title set, the screen cleared, the text turned.
const EVIL: &str = "\u{1b}]52;c;ZXZpbA==\u{7}\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}dlrow\u{200b}\u{feff}\u{0}\r\u{8}\u{7f}";

fn escaped(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A rule that fires on the event below, with hostile text wherever a rule has text.
fn rule() -> String {
    let text = |lead: &str| {
        let mut out = String::from("\"");
        for character in format!("{lead} {EVIL}").chars() {
            match character {
                '"' | '\\' => out.extend(['\\', character]),
                control if control.is_control() => {
                    out.push_str(&format!("\\u{:04x}", u32::from(control)));
                }
                other => out.push(other),
            }
        }
        out + "\""
    };
    format!(
        "[metadata]\nmaturity = \"production\"\n[rule]\nname = {name}\nrule_id = {id}\ndescription = {description}\n\
         severity = \"critical\"\nrisk_score = 99\nlanguage = \"eql\"\ntype = \"eql\"\nauthor = [{author}]\n\
         tags = [{author}]\nreferences = [{author}]\nfalse_positives = [{false_positive}]\nnote = {note}\n\
         query = 'process where process.name == \"evil.exe\"'\n",
        name = text("../../../../tmp/evil"),
        id = text("../../id"),
        description = text("description"),
        author = text("author"),
        false_positive = text("harmless"),
        note = text(
            "## Triage and analysis\\n\\n### Possible investigation steps\\n\\n- Look at the thing."
        )
        .replace("\\\\n", "\\n"),
    )
}

/// A process start as winlogbeat writes it, with hostile text in every field.
fn process_event(host: &str) -> Vec<u8> {
    let evil = escaped(EVIL);
    let line = format!(
        "{{\"@timestamp\":\"2026-11-24T09:00:00.000Z\",\"event\":{{\"category\":[\"process\"],\"type\":[\"start\"],\
         \"code\":\"1\",\"kind\":\"event\",\"provider\":\"Microsoft-Windows-Sysmon\"}},\
         \"host\":{{\"name\":{host},\"os\":{{\"type\":\"windows\"}}}},\"user\":{{\"name\":{evil},\"domain\":{evil}}},\
         \"process\":{{\"name\":\"evil.exe\",\"executable\":{path},\"command_line\":{command},\"entity_id\":{evil},\
         \"hash\":{{\"sha256\":{evil}}}}},\"winlog\":{{\"channel\":\"Microsoft-Windows-Sysmon/Operational\",\
         \"provider_name\":\"Microsoft-Windows-Sysmon\",\"event_id\":\"1\",\"record_id\":7,\"computer_name\":{host},\
         \"event_data\":{{\"Description\":{evil},\"CommandLine\":{command}}}}}}}\n",
        host = escaped(&format!("host{EVIL}")),
        path = escaped(&format!("C:\\{EVIL}\\evil.exe")),
        command = escaped(&format!(
            "evil.exe http://203.0.113.9/{EVIL} -x {host}\n{EVIL}"
        )),
    );
    let mut bytes = line.into_bytes();
    // Records that cannot be read: invalid UTF-8 and raw escape sequences.
    bytes.extend_from_slice(b"{\"broken\": \xff\xfe \x1b]0;owned\x07 \x1b[2J");
    bytes.push(b'\n');
    bytes
}

/// Panics when a byte reached the terminal that did not come from the program itself.
fn assert_clean(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).expect("only UTF-8 goes to the terminal");
    let mut rest = text.chars().peekable();
    let mut cleared = 0;
    while let Some(character) = rest.next() {
        if character != '\u{1b}' {
            let shown = character == '\r' || character == '\n' || !character.is_control();
            let hidden = matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
            assert!(shown && !hidden, "{character:?} reached the terminal");
            continue;
        }
        let mut sequence = String::new();
        match rest.next() {
            Some('[') => {
                for character in rest.by_ref() {
                    sequence.push(character);
                    if character.is_ascii_alphabetic() {
                        break;
                    }
                    let fits = character.is_ascii_digit() || matches!(character, ';' | '?' | ':');
                    assert!(fits, "CSI {sequence:?}");
                }
                cleared += usize::from(sequence == "2J");
            }
            Some(']') => {
                while let Some(character) = rest.next() {
                    if character == '\u{1b}' {
                        assert_eq!(rest.next(), Some('\\'), "the end of an OSC");
                        break;
                    }
                    sequence.push(character);
                }
                let payload = sequence
                    .strip_prefix("52;c;")
                    .expect("the only OSC is a copy");
                let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
                assert!(payload.chars().all(base64), "{sequence:?}");
                assert_ne!(payload, "ZXZpbA==", "a log has set the clipboard");
            }
            other => panic!("ESC {other:?}"),
        }
    }
    // The program itself clears the screen once, as it opens; what the log holds would do so on every frame.
    assert_eq!(cleared, 1, "clears of the whole screen");
}

/// Panics when pasting `text` would do more than insert lines.
fn assert_pastes_harmlessly(text: &str) {
    let bad = text.chars().find(|character| {
        (character.is_control() && *character != '\n')
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{200b}')
    });
    assert_eq!(bad, None, "{text:?}");
}

fn stage() -> (Stage, PathBuf) {
    let stage = Stage::new();
    let folder = stage.home().join("rules");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("evil.toml"), rule()).unwrap();
    std::fs::write(
        folder.join("broken\u{1b}[2J.toml"),
        "[rule\n\u{1b}]0;owned\u{7}",
    )
    .unwrap();
    let stage = stage.using(folder.clone());
    assert_eq!(
        stage.feed("evil.ndjson", &process_event("x")),
        1,
        "the rule fires"
    );
    (stage, folder)
}

#[test]
fn nothing_of_a_log_or_a_rule_reaches_the_terminal_raw() {
    let (stage, _) = stage();
    for size in [(80, 24), (200, 60)] {
        let mut command = watchglass(&stage.home());
        command.args(stage.arguments());
        let mut session = Session::start(command, size);
        session.wait_for("1 open");
        session.wait_for("CRIT");
        session.wait_for("evil.exe");
        // The steps are known as soon as the rules are loaded.
        session.wait_for("0/2");

        // Every tab of the event.
        session.press("1");
        for tab in ["[fields]", "[json]", "[raw]", "[highlights]"] {
            session.press("<right>");
            session.wait_for(tab);
        }
        for (key, shown) in [
            ("2", "TECHNIQUES"),
            ("3", "GUIDE"),
            ("4", "RELATED"),
            ("5", "HISTORY"),
        ] {
            session.press(key);
            session.wait_for(shown);
        }
        // Pages and menus; each is closed by esc before the next.
        for (key, shown) in [
            ("1x", "WHY"),
            ("R", "RULES"),
            ("U", "UNREADABLE"),
            ("M", "MESSAGES"),
            ("s", "STATUS"),
            ("n", "NOTE"),
            ("?", "KEYS"),
            ("y", "COPY"),
        ] {
            session.press(key);
            session.wait_for(shown);
            session.press("<esc>");
            session.wait("the overlay is closed", |screen| {
                !screen.contents().contains(shown)
            });
        }
        // Copies: the event, the alert as Markdown, all indicators, the field under the cursor.
        for key in ["e", "m", "a", "v", "l"] {
            let before = copies(&session.bytes()).len();
            session.press("y");
            session.wait_for("COPY from");
            session.press(key);
            session.until("it is copied", || copies(&session.bytes()).len() > before);
        }
        for text in copies(&session.bytes()) {
            assert_pastes_harmlessly(&text);
        }
        // A file, named after the alert and nothing else.
        session.press("w");
        session.wait_for("written to");
        session.press("q");
        session.press("q");
        assert_clean(&session.bytes());
    }
    let written: Vec<PathBuf> = std::fs::read_dir(stage.home())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    assert_eq!(written.len(), 2, "both files are here: {written:?}");
    for path in written {
        assert_pastes_harmlessly(&std::fs::read_to_string(path).unwrap());
    }
}

#[test]
fn commands_print_nothing_raw_on_either_stream() {
    let (stage, rules) = stage();
    let log = stage.home().join("evil.ndjson");
    std::fs::write(&log, process_event("x")).unwrap();
    let (log, rules) = (
        log.to_str().unwrap().to_owned(),
        rules.to_str().unwrap().to_owned(),
    );
    for arguments in [
        vec!["scan", &log, "--rules", &rules],
        vec!["scan", &log, "--rules", &rules, "--format", "csv"],
        vec!["scan", &log, "--rules", &rules, "--format", "jsonl"],
        vec!["events", &log],
        vec!["rules", "list", &rules],
        vec!["rules", "check", &rules],
        vec!["rules", "show", "evil", "--rules", &rules],
        vec!["doctor", "--rules", &rules],
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_watchglass"));
        command
            .env_clear()
            .env("HOME", stage.home())
            .env("LANG", "C.UTF-8");
        let output = command.args(&arguments).output().unwrap();
        let mut streams = output.stdout;
        streams.extend(output.stderr);
        assert!(!streams.is_empty(), "{arguments:?}");
        let text = String::from_utf8(streams).expect("UTF-8");
        for character in text.chars() {
            let shown = character == '\n' || !character.is_control();
            let turned = matches!(character, '\u{202a}'..='\u{202e}' | '\u{200b}' | '\u{feff}');
            assert!(shown && !turned, "{character:?} from {arguments:?}");
        }
    }
}
