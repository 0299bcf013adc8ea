//! The view on the screen, driven by keys.

use std::sync::Arc;

use crate::rule::{Rule, RuleSet, RuleState};
use crate::ui::message::{Effect, Message};
use crate::ui::overlay::Overlay;
use crate::ui::testing::{Screen, process_event};

/// Returns so many rules, every tenth of which cannot run and every seventh of which never fires.
fn many(count: usize) -> RuleSet {
    let builtin = RuleSet::builtin();
    let mut set = RuleSet::default();
    for number in 0..count {
        let mut rule: Rule = (*builtin.rules[number % builtin.rules.len()]).clone();
        rule.id = format!("rule-{number}");
        rule.name = format!("Rule {number} about {}", rule.name);
        rule.state = match number {
            _ if number % 10 == 3 => RuleState::NotRunnable("`transaction` is not run".to_owned()),
            _ if number % 7 == 3 => RuleState::NeverFires("no source has dns.txt".to_owned()),
            _ => RuleState::Runs,
        };
        set.rules.push(Arc::new(rule));
    }
    set
}

fn screen(columns: u16, rows: u16, set: RuleSet) -> Screen {
    let mut screen = Screen::new(columns, rows);
    screen.take(Message::Rules(Arc::new(set)));
    screen.press("R");
    screen
}

/// Returns the technique under the matrix's cursor.
fn cell(screen: &Screen) -> String {
    let Some(Overlay::Rules(view)) = &screen.app.overlay else {
        panic!("the rules are not open");
    };
    view.matrix.current().unwrap().id.clone()
}

#[test]
fn thousands_of_rules_are_searched_and_opened_at_80x24() {
    let mut screen = screen(80, 24, many(6_000));
    let text = screen.text();
    assert!(
        text.contains("[list 6,000]") && text.contains("run,"),
        "{text}"
    );
    screen.press("/");
    screen.types("state:not lang:spl 4003");
    assert!(screen.text().contains("1 of 6,000"));
    screen.press("enter");
    let lines = screen.lines();
    assert!(
        lines.iter().any(|line| line.contains("not runnable spl")),
        "{lines:?}"
    );
    assert!(
        lines[22].contains("`transaction` is not run"),
        "{}",
        lines[22]
    );
    screen.press("enter");
    let text = screen.text();
    assert!(
        text.contains("RULE  Rule 4003") && text.contains("risk 80"),
        "{text}"
    );
    // Escape goes back to the list, then to all rules with the cursor on this one, then out.
    screen.press("esc esc");
    assert!(screen.at_cursor()[0].contains("Rule 4003"));
    screen.press("esc");
    assert!(screen.app.overlay.is_none());
}

#[test]
fn keys_lay_out_no_rules_anew() {
    let mut screen = screen(200, 60, many(6_000));
    let layouts = |screen: &Screen| match &screen.app.overlay {
        Some(Overlay::Rules(view)) => view.layouts,
        other => panic!("{other:?}"),
    };
    screen.text();
    let before = layouts(&screen);
    assert!(before > 0);
    screen.press("/");
    screen.types("lsass dump technique:T1003");
    screen.press("enter j j j ctrl-d G g g 3 4 1");
    screen.text();
    assert_eq!(layouts(&screen), before);
}

#[test]
fn totals_count_by_language_and_reason_and_lead_to_the_rules() {
    let mut screen = screen(80, 24, many(100));
    screen.press("3");
    let text = screen.text();
    assert!(
        text.contains("WHY RULES CANNOT RUN") && text.contains("    10  `transaction`"),
        "{text}"
    );
    assert!(text.contains("WHY RULES NEVER FIRE HERE"), "{text}");
    screen.press("G enter");
    let text = screen.text();
    assert!(
        text.contains("of 100") && text.contains("never fires"),
        "{text}"
    );
    assert!(!text.contains("not runnable"), "{text}");
}

#[test]
fn the_matrix_goes_from_tactic_to_tactic_and_to_the_rules_of_a_technique() {
    let event = process_event(
        60,
        "WS-041",
        "procdump64.exe",
        "procdump64 -ma lsass.exe l.dmp",
    );
    let mut screen =
        Screen::new(80, 24).with_opened("Dump LSASS via procdump", event, &["process_name"]);
    screen.press("R 4");
    let text = screen.text();
    assert!(
        text.contains("[coverage]") && text.contains("by rules, "),
        "{text}"
    );
    assert_eq!(cell(&screen), "T1003", "the cursor starts where most is");
    screen.press("left left left left left left left left left left left left left left");
    'tactics: for _ in 0..15 {
        screen.press("g g");
        for _ in 0..80 {
            if cell(&screen) == "T1003" {
                break 'tactics;
            }
            screen.press("j");
        }
        screen.press("right");
    }
    let text = screen.text();
    assert!(
        text.contains("T1003 OS Credential Dumping: 4 rules, 4 run, 1 alert"),
        "{text}"
    );
    assert!(text.contains(".001 LSASS Memory"), "{text}");
    screen.press("t");
    assert!(screen.text().contains("by alerts, "));
    screen.press("e");
    let Some(Effect::WriteFile { name, text }) = screen.asked.last() else {
        panic!("no file is asked for");
    };
    assert_eq!(name, "watchglass-coverage-alerts.json");
    let layer: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(layer["versions"]["layer"], "4.5");
    screen.press("enter");
    assert!(screen.text().contains("4 of 4"));
}

#[test]
fn a_rule_leads_to_its_alerts() {
    let event = process_event(
        60,
        "WS-041",
        "procdump64.exe",
        "procdump64 -ma lsass.exe l.dmp",
    );
    let mut screen =
        Screen::new(120, 40).with_opened("Dump LSASS via procdump", event, &["process_name"]);
    screen.press("R /");
    screen.types("minidump");
    screen.press("enter a");
    assert!(screen.text().contains("This rule has given no alert."));
    screen.press("/ ctrl-u");
    screen.types("via procdump");
    screen.press("enter a");
    let text = screen.text();
    assert!(screen.app.overlay.is_none());
    assert!(
        text.contains("WS-041") && text.contains("/rule:\"Dump LSASS via procdump\""),
        "{text}"
    );
}

#[test]
fn what_is_wrong_with_a_file_stands_under_its_caret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.toml");
    std::fs::write(&path, "[rule]\nname = \"x\"\nrule_id = \n").unwrap();
    let mut screen = screen(80, 24, RuleSet::load(&[path]));
    let text = screen.text();
    assert!(
        text.contains("problems 1") && text.contains("No rule is loaded"),
        "{text}"
    );
    screen.press("2");
    let text = screen.text();
    assert!(text.contains("bad.toml:3") && text.contains('^'), "{text}");
}

#[test]
fn help_over_the_rules_names_their_keys_and_goes_back_to_them() {
    let mut screen = screen(80, 24, many(4));
    screen.press("?");
    let text = screen.text();
    assert!(
        text.contains("Rules") && text.contains("Searches the rules"),
        "{text}"
    );
    screen.press("esc");
    assert!(screen.text().contains("[list 4]"));
}

#[test]
fn the_explanation_starts_at_the_field_under_the_cursor() {
    let event = process_event(
        60,
        "WS-041",
        "procdump64.exe",
        "procdump64 -ma lsass.exe l.dmp",
    );
    let mut screen = Screen::new(80, 24).with_opened(
        "Dump LSASS via procdump",
        event,
        &["process_name", "process"],
    );
    screen.press("1 j x");
    let here = screen.at_cursor();
    assert!(here.iter().any(|line| line.contains("process")), "{here:?}");
    let text = screen.text();
    assert!(
        text.contains("WHY Dump LSASS via procdump") && text.contains("true"),
        "{text}"
    );
    assert!(text.contains("the event has procdump64"), "{text}");
}

#[test]
fn a_narrow_screen_keeps_the_tabs_and_the_technique() {
    let mut screen = screen(60, 14, many(100));
    assert!(screen.lines()[1].contains("coverage"), "{}", screen.text());
    screen.press("4");
    let text = screen.text();
    assert!(
        text.contains("[coverage]") && text.contains("T1003 OS Credential Dumping: "),
        "{text}"
    );
}
