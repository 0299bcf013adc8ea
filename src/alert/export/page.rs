//! What a page about an alert says, whatever it is written in.
//!
//! Takes an alert and what is known around it; gives sections that [`Case::markdown`] and [`Case::text`] spell.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::fill::fill;
use super::{markdown, paper};
use crate::alert::indicator::{Indicators, defang, defang_text};
use crate::alert::{Alert, ChangeKind, Edit, HistoryEntry, Note, Status, StepMark};
use crate::event::Time;
use crate::rule::attack::{catalogue, url};
use crate::rule::{Phase, Rule, Step};

/// How many contributing events a page lists; the rest is counted.
const EVENTS: usize = 100;

/// An alert and all that is handed over with it.
#[derive(Debug)]
pub struct Case<'a> {
    pub alert: &'a Alert,
    /// The rule, while it is loaded: it has the guide, the authors and the link.
    pub rule: Option<&'a Rule>,
    pub history: &'a [HistoryEntry],
    pub highlights: &'a [Highlight],
    /// Names of fields in the guide's steps (`‹dest›`), and their values.
    pub fillings: &'a [(String, String)],
    pub indicators: &'a Indicators,
    /// The zone of all times; each time names it.
    pub zone: &'a TimeZone,
    /// Whether URLs, addresses and domains are written so that nothing makes links of them.
    pub defang: bool,
}

/// A field worth seeing, and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlight {
    pub name: String,
    pub value: String,
    /// The rule fired because of it.
    pub fired: bool,
}

/// A piece of text, by what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    /// Prose: may be wrapped and escaped.
    Words(String),
    /// A value that is copied exactly.
    Value(String),
    Link {
        label: String,
        url: String,
    },
}

/// A part of the page.
#[derive(Debug)]
pub(super) struct Section {
    /// Empty for the part under the page's title.
    pub title: &'static str,
    pub body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Facts(Vec<(String, Text)>),
    Words(Vec<String>),
    Table(&'static [&'static str], Vec<Vec<Text>>),
    Items(Vec<Item>),
}

/// A line of a list.
#[derive(Debug)]
pub(super) struct Item {
    /// Whether it is done, for what can be done.
    pub done: Option<bool>,
    pub parts: Vec<Text>,
    /// Said below it.
    pub notes: Vec<String>,
}

impl Case<'_> {
    /// Returns the page as Markdown (CommonMark with the tables and task lists of GitHub). No text of a log, rule or
    /// analyst acts as markup in it.
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown::write(&self.alert.rule_name, &self.sections())
    }

    /// Returns the page as text for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        paper::write(&self.alert.rule_name, &self.sections())
    }

    fn sections(&self) -> Vec<Section> {
        let mut sections = vec![
            ("", Body::Facts(self.facts())),
            ("Message", Body::Words(vec![self.safe(&self.alert.message)])),
            ("Rule", Body::Facts(self.about_rule())),
            ("Techniques", Body::Items(self.techniques())),
            ("Result row", Body::Facts(self.row())),
            ("Contributing events", self.events()),
            ("Fields", self.fields()),
            (
                if self.defang {
                    "Indicators (defanged)"
                } else {
                    "Indicators"
                },
                self.indicators(),
            ),
        ];
        for (phase, title) in [
            (Phase::Investigate, "Guide: investigate"),
            (Phase::FalsePositives, "Guide: rule out"),
            (Phase::Respond, "Guide: respond"),
            (Phase::Setup, "Guide: setup"),
            (Phase::References, "References"),
        ] {
            sections.push((title, Body::Items(self.steps(phase))));
        }
        sections.push((
            "Guide: steps of an earlier rule",
            Body::Items(self.orphans()),
        ));
        sections.push(("Notes", Body::Items(self.notes())));
        sections.push(("History", self.changes()));
        sections
            .into_iter()
            .map(|(title, body)| Section { title, body })
            .filter(|section| !section.body.is_empty())
            .collect()
    }

    /// Returns a text as it may leave.
    fn safe(&self, text: &str) -> String {
        if self.defang {
            defang_text(text)
        } else {
            text.to_owned()
        }
    }

    fn value(&self, text: &str) -> Text {
        Text::Value(self.safe(text))
    }

    fn time(&self, time: Time) -> String {
        Timestamp::from_nanosecond(i128::from(time.0)).map_or_else(
            |_| time.to_rfc3339(),
            |stamp| {
                let zoned = stamp.to_zoned_datetime(self.zone.clone());
                zoned.strftime("%Y-%m-%d %H:%M:%S%.3f %Z").to_string()
            },
        )
    }

    fn facts(&self) -> Vec<(String, Text)> {
        let alert = self.alert;
        let words = |text: &str| Text::Words(text.to_owned());
        let facts = [
            (
                "Alert",
                Text::Value(format!("{} {}", alert.id.link(), alert.id)),
            ),
            (
                "Severity",
                Text::Words(format!(
                    "{}, risk score {}",
                    alert.severity.as_str(),
                    alert.risk_score
                )),
            ),
            ("Status", Text::Words(state(alert))),
            ("Owner", words(alert.owner.as_deref().unwrap_or_default())),
            ("First event", Text::Words(self.time(alert.first))),
            ("Last event", Text::Words(self.time(alert.last))),
            ("Events", Text::Words(alert.count.to_string())),
            ("Host", self.value(&alert.host)),
            ("User", self.value(&alert.user)),
        ];
        present(facts)
    }

    fn about_rule(&self) -> Vec<(String, Text)> {
        let alert = self.alert;
        let mut facts = vec![
            ("Id", Text::Value(alert.rule_id.clone())),
            ("Language", Text::Words(alert.language.clone())),
        ];
        if let Some(rule) = self.rule {
            facts.push(("Authors", Text::Words(rule.authors.join(", "))));
            facts.push((
                "Version",
                Text::Words(rule.version.clone().unwrap_or_default()),
            ));
            facts.push((
                "Licence",
                Text::Words(rule.license.clone().unwrap_or_default()),
            ));
            facts.extend(rule.source.iter().chain(&rule.references).map(|url| {
                let link = Text::Link {
                    label: url.clone(),
                    url: url.clone(),
                };
                ("Link", link)
            }));
        }
        present(facts)
    }

    fn techniques(&self) -> Vec<Item> {
        let item = |id: &String| {
            let known = catalogue().technique(id);
            let tactics: Vec<&str> = known
                .iter()
                .flat_map(|technique| &technique.tactics)
                .filter_map(|tactic| Some(catalogue().tactic(tactic)?.name.as_str()))
                .collect();
            let mut parts = vec![Text::Link {
                label: id.clone(),
                url: url(id),
            }];
            if let Some(technique) = known {
                parts.push(Text::Words(format!(
                    "{} ({})",
                    technique.name,
                    tactics.join(", ")
                )));
            }
            Item {
                done: None,
                parts,
                notes: Vec::new(),
            }
        };
        self.alert.techniques.iter().map(item).collect()
    }

    fn row(&self) -> Vec<(String, Text)> {
        let cells = self.alert.row.iter();
        let cells =
            cells.map(|(name, value)| (name.clone(), self.value(&value.replace('\n', ", "))));
        cells.filter(|(_, value)| !value.is_empty()).collect()
    }

    fn events(&self) -> Body {
        const HEADER: &[&str] = &["Time", "Computer", "Channel", "Event", "Record", "File"];
        let shown = self.alert.events.iter().take(EVENTS);
        let mut rows: Vec<Vec<Text>> = shown
            .map(|event| {
                let record = event.record_id.map(|id| id.to_string());
                vec![
                    Text::Words(self.time(event.time)),
                    self.value(&event.computer),
                    self.value(&event.channel),
                    Text::Words(event.event_id.to_string()),
                    Text::Words(record.unwrap_or_default()),
                    self.value(&format!("{} at byte {}", event.path, event.offset)),
                ]
            })
            .collect();
        let rest = self.alert.count.saturating_sub(rows.len() as u64);
        if rest > 0 {
            let mut row = vec![Text::Words(format!("and {rest} more"))];
            row.resize(HEADER.len(), Text::Words(String::new()));
            rows.push(row);
        }
        Body::Table(HEADER, rows)
    }

    fn fields(&self) -> Body {
        let row = |field: &Highlight| {
            let fired = if field.fired { "yes" } else { "" };
            vec![
                Text::Value(field.name.clone()),
                self.value(&field.value),
                Text::Words(fired.to_owned()),
            ]
        };
        let rows = self.highlights.iter().map(row).collect();
        Body::Table(&["Field", "Value", "Made the rule fire"], rows)
    }

    fn indicators(&self) -> Body {
        let found = self.indicators.list.iter();
        let mut rows: Vec<Vec<Text>> = found
            .map(|indicator| {
                let value = if self.defang {
                    defang(indicator)
                } else {
                    indicator.value.clone()
                };
                vec![
                    Text::Words(indicator.kind.as_str().to_owned()),
                    Text::Value(value),
                    Text::Value(indicator.field.clone()),
                ]
            })
            .collect();
        if self.indicators.more > 0 {
            rows.push(vec![
                Text::Words(format!("and {} more", self.indicators.more)),
                Text::Words(String::new()),
                Text::Words(String::new()),
            ]);
        }
        Body::Table(&["Kind", "Value", "Field"], rows)
    }

    fn steps(&self, phase: Phase) -> Vec<Item> {
        let steps = self.rule.iter().flat_map(|rule| &rule.guide.steps);
        steps
            .filter(|step| step.phase == phase)
            .map(|step| self.step(step))
            .collect()
    }

    fn step(&self, step: &Step) -> Item {
        let mark = self.mark(&step.id);
        let tickable = step.phase.is_ticked() || mark.is_some();
        let value = |name: &str| {
            let mut known = self.fillings.iter();
            let (_, value) = known.find(|(known, _)| known == name)?;
            Some(self.safe(value))
        };
        let mut parts = vec![Text::Words(fill(&step.text, value).into_owned())];
        parts.extend(mark.map(|mark| Text::Words(self.marked(&step.id, mark))));
        Item {
            done: tickable.then_some(mark.is_some()),
            parts,
            notes: self.notes_on(Some(&step.id)),
        }
    }

    fn mark(&self, step: &str) -> Option<StepMark> {
        let marks = self.alert.steps.iter();
        marks
            .filter(|(id, _)| id == step)
            .map(|(_, mark)| *mark)
            .next()
    }

    /// Returns `(done by ana, 2026-11-24 14:05:12.000 UTC)`: who set the mark that stands.
    fn marked(&self, step: &str, mark: StepMark) -> String {
        let what = match mark {
            StepMark::Done => "done",
            StepMark::NotApplicable => "not applicable",
        };
        let set = self.history.iter().rev().find(|entry| {
            matches!(&entry.edit, Edit::MarkStep { step: set, mark: Some(to) } if set == step && *to == mark)
        });
        match set {
            Some(entry) => format!("({what}, {}, {})", entry.who.name, self.time(entry.time)),
            None => format!("({what})"),
        }
    }

    /// Returns marks and notes of steps that the loaded rule does not have (any more): an analyst's work is not lost.
    fn orphans(&self) -> Vec<Item> {
        let known = |id: &str| {
            self.rule
                .is_some_and(|rule| rule.guide.steps.iter().any(|step| step.id == id))
        };
        let marked = self.alert.steps.iter().map(|(step, _)| step);
        let noted = self
            .alert
            .notes
            .iter()
            .filter_map(|note| note.step.as_ref());
        let mut ids: Vec<&String> = marked.chain(noted).filter(|id| !known(id)).collect();
        ids.sort();
        ids.dedup();
        let item = |id: &String| {
            let mark = self.mark(id);
            let mut parts = vec![Text::Value(id.clone())];
            parts.extend(mark.map(|mark| Text::Words(self.marked(id, mark))));
            Item {
                done: Some(mark.is_some()),
                parts,
                notes: self.notes_on(Some(id)),
            }
        };
        ids.into_iter().map(item).collect()
    }

    fn notes_on(&self, step: Option<&str>) -> Vec<String> {
        let notes = self.alert.notes.iter();
        notes
            .filter(|note| note.step.as_deref() == step)
            .map(|note| self.note(note))
            .collect()
    }

    fn note(&self, note: &Note) -> String {
        format!(
            "{}, {}: {}",
            note.author,
            self.time(Time(note.written)),
            self.safe(&note.text)
        )
    }

    fn notes(&self) -> Vec<Item> {
        let item = |note| Item {
            done: None,
            parts: vec![Text::Words(note)],
            notes: Vec::new(),
        };
        self.notes_on(None).into_iter().map(item).collect()
    }

    fn changes(&self) -> Body {
        let row = |entry: &HistoryEntry| {
            let kind = match entry.kind {
                ChangeKind::Edit => "",
                ChangeKind::Undo => "undo: ",
                ChangeKind::Redo => "redo: ",
                ChangeKind::Automatic => "automatic: ",
            };
            vec![
                Text::Words(self.time(entry.time)),
                Text::Words(entry.who.name.clone()),
                Text::Words(format!(
                    "{kind}{}{}",
                    self.said(&entry.edit),
                    reopened(entry)
                )),
                Text::Words(entry.who.session.clone()),
            ]
        };
        let rows = self.history.iter().map(row).collect();
        Body::Table(&["Time", "Who", "Change", "Session"], rows)
    }

    fn said(&self, edit: &Edit) -> String {
        match edit {
            Edit::SetStatus {
                status,
                disposition,
            } => {
                let what =
                    disposition.map(|what| format!(" as {}", what.as_str().replace('_', " ")));
                format!("{}{}", status.as_str(), what.unwrap_or_default())
            }
            Edit::SetOwner { owner: Some(owner) } => format!("owner {owner}"),
            Edit::SetOwner { owner: None } => "no owner".into(),
            Edit::MarkStep { step, mark } => {
                let what = match mark {
                    Some(StepMark::Done) => "done",
                    Some(StepMark::NotApplicable) => "not applicable",
                    None => "to do",
                };
                format!("{what}: {}", self.step_name(step))
            }
            Edit::WriteNote { text, .. } if text.is_empty() => "note removed".into(),
            Edit::WriteNote { text, .. } => format!("note: {}", self.safe(text)),
        }
    }

    fn step_name<'s>(&'s self, id: &'s str) -> &'s str {
        let steps = self.rule.iter().flat_map(|rule| &rule.guide.steps);
        steps
            .filter(|step| step.id == id)
            .map(|step| step.text.lines().next().unwrap_or(id))
            .next()
            .unwrap_or(id)
    }
}

impl Text {
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Words(text) | Self::Value(text) => text.is_empty(),
            Self::Link { label, .. } => label.is_empty(),
        }
    }
}

impl Body {
    fn is_empty(&self) -> bool {
        match self {
            Self::Facts(facts) => facts.is_empty(),
            Self::Words(texts) => texts.iter().all(String::is_empty),
            Self::Table(_, rows) => rows.is_empty(),
            Self::Items(items) => items.is_empty(),
        }
    }
}

fn present(facts: impl IntoIterator<Item = (&'static str, Text)>) -> Vec<(String, Text)> {
    facts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| (name.to_owned(), text))
        .collect()
}

fn reopened(entry: &HistoryEntry) -> String {
    entry.reopened().map_or_else(String::new, |what| {
        let what = what.as_str().replace('_', " ");
        format!(", no longer closed as {what}")
    })
}

fn state(alert: &Alert) -> String {
    match (alert.status, alert.disposition) {
        (Status::Closed, Some(what)) => format!("closed as {}", what.as_str().replace('_', " ")),
        (status, _) => status.as_str().to_owned(),
    }
}
