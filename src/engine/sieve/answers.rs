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
use crate::engine::Column;
use crate::engine::answer::Answer;
use crate::engine::naive::{self, Outcome, Scope};
use crate::event::{FieldId, Time, Value};
use crate::schema::FieldRef;
use crate::schema::depends::Class as Depending;

/// Events of a class that a rule is let through to before its outcomes are remembered.
const SOME: u32 = 16;

/// After each so many events of which fewer than half were known, no more outcomes are remembered.
const TRIAL: u32 = 256;

/// Most outcomes that one memo keeps, in each of two generations.
const KEPT: usize = 256;

/// Most rules, those of one class counted apart from those of another, whose outcomes are kept.
const RULES: usize = 128;

/// Longer members, in bytes together, are seldom seen again.
const LONGEST: usize = 2048;

/// Bytes of outcomes and of what names them, about, at which all of a worker's are forgotten.
const BYTES: usize = 16 << 20;

/// Two moments that no log is of: what differs between them is the time.
const MOMENTS: [Time; 2] = [Time(-7_111_111_111_111_000), Time(-5_222_222_222_222_000)];

/// What is known of the rules of each class, in one worker's hands.
#[derive(Debug, Default)]
pub struct Answers {
    /// By the number of the class and that of the condition.
    rules: HashMap<(u32, usize), Asked>,
    /// How many of them are asked often.
    often: usize,
    /// Of what is remembered of them.
    bytes: usize,
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
    /// Returns what is remembered of the rule that asks this, whose condition has number `place`, and the bytes of all that is
    /// remembered; `None` when it is left to the whole event. `names` gives the members that a data member's name stands for.
    pub fn get(
        &mut self,
        place: usize,
        question: Question<'_>,
        class: &Known,
        names: impl FnMut(FieldId) -> Vec<NameId>,
    ) -> Option<(&mut Rule, &mut usize)> {
        if self.bytes > BYTES {
            *self = Self::default();
        }
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
            Asked::Often(rule) => Some((rule, &mut self.bytes)),
            Asked::Seldom(_) | Asked::Whole => None,
        }
    }
}

/// What is remembered of one rule.
#[derive(Debug)]
pub struct Rule {
    /// Whether it fires, by the members that decide that, where they are fewer than all; `None` also when that seldom helped.
    screen: Option<Memo>,
    /// By all members; `None` when the class does not tell some of them, or when that seldom helped.
    outcomes: Option<Memo>,
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
        })
    }

    /// Returns what the rule makes of the line; `bytes` are those of all that is remembered.
    pub fn get(&mut self, question: Question<'_>, line: Line<'_>, bytes: &mut usize) -> Told {
        if let Some(screen) = &mut self.screen {
            if screen.get(question, line, bytes) == Told::No {
                return Told::No;
            }
            forget_if_vain(&mut self.screen, bytes);
        }
        let Some(outcomes) = &mut self.outcomes else {
            return Told::Unclear;
        };
        let told = outcomes.get(question, line, bytes);
        forget_if_vain(&mut self.outcomes, bytes);
        told
    }

    const fn is_vain(&self) -> bool {
        self.screen.is_none() && self.outcomes.is_none()
    }
}

/// Gives a memo up that has seldom helped.
fn forget_if_vain(memo: &mut Option<Memo>, bytes: &mut usize) {
    if let Some(vain) = memo.take_if(Memo::is_vain) {
        *bytes -= vain.bytes.iter().sum::<usize>();
    }
}

/// Outcomes by the members of a line.
#[derive(Debug)]
struct Memo {
    members: Vec<NameId>,
    young: HashMap<Box<[u8]>, Told>,
    /// Those that were known when it was full last.
    old: HashMap<Box<[u8]>, Told>,
    /// Of the young and of the old ones.
    bytes: [usize; 2],
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
            bytes: [0; 2],
            asked: 0,
            found: 0,
            key: Vec::new(),
        }
    }

    fn get(&mut self, question: Question<'_>, line: Line<'_>, bytes: &mut usize) -> Told {
        self.key.clear();
        for name in &self.members {
            write(*name, line, &mut self.key);
        }
        self.asked += 1;
        if self.key.len() > LONGEST {
            return Told::Unclear;
        }
        if let Some(told) = self.young.get(&*self.key) {
            self.found += 1;
            return told.clone();
        }
        let told = if let Some(told) = self.old.get(&*self.key) {
            self.found += 1;
            told.clone()
        } else {
            self.find(question, line)
        };
        if self.young.len() == KEPT {
            *bytes -= self.bytes[1];
            self.bytes = [0, self.bytes[0]];
            self.old = std::mem::take(&mut self.young);
        }
        let size = self.key.len() + told.size();
        self.bytes[0] += size;
        *bytes += size;
        self.young.insert(self.key.as_slice().into(), told.clone());
        told
    }

    fn find(&self, question: Question<'_>, line: Line<'_>) -> Told {
        let class = line.class;
        let names = self.members.iter().copied();
        let Some(mut event) = small(class.plan.kind, Base::clone(&class.base), names, line) else {
            return Told::Unclear;
        };
        let [outcome, other] = MOMENTS.map(|moment| {
            event.time = moment;
            naive::outcome(question.select, question.rows, &Scope::of(&event))
        });
        if !outcome.matched && !other.matched {
            return Told::No;
        }
        let Some(timed) = timed(&outcome, &other) else {
            return Told::Unclear;
        };
        let scope = Scope::of(&event);
        let value = |field: FieldRef| scope.value(field).map(Cow::into_owned);
        Told::Fires(Arc::new(Answer {
            values: question
                .columns
                .map(|columns| columns.iter().map(|(_, field)| value(*field)).collect()),
            outcome,
            timed,
        }))
    }

    /// Returns whether it has seldom helped of late.
    fn is_vain(&mut self) -> bool {
        if self.asked < TRIAL {
            return false;
        }
        let vain = self.found < TRIAL / 2;
        (self.asked, self.found) = (0, 0);
        vain
    }
}

impl Told {
    /// Returns about how many bytes it takes.
    fn size(&self) -> usize {
        let value = |value: &Value| size_of::<Value>() + value.text().len();
        let Self::Fires(answer) = self else {
            return size_of::<Self>();
        };
        let rows = answer.outcome.rows.iter();
        let columns = rows.flat_map(|row| &row.columns);
        let columns: usize = columns
            .map(|column| size_of_val(column) + column.name.len() + value(&column.value))
            .sum();
        let values = answer.values.iter().flat_map(|values| values.iter());
        let values: usize = values.flatten().map(value).sum();
        size_of::<Answer>() + columns + values
    }
}

/// Returns where two outcomes, of events that differ in nothing but the time, hold the time; `None` when they differ in
/// anything else.
fn timed(one: &Outcome, other: &Outcome) -> Option<Box<[(usize, usize)]>> {
    if one.matched != other.matched
        || one.because != other.because
        || one.rows.len() != other.rows.len()
    {
        return None;
    }
    let mut timed = Vec::new();
    for (at, rows) in one.rows.iter().zip(&other.rows).enumerate() {
        let (row, other) = (&rows.0.columns, &rows.1.columns);
        if row.len() != other.len() {
            return None;
        }
        for (place, (column, other)) in row.iter().zip(other).enumerate() {
            if column == other {
                continue;
            }
            let moments = MOMENTS.map(naive::seconds_of);
            let same = Column {
                value: other.value.clone(),
                ..column.clone()
            };
            if same != *other || [&column.value, &other.value] != [&moments[0], &moments[1]] {
                return None;
            }
            timed.push((at, place));
        }
    }
    Some(timed.into())
}
