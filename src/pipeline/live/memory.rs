//! The rules over several events in a live watch: their time, their memory across restarts and reloads.
//!
//! Takes hits and the times of all events; gives detections in the order of event time, and for each batch what a
//! restart needs. While a backlog is read hits only wait, so that logs that are read one after another meet in order;
//! the budget of [`States`] bounds that.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::clock::{Clock, LATENESS};
use super::status::Shared;
use crate::alert::Store;
use crate::alert::store::{Journal, Recalled};
use crate::engine::state::{Health, StateId, States};
use crate::engine::{Engine, Hit, Matches};
use crate::event::Time;
use crate::rule::Rule;
use crate::text::counted;

/// The memory of the rules that run now.
pub(super) struct Memories {
    states: States,
    clock: Clock,
    engine: Option<Arc<Engine>>,
    /// The names of the rules' memories, by rule id.
    ids: HashMap<String, StateId>,
    /// What the journal was told last.
    told: HashMap<StateId, Option<Time>>,
    journal: Journal,
    state: PathBuf,
    /// What is there is all that comes: nothing is waited for.
    once: bool,
    /// Tells the time that goes on while no event arrives.
    now: fn() -> Instant,
}

impl Memories {
    pub fn new(state: PathBuf, once: bool) -> Self {
        Self {
            states: States::new(&[]),
            clock: Clock::default(),
            engine: None,
            ids: HashMap::new(),
            told: HashMap::new(),
            journal: Journal::default(),
            state,
            once,
            now: Instant::now,
        }
    }

    /// Takes the rules that run from now on; rules that are new, or whose query is, start from what the store keeps.
    pub fn run(&mut self, engine: &Arc<Engine>, matches: &mut Matches, shared: &Shared) {
        if self
            .engine
            .as_ref()
            .is_some_and(|old| Arc::ptr_eq(old, engine))
        {
            return;
        }
        let fresh = self.states.replace(engine.rules());
        let stateful = engine.rules().iter();
        let stateful: Vec<_> = stateful
            .filter(|rule| rule.query.stateful.is_some())
            .cloned()
            .collect();
        let named = |rule: &Arc<Rule>| (rule.id.clone(), StateId::of(rule));
        self.ids = stateful.iter().map(named).collect();
        self.journal.rules = Some(stateful);
        self.told.clear();
        self.engine = Some(Arc::clone(engine));
        if fresh.is_empty() {
            return;
        }
        match Store::open_read_only(&self.state).and_then(|store| store.recall()) {
            Ok(recalled) => self.recall(&fresh, recalled, engine, matches, shared),
            Err(error) => shared.problem(format!(
                "rules over several events start without their past: {error}"
            )),
        }
    }

    fn recall(
        &mut self,
        fresh: &[Arc<Rule>],
        mut recalled: Recalled,
        engine: &Engine,
        matches: &mut Matches,
        shared: &Shared,
    ) {
        if recalled.lost > 0 {
            shared.problem(format!(
                "{} that rules over several events had kept cannot be read again",
                counted(recalled.lost as usize, "event")
            ));
        }
        let mut known: HashMap<StateId, &Arc<Rule>> = HashMap::new();
        let mut unknown = HashSet::new();
        for rule in fresh {
            let id = StateId::of(rule);
            if let Some(history) = recalled.memory.remove(&id) {
                self.states.restore(&rule.id, history);
            }
            if recalled.known.contains(&id) {
                known.insert(id, rule);
            } else {
                unknown.insert(rule.id.as_str());
            }
        }
        let settled = recalled.settled.unwrap_or(Time(i64::MIN));
        let (mut handled, mut hits) = (Vec::new(), Vec::new());
        for (event, seen_by) in recalled.events {
            self.clock.see(event.time, wall(), (self.now)());
            for id in seen_by {
                let Some(rule) = known.get(&id) else { continue };
                let hit = Hit {
                    rule: Arc::clone(rule),
                    event: Arc::clone(&event),
                    inputs: None,
                    values: None,
                };
                let done = event.time <= settled && recalled.running.contains(&id);
                if done { &mut handled } else { &mut hits }.push(hit);
            }
            if !unknown.is_empty() {
                let mut anew = Matches::default();
                engine.observe(&event, &mut anew);
                anew.hits
                    .retain(|hit| unknown.contains(hit.rule.id.as_str()));
                self.note(&anew.hits);
                hits.extend(anew.hits);
            }
        }
        let went_on: Vec<Arc<Rule>> = known
            .iter()
            .filter(|(id, _)| recalled.running.contains(id))
            .map(|(_, rule)| Arc::clone(rule))
            .collect();
        self.states.rebuild(&went_on, handled, settled);
        self.states.take(hits, &mut matches.detections);
    }

    /// An event was read, whether or not a rule waits for it.
    pub fn see(&mut self, time: Time, wall: Time, now: Instant) {
        self.clock.see(time, wall, now);
    }

    /// Takes the hits of some events.
    pub fn take(&mut self, matches: &mut Matches) {
        let hits = std::mem::take(&mut matches.hits);
        self.note(&hits);
        self.states.take(hits, &mut matches.detections);
    }

    /// Notes hits for the journal.
    fn note(&mut self, hits: &[Hit]) {
        let ids = &self.ids;
        let noted = hits
            .iter()
            .filter_map(|hit| Some((*ids.get(&hit.rule.id)?, Arc::clone(&hit.event))));
        self.journal.hits.extend(noted);
    }

    /// Everything that is there has been read: handles what is old enough to be in order. `idle`: and for a while
    /// nothing came.
    pub fn caught_up(&mut self, idle: bool, matches: &mut Matches) {
        let Some(reached) = self.clock.time((self.now)()) else {
            return;
        };
        if self.once && !idle {
            return;
        }
        let lateness = if self.once { 0 } else { LATENESS };
        let moment = Time(reached.0.saturating_sub(lateness));
        self.states.advance(moment, &mut matches.detections);
    }

    /// Returns what the next commit has to write beside the detections so far.
    pub fn journal(&mut self) -> Journal {
        let seen: HashSet<StateId> = self.journal.hits.iter().map(|(id, _)| *id).collect();
        for (rule, needs) in self.states.needs_since() {
            let Some(id) = self.ids.get(&rule.id) else {
                continue;
            };
            let told = self.told.insert(*id, needs);
            if told != Some(needs) || seen.contains(id) {
                self.journal.needs.insert(*id, needs);
            }
        }
        for (rule, memory) in self.states.changes() {
            let id = self.ids.get(&rule.id);
            self.journal.memory.extend(id.map(|id| (*id, memory)));
        }
        self.journal.settled = Some(self.states.settled());
        std::mem::take(&mut self.journal)
    }

    /// Returns the counters.
    pub fn health(&self) -> Health {
        self.states.health()
    }
}

/// Returns the time of the wall clock.
pub(super) fn wall() -> Time {
    Time(i64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
