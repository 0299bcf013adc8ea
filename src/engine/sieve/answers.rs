//! What a rule makes of the events of a class, remembered by the members that it depends on.
//!
//! Takes a line of the class and a rule that is let through to many of its events; gives the rule's outcome where it is
//! known from a line with equal members. The outcome is that of a small event of those members, so a rule that asks for
//! what they do not tell is left to the whole event.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::{Arc, LazyLock};

use foldhash::HashMap;
use foldhash::quality::RandomState;

use super::class::Line;
use super::plan::{Base, Known, event_of};
use super::reads::{Question, Reads};
use super::same::{Same, Slot};
use crate::decode::members::NameId;
use crate::engine::Row;
use crate::engine::answer::Answer;
use crate::engine::naive::{self, Outcome, Scope};
use crate::engine::share::Timed;
use crate::event::{Event, FieldId, Time, Value};
use crate::schema::FieldRef;
use crate::schema::depends::Class as Depending;

/// Events of a class that a rule is let through to before its outcomes are remembered.
const SOME: u32 = 16;

/// After so many events of which fewer than one in [`FIRST_WORTH`] was known or ruled out, and after each so many later of
/// which fewer than half were known or ruled out, no more outcomes are remembered.
const FIRST_TRIAL: u32 = 32;
const FIRST_WORTH: u32 = 8;
const TRIAL: u32 = 256;

/// Bytes that a rule of a class counts for, before anything is remembered of it.
const RULE: usize = 1024;

/// Bytes of outcomes and of what names them, about, at which all of a worker's are forgotten.
const BYTES: usize = 16 << 20;

/// A moment that no log names, in the 19th or 20th century: a column that has it shows the event's time.
static MOMENT: LazyLock<Time> = LazyLock::new(|| {
    let bits = RandomState::default().hash_one(());
    Time(-((bits >> 2) as i64) - 1)
});

/// What is known of the rules of each class, in one worker's hands.
#[derive(Debug, Default)]
pub struct Answers {
    /// By the place of the class's plan.
    classes: HashMap<usize, OfClass>,
    /// Of what is remembered of them.
    bytes: usize,
    /// How many lines were asked about.
    lines: u64,
}

/// What is known of the rules of one class.
#[derive(Debug, Default)]
struct OfClass {
    /// By the number of the condition.
    rules: HashMap<usize, Asked>,
    same: Vec<Same<Told>>,
}

/// A rule that events of the class are put to.
#[derive(Debug)]
enum Asked {
    /// So many times.
    Seldom(u32),
    Often(Rule),
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
    /// Begins a line.
    pub fn begin(&mut self) {
        self.lines += 1;
        if self.bytes > BYTES {
            self.classes.clear();
            self.bytes = 0;
        }
    }

    /// Returns what is remembered of the rule that asks this, if it was asked often enough. `place` is the place of the class's
    /// plan and the number of the rule's condition, and `names` gives the members that a data member's name stands for.
    pub fn get(
        &mut self,
        (plan, place): (usize, usize),
        question: Question<'_>,
        class: &Known,
        names: impl FnMut(FieldId) -> Vec<NameId>,
    ) -> Option<Remembered<'_>> {
        let OfClass { rules, same } = self.classes.entry(plan).or_default();
        let asked = rules.entry(place).or_insert(Asked::Seldom(0));
        match asked {
            Asked::Seldom(count) if *count < SOME => *count += 1,
            Asked::Seldom(_) => {
                let rule = Rule::new(question, class, same, names);
                self.bytes += rule.as_ref().map_or(0, |_| RULE);
                *asked = rule.map_or(Asked::Whole, Asked::Often);
            }
            Asked::Often(rule) if rule.is_vain() => *asked = Asked::Whole,
            Asked::Often(_) | Asked::Whole => {}
        }
        let Asked::Often(rule) = asked else {
            return None;
        };
        Some(Remembered {
            rule,
            same,
            number: self.lines,
            bytes: &mut self.bytes,
        })
    }
}

/// What is remembered of one rule, beside what the rules of its class share.
#[derive(Debug)]
pub struct Remembered<'a> {
    rule: &'a mut Rule,
    same: &'a mut [Same<Told>],
    /// Of the line.
    number: u64,
    /// Of all that is remembered.
    bytes: &'a mut usize,
}

impl Remembered<'_> {
    /// Returns what the rule makes of the line.
    pub fn tell(self, question: Question<'_>, line: Line<'_>) -> Told {
        let line = (self.number, line);
        self.rule.get(self.same, line, question, self.bytes)
    }
}

/// What is remembered of one rule.
#[derive(Debug)]
struct Rule {
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
        same: &mut Vec<Same<Told>>,
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
        // Where nothing decides, all fire.
        let screens = |deciding: &Vec<_>| !deciding.is_empty() && all.as_ref() != Some(deciding);
        let screen = deciding.filter(screens);
        (screen.is_some() || all.is_some()).then(|| Self {
            screen: screen.map(|members| Memo::new(same, members)),
            outcomes: all.map(|members| Memo::new(same, members)),
        })
    }

    /// Returns what the rule makes of the line with this number; `bytes` are those of all that is remembered.
    fn get(
        &mut self,
        same: &mut [Same<Told>],
        line: (u64, Line<'_>),
        question: Question<'_>,
        bytes: &mut usize,
    ) -> Told {
        if let Some(screen) = &mut self.screen {
            if screen.get(same, line, question, bytes) == Told::No {
                return Told::No;
            }
            self.screen.take_if(Memo::is_vain);
        }
        let Some(outcomes) = &mut self.outcomes else {
            return Told::Unclear;
        };
        let told = outcomes.get(same, line, question, bytes);
        self.outcomes.take_if(Memo::is_vain);
        told
    }

    const fn is_vain(&self) -> bool {
        self.screen.is_none() && self.outcomes.is_none()
    }
}

/// Outcomes by some members of a line.
#[derive(Debug)]
struct Memo {
    slot: Slot,
    asked: u32,
    helped: u32,
    /// The first trial is over.
    tried: bool,
}

impl Memo {
    fn new(same: &mut Vec<Same<Told>>, members: Vec<NameId>) -> Self {
        Self {
            slot: Slot::of(same, members),
            asked: 0,
            helped: 0,
            tried: false,
        }
    }

    fn get(
        &mut self,
        same: &mut [Same<Told>],
        (number, line): (u64, Line<'_>),
        question: Question<'_>,
        bytes: &mut usize,
    ) -> Told {
        self.asked += 1;
        let same = &mut same[self.slot.same()];
        if !same.open(number, line, bytes) {
            return Told::Unclear;
        }
        if let Some(told) = same.get(self.slot) {
            self.helped += 1;
            return told.clone();
        }
        let told = same
            .event(line)
            .map_or(Told::Unclear, |event| find(event, question));
        // A small event that rules it out is cheaper than the whole one.
        self.helped += u32::from(told == Told::No);
        same.put(self.slot, told.clone(), told.size(), bytes);
        told
    }

    /// Returns whether it has seldom helped of late.
    fn is_vain(&mut self) -> bool {
        let (trial, worth) = if self.tried {
            (TRIAL, 2)
        } else {
            (FIRST_TRIAL, FIRST_WORTH)
        };
        if self.asked < trial {
            return false;
        }
        let vain = self.helped < trial / worth;
        (self.asked, self.helped, self.tried) = (0, 0, true);
        vain
    }
}

/// Returns what the rule makes of the event, whose time is changed for it.
fn find(event: &mut Event, question: Question<'_>) -> Told {
    event.time = *MOMENT;
    let outcome = naive::outcome(question.select, question.rows, &Scope::of(event));
    if !outcome.matched {
        return Told::No;
    }
    let time = naive::seconds(event);
    let places = |row: &Row| -> Timed {
        let columns = row.columns.iter().enumerate();
        let timed = columns.filter(|(_, column)| column.value == time);
        timed.map(|(place, _)| place).collect()
    };
    let timed: Vec<Timed> = outcome.rows.iter().map(places).collect();
    debug_assert!(
        shows_the_time(event, question, &outcome, &timed),
        "more than these columns hang on the time: {outcome:?}"
    );
    let scope = Scope::of(event);
    let value = |field: FieldRef| scope.value(field).map(Cow::into_owned);
    let values = |columns: &[(Box<str>, FieldRef)]| {
        let values = columns.iter().map(|(_, field)| value(*field));
        values.collect()
    };
    let values = question.columns.map(values);
    Told::Fires(Arc::new(Answer::new(outcome, timed, values)))
}

impl Told {
    /// Returns about how many bytes it takes.
    fn size(&self) -> usize {
        let value = |value: &Value| size_of::<Value>() + value.text().len();
        let Self::Fires(answer) = self else {
            return size_of::<Self>();
        };
        let columns = answer.rows().flat_map(|row| &row.columns);
        let columns: usize = columns
            .map(|column| size_of_val(column) + column.name.len() + value(&column.value))
            .sum();
        let values = answer.values.iter().flat_map(|values| values.iter());
        let values: usize = values.flatten().map(value).sum();
        size_of::<Answer>() + columns + values
    }
}

/// Returns whether at another moment the outcome is the same but for the time in those columns.
fn shows_the_time(
    event: &mut Event,
    question: Question<'_>,
    outcome: &Outcome,
    timed: &[Timed],
) -> bool {
    let moment = event.time;
    event.time = Time(moment.0 - 1_777_777_777);
    let mut other = naive::outcome(question.select, question.rows, &Scope::of(event));
    let time = naive::seconds(event);
    event.time = moment;
    let mut shown = true;
    for (row, places) in other.rows.iter_mut().zip(timed) {
        for place in places.iter() {
            let value = &mut row.columns[*place].value;
            shown &= *value == time;
            *value = naive::seconds(event);
        }
    }
    shown && other == *outcome
}
