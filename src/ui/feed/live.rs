//! The feed of a process that watches a directory itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Detector, Feed, Found, Snapshot};
use crate::alert::{Alert, EventRef, Store};
use crate::decode::Format;
use crate::event::Event;
use crate::pipeline::live::Duty;
use crate::pipeline::{Answers, Live, answer};
use crate::rule::{Pivot, RuleSet};
use crate::search::Question;
use crate::text::plain;

/// What a running watch tells the screen.
#[derive(Debug)]
pub struct LiveFeed {
    live: Live,
    root: PathBuf,
    state: PathBuf,
    watched: String,
}

impl LiveFeed {
    /// Takes the watch, its directory as the user named it, and the state directory.
    #[must_use]
    pub fn new(live: Live, root: PathBuf, state: PathBuf) -> Self {
        let host = rustix::system::uname();
        let host = host.nodename().to_string_lossy();
        Self {
            live,
            watched: format!("{host}:{}", root.display()),
            root,
            state,
        }
    }
}

impl Feed for LiveFeed {
    fn progress(&self) -> Snapshot {
        let status = self.live.status();
        let (done, total) = status.backlog;
        let behind = !status.caught_up && total.saturating_sub(done) > BACKLOG;
        Snapshot {
            watched: self.watched.clone(),
            formats: status
                .formats
                .into_iter()
                .map(name)
                .map(str::to_owned)
                .collect(),
            detector: match status.duty {
                Duty::Starting => Detector::Starting,
                Duty::Here => Detector::Here,
                Duty::Elsewhere(detecting) => Detector::Elsewhere(detecting),
                Duty::Nobody => Detector::Nobody,
            },
            events: status.events,
            events_per_second: status.events_per_second,
            // What was measured last says nothing once no event comes any more.
            lag: status
                .lag
                .filter(|_| status.events_per_second > 0.0 || !status.caught_up),
            behind: total.saturating_sub(done),
            caught_up: status.caught_up && status.events > 0,
            hosts: status.hosts,
            unreadable: status.unreadable,
            late: status.memory.late,
            evicted: status.memory.evicted,
            cut: status.memory.cut + status.memory.combinations + status.memory.values,
            searches: status.memory.searches,
            backlog: behind.then_some((done, total)),
            seconds_left: status.seconds_left.filter(|_| behind),
            held_up: status.held_up,
            problems: status.problems,
            searchable: true,
        }
    }

    fn rules(&self) -> Arc<RuleSet> {
        self.live.rules()
    }

    fn pivot(&self, alert: &Alert, pivots: &[Pivot]) -> Result<Found, String> {
        let event = self.kept(alert)?;
        let mut questions = Vec::new();
        let mut refused = None;
        for pivot in pivots {
            match Question::new(pivot, event.as_deref(), alert.first, alert.last) {
                Ok(question) => questions.push(question),
                Err(unaskable) => refused = Some(format!("Not asked: {unaskable}.")),
            }
        }
        match refused {
            Some(refused) if questions.is_empty() => Err(refused),
            _ => {
                let own = alert.events.first();
                let ending = || self.live.is_ending();
                let answers = answer(&self.root, &questions, own.map(|own| own.id), &ending);
                Ok(Found {
                    missing: own.and_then(|own| missing(&self.root, own, &answers)),
                    events: answers.events,
                })
            }
        }
    }
}

/// Returns why answers may be missing: the logs no longer hold even the event that was asked around.
fn missing(root: &Path, own: &EventRef, answers: &Answers) -> Option<String> {
    // Without a record id an event is known by its place, which a truncated log has given to another one.
    let telling = own.record_id.is_some() || !Path::new(&own.path).exists();
    let gone = answers.own_seen == Some(false) && telling;
    let (path, root) = (plain(&own.path), root.display().to_string());
    let root = plain(&root);
    let (held, so) = match answers.files {
        0 => (
            "hold nothing of that time any more",
            "there is nothing to search",
        ),
        _ => (
            "no longer hold the event of this alert",
            "answers may be missing",
        ),
    };
    gone.then(|| {
        format!(
            "The logs in {root} {held}: it was read from {path}, which was rotated away, deleted or emptied since. So {so}; what the alert itself keeps is in the event pane."
        )
    })
}

impl LiveFeed {
    /// Asks the watch and its searches to end.
    pub fn end(&self) {
        self.live.end();
    }

    /// Reads the alert's first event again; `None` when none is kept.
    fn kept(&self, alert: &Alert) -> Result<Option<Arc<Event>>, String> {
        let Some(first) = alert.events.first() else {
            return Ok(None);
        };
        let event = Store::open_read_only(&self.state).and_then(|store| store.event(first.id));
        event.map_err(|error| error.to_string())?.map(Some)
    }
}

/// Bytes that may be unread before it is called a backlog: less is read within a blink.
const BACKLOG: u64 = 8 << 20;

/// Returns what a format is called on the screen.
const fn name(format: Format) -> &'static str {
    match format {
        Format::EcsJson => "ECS JSON",
        Format::EvtxDumpJson => "evtx_dump JSON",
        Format::FlatJson => "flat JSON",
        Format::Xml => "event XML",
        Format::Evtx => "EVTX",
    }
}
