//! What the rules ask of a class of records.
//!
//! Takes the members that tell a class, and the rules; gives the [`Plan`]: the inputs that the rules' tests read, and the
//! program of the tests. Classes of one channel and event id that differ in nothing that a rule asks share a plan.

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use foldhash::{HashMap, HashMapExt, HashSet};
use serde_json::{Map, Value as Json};

use super::layout::{Kind, Layout, Part, full_name, json};
use super::log;
use super::{MAX_CLASSES, Rules};
use crate::decode::members::Members;
use crate::decode::{Format, Place as RecordPlace, Record, Role, body_of, flat_body_of_few};
use crate::engine::condition::Conditions;
use crate::engine::eval::Training;
use crate::engine::kind;
use crate::engine::making::Making;
use crate::engine::naive::{Scope, holds};
use crate::engine::plan::{Matchers, Place, Program, Resolver};
use crate::event::{Event, Value};
use crate::lang::ir::{Leaf, Pred};
use crate::schema::FieldRef;
use crate::schema::depends::{Basis, Class as Depending, Depends};

/// Members that tell a class.
pub type Base = Map<String, Json>;

/// What an input of the program reads.
#[derive(Debug)]
pub enum Input {
    Field {
        field: FieldRef,
        depends: Depends,
        /// The value when no member that it depends on is there.
        absent: Option<Value>,
    },
    /// Every data member (free text).
    Every,
}

/// What the rules ask of a class; shared by all workers.
#[derive(Debug)]
pub struct Plan {
    pub kind: Kind,
    channel: Box<str>,
    code: u32,
    pub inputs: Vec<Input>,
    /// A member whose name has spaces may be another field's value.
    pub spaced: bool,
    pub training: Arc<Training>,
    same: Same,
}

/// What two classes must have in common to share a plan.
#[derive(Debug)]
struct Same {
    basis: Basis,
    /// The conditions of the rules that may read such events.
    admitted: Arc<[u32]>,
    /// The fields that the planner asked for, and their values without data members.
    asked: Vec<(FieldRef, Option<Value>)>,
}

/// A class: its plan, and what its records have beside their data.
#[derive(Debug, Clone)]
pub struct Known {
    pub plan: Arc<Plan>,
    pub base: Arc<Base>,
    /// Tells classes that share a plan apart.
    pub number: u32,
}

/// The plans of the classes that any worker has met.
#[derive(Debug, Default)]
pub struct Plans {
    met: RwLock<Met>,
    matchers: Matchers,
    reduced: Mutex<kind::Conditions>,
    making: Making<Key>,
}

/// A format, a channel and an event id.
type Key = (Kind, Box<str>, u32);

#[derive(Debug, Default)]
struct Met {
    /// By the members that tell the class; `None` where records are better built whole.
    classes: HashMap<String, Option<Known>>,
    plans: HashMap<Key, Vec<Arc<Plan>>>,
    /// The rules that the channel and the event id alone rule out.
    ruled_out: HashMap<(Box<str>, u32), RuledOut>,
}

impl Plans {
    /// Returns the class of the last line that `members` read.
    pub fn get(
        &self,
        layout: &mut Layout,
        members: &Members,
        line: &[u8],
        rules: &impl Rules,
    ) -> Option<Known> {
        let base = base(layout, members, line)?;
        let key = serde_json::to_string(&(layout.kind as u8, &base)).ok()?;
        {
            let met = self.met.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = met.classes.get(&key) {
                return known.clone();
            }
            if met.classes.len() >= MAX_CLASSES {
                return None;
            }
        }
        let plan = self.plan(layout.kind, &base, rules);
        let mut met = self.met.write().unwrap_or_else(PoisonError::into_inner);
        let known = plan.map(|plan| Known {
            plan,
            base: Arc::new(base),
            number: met.classes.len() as u32,
        });
        met.classes.entry(key).or_insert(known).clone()
    }

    fn plan(&self, kind: Kind, base: &Base, rules: &impl Rules) -> Option<Arc<Plan>> {
        let event = event_of(kind, base.clone())?;
        let of_a_kind = kind::Kind::of(&event).is_some();
        // A data member hides what tells the class; without a channel (logs made from traces) each field tells.
        if !of_a_kind && !event.channel.is_empty() {
            return None;
        }
        let admitted = rules.admitted(&event);
        let key = (kind, event.channel.clone(), event.code);
        let known = || {
            let met = self.met.read().unwrap_or_else(PoisonError::into_inner);
            let mut plans = met.plans.get(&key).into_iter().flatten();
            let plan = plans.find(|plan| plan.same.fits(&event, &admitted));
            plan.cloned()
        };
        let make = || {
            let ruled_out = if of_a_kind {
                self.ruled_out(&event, &admitted, rules.conditions())
            } else {
                RuledOut::default()
            };
            let possible = admitted.iter().map(|place| *place as usize);
            let possible = possible.filter(|place| !ruled_out.contains(place));
            let conditions = rules.conditions();
            let rules = (&admitted, possible);
            let plan = Plan::new(kind, &event, rules, conditions, &self.matchers);
            let plan = Arc::new(plan);
            let mut met = self.met.write().unwrap_or_else(PoisonError::into_inner);
            let plans = met.plans.entry(key.clone()).or_default();
            plans.push(Arc::clone(&plan));
            plan
        };
        Some(self.making.once(key.clone(), known, make))
    }
}

/// Places of rules that cannot fire on a kind of event.
type RuledOut = Arc<HashSet<usize>>;

impl Plans {
    /// Returns those of the rules that the event's channel and id alone rule out.
    fn ruled_out(&self, event: &Event, admitted: &[u32], conditions: &Conditions) -> RuledOut {
        let key = (event.channel.clone(), event.code);
        {
            let met = self.met.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(ruled_out) = met.ruled_out.get(&key) {
                return Arc::clone(ruled_out);
            }
        }
        let mut reduced = self.reduced.lock().unwrap_or_else(PoisonError::into_inner);
        let admitted = admitted.iter().map(|place| *place as usize);
        let admitted = admitted.map(|place| (place, conditions.pred(place)));
        let ruled_out = reduced.ruled_out(admitted, &Scope::of(event));
        drop(reduced);
        let mut met = self.met.write().unwrap_or_else(PoisonError::into_inner);
        let known = met.ruled_out.entry(key);
        Arc::clone(known.or_insert_with(|| Arc::new(ruled_out)))
    }
}

impl Same {
    /// Returns whether planning for the class of `event` would go the same way: it depends on nothing else.
    fn fits(&self, event: &Event, admitted: &Arc<[u32]>) -> bool {
        let scope = Scope::of(event);
        (Arc::ptr_eq(&self.admitted, admitted) || self.admitted == *admitted)
            && self.basis == Basis::of(event)
            && self
                .asked
                .iter()
                .all(|(field, value)| scope.value(*field).as_deref() == value.as_ref())
    }
}

impl Plan {
    /// Makes the plan of the class that `event`, which has no data members, stands for; `possible` are the numbers of the
    /// conditions that some event of its kind may meet, of `admitted`.
    fn new(
        kind: Kind,
        event: &Event,
        (admitted, possible): (&Arc<[u32]>, impl Iterator<Item = usize>),
        conditions: &Conditions,
        matchers: &Matchers,
    ) -> Self {
        let mut resolver = Fields {
            depending: Depending {
                event,
                role: |name: &str| kind.role(name),
            },
            scope: Scope::of(event),
            places: HashMap::new(),
            inputs: Vec::new(),
            every: None,
        };
        let possible = possible.map(|place| (place, conditions.pred(place)));
        let numbers = conditions.numbers();
        let program = Program::build(possible, &mut resolver, numbers, matchers);
        let scope = Scope::of(event);
        let asked = resolver.places.keys().map(|field| {
            let value = scope.value(*field).map(Cow::into_owned);
            (*field, value)
        });
        let asked = asked.collect();
        Self {
            kind,
            channel: event.channel.clone(),
            code: event.code,
            spaced: resolver.depending.has_spaced_names(),
            inputs: resolver.inputs,
            training: Arc::new(Training::new(program)),
            same: Same {
                basis: Basis::of(event),
                admitted: Arc::clone(admitted),
                asked,
            },
        }
    }

    /// Returns the channel and the event id.
    #[must_use]
    pub fn name(&self) -> (&str, u32) {
        (&self.channel, self.code)
    }
}

/// Returns the members that tell the class of the last line.
fn base(layout: &mut Layout, members: &Members, line: &[u8]) -> Option<Base> {
    let mut base = Map::new();
    for member in members.all() {
        if layout.part_of(members, member)? == Part::Class {
            base.insert(full_name(members, member.name)?, json(member, line)?);
        }
    }
    Some(base)
}

/// Builds the event of some members.
pub fn event_of(kind: Kind, object: Base) -> Option<Event> {
    let place = RecordPlace {
        path: Arc::from(Path::new("")),
        offset: 0,
        length: 0,
        content: 0,
    };
    Event::from_record(record_of(kind, object, place, &[])?).ok()
}

/// Returns a record that lies there with only some of its members, of one name the last; flat JSON has no name twice.
pub fn record_of_few(
    kind: Kind,
    members: Vec<(&str, Json)>,
    place: RecordPlace,
    raw: &[u8],
) -> Option<Record> {
    if kind != Kind::Flat {
        let members = members.into_iter();
        let object = members.map(|(name, value)| (name.to_owned(), value));
        return record_of(kind, object.collect(), place, raw);
    }
    Some(Record {
        format: Format::FlatJson,
        place,
        raw: raw.into(),
        body: flat_body_of_few(&members)?.into(),
    })
}

/// Returns a record that lies there with only those of its members that are in `object`.
pub fn record_of(kind: Kind, object: Base, place: RecordPlace, raw: &[u8]) -> Option<Record> {
    let object = match kind {
        Kind::Log => log::nested(object),
        Kind::Flat | Kind::Shipped => object,
    };
    let (format, body) = body_of(object)?;
    let xml = raw.first() == Some(&b'<');
    let format = if xml { Format::Xml } else { format };
    Some(Record {
        format,
        place,
        raw: raw.into(),
        body: body.into(),
    })
}

/// Where a field's value comes from.
enum Source {
    /// It is the same for the whole class.
    Class(Option<Value>),
    Place(Place),
}

/// Gives each field an input.
struct Fields<'e, R> {
    depending: Depending<'e, R>,
    scope: Scope<'e>,
    places: HashMap<FieldRef, Source>,
    inputs: Vec<Input>,
    every: Option<u32>,
}

impl<R: Fn(&str) -> Role> Fields<'_, R> {
    fn source(&mut self, field: FieldRef) -> &Source {
        if !self.places.contains_key(&field) {
            let source = self.new_source(field);
            self.places.insert(field, source);
        }
        self.places
            .get(&field)
            .unwrap_or(&Source::Place(Place::Unknown))
    }

    fn new_source(&mut self, field: FieldRef) -> Source {
        let Some(depends) = self.depending.depends(field) else {
            return Source::Place(Place::Unknown);
        };
        let value = self.scope.value(field).map(Cow::into_owned);
        let nothing = depends.copy.is_none() && !depends.message;
        if nothing && depends.members.as_ref().is_some_and(Vec::is_empty) {
            return Source::Class(value);
        }
        self.inputs.push(Input::Field {
            field,
            depends,
            absent: value,
        });
        Source::Place(Place::Input(self.inputs.len() as u32 - 1))
    }
}

impl<R: Fn(&str) -> Role> Resolver for Fields<'_, R> {
    fn leaf(&mut self, leaf: &Leaf) -> Place {
        match self.source(leaf.field) {
            Source::Class(value) => Place::Known(leaf.test.passes(value.as_ref())),
            Source::Place(place) => *place,
        }
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
                    .fields(&mut |field| same &= matches!(self.source(field), Source::Class(_)));
                if same {
                    Place::Known(holds(pred, &self.scope))
                } else {
                    Place::Unknown
                }
            }
            _ if self.scope.event().channel.is_empty() => Place::Unknown,
            _ => kind::decided(pred, &self.scope).map_or(Place::Unknown, Place::Known),
        }
    }
}
