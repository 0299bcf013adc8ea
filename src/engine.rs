//! Events meet rules.
//!
//! Takes [`Event`]s and [`Rule`]s; gives [`Detection`]s: which rule, which event, why, and the result row of a
//! grouped search. Stateless for single-event rules; merging a row over time is the alert store's work, which
//! counts each contributing event once. A rule over several events gives [`Hit`]s, which [`state`] makes into
//! detections.

pub mod eval;
pub mod explain;
mod kind;
mod making;
pub mod matcher;
mod memo;
pub mod naive;
pub mod plan;
pub mod profile;
pub mod sieve;
pub mod state;
pub mod table;
mod whole;

use std::sync::{Arc, Mutex, PoisonError};

use crate::event::{Event, Value};
use crate::rule::{Language, Rule, RuleState};
use crate::schema::FieldRef;
use crate::schema::index::{Indices, Patterns};

pub use explain::explain;
pub use plan::Candidate;
pub use sieve::{Sieve, Verdict};

/// The rules that run, ready for events.
#[derive(Debug, Clone, Default)]
pub struct Engine {
    rules: Vec<Arc<Rule>>,
    /// The indices that each rule reads, in the order of the rules.
    patterns: Vec<Patterns>,
    programs: Arc<whole::Programs>,
    plans: Arc<sieve::Plans>,
    /// Workers at rest.
    workers: Arc<Mutex<Vec<whole::Worker>>>,
    /// Place of each field that the rules read among the values kept of one event.
    fields: naive::Places,
}

impl Engine {
    /// Takes the rules that can run; the others are left out.
    #[must_use]
    pub fn new(rules: Vec<Arc<Rule>>) -> Self {
        let rules: Vec<_> = rules
            .into_iter()
            .filter(|rule| !matches!(rule.state, RuleState::NotRunnable(_)))
            .collect();
        let read = rules.iter().flat_map(|rule| rule.query.fields());
        Self {
            fields: naive::Places::of(read),
            programs: Arc::default(),
            plans: Arc::default(),
            workers: Arc::default(),
            patterns: rules.iter().map(|rule| patterns(rule)).collect(),
            rules,
        }
    }

    /// Returns an engine of the same rules that has learned nothing yet.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self::new(self.rules.clone())
    }

    /// Returns the rules that run.
    #[must_use]
    pub fn rules(&self) -> &[Arc<Rule>] {
        &self.rules
    }

    /// Runs every rule on `event` and adds what fires: one detection, or one a row for a search that groups; a hit for
    /// a rule over several events.
    pub fn observe(&self, event: &Arc<Event>, matches: &mut Matches) {
        let kept = naive::Kept::new(&self.fields);
        let scope = naive::Scope::keeping(event, &kept);
        let mut worker = self.worker();
        let candidates = worker.candidates(&self.programs, &self.rules, &scope);
        self.confirm(event, &scope, candidates.iter().copied(), matches);
        self.rest(worker);
    }

    /// Does the same by trying each rule plainly: what [`Engine::observe`] must equal.
    pub fn observe_plainly(&self, event: &Arc<Event>, matches: &mut Matches) {
        let kept = naive::Kept::new(&self.fields);
        let scope = naive::Scope::keeping(event, &kept);
        let all = (0..self.rules.len()).map(|place| Candidate {
            place,
            exact: false,
        });
        self.confirm(event, &scope, all, matches);
    }

    /// Looks at a line of JSON with a worker's sieve, before an event is built of it.
    pub fn look<'s>(&self, sieve: &'s mut Sieve, line: &[u8]) -> Verdict<'s> {
        sieve.look(&self.plans, line, |event| {
            let indices = Indices::of(event);
            let conditions = self.rules.iter().map(|rule| &rule.query.select).enumerate();
            conditions
                .filter(|(place, _)| self.patterns[*place].admit(&indices))
                .collect()
        })
    }

    /// Runs the rules on the event that the sieve let through to them, and adds what fires.
    pub fn observe_at(&self, event: &Arc<Event>, candidates: &[Candidate], matches: &mut Matches) {
        /// Rules from which on it pays to keep the values that they read.
        const MANY: usize = 12;
        let asked = |one: &&Candidate| !(one.exact && self.only_waits(one.place));
        if candidates.iter().filter(asked).count() < MANY {
            let scope = naive::Scope::of(event);
            return self.confirm(event, &scope, candidates.iter().copied(), matches);
        }
        let kept = naive::Kept::new(&self.fields);
        let scope = naive::Scope::keeping(event, &kept);
        self.confirm(event, &scope, candidates.iter().copied(), matches);
    }

    fn worker(&self) -> whole::Worker {
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        workers.pop().unwrap_or_default()
    }

    fn rest(&self, worker: whole::Worker) {
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        workers.push(worker);
    }

    /// Returns whether a rule hands each event that its condition holds for to an operator over several events.
    fn only_waits(&self, place: usize) -> bool {
        let query = &self.rules[place].query;
        query.stateful.is_some() && query.rows.is_none()
    }

    /// Runs the candidates on the event and adds what fires.
    fn confirm(
        &self,
        event: &Arc<Event>,
        scope: &naive::Scope<'_>,
        candidates: impl Iterator<Item = Candidate>,
        matches: &mut Matches,
    ) {
        let mut indices = None;
        for Candidate { place, exact } in candidates {
            let rule = &self.rules[place];
            let hit = || Hit {
                rule: Arc::clone(rule),
                event: Arc::clone(event),
            };
            // Few events match, so the indices are asked last.
            let mut admits =
                || self.patterns[place].admit(indices.get_or_insert_with(|| Indices::of(event)));
            if self.only_waits(place) {
                if (exact || naive::holds(&rule.query.select, scope)) && admits() {
                    matches.hits.push(hit());
                }
                continue;
            }
            let outcome = naive::eval_in(&rule.query, scope);
            if !outcome.matched || !admits() {
                continue;
            }
            if rule.query.stateful.is_some() {
                matches.hits.push(hit());
                continue;
            }
            let fired = |row| Detection {
                rule: Arc::clone(rule),
                event: Arc::clone(event),
                because: outcome.because.clone(),
                row,
                group: None,
            };
            if outcome.rows.is_empty() {
                matches.detections.push(fired(None));
            } else {
                let rows = outcome.rows.into_iter();
                matches.detections.extend(rows.map(|row| fired(Some(row))));
            }
        }
    }
}

/// Returns the indices that a rule reads. Elastic's rules name them; what Splunk's name as data sources, their searches
/// say themselves.
#[must_use]
pub fn patterns(rule: &Rule) -> Patterns {
    match rule.language {
        Language::Eql | Language::Esql | Language::Kuery | Language::Lucene => {
            Patterns::parse(&rule.sources)
        }
        _ => Patterns::default(),
    }
}

/// What the rules found in some events.
#[derive(Debug, Default)]
pub struct Matches {
    pub detections: Vec<Detection>,
    /// What rules over several events wait for, in the order of arrival.
    pub hits: Vec<Hit>,
}

/// An event that a rule over several events wants to see.
#[derive(Debug, Clone)]
pub struct Hit {
    pub rule: Arc<Rule>,
    pub event: Arc<Event>,
}

/// A rule fired on an event, or on several: then each of them gives a detection, and [`Detection::group`] joins them.
#[derive(Debug, Clone)]
pub struct Detection {
    pub rule: Arc<Rule>,
    pub event: Arc<Event>,
    /// Fields of the predicate leaves that were true, in the order of the rule, each once.
    pub because: Vec<FieldRef>,
    /// The result row, for a search that groups.
    pub row: Option<Row>,
    /// The alert of its rule that it belongs to, beside the row's key; `None`: to one of its own event.
    pub group: Option<Group>,
}

/// Joins the detections of one alert over several events: equal for equal events, whenever they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Group(pub [u8; 16]);

impl Group {
    /// Returns the group that `parts` name, in this order.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = blake3::Hasher::new();
        for part in parts {
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut group = [0; 16];
        hash.finalize_xof().fill(&mut group);
        Self(group)
    }
}

/// One event's share of a grouped result row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub columns: Vec<Column>,
}

/// A column and how two events' shares become one.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name after all `rename`s and prefix removals.
    pub name: String,
    pub value: Value,
    pub merge: Merge,
    /// `convert ctime`: times are shown as text in this strftime format.
    pub time_format: Option<String>,
}

/// How a column of the row changes when another event joins it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// Part of the row's identity: equal in all its events.
    Key,
    /// Summed (`count`).
    Sum,
    /// Smallest kept (`min(_time)`).
    Min,
    /// Largest kept (`max(_time)`).
    Max,
    /// Distinct values, sorted (`values`).
    Values,
    /// Distinct values, shown as how many there are (`dc`).
    Distinct,
    /// A list of an event's time in nanoseconds and a value, shown as the value; the newest is kept (`latest`).
    Latest,
    /// The same; the oldest is kept (`earliest`).
    Earliest,
    /// Replaced by what an operator over several events found last.
    Set,
}
