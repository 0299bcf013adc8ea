//! Where an input finds its value in a line.
//!
//! Takes the members of a line; gives the one that the input's field is a plain copy of, and those that it depends on.

use super::class::Line;
use super::layout::Kind;
use crate::decode::members::{Member, NameId, Shape};
use crate::event::FieldId;
use crate::event::ecs::pairs::Pairs;
use crate::schema::depends::Depends;

/// Where an input finds its value, in one worker's names.
#[derive(Debug, Default)]
pub struct Wire {
    copy: Option<NameId>,
    empty: bool,
    rivals: Vec<NameId>,
    /// What must be there beside the copied member.
    beside: Option<NameId>,
    except: &'static [&'static str],
    /// All that the field depends on; `None` where more than members have a part in it.
    pub members: Option<Vec<NameId>>,
    pub message: bool,
    /// The member that lists pairs, and which of them count.
    pub pairs: Option<(NameId, Pairs)>,
}

impl Wire {
    /// Returns it for what a field depends on; `names` gives the members that a data member's name stands for.
    pub fn new(depends: &Depends, mut names: impl FnMut(&FieldId) -> Vec<NameId>) -> Self {
        let copy = depends.copy.as_ref();
        let mut one = |field: FieldId| names(&field).pop();
        let beside = copy.and_then(|copy| copy.beside).and_then(&mut one);
        let pairs = depends.pairs.clone();
        let pairs =
            pairs.and_then(|pairs| Some((one(FieldId::of(pairs.listing().member))?, pairs)));
        let mut all = |fields: &Vec<FieldId>| fields.iter().flat_map(&mut names).collect();
        Self {
            rivals: copy.map(|copy| all(&copy.rivals)).unwrap_or_default(),
            members: depends.members.as_ref().map(&mut all),
            copy: copy.and_then(|copy| names(&copy.member).pop()),
            empty: copy.is_some_and(|copy| copy.empty),
            beside,
            except: copy.map_or(&[], |copy| copy.except),
            message: depends.message,
            pairs,
        }
    }

    /// Returns what the line has of the member that the field is a copy of.
    pub fn copied<'l>(&self, kind: Kind, line: Line<'l>) -> Copied<'l> {
        let Some(name) = self.copy else {
            return Copied::Unclear;
        };
        let member = line.members.get(name);
        let mut rivals = self.rivals.iter();
        if rivals.any(|name| line.members.get(*name).is_some()) {
            return Copied::Unclear;
        }
        let takes = |member: &Member| self.takes(kind, member, line.bytes);
        let mut beside = self.beside.iter().map(|name| line.members.get(*name));
        match member {
            // What stands beside it gives nothing alone.
            None if self.beside.is_some() => Copied::Nothing,
            Some(member) if takes(member) && beside.all(|one| one.is_some_and(takes)) => {
                Copied::Member(member)
            }
            _ => Copied::Unclear,
        }
    }

    /// Returns whether a long text of that member is copied where no other is there.
    pub fn is_copy_of(&self, name: NameId) -> bool {
        self.copy == Some(name) && self.beside.is_none()
    }

    /// Returns the members that can change what is read here, in no order.
    pub fn depends(&self) -> impl Iterator<Item = NameId> {
        let copied = self.copy.iter().chain(&self.beside).chain(&self.rivals);
        let members = self.members.iter().flatten();
        copied.chain(members).copied()
    }

    /// Returns whether the member is a text that is copied.
    fn takes(&self, kind: Kind, member: &Member, bytes: &[u8]) -> bool {
        let raw = &bytes[member.value.clone()];
        // What is written in codes may be any text, one that is not copied too.
        let coded = matches!(member.shape, Shape::Coded | Shape::References);
        is_text(kind, member.shape)
            && (self.empty || !raw.is_empty())
            && (self.except.is_empty() || !coded)
            && !self.except.iter().any(|except| except.as_bytes() == raw)
    }
}

/// What a line has of the member that a field is a copy of.
pub enum Copied<'l> {
    Member(&'l Member),
    /// No member gives the field a value.
    Nothing,
    Unclear,
}

/// Returns whether a value of this shape is a text of the event as it stands.
pub const fn is_text(kind: Kind, shape: Shape) -> bool {
    match shape {
        shape if shape.is_text() => true,
        // The event log knows numbers and flags as text.
        Shape::Whole | Shape::True | Shape::False => matches!(kind, Kind::Flat | Kind::Log),
        _ => false,
    }
}
