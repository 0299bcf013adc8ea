//! One class of records: what its rules ask, and how the answers are read from a line.
//!
//! Takes the members of a line of the class; gives the rules that its event may fire.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use serde_json::{Map, Value as Json};

use super::layout::{Kind, Layout, Part, full_name};
use super::log;
use crate::decode::members::{Member, Members, NameId, Shape, text};
use crate::decode::{Place as RecordPlace, Record, body_of};
use crate::engine::eval::{Desk, Unclear};
use crate::engine::kind;
use crate::engine::naive::{Scope, holds};
use crate::engine::plan::{Place, Program, Resolver};
use crate::event::ecs::line_ends;
use crate::event::{Event, FieldId, Value};
use crate::lang::ir::{Leaf, Pred};
use crate::schema::FieldRef;
use crate::schema::depends::{Class as Depending, Depends};

/// What an input of the program reads.
#[derive(Debug)]
enum Input {
    Field {
        field: FieldRef,
        depends: Depends,
        /// The value when no member that it depends on is there.
        absent: Option<Value>,
    },
    /// Every data member (free text).
    Every,
    /// The record's message.
    Message {
        /// The value when the record has none.
        absent: Option<Value>,
    },
}

/// What the rules ask of a class; shared by all workers.
#[derive(Debug)]
pub struct Plan {
    kind: Kind,
    /// The members that tell the class.
    base: Map<String, Json>,
    /// An event of the class without data members.
    event: Event,
    inputs: Vec<Input>,
    /// A member whose name has spaces may be another field's value.
    pub spaced: bool,
    pub program: Arc<Program>,
}

impl Plan {
    /// Returns the members that tell the class of the last line.
    pub fn base(layout: &mut Layout, members: &Members, line: &[u8]) -> Option<Map<String, Json>> {
        let mut base = Map::new();
        for member in members.all() {
            if layout.part_of(members, member)? == Part::Class {
                base.insert(full_name(members, member.name)?, json(member, line)?);
            }
        }
        Some(base)
    }

    /// Makes the plan of the class that `base` tells; `None` when its events are better built whole.
    pub fn new<'a>(
        kind: Kind,
        base: Map<String, Json>,
        conditions: impl Fn(&Event) -> Vec<(usize, &'a Pred)>,
    ) -> Option<Self> {
        let event = small_event(kind, base.clone())?;
        if event.channel.is_empty() || kind::Kind::of(&event).is_none() {
            return None;
        }
        let mut resolver = Fields {
            depending: Depending {
                event: &event,
                role: |name: &str| kind.role(name),
            },
            scope: Scope::of(&event),
            places: HashMap::new(),
            inputs: Vec::new(),
            every: None,
        };
        let program = Arc::new(Program::build(conditions(&event), &mut resolver));
        let spaced = resolver.depending.has_spaced_names();
        let inputs = resolver.inputs;
        Some(Self {
            kind,
            base,
            event,
            inputs,
            spaced,
            program,
        })
    }

    /// Returns the channel and the event id.
    #[must_use]
    pub fn name(&self) -> (&str, u32) {
        (&self.event.channel, self.event.code)
    }

    /// Returns what an input reads, for a profile.
    #[must_use]
    pub fn input(&self, at: usize) -> Option<FieldRef> {
        match self.inputs.get(at)? {
            Input::Field { field, .. } => Some(*field),
            Input::Every | Input::Message { .. } => None,
        }
    }
}

fn json(member: &Member, line: &[u8]) -> Option<Json> {
    let range = member.value.clone();
    if matches!(member.shape, Shape::Literal | Shape::References) {
        let mut room = String::new();
        return text(member.shape, &line[range], &mut room).map(Json::from);
    }
    let quote = usize::from(member.shape.is_text());
    serde_json::from_slice(line.get(range.start - quote..range.end + quote)?).ok()
}

/// Builds the event of some members.
fn small_event(kind: Kind, object: Map<String, Json>) -> Option<Event> {
    let object = match kind {
        Kind::Log => log::nested(object),
        Kind::Flat | Kind::Shipped => object,
    };
    let (format, body) = body_of(object)?;
    let place = RecordPlace {
        path: Arc::from(Path::new("")),
        offset: 0,
        length: 0,
        content: 0,
    };
    let record = Record {
        format,
        place,
        raw: Box::default(),
        body,
    };
    Event::from_record(record).ok()
}

/// Gives each field an input.
struct Fields<'e, R> {
    depending: Depending<'e, R>,
    scope: Scope<'e>,
    places: HashMap<FieldRef, Option<Place>>,
    inputs: Vec<Input>,
    every: Option<u32>,
}

impl<R: Fn(&str) -> crate::decode::Role> Fields<'_, R> {
    /// Returns the input of a field; `None` when it is the same for the whole class.
    fn input(&mut self, field: FieldRef) -> Option<Place> {
        if let Some(known) = self.places.get(&field) {
            return *known;
        }
        let place = match self.depending.depends(field) {
            None => Some(Place::Unknown),
            Some(depends)
                if depends.copy.is_none()
                    && depends.members.as_ref().is_some_and(Vec::is_empty) =>
            {
                None
            }
            Some(depends) => {
                let absent = self.scope.value(field).map(Cow::into_owned);
                self.inputs.push(if depends.message {
                    Input::Message { absent }
                } else {
                    Input::Field {
                        field,
                        depends,
                        absent,
                    }
                });
                Some(Place::Input(self.inputs.len() as u32 - 1))
            }
        };
        self.places.insert(field, place);
        place
    }
}

impl<R: Fn(&str) -> crate::decode::Role> Resolver for Fields<'_, R> {
    fn leaf(&mut self, leaf: &Leaf) -> Place {
        self.input(leaf.field).unwrap_or_else(|| {
            let value = self.scope.value(leaf.field);
            Place::Known(leaf.test.passes(value.as_deref()))
        })
    }

    fn other(&mut self, pred: &Pred, wanted: bool) -> Place {
        match pred {
            // A member too many may be tried: that is no harm only where the test is wanted.
            Pred::AnyField(any, _) if wanted && !any.ecs && any.names.is_none() => {
                let inputs = &mut self.inputs;
                let every = *self.every.get_or_insert_with(|| {
                    inputs.push(Input::Every);
                    inputs.len() as u32 - 1
                });
                Place::Input(every)
            }
            Pred::Truth(truth, _) => {
                let mut same = true;
                truth
                    .expr
                    .fields(&mut |field| same &= self.input(field).is_none());
                if same {
                    Place::Known(holds(pred, &self.scope))
                } else {
                    Place::Unknown
                }
            }
            _ => kind::decided(pred, &self.scope).map_or(Place::Unknown, Place::Known),
        }
    }
}

/// Where an input finds its value, in one worker's names.
#[derive(Debug, Default)]
struct Wire {
    copy: Option<NameId>,
    empty: bool,
    rivals: Vec<NameId>,
    except: &'static [&'static str],
    members: Option<Vec<NameId>>,
}

/// A class in one worker's hands.
#[derive(Debug)]
pub struct Class {
    plan: Arc<Plan>,
    wires: Vec<Wire>,
    desk: Desk,
    key: Vec<u8>,
    recent: Recent,
    message: NameId,
    /// Of each name whether a test on any value looks at it.
    anywhere: Vec<bool>,
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

impl Class {
    /// Returns the class with its members' names looked up.
    pub fn new(plan: Arc<Plan>, members: &mut Members, memo: bool) -> Self {
        let message = members.name(plan.kind.message());
        let mut name = |field: &FieldId| members.name(&plan.kind.path(field.name()));
        let wires = plan.inputs.iter().map(|input| match input {
            Input::Field { depends, .. } => {
                let copy = depends.copy.as_ref();
                Wire {
                    copy: copy.map(|copy| name(&copy.member)),
                    empty: copy.is_some_and(|copy| copy.empty),
                    rivals: copy
                        .map(|copy| copy.rivals.iter().map(&mut name).collect())
                        .unwrap_or_default(),
                    except: copy.map_or(&[], |copy| copy.except),
                    members: depends
                        .members
                        .as_ref()
                        .map(|members| members.iter().map(&mut name).collect()),
                }
            }
            Input::Every => Wire::default(),
            Input::Message { .. } => Wire {
                copy: Some(message),
                // A data member of that name would be the field's value.
                rivals: match plan.kind {
                    Kind::Flat => Vec::new(),
                    Kind::Shipped | Kind::Log => vec![name(&FieldId::of("Message"))],
                },
                ..Wire::default()
            },
        });
        let wires = wires.collect();
        // Copies and small events have memos apart: equal bytes mean different values there.
        let desk = Desk::new(Arc::clone(&plan.program), 2 * plan.inputs.len(), memo);
        Self {
            plan,
            wires,
            desk,
            key: Vec::new(),
            recent: Recent::default(),
            message,
            anywhere: Vec::new(),
        }
    }

    /// Returns the plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns the program's state.
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Adds the rules that the event of the line may fire; false when only the whole event can tell.
    pub fn run(&mut self, members: &Members, line: &[u8], places: &mut Vec<usize>) -> bool {
        self.desk.begin();
        for at in 0..self.wires.len() {
            if !self.plan.program.asks(at) {
                continue;
            }
            let sound = match &self.plan.inputs[at] {
                Input::Every => self.every(at, members, line),
                Input::Field { .. } => self.field(at, members, line),
                Input::Message { .. } => self.message(at, members, line),
            };
            if !sound {
                return false;
            }
        }
        self.desk.candidates(places);
        true
    }

    fn field(&mut self, at: usize, members: &Members, line: &[u8]) -> bool {
        let wire = &self.wires[at];
        if let Some(member) = wire.copy.and_then(|name| members.get(name))
            && member.shape != Shape::Null
        {
            let raw = &line[member.value.clone()];
            let text = is_text(self.plan.kind, member.shape);
            let rival = wire.rivals.iter().any(|name| members.get(*name).is_some());
            if text
                && !rival
                && (wire.empty || !raw.is_empty())
                && !wire.except.iter().any(|except| except.as_bytes() == raw)
            {
                let kind = self.plan.kind;
                let change = match &self.plan.inputs[at] {
                    Input::Field { depends, .. } => depends.copy.as_ref(),
                    Input::Every | Input::Message { .. } => None,
                };
                let copied = self.desk.feed(at, 2 * at, raw, || {
                    let value = copied(kind, member.shape, raw)?;
                    let value = match change {
                        Some(copy) => copy.value(value),
                        None => Some(value),
                    };
                    // Where nothing is left of it, something else may fill the field.
                    Ok(Some(Cow::Owned(value.ok_or(Unclear)?)))
                });
                if copied {
                    return true;
                }
            }
        }
        self.small(at, members, line)
    }

    /// Feeds the value that a small event has.
    fn small(&mut self, at: usize, members: &Members, line: &[u8]) -> bool {
        let Some(names) = &self.wires[at].members else {
            return false;
        };
        let Input::Field { field, absent, .. } = &self.plan.inputs[at] else {
            return false;
        };
        self.key.clear();
        for name in names {
            if let Some(member) = members.get(*name) {
                let raw = &line[member.value.clone()];
                self.key.extend((name.index() as u32).to_le_bytes());
                self.key.extend((raw.len() as u32).to_le_bytes());
                self.key.push(member.shape as u8);
                self.key.extend_from_slice(raw);
            }
        }
        if self.key.is_empty() {
            let value = absent.as_ref().map(Cow::Borrowed);
            return value.is_none() || self.desk.feed(at, 2 * at + 1, &[], || Ok(value));
        }
        let (plan, recent, key) = (&self.plan, &mut self.recent, &self.key);
        self.desk.feed(at, 2 * at + 1, key, || {
            let event = recent.get(key, || small(plan, names, members, line));
            let scope = Scope::of(event.ok_or(Unclear)?);
            let value = scope.value(*field).map(Cow::into_owned);
            Ok(value.map(Cow::Owned))
        })
    }

    fn every(&mut self, at: usize, members: &Members, line: &[u8]) -> bool {
        let kind = self.plan.kind;
        for place in self.anywhere.len()..members.names() {
            let full = full_name(members, NameId::at(place));
            let anywhere = full.is_none_or(|full| kind.is_anywhere(&full));
            self.anywhere.push(anywhere);
        }
        members
            .all()
            .iter()
            .filter(|member| match member.shape {
                Shape::Object => false,
                // An empty element.
                Shape::Null => kind == Kind::Log,
                _ => true,
            })
            .filter(|member| self.anywhere[member.name.index()])
            .filter(|member| member.name != self.message || !is_message(member))
            .all(|member| {
                let raw = &line[member.value.clone()];
                self.desk.feed(at, 2 * at, raw, || {
                    Ok(Some(Cow::Owned(copied(kind, member.shape, raw)?)))
                })
            })
    }

    fn message(&mut self, at: usize, members: &Members, line: &[u8]) -> bool {
        let Input::Message { absent } = &self.plan.inputs[at] else {
            return false;
        };
        let rivals = &self.wires[at].rivals;
        if rivals.iter().any(|name| members.get(*name).is_some()) {
            return false;
        }
        let Some(member) = members.get(self.message) else {
            let value = absent.as_ref().map(Cow::Borrowed);
            return value.is_none() || self.desk.feed(at, 2 * at + 1, &[], || Ok(value));
        };
        let raw = &line[member.value.clone()];
        is_message(member)
            && self.desk.feed(at, 2 * at, raw, || {
                let mut room = String::new();
                let text = text(member.shape, raw, &mut room).ok_or(Unclear)?;
                Ok(Some(Cow::Owned(Value::from(text))))
            })
    }
}

/// Returns whether the member called like the message is it: in flat records a message that is no text is data.
fn is_message(member: &Member) -> bool {
    member.shape.is_text() && !member.value.is_empty()
}

/// Builds the event of the class with only those members.
fn small(plan: &Plan, names: &[NameId], members: &Members, line: &[u8]) -> Option<Event> {
    let mut object = plan.base.clone();
    for name in names {
        if let Some(member) = members.get(*name) {
            object.insert(full_name(members, *name)?, json(member, line)?);
        }
    }
    small_event(plan.kind, object)
}

/// Returns whether a value of this shape is a text of the event as it stands.
const fn is_text(kind: Kind, shape: Shape) -> bool {
    match shape {
        Shape::Text | Shape::Escaped | Shape::Literal | Shape::References => true,
        // The event log knows numbers and flags as text.
        Shape::Whole | Shape::True | Shape::False => matches!(kind, Kind::Flat | Kind::Log),
        Shape::Fraction | Shape::Null | Shape::List | Shape::Object => false,
    }
}

/// Returns the value of a data member, as the event has it.
fn copied(kind: Kind, shape: Shape, raw: &[u8]) -> Result<Value, Unclear> {
    if !shape.is_text() {
        let json: Json = serde_json::from_slice(raw).map_err(|_| Unclear)?;
        return match (kind, shape) {
            (Kind::Log, Shape::Null) => Ok(Value::from("")),
            // Several elements of one name.
            (Kind::Log, Shape::List) => Err(Unclear),
            (Kind::Flat | Kind::Log, _) => Ok(Value::from(json.to_string())),
            (Kind::Shipped, _) => Value::from_json(json).ok_or(Unclear),
        };
    }
    let mut room = String::new();
    let text = text(shape, raw, &mut room).ok_or(Unclear)?;
    Ok(match kind {
        Kind::Flat | Kind::Log => Value::from(&*line_ends(text)),
        Kind::Shipped => Value::from(text),
    })
}
