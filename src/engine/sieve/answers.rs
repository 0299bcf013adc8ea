//! What a rule makes of the events of a class, remembered by the members that it depends on.
//!
//! Takes a line of the class and a rule that is let through to many of its events; gives the rule's outcome where it is
//! known from a line with equal members. The outcome is that of a small event of those members, so a rule that asks for
//! what they do not tell is left to the whole event.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::class::{Line, small, write};
use super::plan::{Base, Known, event_of};
use super::reads::{Question, Reads};
use crate::decode::members::NameId;
use crate::engine::answer::Answer;
use crate::engine::naive::{self, Scope};
use crate::event::FieldId;
use crate::schema::FieldRef;
use crate::schema::depends::Class as Depending;

/// Events of a class that a rule is let through to before its outcomes are remembered.
const SOME: u32 = 16;

/// After so many events of which fewer than half were known, no more outcomes are remembered.
const TRIAL: u32 = 256;

/// Most outcomes of one rule that are kept, in each of two generations.
const KEPT: usize = 128;

/// Most rules, those of one class counted apart from those of another, whose outcomes are kept.
const RULES: usize = 128;

/// What is known of the rules of each class, in one worker's hands.
#[derive(Debug, Default)]
pub struct Answers {
    /// By the number of the class and that of the condition.
    rules: HashMap<(u32, usize), Asked>,
    /// How many of them are asked often.
    often: usize,
}

/// A rule that events of the class are put to.
#[derive(Debug)]
enum Asked {
    /// So many times.
    Seldom(u32),
    Often(Box<Rule>),
    /// By its fields or by their values it is better left to the whole event.
    Whole,
}

/// What became of a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// Only the whole event tells.
    Unclear,
    /// The rule does not fire.
    No,
    Fires(Arc<Answer>),
}

impl Answers {
    /// Returns what is remembered of the rule that asks this, whose condition has number `place`; `None` when it is left to
    /// the whole event. `names` gives the members that a data member's name stands for.
    pub fn get(
        &mut self,
        place: usize,
        question: Question<'_>,
        class: &Known,
        names: impl FnMut(FieldId) -> Vec<NameId>,
    ) -> Option<&mut Rule> {
        let asked = self.rules.entry((class.number, place));
        let asked = asked.or_insert(Asked::Seldom(0));
        match asked {
            Asked::Seldom(count) if *count < SOME => *count += 1,
            Asked::Seldom(_) => {
                let room = self.often < RULES;
                let rule = room.then(|| Rule::new(question, class, names)).flatten();
                self.often += usize::from(rule.is_some());
                *asked = rule.map_or(Asked::Whole, |rule| Asked::Often(Box::new(rule)));
            }
            Asked::Often(rule) if rule.is_vain() => {
                *asked = Asked::Whole;
                self.often -= 1;
            }
            Asked::Often(_) | Asked::Whole => {}
        }
        match asked {
            Asked::Often(rule) => Some(rule),
            Asked::Seldom(_) | Asked::Whole => None,
        }
    }
}

/// What is remembered of one rule.
#[derive(Debug)]
pub struct Rule {
    /// Whether it fires, by the members that decide that, where they are fewer than all.
    screen: Option<Memo>,
    outcomes: Option<Memo>,
    timed: Arc<[Box<str>]>,
}

impl Rule {
    /// Returns one of which nothing is known; `None` when the rule depends on what the class does not tell.
    fn new(
        question: Question<'_>,
        class: &Known,
        mut names: impl FnMut(FieldId) -> Vec<NameId>,
    ) -> Option<Self> {
        let reads = Reads::of(question)?;
        let event = event_of(class.plan.kind, Base::clone(&class.base))?;
        let depending = Depending {
            event: &event,
            role: |name: &str| class.plan.kind.role(name),
        };
        let mut members = |fields: &[FieldRef]| {
            let mut members = Vec::new();
            for field in fields {
                let depends = depending.depends(*field);
                let depends = depends.filter(|depends| !depends.message)?;
                members.extend(depends.members?.into_iter().flat_map(&mut names));
            }
            members.sort_unstable();
            members.dedup();
            Some(members)
        };
        let (deciding, all) = (members(&reads.deciding), members(&reads.all));
        let screen = deciding.filter(|deciding| all.as_ref() != Some(deciding));
        (screen.is_some() || all.is_some()).then(|| Self {
            screen: screen.map(Memo::new),
            outcomes: all.map(Memo::new),
            timed: reads.timed,
        })
    }

    /// Returns what the rule makes of the line.
    pub fn get(&mut self, question: Question<'_>, line: Line<'_>) -> Told {
        if let Some(screen) = &mut self.screen {
            if screen.get(question, line, &self.timed) == Told::No {
                return Told::No;
            }
            if screen.is_vain() {
                self.screen = None;
            }
        }
        let Some(outcomes) = &mut self.outcomes else {
            return Told::Unclear;
        };
        let told = outcomes.get(question, line, &self.timed);
        if outcomes.is_vain() {
            self.outcomes = None;
        }
        told
    }

    const fn is_vain(&self) -> bool {
        self.screen.is_none() && self.outcomes.is_none()
    }
}

/// Outcomes by the members of a line.
#[derive(Debug)]
struct Memo {
    members: Vec<NameId>,
    young: HashMap<Box<[u8]>, Told>,
    /// Those that were known when it was full last.
    old: HashMap<Box<[u8]>, Told>,
    asked: u32,
    found: u32,
    key: Vec<u8>,
}

impl Memo {
    fn new(members: Vec<NameId>) -> Self {
        Self {
            members,
            young: HashMap::new(),
            old: HashMap::new(),
            asked: 0,
            found: 0,
            key: Vec::new(),
        }
    }

    fn get(&mut self, question: Question<'_>, line: Line<'_>, timed: &Arc<[Box<str>]>) -> Told {
        self.key.clear();
        for name in &self.members {
            write(*name, line, &mut self.key);
        }
        self.asked = self.asked.saturating_add(1);
        if let Some(told) = self.young.get(&*self.key) {
            self.found = self.found.saturating_add(1);
            return told.clone();
        }
        let told = if let Some(told) = self.old.remove(&*self.key) {
            self.found = self.found.saturating_add(1);
            told
        } else {
            self.find(question, line, timed)
        };
        if self.young.len() == KEPT {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(self.key.as_slice().into(), told.clone());
        told
    }

    fn find(&self, question: Question<'_>, line: Line<'_>, timed: &Arc<[Box<str>]>) -> Told {
        let class = line.class;
        let names = self.members.iter().copied();
        let Some(event) = small(class.plan.kind, &class.base, names, line) else {
            return Told::Unclear;
        };
        let Question {
            select,
            rows,
            columns,
        } = question;
        let scope = Scope::of(&event);
        let outcome = naive::outcome(select, rows, &scope);
        if !outcome.matched {
            return Told::No;
        }
        Told::Fires(Arc::new(Answer {
            outcome,
            timed: Arc::clone(timed),
            values: columns
                .iter()
                .map(|(_, field)| scope.value(*field).map(Cow::into_owned))
                .collect(),
        }))
    }

    /// Returns whether it has seldom helped.
    const fn is_vain(&self) -> bool {
        self.asked == TRIAL && self.found < TRIAL / 2
    }
}
