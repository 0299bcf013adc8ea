//! The rules that run now, loaded again when their files change.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::Stop;
use super::status::Shared;
use crate::engine::Engine;
use crate::rule::RuleSet;

/// How often the rule files are looked at: a walk and one `stat` a file.
const LOOK: Duration = Duration::from_secs(1);

/// A rule set and the engine that runs it.
#[derive(Debug)]
struct Loaded {
    set: Arc<RuleSet>,
    engine: Arc<Engine>,
}

/// What runs now; the matcher asks before each stretch.
#[derive(Debug)]
pub(super) struct Current(RwLock<Loaded>);

impl Loaded {
    fn new(set: RuleSet) -> Self {
        Self {
            engine: Arc::new(Engine::new(set.rules.clone())),
            set: Arc::new(set),
        }
    }
}

impl Current {
    pub(super) fn new(set: RuleSet) -> Self {
        Self(RwLock::new(Loaded::new(set)))
    }

    pub(super) fn set(&self) -> Arc<RuleSet> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).set)
    }

    pub(super) fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).engine)
    }

    /// Waits until the rules are loaded, or the watch ends; returns whether they are.
    pub(super) fn wait(&self, stop: &Stop) -> bool {
        const STEP: Duration = Duration::from_millis(20);
        while self.set().is_pending() {
            if !stop.sleep(STEP) {
                return false;
            }
        }
        true
    }

    fn replace(&self, set: RuleSet) {
        let loaded = Loaded::new(set);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = loaded;
    }
}

/// Loads the rules if they are still to be loaded, and again whenever a file of theirs changed, until the watch ends.
pub(super) fn follow(current: &Current, shared: &Shared, stop: &Stop) {
    while current.set().is_pending() || stop.sleep(LOOK) {
        let set = current.set();
        if set.changed() {
            let fresh = set.reload();
            shared.rules(fresh.lacks_rules());
            current.replace(fresh);
        }
    }
}
