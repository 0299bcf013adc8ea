//! The feed of a process that watches a directory itself.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Detector, Feed, Snapshot};
use crate::alert::{Alert, Store};
use crate::decode::Format;
use crate::event::Event;
use crate::pipeline::live::Duty;
use crate::pipeline::{Answer, Live, answer};
use crate::rule::{Pivot, RuleSet};
use crate::search::Question;

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
                Duty::Elsewhere(who) => Detector::Elsewhere(who),
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
            problems: status.problems,
            searchable: true,
        }
    }

    fn rules(&self) -> Arc<RuleSet> {
        self.live.rules()
    }

    fn pivot(&self, alert: &Alert, pivots: &[Pivot]) -> Result<Vec<Answer>, String> {
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
            _ => Ok(answer(&self.root, &questions, &|| self.live.is_ending())),
        }
    }
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
