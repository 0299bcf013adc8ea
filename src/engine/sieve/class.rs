//! One class of records in one worker's hands: how the answers to what its rules ask are read from a line.
//!
//! Takes the members of a line of the class; gives the rules that its event may fire.

mod every;
mod together;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::arrangement::Arranged;
use super::layout::{Kind, Layout, full_name, is_message, json, write};
use super::pairs::Listed;
use super::plan::{Base, Input, Known, Plan, event_of};
use super::wire::{Copied, Wire, is_text};
use crate::decode::members::{Member, Members, NameId, Shape, text};
use crate::engine::eval::{Desk, Seen, Unclear};
use crate::engine::matcher::Form;
use crate::engine::naive::Scope;
use crate::engine::plan::Candidate;
use crate::event::ecs::line_ends;
use crate::event::{Event, FieldId, Value};
use crate::schema::depends::computer;
use every::Stretches;

/// Finds the members of a record that data members' names stand for.
#[derive(Debug)]
pub struct Names<'m> {
    pub members: &'m mut Members,
    pub layout: &'m Layout,
}

impl Names<'_> {
    /// Returns the members; the computer's name may stand in one of several.
    pub fn of(&mut self, field: FieldId) -> Vec<NameId> {
        if field == computer() {
            return self.layout.hosts().to_vec();
        }
        vec![self.members.name(&self.layout.kind.path(field.name()))]
    }
}

/// The memos of an input. Equal bytes mean different values in them.
const MEMOS: usize = 3;
const COPIED: usize = 0;
const SMALL: usize = 1;
const MESSAGE: usize = 2;

/// Classes with one plan, in one worker's hands.
#[derive(Debug)]
pub struct Class {
    plan: Arc<Plan>,
    /// Its records are XML, where the same bytes mean another text than in JSON.
    pub xml: bool,
    wires: Vec<Wire>,
    desk: Desk,
    key: Vec<u8>,
    room: String,
    recent: Recent,
    listed: Listed,
    message: NameId,
    /// Of each name whether a test on any value looks at it.
    anywhere: Vec<bool>,
    stretches: Stretches,
    wanted: Vec<u32>,
    /// Where the one value of each input stands in the line that was put off last.
    put_off: Vec<Range<usize>>,
    arranged: Arranged,
    /// The key that a bundle is remembered by.
    bundled: Vec<u8>,
    memo: bool,
}

/// The small events that were built last: several fields depend on the same members.
#[derive(Debug, Default)]
struct Recent {
    events: VecDeque<(Box<[u8]>, Event)>,
}

impl Recent {
    /// How many are kept.
    const KEPT: usize = 4;

    fn get(&mut self, key: &[u8], build: impl FnOnce() -> Option<Event>) -> Option<&Event> {
        if let Some(at) = self.events.iter().position(|(known, _)| **known == *key) {
            return self.events.get(at).map(|(_, event)| event);
        }
        let event = build()?;
        if self.events.len() == Self::KEPT {
            self.events.pop_front();
        }
        self.events.push_back((key.into(), event));
        self.events.back().map(|(_, event)| event)
    }
}

/// A line of a class.
#[derive(Debug, Clone, Copy)]
pub struct Line<'l> {
    pub members: &'l Members,
    pub bytes: &'l [u8],
    pub class: &'l Known,
}

impl Class {
    /// Returns the plan with its members' names looked up.
    pub fn new(plan: Arc<Plan>, xml: bool, names: &mut Names<'_>, memo: bool) -> Self {
        let message = names.members.name(plan.kind.message());
        let wires = plan.inputs.iter().map(|input| match input {
            Input::Field { depends, .. } => Wire::new(depends, |field| names.of(*field)),
            Input::Every => Wire::default(),
        });
        let wires = wires.collect();
        let training = Arc::clone(&plan.training);
        let inputs = plan.inputs.len();
        let form = if xml { Form::Plain } else { Form::Json };
        let desk = Desk::gated(training, MEMOS * plan.inputs.len(), memo, form);
        Self {
            plan,
            xml,
            wires,
            desk,
            key: Vec::new(),
            room: String::new(),
            recent: Recent::default(),
            listed: Listed::default(),
            message,
            anywhere: Vec::new(),
            stretches: Stretches::default(),
            wanted: Vec::new(),
            put_off: vec![0..0; inputs],
            arranged: Arranged::default(),
            bundled: Vec::new(),
            memo,
        }
    }

    /// Returns the plan.
    pub const fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Adds the rules that the event of the line may fire; false when only the whole event can tell.
    pub fn run(&mut self, line: Line<'_>, candidates: &mut Vec<Candidate>) -> bool {
        self.desk.begin();
        self.listed.forget();
        let members = line.members.all();
        let place = match self.arranged.find(members) {
            None if self.arranged.takes(members) => Some(self.arrange(line)),
            known => known,
        };
        let read = match place {
            Some(place) => {
                let arranged = std::mem::take(&mut self.arranged);
                let read = self.read_arranged(&arranged, place, line);
                self.arranged = arranged;
                read
            }
            None => (0..self.wires.len()).all(|at| !self.asks(at) || self.input(at, line)),
        };
        if !read {
            return false;
        }
        let mut wanted = std::mem::take(&mut self.wanted);
        wanted.clear();
        wanted.extend_from_slice(self.desk.wanted());
        let sound = wanted.iter().all(|at| {
            let at = *at as usize;
            let raw = &line.bytes[self.put_off[at].clone()];
            (!raw.is_empty() && self.desk.tries(at, raw)) || self.input(at, line)
        });
        self.wanted = wanted;
        if !sound {
            return false;
        }
        self.desk.candidates(candidates);
        true
    }

    fn asks(&self, at: usize) -> bool {
        self.plan.training.program.asks(at)
    }

    fn input(&mut self, at: usize, line: Line<'_>) -> bool {
        match &self.plan.inputs[at] {
            Input::Every => self.every(at, line),
            Input::Field { .. } => self.field(at, line),
        }
    }

    fn field(&mut self, at: usize, line: Line<'_>) -> bool {
        match self.wires[at].copied(self.plan.kind, line) {
            Copied::Nothing if self.is_absent(at) => true,
            Copied::Member(member) => self.copy(at, member, line) || self.small(at, line),
            Copied::Nothing | Copied::Unclear => self.small(at, line),
        }
    }

    /// Returns whether the field has no value where no data member gives it one.
    fn is_absent(&self, at: usize) -> bool {
        matches!(&self.plan.inputs[at], Input::Field { absent: None, .. })
    }

    /// Feeds the copy of a member; false when that does not tell the value.
    fn copy(&mut self, at: usize, member: &Member, line: Line<'_>) -> bool {
        let kind = self.plan.kind;
        let raw = &line.bytes[member.value.clone()];
        let change = match &self.plan.inputs[at] {
            Input::Field { depends, .. } => depends.copy.as_ref(),
            Input::Every => None,
        };
        let change = change.filter(|copy| !copy.is_plain());
        if change.is_none() && stands(kind, member.shape) && self.desk.puts_off(at, raw) {
            self.put_off[at] = member.value.clone();
            return true;
        }
        let nothing = self.is_absent(at);
        let room = &mut self.room;
        self.desk.feed(at, MEMOS * at + COPIED, raw, || {
            let seen = copied(kind, member.shape, raw, room)?;
            let Some(copy) = change else {
                return Ok(seen);
            };
            let value = match seen {
                Seen::Text(text) => copy.value(Value::from(&*text)),
                Seen::Value(value) => copy.value(value.into_owned()),
                Seen::Nothing => None,
            };
            match value {
                Some(value) => Ok(Seen::Value(Cow::Owned(value))),
                None if copy.part.is_some() && nothing => Ok(Seen::Nothing),
                // Where nothing is left of it, something else may fill the field.
                None => Err(Unclear),
            }
        })
    }

    /// Feeds the value that a small event has.
    fn small(&mut self, at: usize, line: Line<'_>) -> bool {
        let wire = &self.wires[at];
        let Some(names) = &wire.members else {
            return false;
        };
        let Input::Field { field, absent, .. } = &self.plan.inputs[at] else {
            return false;
        };
        self.key.clear();
        let listing = self.listed.read(wire.pairs.as_ref(), line);
        for name in names {
            if Some(*name) == listing {
                self.listed.write(*name, &mut self.key);
            } else {
                write_member(*name, line, &mut self.key);
            }
        }
        if self.key.is_empty() {
            if wire.message && line.members.get(self.message).is_some() {
                return self.message(at, line);
            }
            if let Some(absent) = absent {
                self.desk.feed_absent(at, absent);
            }
            return true;
        }
        let message = wire.message.then_some(self.message);
        if let Some(message) = message {
            write_member(message, line, &mut self.key);
        }
        self.key.extend(line.class.number.to_le_bytes());
        let (recent, key, listed) = (&mut self.recent, &self.key, &self.listed);
        self.desk.feed(at, MEMOS * at + SMALL, key, || {
            let names = names.iter().copied().chain(message);
            let names = names.filter(|name| Some(*name) != listing);
            let event = recent.get(key, || {
                let mut base = Base::clone(&line.class.base);
                if let Some(listing) = listing {
                    listed.insert(full_name(line.members, listing)?, &mut base);
                }
                small(self.plan.kind, base, names, line)
            });
            let scope = Scope::of(event.ok_or(Unclear)?);
            let value = scope.value(*field).map(Cow::into_owned);
            Ok(value.map(Cow::Owned).into())
        })
    }

    fn message(&mut self, at: usize, line: Line<'_>) -> bool {
        let member = line.members.get(self.message);
        let Some(member) = member.filter(|member| is_message(member)) else {
            return false;
        };
        let raw = &line.bytes[member.value.clone()];
        if stands(self.plan.kind, member.shape) && self.desk.puts_off(at, raw) {
            self.put_off[at] = member.value.clone();
            return true;
        }
        let room = &mut self.room;
        self.desk.feed(at, MEMOS * at + MESSAGE, raw, || {
            let text = text(member.shape, raw, room).ok_or(Unclear)?;
            Ok(Seen::Text(Cow::Borrowed(text)))
        })
    }
}

/// Writes a member, if the line has it, so that different ones differ.
pub fn write_member(name: NameId, line: Line<'_>, key: &mut Vec<u8>) {
    if let Some(member) = line.members.get(name) {
        let raw = &line.bytes[member.value.clone()];
        write(name, member.shape as u8, raw, key);
    }
}

/// Builds the event of the class with only those members.
pub fn small(
    kind: Kind,
    base: Base,
    names: impl Iterator<Item = NameId>,
    line: Line<'_>,
) -> Option<Event> {
    let mut object = base;
    for name in names {
        if let Some(member) = line.members.get(name) {
            object.insert(full_name(line.members, name)?, json(member, line.bytes)?);
        }
    }
    event_of(kind, object)
}

/// Returns whether a text of this shape stands in the record in a way that a gate knows.
const fn stands(kind: Kind, shape: Shape) -> bool {
    is_text(kind, shape) && !matches!(shape, Shape::Coded | Shape::References)
}

/// Returns the value of a data member, as the event has it; `room` is for what has to be resolved.
pub fn copied<'v>(
    kind: Kind,
    shape: Shape,
    raw: &'v [u8],
    room: &'v mut String,
) -> Result<Seen<'v>, Unclear> {
    if !shape.is_text() && is_text(kind, shape) {
        let text = std::str::from_utf8(raw).map_err(|_| Unclear)?;
        return Ok(Seen::Text(Cow::Borrowed(text)));
    }
    if !shape.is_text() {
        let json: serde_json::Value = serde_json::from_slice(raw).map_err(|_| Unclear)?;
        let value = match (kind, shape) {
            (Kind::Log, Shape::Null) => Value::from(""),
            // Several elements of one name.
            (Kind::Log, Shape::List) => return Err(Unclear),
            (Kind::Flat | Kind::Log, _) => Value::from(json.to_string()),
            (Kind::Shipped, _) => Value::from_json(json).ok_or(Unclear)?,
        };
        return Ok(Seen::Value(Cow::Owned(value)));
    }
    let text = text(shape, raw, room).ok_or(Unclear)?;
    Ok(Seen::Text(match kind {
        Kind::Flat | Kind::Log => line_ends(text),
        Kind::Shipped => Cow::Borrowed(text),
    }))
}
