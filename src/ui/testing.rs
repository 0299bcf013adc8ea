//! For the tests of the screen: alerts written by hand, and a screen that keys drive without threads or a terminal.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::app::{App, Setup};
use super::detail::Opened;
use super::draw::draw;
use super::feed::{Found, PivotAnswer, Snapshot};
use super::input::Input;
use super::key::Key;
use super::keymap::Keymap;
use super::list::arrange;
use super::message::{Effect, Message};
use super::theme::{Depth, Theme};
use crate::alert::{Alert, AlertId, AlertRow, RuleFacts, Status};
use crate::decode::{Body, Format, Place, Record};
use crate::event::{Event, Time};
use crate::pipeline::Answer;
use crate::rule::{Rule, RuleSet, Severity};
use crate::search::reference;

/// 2026-11-24 14:00:00 UTC.
pub const START: i64 = 1_795_528_800_000_000_000;

const RULES: [(&str, Severity, u8); 4] = [
    ("Dump LSASS via procdump", Severity::High, 80),
    ("PowerShell MiniDump Script", Severity::High, 73),
    ("Creation of lsass Dump with Taskmgr", Severity::High, 80),
    (
        "Full User-Mode Dumps Enabled System-Wide",
        Severity::Medium,
        47,
    ),
];

pub fn facts(number: u32) -> RuleFacts {
    let (name, severity, risk_score) = RULES[number as usize % RULES.len()];
    RuleFacts {
        id: format!("rule-{}", number as usize % RULES.len()),
        name: name.into(),
        language: "spl".into(),
        severity,
        risk_score,
        techniques: vec!["T1003".into(), "T1003.001".into()],
        building_block: false,
    }
}

pub fn id(number: u32) -> AlertId {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b9).to_be_bytes());
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    AlertId(bytes)
}

/// Returns the alert of this number, a second younger than the one before it.
pub fn row(number: u32) -> AlertRow {
    let time = Time(START + i64::from(number) * 1_000_000_000);
    AlertRow {
        id: id(number),
        revision: u64::from(number) + 1,
        rule: Arc::new(facts(number)),
        first: time,
        last: time,
        host: format!("WS-{number:03}").into(),
        user: "CORP\\jdoe".into(),
        count: 1 + u64::from(number % 5),
        status: Status::Open,
        disposition: None,
        owner: None,
        steps_done: 0,
        overflow: false,
    }
}

/// Returns an ECS event of a process, `seconds` after [`START`].
pub fn process_event(seconds: i64, host: &str, name: &str, command_line: &str) -> Arc<Event> {
    let time = Time(START + seconds * 1_000_000_000).to_rfc3339();
    let value = serde_json::json!({
        "@timestamp": time,
        "event": {"code": "1", "action": "Process creation", "category": ["process"]},
        "host": {"name": host},
        "user": {"name": "jdoe", "domain": "CORP"},
        "process": {"name": name, "command_line": command_line, "pid": seconds},
        "winlog": {
            "channel": "Microsoft-Windows-Sysmon/Operational",
            "computer_name": host, "event_id": "1", "record_id": seconds.to_string(),
        },
    });
    let text = value.to_string();
    let record = Record {
        format: Format::EcsJson,
        place: Place {
            path: std::path::Path::new("sysmon.ndjson").into(),
            offset: seconds.unsigned_abs() * 1000,
            length: text.len() as u64,
            content: 0,
        },
        body: Body::Document(serde_json::from_str(&text).unwrap()).into(),
        raw: text.into_bytes().into(),
    };
    Arc::new(Event::from_record(record).unwrap())
}

/// Returns the answers to a step that these events are.
pub fn answers(events: &[Arc<Event>]) -> Vec<Answer> {
    let answer = |event: &Arc<Event>| Answer {
        reference: reference(event),
        event: Some(event.clone()),
    };
    events.iter().map(answer).collect()
}

/// The state of the screen, its frames, and what it asked for that nobody here does.
pub struct Screen {
    pub app: App,
    terminal: Terminal<TestBackend>,
    pub asked: Vec<Effect>,
    /// What opens for the alert under the cursor.
    pub opens: Option<Opened>,
}

impl Screen {
    /// Makes an empty screen with the built-in rules.
    pub fn new(columns: u16, rows: u16) -> Self {
        let setup = Setup {
            me: "ana".into(),
            keymap: Keymap::default(),
            theme: Theme::mono(),
            user_themes: Vec::new(),
            depth: Depth::None,
            ascii: false,
            zone: TimeZone::UTC,
            mouse: false,
            now: Time(START + 3_600_000_000_000),
        };
        let mut screen = Self {
            app: App::new(setup, (columns, rows)),
            terminal: Terminal::new(TestBackend::new(columns, rows)).unwrap(),
            asked: Vec::new(),
            opens: None,
        };
        screen.take(Message::Rules(Arc::new(RuleSet::builtin())));
        screen.take(Message::Progress(Box::new(Snapshot {
            searchable: true,
            ..Snapshot::default()
        })));
        screen.take(Message::Loaded);
        screen
    }

    /// Takes alerts of these numbers ([`row`]) in.
    pub fn with_rows(mut self, numbers: std::ops::Range<u32>) -> Self {
        self.take(Message::Rows(numbers.map(row).collect()));
        self
    }

    /// Opens an alert of the built-in rule called `rule` on `event`.
    pub fn with_opened(mut self, rule: &str, event: Arc<Event>, because: &[&str]) -> Self {
        let rules = self.app.rules.clone();
        let rule = rules.rules.iter().find(|known| known.name == rule).unwrap();
        let mut row = row(0);
        row.rule = Arc::new(rule_facts(rule));
        row.host = event.computer.to_string().into();
        row.first = event.time;
        row.last = event.time;
        self.opens = Some(opened(&row, rule, event, because));
        self.take(Message::Rows(vec![row]));
        self
    }

    /// Presses keys by name, blanks between them: `j g g enter ctrl-d`.
    pub fn press(&mut self, keys: &str) {
        for name in keys.split_whitespace() {
            let key = Key::parse(name).unwrap();
            let modifiers = [
                (key.ctrl, KeyModifiers::CONTROL),
                (key.alt, KeyModifiers::ALT),
                (key.shift, KeyModifiers::SHIFT),
            ];
            let held = modifiers.iter().filter(|(held, _)| *held);
            let held = held.fold(KeyModifiers::NONE, |all, (_, one)| all | *one);
            self.input(Input::Key(KeyEvent::new(key.code, held)));
        }
    }

    /// Types text.
    pub fn types(&mut self, text: &str) {
        for character in text.chars() {
            let event = KeyEvent::new(KeyCode::Char(character), KeyModifiers::NONE);
            self.input(Input::Key(event));
        }
    }

    pub fn input(&mut self, input: Input) {
        let effects = self.app.handle(input);
        self.perform(effects);
    }

    pub fn take(&mut self, message: Message) {
        let effects = self.app.take(message);
        self.perform(effects);
    }

    /// Answers the step that was asked last with these events.
    pub fn answer(&mut self, events: &[Arc<Event>]) {
        let asked = self.asked.iter().rev().find_map(|effect| match effect {
            Effect::Pivot { alert, step } => Some((*alert, step.clone())),
            _ => None,
        });
        let (alert, step) = asked.unwrap();
        self.take(Message::Pivot(PivotAnswer {
            alert,
            step,
            found: Ok(Found {
                events: answers(events),
                missing: None,
            }),
        }));
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Arrange(request) => {
                    let arranged = arrange(&request, &|| false).unwrap();
                    self.take(Message::Arranged(arranged));
                }
                Effect::Open { id, event } => {
                    if let Some(mut opened) =
                        self.opens.clone().filter(|opened| opened.alert.id == id)
                    {
                        opened.number = event;
                        self.take(Message::Opened(Box::new(opened)));
                    }
                }
                other => self.asked.push(other),
            }
        }
    }

    /// Draws and returns the lines of the screen.
    pub fn lines(&mut self) -> Vec<String> {
        self.terminal.draw(|frame| draw(&self.app, frame)).unwrap();
        let buffer = self.terminal.backend().buffer();
        let area = buffer.area;
        (area.top()..area.bottom())
            .map(|y| {
                let cells = (area.left()..area.right()).map(|x| buffer[(x, y)].symbol());
                cells.collect::<String>().trim_end().to_owned()
            })
            .collect()
    }

    /// Draws and returns the screen as one text.
    pub fn text(&mut self) -> String {
        self.lines().join("\n")
    }

    /// Returns the line that the cursor's bar stands on, the list's first.
    pub fn at_cursor(&mut self) -> Vec<String> {
        let mut lines = self.lines();
        lines.retain(|line| line.contains('▌'));
        lines
    }
}

fn rule_facts(rule: &Rule) -> RuleFacts {
    RuleFacts {
        id: rule.id.clone(),
        name: rule.name.clone(),
        language: rule.language.as_str().into(),
        severity: rule.severity,
        risk_score: rule.risk_score,
        techniques: rule
            .threat
            .iter()
            .flat_map(|threat| threat.techniques.clone())
            .collect(),
        building_block: rule.building_block,
    }
}

fn opened(row: &AlertRow, rule: &Rule, event: Arc<Event>, because: &[&str]) -> Opened {
    Opened {
        alert: Alert {
            id: row.id,
            rule_id: rule.id.clone(),
            rule_name: rule.name.clone(),
            language: rule.language.as_str().into(),
            severity: rule.severity,
            risk_score: rule.risk_score,
            first: event.time,
            last: event.time,
            host: row.host.to_string(),
            user: row.user.to_string(),
            message: rule.name.clone(),
            count: 1,
            techniques: row.rule.techniques.clone(),
            building_block: false,
            because: because.iter().map(|name| (*name).to_owned()).collect(),
            row: Vec::new(),
            events: vec![reference(&event)],
            overflow: false,
            status: Status::Open,
            disposition: None,
            owner: None,
            steps: Vec::new(),
            notes: Vec::new(),
        },
        number: 0,
        indicators: crate::alert::indicator::indicators(&event),
        event: Ok(event),
        history: Vec::new(),
    }
}
