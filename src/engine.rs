//! Events meet rules.
//!
//! Takes [`Event`]s and [`Rule`]s; gives [`Detection`]s: which rule, which event, why, and the result row of a
//! grouped search. Stateless for single-event rules; merging a row over time is the alert store's work, which
//! counts each contributing event once. A rule over several events gives [`Hit`]s, which [`state`] makes into
//! detections.

mod answer;
mod condition;
pub mod eval;
pub mod explain;
mod kind;
mod making;
pub mod matcher;
mod memo;
pub mod naive;
mod numbers;
pub mod plan;
pub mod profile;
mod share;
pub mod sieve;
pub mod state;
pub mod table;
mod whole;

use std::sync::{Arc, Mutex, PoisonError};

use foldhash::HashMap;

use crate::event::{Event, Value};
use crate::lang::ir::Stateful;
use crate::rule::{Language, Rule, RuleState};
use crate::schema::FieldRef;
use crate::schema::index::{Indices, Patterns};

pub use answer::Values;
use condition::Conditions;
pub use explain::explain;
pub use plan::Candidate;
pub use share::Share;
use sieve::Question;
pub use sieve::{Sieve, Verdict};

/// The rules that run, ready for events.
#[derive(Debug, Clone, Default)]
pub struct Engine {
    conditions: Conditions,
    /// The indices that each rule reads, in the order of the rules.
    patterns: Vec<Patterns>,
    programs: Arc<whole::Programs>,
    plans: Arc<sieve::Plans>,
    /// The conditions of the rules that read these indices.
    admitted: Arc<Mutex<HashMap<Indices, Arc<[u32]>>>>,
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
            admitted: Arc::default(),
            workers: Arc::default(),
            patterns: rules.iter().map(|rule| patterns(rule)).collect(),
            conditions: Conditions::of(rules),
        }
    }

    /// Returns an engine of the same rules that has learned nothing yet.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self::new(self.rules().to_vec())
    }

    /// Returns the rules that run.
    #[must_use]
    pub fn rules(&self) -> &[Arc<Rule>] {
        self.conditions.rules()
    }

    /// Returns the rule whose condition has this number.
    fn rule_of(&self, place: usize) -> &Arc<Rule> {
        &self.rules()[self.conditions.get(place).rule]
    }

    /// Runs every rule on `event` and adds what fires: one detection, or one a row for a search that groups; a hit for
    /// a rule over several events.
    pub fn observe(&self, event: &Arc<Event>, matches: &mut Matches) {
        let kept = naive::Kept::new(&self.fields);
        let scope = naive::Scope::keeping(event, &kept);
        let mut worker = self.worker();
        let candidates = worker.candidates(&self.programs, &self.conditions, &scope);
        let candidates = candidates.iter().cloned();
        self.confirm(event, &scope, candidates, Admits::Asked, matches);
        self.rest(worker);
    }

    /// Does the same by trying each rule plainly: what [`Engine::observe`] must equal.
    pub fn observe_plainly(&self, event: &Arc<Event>, matches: &mut Matches) {
        let kept = naive::Kept::new(&self.fields);
        let scope = naive::Scope::keeping(event, &kept);
        let all = (0..self.conditions.count()).map(Candidate::unsure);
        self.confirm(event, &scope, all, Admits::Asked, matches);
    }

    /// Looks at a line of JSON with a worker's sieve, before an event is built of it.
    pub fn look<'s>(&self, sieve: &'s mut Sieve, line: &[u8]) -> Verdict<'s> {
        sieve.look(&self.plans, line, self)
    }

    /// Runs the rules on the event that the sieve let through to them, and adds what fires.
    pub fn observe_at(&self, event: &Arc<Event>, candidates: &[Candidate], matches: &mut Matches) {
        /// Rules from which on it pays to keep the values that they read.
        const MANY: usize = 12;
        let asked = candidates.iter().filter(|one| !self.is_told(one)).count();
        let kept = (asked >= MANY).then(|| naive::Kept::new(&self.fields));
        let scope = match &kept {
            Some(kept) => naive::Scope::keeping(event, kept),
            None => naive::Scope::of(event),
        };
        let candidates = candidates.iter().cloned();
        self.confirm(event, &scope, candidates, Admits::All, matches);
    }

    /// Returns whether nothing of an event needs to be read for these rules: their outcome is known, or all that becomes of
    /// the event is that it waits for others.
    #[must_use]
    pub fn are_told(&self, candidates: &[Candidate]) -> bool {
        candidates.iter().all(|one| self.is_told(one))
    }

    fn is_told(&self, candidate: &Candidate) -> bool {
        let Candidate { place, exact, .. } = *candidate;
        candidate.answer.is_some() || exact && self.only_waits(place)
    }

    fn patterns_of(&self, place: usize) -> &Patterns {
        &self.patterns[self.conditions.get(place).rule]
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
        let query = &self.rule_of(place).query;
        query.stateful.is_some() && query.rows.is_none()
    }

    /// Runs the candidates on the event and adds what fires.
    fn confirm(
        &self,
        event: &Arc<Event>,
        scope: &naive::Scope<'_>,
        candidates: impl Iterator<Item = Candidate>,
        admits: Admits,
        matches: &mut Matches,
    ) {
        let mut indices = None;
        for candidate in candidates {
            let Candidate {
                place,
                exact,
                answer,
            } = candidate;
            let rule = self.rule_of(place);
            let hit = |inputs| Hit {
                rule: Arc::clone(rule),
                event: Arc::clone(event),
                inputs,
                values: None,
            };
            let patterns = self.patterns_of(place);
            // Few events match, so the indices are asked last.
            let mut admits = || {
                let read = || Indices::of(event);
                admits == Admits::All
                    || patterns.is_any()
                    || patterns.admit(indices.get_or_insert_with(read))
            };
            if self.only_waits(place) {
                let told = exact || answer.is_some();
                if (told || naive::holds(self.conditions.pred(place), scope)) && admits() {
                    let input = self.conditions.get(place).input;
                    matches.wait(Hit {
                        values: answer.and_then(|answer| answer.values.clone()),
                        ..hit(input.map(|input| 1 << input))
                    });
                }
                continue;
            }
            let (because, shares) = if let Some(answer) = answer {
                (answer.because.clone(), answer.shares(event))
            } else {
                let outcome = naive::eval_in(&rule.query, scope);
                if !outcome.matched {
                    continue;
                }
                let shares = outcome.rows.into_iter().map(Share::from);
                (outcome.because, shares.collect())
            };
            if !admits() {
                continue;
            }
            if rule.query.stateful.is_some() {
                matches.hits.push(hit(None));
                continue;
            }
            let fired = |row| Detection {
                rule: Arc::clone(rule),
                event: Arc::clone(event),
                because: because.clone(),
                row,
                group: None,
            };
            if shares.is_empty() {
                matches.detections.push(fired(None));
            } else {
                let shares = shares.into_iter();
                matches
                    .detections
                    .extend(shares.map(|row| fired(Some(row))));
            }
        }
    }
}

/// Whether rules read the indices that an event lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Admits {
    /// They do: the sieve lets events through to no others, whose class tells their indices.
    All,
    /// The event is asked.
    Asked,
}

impl sieve::Rules for Engine {
    fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    fn admitted(&self, event: &Event) -> Arc<[u32]> {
        let indices = Indices::of(event);
        let mut known = self.admitted.lock().unwrap_or_else(PoisonError::into_inner);
        let admitted = known.entry(indices);
        let admitted = admitted.or_insert_with_key(|indices| {
            let all = 0..self.conditions.count();
            let admitted = all.filter(|place| self.patterns_of(*place).admit(indices));
            admitted.map(|place| place as u32).collect()
        });
        Arc::clone(admitted)
    }

    fn question(&self, candidate: &Candidate) -> Option<Question<'_>> {
        let Candidate { place, exact, .. } = *candidate;
        let columns = self.conditions.columns(place);
        (!(exact && self.only_waits(place)) || columns.is_some()).then(|| Question {
            select: self.conditions.pred(place),
            rows: self.rule_of(place).query.rows.as_ref(),
            columns,
        })
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

impl Matches {
    /// Returns what was found, in words that differ when anything does, so that two ways of finding can be compared.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        let detections = self
            .detections
            .iter()
            .map(|found| format!("{} {:?} {:?}", found.rule.name, found.because, found.row));
        let hits = self
            .hits
            .iter()
            .map(|hit| format!("hit {} {:?} {:?}", hit.rule.name, hit.inputs, hit.rows()));
        detections.chain(hits).collect()
    }

    /// Adds a hit, or its inputs to those of the hit before.
    fn wait(&mut self, hit: Hit) {
        if let Some(last) = self.hits.last_mut()
            && let (Some(known), Some(more)) = (&mut last.inputs, hit.inputs)
            && Arc::ptr_eq(&last.rule, &hit.rule)
            && Arc::ptr_eq(&last.event, &hit.event)
        {
            *known |= more;
        } else {
            self.hits.push(hit);
        }
    }
}

/// An event that a rule over several events wants to see.
#[derive(Debug, Clone)]
pub struct Hit {
    pub rule: Arc<Rule>,
    pub event: Arc<Event>,
    /// Of a rule that makes a table, a bit for each input that selects the event, the first the lowest; `None`: the table
    /// has to ask the event.
    pub inputs: Option<u64>,
    /// Of a rule whose table has one input, what its columns have of the event, the time aside; `None`: the event has to be
    /// asked.
    pub values: Option<Values>,
}

impl Hit {
    /// Returns the row that the event gives each input of the rule's table that selects it; none for any other rule.
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<Option<Value>>> {
        let Some(Stateful::Table(table)) = self.rule.query.stateful.as_deref() else {
            return Vec::new();
        };
        let inputs = table.inputs.iter().enumerate();
        let selecting = inputs.filter(|(at, _)| self.inputs.is_none_or(|all| all >> at & 1 == 1));
        let known = self.values.as_ref();
        selecting
            .map(|(_, input)| state::table::values(input, &self.event, known))
            .collect()
    }
}

/// A rule fired on an event, or on several: then each of them gives a detection, and [`Detection::group`] joins them.
#[derive(Debug, Clone)]
pub struct Detection {
    pub rule: Arc<Rule>,
    pub event: Arc<Event>,
    /// Fields of the predicate leaves that were true, in the order of the rule, each once.
    pub because: Vec<FieldRef>,
    /// The result row, for a search that groups.
    pub row: Option<Share>,
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
