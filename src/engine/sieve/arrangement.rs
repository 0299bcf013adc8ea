//! Lines that have the same members in the same order.
//!
//! Takes the members of a line and what each input of its class depends on; gives what their names alone tell: the inputs
//! that have no value, those that hang on the same few members and are answered together, and those that are read one by
//! one. Most fields are copies of a few members, or of members that the class's records never have.

use super::wire::Wire;
use crate::decode::members::{Member, NameId};
use crate::engine::matcher::LeafId;

/// Most arrangements that are kept of a class, and members of one; the inputs of other lines are read one by one.
const KEPT: usize = 32;
const MEMBERS: usize = 128;

/// Most bundles of a class, each of which has a memo; further inputs are read one by one.
const MOST_BUNDLES: usize = 48;

/// An input that hangs on more members is read by itself.
const TOGETHER: usize = 4;

/// An arrangement, and what it tells.
#[derive(Debug)]
pub struct Arrangement {
    names: Box<[NameId]>,
    /// The leaves that the inputs without a value pass.
    pub absent: Box<[LeafId]>,
    /// Places among [`Arranged::bundles`].
    pub bundles: Box<[usize]>,
    /// The inputs that are read one by one.
    pub single: Box<[usize]>,
}

/// Inputs that hang on the same members of a line.
#[derive(Debug)]
pub struct Bundle {
    pub names: Box<[NameId]>,
    pub inputs: Box<[usize]>,
    /// Those of them that have a long text of the one member as it stands.
    pub plain: Box<[usize]>,
}

/// What is known of the arrangements of a class's lines.
#[derive(Debug, Default)]
pub struct Arranged {
    known: Vec<Arrangement>,
    pub bundles: Vec<Bundle>,
    /// The place of the last line's.
    last: usize,
}

/// What an arrangement says of an input.
pub enum Part {
    /// No member gives it a value; it passes these leaves.
    Absent(Vec<LeafId>),
    /// Only these members do.
    Of(Vec<NameId>),
    Single,
}

impl Part {
    /// Returns what `there` says of an input that is read by `wire`, and has the leaves that `absent` finds where no member gives
    /// it a value; `absent` gives `None` where that cannot be told.
    pub fn of(
        wire: &Wire,
        there: impl Fn(NameId) -> bool,
        absent: impl FnOnce() -> Option<Vec<LeafId>>,
    ) -> Self {
        if wire.message || wire.pairs.is_some() {
            return Self::Single;
        }
        let mut names: Vec<NameId> = wire.depends().filter(|name| there(*name)).collect();
        names.sort_unstable();
        names.dedup();
        match names.len() {
            0 => absent().map_or(Self::Single, Self::Absent),
            1..=TOGETHER => Self::Of(names),
            _ => Self::Single,
        }
    }
}

impl Arranged {
    /// Returns the place of the arrangement of these members, if it is known.
    pub fn find(&mut self, members: &[Member]) -> Option<usize> {
        let is = |known: &Arrangement| {
            known.names.len() == members.len()
                && known
                    .names
                    .iter()
                    .zip(members)
                    .all(|(name, member)| *name == member.name)
        };
        if !self.known.get(self.last).is_some_and(is) {
            self.last = self.known.iter().position(is)?;
        }
        Some(self.last)
    }

    /// Returns whether an arrangement of these members may be added.
    pub fn takes(&self, members: &[Member]) -> bool {
        self.known.len() < KEPT && members.len() <= MEMBERS
    }

    /// Returns the arrangement at a place.
    pub fn at(&self, place: usize) -> &Arrangement {
        &self.known[place]
    }

    /// Adds the arrangement of these members and returns its place. `parts` says what it makes of each input, and
    /// `is_plain` which inputs have a long text of a member as it stands.
    pub fn add(
        &mut self,
        members: &[Member],
        parts: impl Iterator<Item = (usize, Part)>,
        is_plain: impl Fn(usize, NameId) -> bool,
    ) -> usize {
        let (mut absent, mut single) = (Vec::new(), Vec::new());
        let mut together: Vec<(Vec<NameId>, Vec<usize>)> = Vec::new();
        for (input, part) in parts {
            match part {
                Part::Absent(leaves) => absent.extend(leaves),
                Part::Single => single.push(input),
                Part::Of(names) => match together.iter_mut().find(|(known, _)| *known == names) {
                    Some((_, inputs)) => inputs.push(input),
                    None => together.push((names, vec![input])),
                },
            }
        }
        let mut bundles = Vec::new();
        for (names, inputs) in together {
            let same = |bundle: &Bundle| *bundle.names == *names && *bundle.inputs == *inputs;
            if let Some(known) = self.bundles.iter().position(same) {
                bundles.push(known);
            } else if inputs.len() == 1 || self.bundles.len() >= MOST_BUNDLES {
                single.extend(inputs);
            } else {
                let plain = inputs.iter().copied();
                let plain = plain.filter(|input| names.len() == 1 && is_plain(*input, names[0]));
                bundles.push(self.bundles.len());
                self.bundles.push(Bundle {
                    plain: plain.collect(),
                    names: names.into(),
                    inputs: inputs.into(),
                });
            }
        }
        let arrangement = Arrangement {
            names: members.iter().map(|member| member.name).collect(),
            absent: absent.into(),
            bundles: bundles.into(),
            single: single.into(),
        };
        self.known.push(arrangement);
        self.last = self.known.len() - 1;
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::members::Members;

    #[test]
    fn inputs_of_the_same_members_are_answered_together() {
        let mut members = Members::default();
        let [image, user] = ["Image", "User"].map(|name| members.name(&[name]));
        let mut read = |line: &str| {
            members.read(line.as_bytes()).unwrap();
            members.all().to_vec()
        };
        let one = read(r#"{"Image":"a","User":"b"}"#);
        let other = read(r#"{"User":"b","Image":"a"}"#);
        let mut arranged = Arranged::default();
        assert_eq!(arranged.find(&one), None);
        let add = |arranged: &mut Arranged, members: &[Member]| {
            let parts = [
                Part::Of(vec![image]),
                Part::Absent(vec![7]),
                Part::Of(vec![image]),
                Part::Of(vec![user]),
                Part::Single,
                Part::Of(vec![image, user]),
                Part::Absent(vec![8, 9]),
                Part::Of(vec![image, user]),
            ];
            let is_plain = |input: usize, name: NameId| (input, name) == (2, image);
            arranged.add(members, parts.into_iter().enumerate(), is_plain)
        };
        let place = add(&mut arranged, &one);
        let known = arranged.at(place);
        assert_eq!(*known.absent, [7, 8, 9]);
        assert_eq!(*known.single, [4, 3]);
        let bundles = known.bundles.iter();
        let bundles: Vec<_> = bundles
            .map(|at| (&arranged.bundles[*at], *at))
            .map(|(one, at)| (&*one.inputs, &*one.plain, at))
            .collect();
        assert_eq!(bundles, [(&[0, 2][..], &[2][..], 0), (&[5, 7], &[], 1)]);
        assert_eq!(arranged.find(&other), None);
        let second = add(&mut arranged, &other);
        assert_eq!(arranged.bundles.len(), 2);
        let found = [&one, &other].map(|members| arranged.find(members));
        assert_eq!(found, [Some(place), Some(second)]);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut members = Members::default();
        let names: Vec<_> = (0..200).map(|n| members.name(&[&n.to_string()])).collect();
        let line: Vec<String> = (0..=MEMBERS).map(|n| format!("\"{n}\":1")).collect();
        members.read(format!("{{{}}}", line.join(",")).as_bytes());
        let mut arranged = Arranged::default();
        assert!(!arranged.takes(members.all()) && arranged.takes(&members.all()[1..]));
        for name in &names {
            if !arranged.takes(&[]) {
                break;
            }
            let of = |name: NameId| [name, name].map(|name| Part::Of(vec![name]));
            let other = NameId::at(name.index() + names.len());
            let parts = of(*name).into_iter().chain(of(other));
            arranged.add(&[], parts.into_iter().enumerate(), |_, _| false);
        }
        let kept = (arranged.known.len(), arranged.bundles.len());
        assert_eq!(kept, (KEPT, MOST_BUNDLES));
        let last = arranged.at(KEPT - 1);
        assert_eq!(
            (&*last.single, &*last.bundles),
            (&[0, 1, 2, 3][..], &[][..])
        );
    }
}
