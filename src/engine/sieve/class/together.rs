//! The inputs of a line that its arrangement answers for, and those that hang on the same members.
//!
//! Takes a line; reads its inputs together where they hang on the same, and one by one where not.

use super::{Class, Line, stands};
use crate::decode::members::NameId;
use crate::engine::eval::{GATED, Recalled};
use crate::engine::sieve::arrangement::{Arranged, Bundle, Part};
use crate::engine::sieve::plan::Input;
use crate::schema::depends::Copy;

impl Class {
    /// Learns what the names of the line's members tell of the inputs, and returns the place where that is kept.
    pub(super) fn arrange(&mut self, line: Line<'_>) -> usize {
        let Self {
            plan,
            wires,
            desk,
            arranged,
            memo,
            ..
        } = self;
        let mut parts = Vec::new();
        for (at, (input, wire)) in plan.inputs.iter().zip(wires.iter()).enumerate() {
            if !plan.training.program.asks(at) {
                continue;
            }
            let Input::Field { absent, .. } = input else {
                parts.push((at, Part::Single));
                continue;
            };
            let there = |name| line.members.get(name).is_some();
            let absent = || match (absent, &wire.members) {
                (Some(value), Some(_)) => Some(desk.absent(at, value).to_vec()),
                (None, Some(_)) => Some(Vec::new()),
                (_, None) => None,
            };
            let part = match Part::of(wire, there, absent) {
                Part::Of(_) if !*memo => Part::Single,
                part => part,
            };
            parts.push((at, part));
        }
        let members = line.members.all();
        let is_plain = |at: usize, name| match &plan.inputs[at] {
            Input::Field { depends, .. } => {
                wires[at].is_copy_of(name) && depends.copy.as_ref().is_some_and(Copy::is_plain)
            }
            Input::Every => false,
        };
        let place = arranged.add(members, parts.into_iter(), is_plain);
        desk.bundles(arranged.bundles.len());
        place
    }

    /// Reads all inputs of a line in a known arrangement; false when only the whole event can tell.
    pub(super) fn read_arranged(
        &mut self,
        arranged: &Arranged,
        place: usize,
        line: Line<'_>,
    ) -> bool {
        let arrangement = arranged.at(place);
        self.desk.pass(&arrangement.absent);
        let mut bundles = arrangement.bundles.iter();
        bundles.all(|at| self.bundle(*at, &arranged.bundles[*at], line))
            && arrangement.single.iter().all(|at| self.input(*at, line))
    }

    /// Reads the inputs of a bundle.
    fn bundle(&mut self, at: usize, bundle: &Bundle, line: Line<'_>) -> bool {
        let mut key = std::mem::take(&mut self.bundled);
        key.clear();
        let mut names = bundle.names.iter();
        let read = if names.all(|name| write_short(*name, line, &mut key)) {
            key.extend(line.class.number.to_le_bytes());
            self.short_bundle((at, bundle), &key, line)
        } else {
            self.long_bundle((at, bundle), line)
        };
        self.bundled = key;
        read
    }

    fn short_bundle(&mut self, (at, bundle): (usize, &Bundle), key: &[u8], line: Line<'_>) -> bool {
        let mut inputs = bundle.inputs.iter();
        match self.desk.recalls(at, key) {
            Recalled::Known => true,
            Recalled::New => {
                self.desk.begin_bundle();
                let read = inputs.all(|at| self.field(*at, line));
                self.desk.end_bundle(at, read.then_some(key));
                read
            }
            Recalled::Never => inputs.all(|at| self.field(*at, line)),
        }
    }

    /// Puts off the inputs that have the text of the one member, or reads them one by one.
    fn long_bundle(&mut self, (at, bundle): (usize, &Bundle), line: Line<'_>) -> bool {
        let kind = self.plan.kind;
        let name = bundle.names.first();
        let member = name.and_then(|name| line.members.get(*name));
        let member = member.filter(|member| bundle.plain.len() > 1 && stands(kind, member.shape));
        let put_off = member.is_some_and(|member| {
            let raw = &line.bytes[member.value.clone()];
            let put_off = self.desk.puts_off_all(at, &bundle.plain, raw);
            if put_off {
                for input in &bundle.plain {
                    self.put_off[*input] = member.value.clone();
                }
            }
            put_off
        });
        let mut inputs = bundle.inputs.iter();
        inputs.all(|at| (put_off && bundle.plain.contains(at)) || self.field(*at, line))
    }
}

/// Writes a member that the line has, so that different ones differ; false, and nothing, for one that may be put off: what
/// is put off is not found, so what was found would not be all.
fn write_short(name: NameId, line: Line<'_>, key: &mut Vec<u8>) -> bool {
    let Some(member) = line.members.get(name) else {
        return true;
    };
    let raw = &line.bytes[member.value.clone()];
    if raw.len() >= GATED {
        return false;
    }
    key.extend([member.shape as u8, raw.len() as u8]);
    key.extend_from_slice(raw);
    true
}
