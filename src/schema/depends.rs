//! What a vendor's field depends on in a class of Windows records.
//!
//! Takes a field and an event that stands for its class; gives the data members that can change the field's value
//! within the class, and the member that the value is a plain copy of. Nothing here computes a value: whoever needs
//! one that is no copy builds a small event of those members and asks it.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::construct::Construct;
use super::expression::{Expression, Origin};
use super::system::System;
use super::table::Scope;
use super::transform::Transform;
use super::{FieldRef, Vocabulary, addon, cim, ecs, evaluate, windows};
use crate::decode::Role;
use crate::event::ecs::fillers;
use crate::event::ecs::pairs::Pairs;
use crate::event::ecs::part::Part;
use crate::event::{Event, FieldId, Fields, Value};

/// The data members that a field depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Depends {
    /// All of them, and [`computer`]; `None` when others than data members have a part where the copied one is absent.
    pub members: Option<Vec<FieldId>>,
    /// What the value is a plain copy of.
    pub copy: Option<Copy>,
    /// Where all of the members are absent, the value is the record's message as it stands, if there is one; where some are
    /// there, the message has a part in the value.
    pub message: bool,
    /// Of a member that lists pairs, those that have a part in the value.
    pub pairs: Option<Pairs>,
}

/// A member whose value the field has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    pub member: FieldId,
    /// Whether an empty text is copied too.
    pub empty: bool,
    /// Members that must be absent.
    pub rivals: Vec<FieldId>,
    /// A member that must be there besides, with a text that is not among those that are not copied.
    pub beside: Option<FieldId>,
    /// Values that are not copied.
    pub except: &'static [&'static str],
    /// What a pipeline makes of the value.
    pub part: Option<Part>,
    /// What happens to the value on its way.
    pub changes: Box<[Transform]>,
    /// And whether it ends in small letters.
    pub lower: bool,
}

impl Copy {
    /// Returns what the field has when the member has `value`; `None` leaves it to whatever else fills the field.
    #[must_use]
    pub fn value(&self, value: Value) -> Option<Value> {
        if let Some(part) = self.part {
            return part.of(value.as_str()?);
        }
        if self.changes.is_empty() && !self.lower {
            return Some(value);
        }
        let changed = evaluate::changed(&self.changes, Cow::Owned(value))?;
        Some(if self.lower {
            cim::lower(&changed).into_owned()
        } else {
            changed.into_owned()
        })
    }

    /// Returns whether the field has the member's very value.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.part.is_none() && self.changes.is_empty() && !self.lower
    }
}

/// Returns what stands among [`Depends::members`] for the record's computer, which each format keeps elsewhere.
#[must_use]
pub fn computer() -> FieldId {
    static COMPUTER: OnceLock<FieldId> = OnceLock::new();
    *COMPUTER.get_or_init(|| FieldId::of("<computer>"))
}

/// Steps from name to name after which a table is given up.
const MAX_STEPS: u8 = 8;

/// A class of records.
#[derive(Debug)]
pub struct Class<'e, R> {
    /// An event of the class without data members.
    pub event: &'e Event,
    /// What part each member name of the record has.
    pub role: R,
}

/// What of an event's class [`Class::depends`] looks at, beside the channel and the event id.
#[derive(Debug, Clone, PartialEq)]
pub struct Basis {
    provider: Option<String>,
    native: Fields,
    /// Which values of the `System` element there are.
    system: [bool; OF_CLASS.len()],
}

impl Basis {
    /// Returns it for the class that `event`, which has no data members, stands for.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        Self {
            provider: event.ecs().text("winlog.provider_name").map(str::to_owned),
            native: event.native().clone(),
            system: OF_CLASS.map(|system| system.value(event).is_some()),
        }
    }
}

impl<R: Fn(&str) -> Role> Class<'_, R> {
    /// Returns what `field` depends on; `None` when the class does not tell.
    pub fn depends(&self, field: FieldRef) -> Option<Depends> {
        let depends = match field.vocabulary {
            Vocabulary::Windows => self.windows_field(field.name),
            Vocabulary::SplunkAddon => self.addon(field.name),
            Vocabulary::Cim(dataset) => {
                let mut depends = self.addon(field.name);
                if let Some(line) = cim::program_of(dataset, field.name) {
                    let more = self.addon(line).members;
                    depends.members = both(depends.members, more);
                }
                if let Some(copy) = &mut depends.copy {
                    copy.lower = cim::is_lowered(dataset, field.name);
                }
                depends
            }
            Vocabulary::Ecs => self.ecs_field(field.name)?,
        };
        (depends.members.is_some() || depends.copy.is_some()).then_some(depends)
    }

    /// Returns whether a field may be a member whose name has spaces besides, which nothing here knows of.
    pub fn has_spaced_names(&self) -> bool {
        !windows::TABLE.describes(self.event) || fillers::closes_names(self.event)
    }

    /// Returns the copy of a data member of that name.
    fn own(&self, name: FieldId, empty: bool) -> Option<Copy> {
        matches!((self.role)(name.name()), Role::Data).then(|| Copy {
            member: name,
            empty,
            rivals: Vec::new(),
            beside: None,
            except: &[],
            part: None,
            changes: Box::default(),
            lower: false,
        })
    }

    fn data(&self, name: FieldId) -> Option<Vec<FieldId>> {
        match (self.role)(name.name()) {
            Role::Data => Some(vec![name]),
            // It lies in the event of the class, or is never data.
            Role::Class | Role::Never => Some(Vec::new()),
            Role::Unsure => None,
        }
    }

    fn windows_field(&self, name: FieldId) -> Depends {
        let scope = windows::TABLE.scope(self.event);
        let copy = self.own(name, true);
        if self.event.native().get(name).is_none()
            && let [before @ .., last] = scope.ways(name)
            && last.origin == Origin::System(System::Message)
            && last.changes.is_empty()
            && !before.iter().any(|way| way.origin.is_of_class())
        {
            let more = self.each(scope, before, MAX_STEPS);
            let filling = fillers::of_message(self.event).into_iter();
            let filling = filling.fold(more, |all, member| {
                both(all, self.data(FieldId::of(member)))
            });
            return Depends {
                members: both(self.data(name), filling),
                copy,
                message: true,
                pairs: None,
            };
        }
        Depends {
            members: self.windows(name, MAX_STEPS),
            copy,
            ..Depends::default()
        }
    }

    fn windows(&self, name: FieldId, steps: u8) -> Option<Vec<FieldId>> {
        if self.event.native().get(name).is_some() {
            return Some(Vec::new());
        }
        let own = self.data(name);
        let more = self.ways(windows::TABLE.scope(self.event), name, steps);
        both(own, more)
    }

    fn addon(&self, name: FieldId) -> Depends {
        let scope = addon::TABLE.scope(self.event);
        if let [way] = scope.ways(name)
            && let Expression {
                origin: Origin::Windows(name) | Origin::Data(name),
                changes,
            } = way
        {
            let copy = self.own(*name, false).map(|copy| Copy {
                changes: changes.clone(),
                ..copy
            });
            return Depends {
                members: self.windows(*name, MAX_STEPS),
                copy,
                ..Depends::default()
            };
        }
        if scope.has(name) {
            return Depends {
                members: self.ways(scope, name, MAX_STEPS),
                ..Depends::default()
            };
        }
        if matches!(name.name(), "tag" | "eventtype") {
            return Depends {
                members: Some(Vec::new()),
                ..Depends::default()
            };
        }
        Depends {
            members: self.windows(name, MAX_STEPS),
            copy: self.own(name, false),
            ..Depends::default()
        }
    }

    fn ways(&self, scope: &Scope, name: FieldId, steps: u8) -> Option<Vec<FieldId>> {
        self.each(scope, scope.ways(name), steps)
    }

    fn each(&self, scope: &Scope, ways: &[Expression], steps: u8) -> Option<Vec<FieldId>> {
        let steps = steps.checked_sub(1)?;
        let mut all = Some(Vec::new());
        for way in ways {
            if way.origin == Origin::System(System::Computer) {
                all = both(all, Some(vec![computer()]));
                continue;
            }
            if let Origin::System(system) = way.origin {
                if !OF_CLASS.contains(&system) {
                    return None;
                }
                if system.value(self.event).is_some() && way.changes.is_empty() {
                    break;
                }
                continue;
            }
            if let Origin::Constant(_) = way.origin {
                break;
            }
            all = both(all, self.origin(scope, &way.origin, steps));
        }
        all
    }

    fn origin(&self, scope: &Scope, origin: &Origin, steps: u8) -> Option<Vec<FieldId>> {
        match origin {
            Origin::Data(name) => self.data(*name),
            Origin::Ecs(name) => self.ecs_members(*name),
            Origin::Windows(name) => self.windows(*name, steps),
            Origin::Field(name) => self.ways(scope, *name, steps),
            Origin::Construct(construct) => self.construct(*construct, steps),
            Origin::System(_) | Origin::Constant(_) => Some(Vec::new()),
        }
    }

    fn construct(&self, construct: Construct, steps: u8) -> Option<Vec<FieldId>> {
        let (ecs, win): (&[&str], &[&str]) = match construct {
            Construct::Account => (&["user.name", "user.domain"], &[]),
            Construct::ProcessHashes => (&["process.hash.md5", "process.pe.imphash"], &[]),
            Construct::FileHashes => (&["file.hash.md5", "file.pe.imphash"], &[]),
            Construct::RegistryDetails => (&["registry.data.strings"], &[]),
            Construct::CommandLine4688 => (&[], &["CommandLine", "NewProcessName"]),
            Construct::FileAction => (&[], &["CreationUtcTime", "UtcTime"]),
            Construct::AuditedPath => (&[], &["ObjectName", "ObjectValueName"]),
            Construct::AuditedValue => (&[], &["NewValueType", "NewValue"]),
            // Read from all members: left to the whole event.
            Construct::EventDataXml | Construct::UserDataXml => return None,
            Construct::EventName => (&[], &[]),
            Construct::Parameters => return self.parameters(),
        };
        let mut all = Some(Vec::new());
        for name in ecs {
            all = both(all, self.ecs_members(FieldId::of(name)));
        }
        for name in win {
            all = both(all, self.windows(FieldId::of(name), steps));
        }
        all
    }

    fn parameters(&self) -> Option<Vec<FieldId>> {
        let mut all = Some(Vec::new());
        for name in super::construct::parameter_names() {
            all = both(all, self.data(FieldId::of(&name)));
        }
        all
    }

    fn ecs_members(&self, name: FieldId) -> Option<Vec<FieldId>> {
        let fillers = fillers::of(self.event, name)?;
        let mut all = Some(Vec::new());
        for member in fillers.members {
            all = both(all, self.data(FieldId::of(member)));
        }
        all
    }

    fn ecs_field(&self, name: FieldId) -> Option<Depends> {
        let base = ecs::base(name);
        let mut members = self.ecs_members(name);
        if let Some(base) = base {
            members = both(members, self.ecs_members(base));
        }
        let all = members.clone()?;
        // Another index of a field is filled by its base alone.
        let fillers = fillers::of(self.event, base.unwrap_or(name))?;
        let is_data = |name: &FieldId| matches!((self.role)(name.name()), Role::Data);
        let copy = fillers.copy.map(FieldId::of);
        let copy = copy.filter(|copy| is_data(copy) && all.contains(copy));
        let beside = fillers.beside.map(FieldId::of);
        let copy = copy.filter(|_| beside.as_ref().is_none_or(is_data));
        let is_rival = |one: &FieldId| Some(*one) != copy && Some(*one) != beside;
        Some(Depends {
            members,
            copy: copy.map(|member| Copy {
                member,
                empty: false,
                rivals: all.into_iter().filter(is_rival).collect(),
                beside,
                except: &fillers::NOTHING,
                part: fillers.part,
                changes: Box::default(),
                lower: false,
            }),
            message: false,
            pairs: fillers.pairs,
        })
    }
}

fn both(left: Option<Vec<FieldId>>, right: Option<Vec<FieldId>>) -> Option<Vec<FieldId>> {
    let (mut all, more) = (left?, right?);
    for name in more {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    Some(all)
}

/// What is the same for all records of a class.
const OF_CLASS: [System; 10] = [
    System::EventId,
    System::Channel,
    System::ProviderName,
    System::ProviderGuid,
    System::Level,
    System::Task,
    System::Opcode,
    System::Keywords,
    System::Version,
    System::Qualifiers,
];

#[cfg(test)]
mod tests;
