//! The screen, driven by keys and judged by what stands on it.

use crate::alert::{Change, ChangeKind, Disposition, Edit, Status};
use crate::event::Time;
use crate::ui::feed::{Found, PivotAnswer};
use crate::ui::message::{Effect, Message};
use crate::ui::testing::{START, Screen, id, process_event, row};

const PROCDUMP: &str = "Dump LSASS via procdump";

/// An alert on WS-041 with its guide open on the first step that the logs can answer.
fn on_a_question(columns: u16, rows: u16) -> Screen {
    let event = process_event(
        60,
        "WS-041",
        "procdump64.exe",
        "procdump64 -ma lsass.exe l.dmp",
    );
    let mut screen =
        Screen::new(columns, rows).with_opened(PROCDUMP, event, &["process_name", "process"]);
    screen.press("3 g g");
    while !screen.app.on_step() {
        screen.press("j");
    }
    screen
}

#[test]
fn a_steps_events_are_opened_and_left_step_by_step() {
    let mut screen = on_a_question(120, 40);
    let on_step = screen.at_cursor();
    screen.press("enter");
    assert!(matches!(screen.asked.last(), Some(Effect::Pivot { .. })));
    assert!(screen.text().contains("Searching the events"));
    let events: Vec<_> = (0..30)
        .map(|n| process_event(n, "WS-041", "cmd.exe", &format!("cmd /c echo {n}")))
        .collect();
    screen.answer(&events);
    let text = screen.text();
    assert!(
        text.contains("EVENTS OF THE STEP") && text.contains("30 events"),
        "{text}"
    );
    assert!(
        text.contains("14:00:23") && text.contains("cmd /c echo 23"),
        "{text}"
    );

    // All of them came before the alert: the cursor is on the last, nearest to it.
    assert!(
        screen
            .at_cursor()
            .iter()
            .any(|line| line.contains("cmd /c echo 29"))
    );
    screen.press("g g j j j enter");
    let text = screen.text();
    assert!(
        text.contains("EVENT OF THE STEP") && text.contains("4 of 30"),
        "{text}"
    );
    assert!(
        text.contains("cmd /c echo 3") && !text.contains('●'),
        "{text}"
    );
    screen.press("right right");
    assert!(
        screen
            .text()
            .contains("\"command_line\": \"cmd /c echo 3\"")
    );
    screen.press("left left > >");
    assert!(screen.text().contains("6 of 30"));

    // Each escape undoes one step, and ends where the analyst came from.
    screen.press("esc");
    let here = screen.at_cursor();
    assert!(
        here.iter().any(|line| line.contains("cmd /c echo 5")),
        "{here:?}"
    );
    screen.press("esc");
    let back: Vec<String> = screen.at_cursor();
    assert!(
        back.iter().any(|line| line.contains("30 events")) || back == on_step,
        "{back:?}"
    );
    assert!(screen.text().contains("EVENT  [highlights]"));
}

#[test]
fn what_a_step_names_is_filled_in_from_the_event() {
    let mut screen = on_a_question(120, 40);
    let text = screen.text();
    assert!(!text.contains("‹dest›"), "{text}");
    assert!(text.contains("WS-041"), "{text}");
}

#[test]
fn an_alert_of_another_year_says_so() {
    for (columns, rows, wanted) in [
        (120, 40, "2022-11-24 14:00"),
        (80, 24, "2022-11-24"),
        (60, 20, "2022"),
    ] {
        let mut screen = Screen::new(columns, rows);
        let mut old = row(1);
        old.first = Time(START - 4 * 365 * 86_400_000_000_000 - 86_400_000_000_000);
        screen.take(Message::Rows(vec![row(2), old]));
        let text = screen.text();
        assert!(text.contains(wanted), "{columns}: {text}");
    }
}

#[test]
fn the_list_stands_on_the_newest_until_a_key_is_pressed() {
    let mut screen = Screen::new(80, 24).with_rows(0..40);
    screen.take(Message::Rows(vec![row(50)]));
    assert!(screen.at_cursor()[0].contains("WS-050"));
    screen.press("j k");
    screen.take(Message::Rows(vec![row(60)]));
    assert!(screen.at_cursor()[0].contains("WS-050"));
}

#[test]
fn counts_and_help_are_never_cut_off() {
    for columns in [80, 100, 120, 200] {
        let mut screen = Screen::new(columns, 24).with_rows(0..9);
        let mut progress = screen.app.progress.clone();
        progress.watched = "collector-02:/var/log/windows/forwarded/events".into();
        progress.events = 3_000_000;
        progress.events_per_second = 4_812.0;
        progress.unreadable = 1_204;
        progress.hosts = 812;
        progress.problems = vec!["s1/a.zip: a zip archive is not followed".into()];
        progress.detector =
            crate::ui::feed::Detector::Elsewhere(Box::new(crate::pipeline::live::Detecting {
                holder: crate::alert::lock::Holder {
                    pid: 812,
                    user: "rui".into(),
                    host: "jump-02".into(),
                    ..Default::default()
                },
                unwatched: None,
                silent_since: None,
            }));
        screen.take(Message::Progress(Box::new(progress)));
        let lines = screen.lines();
        let top = &lines[0];
        assert!(
            top.contains("9 open") && top.contains("0 mine") && top.contains("1 problem"),
            "{top}"
        );
        assert!(
            top.contains("pid 812 detects") || top.contains("pid 812 of rui on jump-02 detects"),
            "{top}"
        );
        assert!(!top.contains('…') || top.contains("…ows"), "{top}");
        // What is wrong is said, not only counted.
        assert!(
            lines[23].contains("zip archive is not followed"),
            "{}",
            lines[23]
        );
        screen.take(Message::Tick(Time(screen.app.now.0 + 60_000_000_000)));
        let lines = screen.lines();
        assert!(lines[23].contains("? help"), "{}", lines[23]);
    }
}

#[test]
fn escape_and_a_key_that_arrive_together_are_both_taken() {
    let mut screen = Screen::new(80, 24).with_rows(0..3);
    screen.press("?");
    assert!(screen.text().contains("KEYS"));
    screen.press("alt-s");
    assert!(screen.text().contains("STATUS of"));
}

#[test]
fn a_filter_narrows_as_one_types_and_says_how_far() {
    let mut screen = Screen::new(80, 24).with_rows(0..40);
    screen.press("/");
    screen.types("sev:high host:ws-00* minidump");
    let text = screen.text();
    assert!(text.contains("3 of 40"), "{text}");
    screen.press("esc");
    assert_eq!(screen.app.list.alerts(), 40);
}

#[test]
fn a_page_is_closed_by_its_own_key_and_left_for_another() {
    let mut screen = Screen::new(80, 24).with_rows(0..3);
    screen.press("?");
    screen.press("M");
    assert!(screen.text().contains("MESSAGES"));
    screen.press("M");
    assert!(screen.app.overlay.is_none());
}

#[test]
fn a_long_host_name_is_cut_at_its_domain() {
    let mut screen = Screen::new(120, 40);
    let mut alert = row(1);
    alert.host = "ws-fin-07.alderfinch.example".into();
    alert.user = "ALDERFINCH\\m.okafor".into();
    screen.take(Message::Rows(vec![alert]));
    let list = screen.lines()[2].clone();
    assert!(
        list.contains(" ws-fin-07 ") && list.contains(" m.okafor "),
        "{list}"
    );
}

#[test]
fn groups_that_do_not_fit_come_folded_and_headings_stay_in_sight() {
    let mut screen = Screen::new(80, 24).with_rows(0..40);
    screen.press("j b");
    let text = screen.text();
    assert!(
        text.contains("▸ Dump LSASS via procdump") && text.contains("10 alerts, 10 open"),
        "{text}"
    );
    screen.press("+ g g j");
    let lines = screen.lines();
    assert!(
        lines[2].contains('▾') && lines[3].starts_with('▌'),
        "{lines:?}"
    );
    // All that fits on one screen stays open.
    let mut few = Screen::new(80, 24).with_rows(0..3);
    few.press("b");
    assert!(few.text().contains("▾") && few.text().contains("WS-002"));
}

#[test]
fn a_closed_alert_is_not_acknowledged_by_the_way() {
    let mut closed = row(1);
    closed.status = Status::Closed;
    closed.disposition = Some(Disposition::FalsePositive);
    let mut screen = Screen::new(160, 24);
    screen.take(Message::Rows(vec![closed, row(2)]));
    let edited = |screen: &Screen| {
        let edit = screen.asked.iter().rev().find_map(|effect| match effect {
            Effect::Edit { ids, .. } => Some(ids.clone()),
            _ => None,
        });
        edit.unwrap_or_default()
    };
    screen.press("G a");
    assert_eq!(edited(&screen), []);
    let text = screen.text();
    assert!(
        text.contains("This alert is closed; s changes the status"),
        "{text}"
    );
    screen.press("ctrl-a a");
    assert_eq!(edited(&screen), [id(2)]);
    screen.take(Message::Changed(Some(Change {
        kind: ChangeKind::Edit,
        edits: vec![Edit::SetStatus {
            status: Status::Acknowledged,
            disposition: None,
        }],
        alerts: vec![id(2)],
    })));
    let text = screen.text();
    assert!(
        text.contains("Acknowledged. u takes it back. 1 alert is closed and stayed so"),
        "{text}"
    );
}

#[test]
fn answers_that_may_be_missing_are_said() {
    let mut screen = on_a_question(120, 40);
    screen.press("enter");
    let (alert, step) = screen
        .asked
        .iter()
        .rev()
        .find_map(|effect| match effect {
            Effect::Pivot { alert, step } => Some((*alert, step.clone())),
            _ => None,
        })
        .unwrap();
    screen.take(Message::Pivot(PivotAnswer {
        alert,
        step,
        found: Ok(Found {
            events: Vec::new(),
            missing: Some("The logs no longer hold it.".into()),
        }),
    }));
    let text = screen.text();
    assert!(
        text.contains("The logs no longer hold it.")
            && text.contains("No event that is still there answers this step."),
        "{text}"
    );
}

#[test]
fn the_guide_stands_where_it_stood_on_the_next_line() {
    let mut screen = on_a_question(120, 40);
    screen.press("j j");
    let there = screen.at_cursor();
    screen.take(Message::Tick(Time(START + 3_600_000_000_000)));
    let view = screen.asked.iter().rev().find_map(|effect| match effect {
        Effect::SaveView(view) => Some(view.clone()),
        _ => None,
    });
    let event = process_event(
        60,
        "WS-041",
        "procdump64.exe",
        "procdump64 -ma lsass.exe l.dmp",
    );
    let mut next = Screen::new(120, 40);
    next.take(Message::View(view.unwrap()));
    let mut next = next.with_opened(PROCDUMP, event, &["process_name", "process"]);
    assert_eq!(next.at_cursor(), there);
    // Also when it is left again before anything was opened.
    let mut brief = Screen::new(120, 40);
    let view = screen.asked.iter().rev().find_map(|effect| match effect {
        Effect::SaveView(view) => Some(view.clone()),
        _ => None,
    });
    brief.take(Message::View(view.clone().unwrap()));
    brief.asked.clear();
    brief.press("q");
    assert!(
        !brief
            .asked
            .iter()
            .any(|effect| matches!(effect, Effect::SaveView(_)))
    );
}

#[test]
fn no_key_acts_on_an_alert_that_the_filter_hides() {
    let event = process_event(60, "WS-041", "cmd.exe", "procdump -ma lsass.exe l.dmp");
    let mut screen = Screen::new(120, 40).with_opened(PROCDUMP, event, &["process"]);
    screen.take(Message::Rows(vec![row(7)]));
    screen.press("space /");
    screen.types("nothing-like-this");
    screen.press("enter");
    assert!(!screen.text().contains("procdump -ma"), "{}", screen.text());
    for key in ["a", "t", "s", "y y", "3 space", "1 w"] {
        screen.asked.clear();
        screen.press(key);
        screen
            .asked
            .retain(|asked| !matches!(asked, Effect::SaveView(_)));
        assert!(screen.asked.is_empty(), "{key}: {:?}", screen.asked);
        assert!(screen.app.overlay.is_none(), "{key}");
    }
    screen.press("0 /");
    for _ in 0..20 {
        screen.press("backspace");
    }
    screen.types("ws-007");
    screen.press("enter a");
    // The mark is on an alert that is out of sight, and so is left alone.
    assert!(
        screen.text().contains("hides 1 marked alert"),
        "{}",
        screen.text()
    );
    screen.press("/");
    for _ in 0..20 {
        screen.press("backspace");
    }
    screen.press("enter");
    assert!(screen.text().contains("procdump -ma") || screen.app.list.alerts() == 2);
}

#[test]
fn a_mark_and_the_order_show_without_colour() {
    for (ascii, newest, oldest) in [(false, "TIME▾", "TIME▴"), (true, "TIMEv", "TIME^")] {
        let mut screen = Screen::new(80, 24).with_rows(0..3);
        screen.app.ascii = ascii;
        assert!(screen.lines()[1].contains(newest), "{}", screen.lines()[1]);
        screen.press("space");
        let lines = screen.lines();
        let marked: Vec<bool> = lines[2..5].iter().map(|line| line.contains('*')).collect();
        assert_eq!(marked, [true, false, false], "{lines:?}");
        screen.press("O");
        assert!(screen.lines()[1].contains(oldest), "{}", screen.lines()[1]);
    }
}

#[test]
fn changes_that_wait_are_counted_and_leaving_asks_once() {
    let mut screen = Screen::new(80, 24).with_rows(0..3);
    screen.take(Message::Waiting(2));
    assert!(
        screen.lines()[0].contains("2 not kept yet"),
        "{}",
        screen.lines()[0]
    );
    let quits = |screen: &mut Screen, key: &str| {
        screen.asked.clear();
        screen.press(key);
        screen
            .asked
            .iter()
            .any(|asked| matches!(asked, Effect::Quit))
    };
    assert!(!quits(&mut screen, "q"));
    assert!(
        screen.text().contains("2 changes are not kept yet"),
        "{}",
        screen.text()
    );
    // Another key in between, and it is asked again.
    assert!(!quits(&mut screen, "j"));
    assert!(!quits(&mut screen, "ctrl-c"));
    assert!(quits(&mut screen, "ctrl-c"));
    screen.take(Message::Waiting(0));
    assert!(screen.text().contains("All changes are kept now."));
    screen.press("j");
    assert!(quits(&mut screen, "q"));
}

#[test]
fn a_note_that_is_being_written_is_not_lost_by_one_key() {
    let mut screen = Screen::new(80, 24).with_rows(0..3);
    screen.press("n");
    screen.input(crate::ui::input::Input::Paste(
        "one\r\ntwo\rthree\tx".into(),
    ));
    let text = screen.text();
    assert!(text.contains("one") && !text.contains('␍'), "{text}");
    screen.press("ctrl-c");
    assert!(
        screen.text().contains("Leave without this note?"),
        "{}",
        screen.text()
    );
    screen.press("ctrl-s");
    let text = screen.asked.iter().find_map(|asked| match asked {
        Effect::Edit { edits, .. } => Some(format!("{edits:?}")),
        _ => None,
    });
    assert!(text.unwrap().contains(r"one\ntwo\nthree    x"));
}

#[test]
fn an_event_is_written_to_a_file_from_the_tab_that_shows_it_whole() {
    let event = process_event(60, "WS-041", "cmd.exe", "procdump -ma lsass.exe l.dmp");
    let mut screen = Screen::new(120, 40).with_opened(PROCDUMP, event, &["process"]);
    screen.press("w 1 right right w");
    let mut written = screen.asked.iter().filter_map(|asked| match asked {
        Effect::WriteFile { name, text } => Some((name.as_str(), text.as_str())),
        _ => None,
    });
    let (name, text) = written.next().unwrap();
    assert!(text.starts_with("# "), "{name}");
    let (name, text) = written.next().unwrap();
    assert!(
        name.ends_with("-event.json") && text.starts_with('{'),
        "{name}"
    );
}

#[test]
fn an_id_out_of_a_ticket_finds_its_alert() {
    let mut screen = Screen::new(80, 24).with_rows(0..40);
    let link = crate::ui::overlay::copy::link(&id(17).to_string());
    screen.press("/");
    screen.types(&link);
    assert_eq!(screen.app.list.alerts(), 1);
    assert!(screen.text().contains("WS-017"), "{}", screen.text());
}

#[test]
fn a_host_that_begins_with_a_dot_is_shown_whole() {
    assert_eq!(
        crate::ui::pane::alerts::short_host(".corp.example"),
        ".corp.example"
    );
    assert_eq!(
        crate::ui::pane::alerts::short_host("ws-1.corp.example"),
        "ws-1"
    );
}

#[test]
fn keys_typed_before_the_alert_is_here_are_taken_when_it_comes() {
    let event = process_event(60, "WS-041", "cmd.exe", "procdump -ma lsass.exe l.dmp");
    let mut screen = Screen::new(120, 40).with_opened(PROCDUMP, event, &["process"]);
    // The store is slow with the next one, which the list stands on.
    let mut late = screen.opens.take().unwrap();
    screen.take(Message::Rows(vec![row(70)]));
    late.alert.id = row(70).id;
    screen.press("y e");
    let copied = |screen: &Screen| {
        let effects = screen.asked.iter();
        effects
            .filter(|asked| matches!(asked, Effect::Copy { .. }))
            .count()
    };
    assert_eq!(copied(&screen), 0);
    screen.take(Message::Opened(Box::new(late)));
    assert_eq!(copied(&screen), 1);
    assert!(screen.app.overlay.is_none());
}

#[test]
fn keys_for_an_alert_that_never_comes_are_given_up() {
    let mut screen = Screen::new(120, 40).with_rows(0..3);
    screen.press("y");
    screen.take(Message::Tick(Time(screen.app.now.0 + 6_000_000_000)));
    assert!(
        screen.text().contains("still being opened"),
        "{}",
        screen.text()
    );
    screen.press("j");
    assert!(screen.at_cursor()[0].contains("WS-001"));
}
