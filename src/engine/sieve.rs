//! Records that no rule can fire on are told by a few of their members, before an event is built.
//!
//! Takes a line of JSON or an event's XML; gives the rules that its event may fire, or says that only the whole event
//! can tell. What a
//! rule asks of a field is asked of the member that the field is a copy of, or of a small event of the members that it
//! [depends on](crate::schema::depends::Depends); small events are remembered by those members' bytes. Rules that are
//! let through are run plainly on the whole event, so nothing here decides that a rule fires.

mod answers;
mod arrangement;
mod class;
mod layout;
mod log;
mod pairs;
mod plan;
mod reads;
mod same;
mod wire;

use std::ops::Range;
use std::sync::Arc;

use foldhash::HashMap;

use super::condition::Conditions;
use super::plan::Candidate;
use crate::decode::members::Members;
use crate::decode::{Format, Place, Record, is_rest};
use crate::event::Event;
use answers::{Answers, Told};
use class::{Class, Line, Names};
use layout::Layout;
use plan::Known;
pub use plan::{Plan, Plans};
pub use reads::Question;

/// Most classes that are kept; records of further ones are built whole.
pub const MAX_CLASSES: usize = 2048;

/// What a line turned out to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict<'s> {
    /// Only the whole event can tell.
    Odd,
    /// A sound record. These rules, in the engine's order, may fire on it; none other does.
    Sound(&'s [Candidate]),
}

/// The rules, as the sieve asks for them.
pub trait Rules {
    /// Returns the conditions of all rules.
    fn conditions(&self) -> &Conditions;

    /// Returns the numbers of those conditions whose rules may read events of the class of an event, in order; the same list
    /// for events that live in the same indices.
    fn admitted(&self, event: &Event) -> Arc<[u32]>;

    /// Returns what has to be found out about a candidate, if anything.
    fn question(&self, candidate: &Candidate) -> Option<Question<'_>>;
}

/// One worker's sieve.
#[derive(Debug, Default)]
pub struct Sieve {
    members: Members,
    layouts: Vec<Layout>,
    /// What is known of a class, and the place of its plan.
    known: HashMap<Box<[u8]>, Option<(Known, usize)>>,
    classes: Vec<Class>,
    key: Vec<u8>,
    candidates: Vec<Candidate>,
    answers: Answers,
    memo: bool,
    host: Range<usize>,
    /// The place of the last record's class.
    last: Option<usize>,
    /// The place of the last record's layout, and how many bytes of its line the record is.
    laid_out: Option<(usize, usize)>,
}

impl Sieve {
    /// Returns a sieve; without `memo` every value is matched anew.
    #[must_use]
    pub fn new(memo: bool) -> Self {
        let mut members = Members::default();
        let layouts = layout::all(&mut members);
        Self {
            members,
            layouts,
            memo,
            ..Self::default()
        }
    }

    /// Finds the members of `line` and nothing else; returns how many there are.
    pub fn extract(&mut self, line: &[u8]) -> Option<usize> {
        self.members.read(line)?;
        Some(self.members.all().len())
    }

    /// Looks at a line.
    pub fn look(&mut self, plans: &Plans, line: &[u8], rules: &impl Rules) -> Verdict<'_> {
        self.candidates.clear();
        (self.last, self.laid_out) = (None, None);
        match self.run(plans, line, rules) {
            Some(true) => Verdict::Sound(&self.candidates),
            _ => Verdict::Odd,
        }
    }

    /// Returns the bytes that name the host in the last line that was looked at.
    #[must_use]
    pub fn host<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        line.get(self.host.clone()).unwrap_or_default()
    }

    /// Returns the event of the last line that was looked at, which begins at `place`: who it is and when it happened is read,
    /// everything else when it is asked for. `known` is the format of a record that was found already and lies at `place` from
    /// end to end, whatever text stands for it. `None` when the line was odd.
    pub fn outline(&mut self, line: &[u8], place: Place, known: Option<Format>) -> Option<Event> {
        let (layout, length) = self.laid_out?;
        let layout = &mut self.layouts[layout];
        let kind = layout.kind;
        let origin = layout.origin(&self.members, line)?;
        let raw = match known {
            Some(_) => line,
            None => line.get(..length)?,
        };
        let mut record = plan::record_of_few(kind, origin, place, raw)?;
        match known {
            Some(format) => record.format = format,
            None => record.place.length = length as u64,
        }
        Event::unread(record)
    }

    /// Returns the same of a record whose text was looked at last.
    pub fn outline_of(&mut self, record: &Record) -> Option<Event> {
        self.outline(&record.raw, record.place.clone(), Some(record.format))
    }

    fn run(&mut self, plans: &Plans, line: &[u8], rules: &impl Rules) -> Option<bool> {
        let length = self.members.read(line)?;
        if !is_rest(&line[length..]) {
            return None;
        }
        let members = &self.members;
        let fits = |layout: &Layout| layout.fits(members);
        let laid_out = self.layouts.iter().position(fits)?;
        let layout = &mut self.layouts[laid_out];
        let xml = line.first() == Some(&b'<');
        self.key.clear();
        self.key.push(u8::from(xml));
        layout.write_key(members, line, &mut self.key)?;
        self.host = layout.host(members).unwrap_or_default();
        let spaced = layout.spaced;
        if !self.known.contains_key(&self.key[..]) {
            if self.known.len() >= MAX_CLASSES {
                return None;
            }
            let known = plans.get(layout, members, line, rules);
            let known = known.map(|known| {
                let place = self.place(&known, xml, laid_out);
                (known, place)
            });
            self.known.insert(self.key.as_slice().into(), known);
        }
        let (known, place) = self.known.get(&self.key[..])?.as_ref()?;
        self.last = Some(*place);
        self.laid_out = Some((laid_out, length));
        if spaced && known.plan.spaced {
            return None;
        }
        let bytes = line;
        let line = Line {
            members: &self.members,
            bytes,
            class: known,
        };
        if !self.classes[*place].run(line, &mut self.candidates) {
            return Some(false);
        }
        if self.memo {
            let (known, place) = (known.clone(), *place);
            self.answer(bytes, (place, &known), laid_out, rules);
        }
        Some(true)
    }

    /// Answers for the rules that are often let through what can be told of the last line, and leaves those out that do not
    /// fire.
    fn answer(
        &mut self,
        line: &[u8],
        (plan, class): (usize, &Known),
        laid_out: usize,
        rules: &impl Rules,
    ) {
        let Self {
            members,
            layouts,
            answers,
            candidates,
            ..
        } = self;
        answers.begin();
        candidates.retain_mut(|candidate| {
            let Some(question) = rules.question(candidate) else {
                return true;
            };
            let place = (plan, candidate.place);
            let remembered = answers.get(place, question, class, |field| {
                let layout = &layouts[laid_out];
                Names { members, layout }.of(field)
            });
            let Some(remembered) = remembered else {
                return true;
            };
            let line = Line {
                members,
                bytes: line,
                class,
            };
            match remembered.tell(question, line) {
                Told::Unclear => true,
                Told::No => false,
                Told::Fires(answer) => {
                    candidate.answer = Some(answer);
                    true
                }
            }
        });
    }

    /// Returns the place of the class's plan among [`Sieve::classes`].
    fn place(&mut self, known: &Known, xml: bool, laid_out: usize) -> usize {
        let same = |class: &Class| class.xml == xml && Arc::ptr_eq(class.plan(), &known.plan);
        if let Some(place) = self.classes.iter().position(same) {
            return place;
        }
        let plan = Arc::clone(&known.plan);
        let mut names = Names {
            members: &mut self.members,
            layout: &self.layouts[laid_out],
        };
        let class = Class::new(plan, xml, &mut names, self.memo);
        self.classes.push(class);
        self.classes.len() - 1
    }

    /// Returns the channel and the event id of the last record, if its class is known.
    #[must_use]
    pub fn class(&self) -> Option<(&str, u32)> {
        Some(self.classes.get(self.last?)?.plan().name())
    }
}
