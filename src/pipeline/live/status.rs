//! How far the watch is: counters that every stage adds to and any thread may read.

use std::collections::{HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::alert::lock::Holder;
use crate::decode::{Format, Unreadable};
use crate::engine::state::Health;
use crate::text::counted;

/// Hosts that are told apart when they are counted; past this the count stands still.
const HOSTS: usize = 100_000;

/// Problems that are shown at once; the newest are kept, and all are counted.
const PROBLEMS: usize = 50;

/// Records that could not be read and that nobody has asked about; past this only their number grows.
const UNREADABLE: usize = 100;

/// Over how long the rate of events is taken.
const RATE_SPAN: Duration = Duration::from_secs(3);

/// Who detects on this state directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Duty {
    /// Not known yet.
    #[default]
    Starting,
    /// This process.
    Here,
    /// Another one; this one takes over when it ends.
    Elsewhere(Box<Detecting>),
    /// Nobody: the first of the problems says why.
    Nobody,
}

/// How another process detects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detecting {
    pub holder: Holder,
    /// What this process was told to watch, where the other one watches something else.
    pub unwatched: Option<PathBuf>,
    /// Since when it has shown no sign of being at work.
    pub silent_since: Option<SystemTime>,
}

impl Detecting {
    /// Returns what is wrong with it, in sentences that stay the same while it is, with what to do.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut said = Vec::new();
        if let Some(since) = self.silent_since {
            let since = jiff::Timestamp::try_from(since).unwrap_or_default();
            said.push(format!(
                "{} detects, but has given no sign since {}: it was stopped, or its disk does not answer. Continue it (fg, or kill -CONT {}), or end it and this process takes over",
                self.holder,
                since.strftime("%H:%M:%SZ"),
                self.holder.pid
            ));
        }
        if let Some(own) = &self.unwatched {
            said.push(format!(
                "Nobody watches {}: {} detects with this state directory and watches {}. Give this one a state directory of its own with --state, or end the other and this process takes over",
                own.display(),
                self.holder,
                self.holder.watches
            ));
        }
        said
    }

    /// Returns for how many seconds it has been silent.
    #[must_use]
    pub fn silent_for(&self, now: SystemTime) -> Option<u64> {
        let since = self.silent_since?;
        Some(now.duration_since(since).unwrap_or_default().as_secs())
    }
}

/// How far the watch is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Status {
    pub duty: Duty,
    pub events: u64,
    pub unreadable: u64,
    pub alerts: u64,
    pub events_per_second: f64,
    /// From the growth of a log to the commit of what was in it; `None` while a backlog is read.
    pub lag: Option<Duration>,
    pub hosts: u64,
    pub formats: Vec<Format>,
    /// Bytes on disk that are read, and that there are.
    pub backlog: (u64, u64),
    pub seconds_left: Option<u64>,
    /// Detection cannot go on now; the first of the problems says why.
    pub held_up: bool,
    /// What is wrong, in sentences.
    pub problems: Vec<String>,
    /// Of the rules over several events: hits that wait for their turn, came late, were given up.
    pub memory: Health,
    /// Everything that is there now has been read and committed.
    pub caught_up: bool,
    /// And no hit waits for its turn any more.
    pub settled: bool,
}

/// The counters.
#[derive(Debug, Default)]
pub(super) struct Shared(Mutex<Counters>);

#[derive(Debug, Default)]
struct Counters {
    status: Status,
    hosts: HashSet<u64>,
    recent: VecDeque<(Instant, u64, u64)>,
    problems: VecDeque<String>,
    dropped_problems: u64,
    /// Where records could not be read, and why.
    unreadable: Vec<String>,
    /// What keeps the writer or the detector from working now.
    standing: Option<String>,
    /// What keeps files from being read now.
    reading: Vec<String>,
    /// Why no rule runs now.
    rules: Option<String>,
    sent: u64,
    written: u64,
    idle: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Counters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self) -> Status {
        let mut counters = self.lock();
        counters.forget_old();
        counters.status()
    }

    pub(super) fn duty(&self, duty: Duty) {
        self.lock().status.duty = duty;
    }

    /// Something that stays as it is and is told once.
    pub(super) fn problem(&self, sentence: String) {
        let mut counters = self.lock();
        if counters.problems.contains(&sentence) {
            return;
        }
        counters.problems.push_back(sentence);
        if counters.problems.len() > PROBLEMS {
            counters.problems.pop_front();
            counters.dropped_problems += 1;
        }
    }

    /// All that keeps files from being read now; what was told before and is not among it is mended.
    pub(super) fn reading(&self, sentences: Vec<String>) {
        self.lock().reading = sentences;
    }

    /// Why no rule runs now; `None` when some do.
    pub(super) fn rules(&self, sentence: Option<String>) {
        self.lock().rules = sentence;
    }

    /// What keeps detection from going on now; `None` when it goes on again.
    pub(super) fn standing(&self, sentence: Option<String>) {
        self.lock().standing = sentence;
    }

    /// The reader hands on a stretch.
    pub(super) fn sent(&self, format: Option<Format>, backlog: (u64, u64)) {
        let mut counters = self.lock();
        counters.sent += 1;
        counters.idle = false;
        counters.backlog(format, backlog);
    }

    /// The reader found nothing to read.
    pub(super) fn idle(&self, backlog: (u64, u64)) {
        let mut counters = self.lock();
        counters.idle = true;
        counters.backlog(None, backlog);
    }

    /// The matcher is through a stretch with this many events, of these hosts ([`host`]).
    pub(super) fn matched(&self, events: u64, hosts: HashSet<u64>) {
        let mut counters = self.lock();
        counters.status.events += events;
        for host in hosts {
            if counters.hosts.len() < HOSTS {
                counters.hosts.insert(host);
            }
        }
    }

    /// The matcher gives a batch that is of no stretch.
    pub(super) fn more(&self) {
        self.lock().sent += 1;
    }

    /// The matcher came across what cannot be read.
    pub(super) fn could_not_read(&self, records: &[Unreadable]) {
        if records.is_empty() {
            return;
        }
        let mut counters = self.lock();
        let room = UNREADABLE.saturating_sub(counters.unreadable.len());
        let told = records.iter().take(room).map(ToString::to_string);
        counters.unreadable.extend(told);
    }

    /// Hands over where records could not be read, at most [`UNREADABLE`] of them, each once.
    pub(super) fn take_unreadable(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().unreadable)
    }

    /// What the rules over several events keep now.
    pub(super) fn remembered(&self, health: Health) {
        self.lock().status.memory = health;
    }

    /// The writer committed this many stretches.
    pub(super) fn written(
        &self,
        stretches: u64,
        alerts: u64,
        unreadable: u64,
        lag: Option<Duration>,
    ) {
        let mut counters = self.lock();
        counters.written += stretches;
        counters.status.alerts += alerts;
        counters.status.unreadable += unreadable;
        counters.standing = None;
        if lag.is_some() {
            counters.status.lag = lag;
        }
    }
}

impl Counters {
    fn backlog(&mut self, format: Option<Format>, backlog: (u64, u64)) {
        self.status.backlog = backlog;
        if let Some(format) = format
            && !self.status.formats.contains(&format)
        {
            self.status.formats.push(format);
        }
        let now = Instant::now();
        let events = self.status.events;
        if self
            .recent
            .back()
            .is_none_or(|(at, ..)| now.duration_since(*at) >= Duration::from_millis(100))
        {
            self.recent.push_back((now, events, backlog.0));
        }
        self.forget_old();
    }

    fn forget_old(&mut self) {
        let now = Instant::now();
        while self
            .recent
            .front()
            .is_some_and(|(at, ..)| now.duration_since(*at) > RATE_SPAN)
        {
            self.recent.pop_front();
        }
    }

    fn status(&self) -> Status {
        let (done, total) = self.status.backlog;
        let (events_per_second, bytes_per_second) = self.rates();
        let caught_up = self.idle && self.sent == self.written;
        let left = total.saturating_sub(done);
        let seconds_left = (bytes_per_second > 1.0 && left > 0)
            .then(|| (left as f64 / bytes_per_second).ceil() as u64);
        let mut problems: Vec<String> = self.standing.iter().cloned().collect();
        if let Duty::Elsewhere(detecting) = &self.status.duty {
            problems.extend(detecting.problems());
        }
        problems.extend(self.rules.iter().cloned());
        problems.extend(self.reading.iter().take(PROBLEMS).cloned());
        let more = self.reading.len().saturating_sub(PROBLEMS);
        if more > 0 {
            problems.push(format!("and {} with files", counted(more, "more problem")));
        }
        problems.extend(self.problems.iter().cloned());
        if self.dropped_problems > 0 {
            let dropped = counted(self.dropped_problems as usize, "problem");
            problems.push(format!("and {dropped} before these"));
        }
        Status {
            hosts: self.hosts.len() as u64,
            events_per_second,
            lag: self.status.lag.filter(|_| self.idle),
            seconds_left,
            held_up: self.standing.is_some(),
            problems,
            caught_up,
            settled: caught_up && self.status.memory.waiting == 0,
            ..self.status.clone()
        }
    }

    fn rates(&self) -> (f64, f64) {
        let Some((since, events, bytes)) = self.recent.front() else {
            return (0.0, 0.0);
        };
        let span = since.elapsed().as_secs_f64().max(0.1);
        let (now_events, now_bytes) = (self.status.events, self.status.backlog.0);
        (
            now_events.saturating_sub(*events) as f64 / span,
            now_bytes.saturating_sub(*bytes) as f64 / span,
        )
    }
}

/// Returns a digest of the host's name, for counting.
pub(super) fn host(computer: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    computer.hash(&mut hasher);
    hasher.finish()
}
