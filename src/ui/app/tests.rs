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
