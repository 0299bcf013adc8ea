//! Tests on any data member of a line.
//!
//! Takes a line; puts off or reads every data member. Most are short, and each alone takes longer to be handed to a search
//! than to be searched: those that follow one another are searched as one, with the names between them.

use std::ops::Range;

use super::{COPIED, Class, Line, MEMOS, SMALL, copied, stands};
use crate::decode::members::{Member, NameId, Shape};
use crate::engine::eval::LONG;
use crate::engine::sieve::layout::{Kind, full_name};
use crate::engine::sieve::wire::is_text;

/// Most bytes between two values that are searched as one: a name.
const GAP: usize = 64;

/// After so many searches in more than one value of which more than one in [`WORTH`] met something, each value is searched by
/// itself: a text that is looked for is a name of members.
const TRIAL: u32 = 64;
const WORTH: u32 = 4;

/// How it goes with searches in more than one value.
#[derive(Debug, Default)]
pub struct Stretches {
    asked: u32,
    met: u32,
    given_up: bool,
}

impl Stretches {
    fn note(&mut self, met: bool) {
        self.asked += 1;
        self.met += u32::from(met);
        if self.asked == TRIAL {
            *self = Self {
                given_up: self.met > TRIAL / WORTH,
                ..Self::default()
            };
        }
    }
}

impl Class {
    pub(super) fn every(&mut self, at: usize, line: Line<'_>) -> bool {
        self.learn_names(line);
        let members = line.members.all();
        let together = !self.stretches.given_up && !self.desk.reads_all();
        // Short values that were not looked at yet: among which members, and where they stand.
        let (mut from, mut stretch) = (0, None::<Range<usize>>);
        for (place, member) in members.iter().enumerate() {
            if !self.is_data(member) {
                continue;
            }
            if !together || !is_short(self.plan.kind, member) {
                if !self.one(at, member, line) {
                    return false;
                }
                continue;
            }
            let value = &member.value;
            match &mut stretch {
                Some(stretch) if (stretch.end..=stretch.end + GAP).contains(&value.start) => {
                    stretch.end = value.end;
                }
                _ => {
                    if !self.stretch(at, &members[from..place], stretch, line) {
                        return false;
                    }
                    (from, stretch) = (place, Some(value.clone()));
                }
            }
        }
        self.stretch(at, &members[from..], stretch, line)
    }

    /// Looks at the short values of these members, which all stand in `stretch`.
    fn stretch(
        &mut self,
        at: usize,
        members: &[Member],
        stretch: Option<Range<usize>>,
        line: Line<'_>,
    ) -> bool {
        let Some(stretch) = stretch else {
            return true;
        };
        let passed = self.desk.passes_by(at, None, &line.bytes[stretch]);
        self.stretches.note(!passed);
        if passed {
            return true;
        }
        let kind = self.plan.kind;
        let mut members = members.iter();
        members.all(|member| {
            !self.is_data(member) || !is_short(kind, member) || self.one(at, member, line)
        })
    }

    /// Looks at one value.
    fn one(&mut self, at: usize, member: &Member, line: Line<'_>) -> bool {
        let kind = self.plan.kind;
        let raw = &line.bytes[member.value.clone()];
        let name = Some(member.name.index());
        if stands(kind, member.shape) && self.desk.passes_by(at, name, raw) {
            return true;
        }
        // The same bytes are another value as a text than as a list, a number or a word of JSON.
        let memo = if is_text(kind, member.shape) {
            COPIED
        } else {
            SMALL
        };
        let room = &mut self.room;
        self.desk.feed(at, MEMOS * at + memo, raw, || {
            copied(kind, member.shape, raw, room)
        })
    }

    fn learn_names(&mut self, line: Line<'_>) {
        for place in self.anywhere.len()..line.members.names() {
            let full = full_name(line.members, NameId::at(place));
            let anywhere = full.is_none_or(|full| self.plan.kind.is_anywhere(&full));
            self.anywhere.push(anywhere);
        }
    }

    /// Returns whether a test on any value looks at the member.
    fn is_data(&self, member: &Member) -> bool {
        let kind = self.plan.kind;
        let is_value = match member.shape {
            // In flat JSON it is a value, as JSON; elsewhere only its members are.
            Shape::Object => kind == Kind::Flat,
            // An empty element.
            Shape::Null => kind == Kind::Log,
            _ => true,
        };
        is_value && self.anywhere[member.name.index()]
    }
}

/// Returns whether a value is searched together with those beside it.
fn is_short(kind: Kind, member: &Member) -> bool {
    stands(kind, member.shape) && member.value.len() < LONG
}
