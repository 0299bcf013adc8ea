//! EQL's `sequence`, as Elasticsearch runs it.

use std::sync::Arc;

use super::Operator;
use crate::engine::Detection;
use crate::event::{Event, Time};
use crate::lang::ir::stateful::Sequence;
use crate::rule::Rule;

/// The pending sequences of one rule.
pub(super) struct Sequences {
    _rule: Arc<Rule>,
    _sequence: Sequence,
}

impl Sequences {
    pub fn new(rule: Arc<Rule>, sequence: Sequence) -> Self {
        Self {
            _rule: rule,
            _sequence: sequence,
        }
    }
}

impl Operator for Sequences {
    fn accept(&mut self, _event: &Arc<Event>, _found: &mut Vec<Detection>) {}

    fn advance(&mut self, _moment: Time, _found: &mut Vec<Detection>) {}

    fn needs_since(&self) -> Option<Time> {
        None
    }

    fn size(&self) -> usize {
        0
    }

    fn evict(&mut self) -> u64 {
        0
    }
}
