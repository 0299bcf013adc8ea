//! The members of a JSON object on one line, or of an event's XML, found without building a tree.
//!
//! Takes the bytes of a line or an event; gives each leaf member's name, as a number, and where its value lies. Strict: whatever is
//! not plain (a name twice, an escape in a name, half a surrogate pair, an exponent, deep nesting, other than one space
//! between tokens) is left to the full parser. What this reader accepts, the full parser reads as the same members.
//!
//! Records of one kind name their members in one order, so the name that followed last time is tried first.
//! `docs/decisions/141-reading-members.md` has the measurement against SIMD parsers.

mod event_xml;
mod token;

use std::ops::Range;

use foldhash::{HashMap, HashMapExt};

pub use token::text;
use token::{list_end, scalar_end, space, string_end};

/// Deeper objects and lists are left to the full parser, whose own limit is 128.
const MAX_DEPTH: usize = 32;

/// More different names, which a log may invent, are left to the full parser.
const MAX_NAMES: usize = 16_384;

/// A member's full name: the names of the objects that it lies in, and its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NameId(u32);

impl NameId {
    /// Returns a number that counts names from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Returns the name with this number.
    #[must_use]
    pub const fn at(index: usize) -> Self {
        Self(index as u32)
    }
}

/// The name of the line's object itself.
const ROOT: NameId = NameId(0);

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A string without escapes.
    Text,
    /// A string with escapes, each the only short one of its character.
    Escaped,
    /// A string with other escapes too, all of them sound: a character's code, or a slash.
    Coded,
    /// A whole number as serde would write it.
    Whole,
    /// Another number.
    Fraction,
    True,
    False,
    Null,
    List,
    /// An object, whose members have been given already.
    Object,
    /// A text of XML without references.
    Literal,
    /// A text of XML with references, all of them sound.
    References,
}

impl Shape {
    /// Returns whether it is a text, whatever it takes to read it.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(
            self,
            Self::Text | Self::Escaped | Self::Coded | Self::Literal | Self::References
        )
    }
}

/// A member.
#[derive(Debug, Clone)]
pub struct Member {
    pub name: NameId,
    pub shape: Shape,
    /// Where the value lies in the line; a string without its quotes.
    pub value: Range<usize>,
}

#[derive(Debug)]
struct Name {
    parent: NameId,
    /// As it stands between the quotes.
    text: Box<[u8]>,
    children: HashMap<Box<[u8]>, NameId>,
    /// The name that came next in the same object last time; of an object, its first member's.
    next: NameId,
    first: NameId,
    /// The line in which it was seen last, and its place among the members.
    line: u64,
    place: usize,
}

/// A reader of lines and what it learned of their names.
#[derive(Debug)]
pub struct Members {
    names: Vec<Name>,
    line: u64,
    found: Vec<Member>,
}

impl Default for Members {
    fn default() -> Self {
        let root = Name {
            parent: ROOT,
            text: Box::default(),
            children: HashMap::new(),
            next: ROOT,
            first: ROOT,
            line: 0,
            place: usize::MAX,
        };
        Self {
            names: vec![root],
            line: 0,
            found: Vec::new(),
        }
    }
}

impl Members {
    /// Reads the object or the `<Event>` that `line` begins with and returns its length; `None` leaves it to the full
    /// parser.
    pub fn read(&mut self, line: &[u8]) -> Option<usize> {
        if line.first() == Some(&b'<') {
            return self.read_event(line);
        }
        self.line += 1;
        self.found.clear();
        std::str::from_utf8(line).ok()?;
        self.object(line, 0, ROOT, 0)
    }

    /// Returns the members of the last line in their order.
    #[must_use]
    pub fn all(&self) -> &[Member] {
        &self.found
    }

    /// Returns the member of the last line that is called `name`.
    #[must_use]
    pub fn get(&self, name: NameId) -> Option<&Member> {
        let known = &self.names[name.index()];
        if known.line == self.line {
            self.found.get(known.place)
        } else {
            None
        }
    }

    /// Returns the number of the name that lies at `path`.
    pub fn name(&mut self, path: &[&str]) -> NameId {
        path.iter().fold(ROOT, |parent, text| {
            self.child(parent, text.as_bytes())
                .unwrap_or_else(|| self.add(parent, text.as_bytes()))
        })
    }

    /// Returns the last part of a name, and what it lies in; `None` in the object of the line itself.
    #[must_use]
    pub fn text(&self, name: NameId) -> (&[u8], Option<NameId>) {
        let known = &self.names[name.index()];
        (&known.text, (known.parent != ROOT).then_some(known.parent))
    }

    /// Returns how many names are known.
    #[must_use]
    pub fn names(&self) -> usize {
        self.names.len()
    }

    fn child(&self, parent: NameId, text: &[u8]) -> Option<NameId> {
        self.names[parent.index()].children.get(text).copied()
    }

    fn add(&mut self, parent: NameId, text: &[u8]) -> NameId {
        let id = NameId(self.names.len() as u32);
        self.names.push(Name {
            parent,
            text: text.into(),
            children: HashMap::new(),
            next: ROOT,
            first: ROOT,
            line: 0,
            place: usize::MAX,
        });
        self.names[parent.index()].children.insert(text.into(), id);
        id
    }

    /// Reads the object at `at`, whose members lie in `parent`; returns where it ends.
    fn object(&mut self, line: &[u8], at: usize, parent: NameId, depth: usize) -> Option<usize> {
        if depth > MAX_DEPTH || *line.get(at)? != b'{' {
            return None;
        }
        let mut at = space(line, at + 1);
        let mut before = ROOT;
        if *line.get(at)? == b'}' {
            return Some(at + 1);
        }
        loop {
            if *line.get(at)? != b'"' {
                return None;
            }
            let name;
            (name, at) = self.key(line, at + 1, parent, before)?;
            before = name;
            at = space(line, at);
            if *line.get(at)? != b':' {
                return None;
            }
            at = self.value(line, space(line, at + 1), name, depth)?;
            at = space(line, at);
            match *line.get(at)? {
                b',' => at = space(line, at + 1),
                b'}' => return Some(at + 1),
                _ => return None,
            }
        }
    }

    /// Reads a name behind its quote; returns where it ends, behind the other one.
    fn key(
        &mut self,
        line: &[u8],
        at: usize,
        parent: NameId,
        before: NameId,
    ) -> Option<(NameId, usize)> {
        let rest = line.get(at..)?;
        let guess = if before == ROOT {
            self.names[parent.index()].first
        } else {
            self.names[before.index()].next
        };
        let known = &self.names[guess.index()];
        if guess != ROOT
            && known.parent == parent
            && rest.get(known.text.len()) == Some(&b'"')
            && rest.starts_with(&known.text)
        {
            let end = at + known.text.len() + 1;
            return Some((guess, end));
        }
        let (end, shape) = string_end(line, at)?;
        if shape != Shape::Text {
            return None;
        }
        Some((self.find(parent, before, &line[at..end])?, end + 1))
    }

    /// Looks a name up, and notes that it came behind `before`.
    fn find(&mut self, parent: NameId, before: NameId, text: &[u8]) -> Option<NameId> {
        let name = match self.child(parent, text) {
            Some(name) => name,
            None if self.names.len() < MAX_NAMES => self.add(parent, text),
            None => return None,
        };
        if before == ROOT {
            self.names[parent.index()].first = name;
        } else {
            self.names[before.index()].next = name;
        }
        Some(name)
    }

    /// Reads the value at `at`; returns where it ends.
    fn value(&mut self, line: &[u8], at: usize, name: NameId, depth: usize) -> Option<usize> {
        let (shape, value, end) = match *line.get(at)? {
            b'"' => {
                let (end, shape) = string_end(line, at + 1)?;
                (shape, at + 1..end, end + 1)
            }
            b'{' => {
                let end = self.object(line, at, name, depth + 1)?;
                (Shape::Object, at..end, end)
            }
            b'[' => {
                let end = list_end(line, at, depth + 1)?;
                (Shape::List, at..end, end)
            }
            _ => {
                let (shape, end) = scalar_end(line, at)?;
                (shape, at..end, end)
            }
        };
        self.add_found(Member { name, shape, value })?;
        Some(end)
    }

    /// Adds a member; `None` when its name was there before.
    fn add_found(&mut self, member: Member) -> Option<()> {
        let known = &mut self.names[member.name.index()];
        if known.line == self.line {
            return None;
        }
        known.line = self.line;
        known.place = self.found.len();
        self.found.push(member);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::token::unescape;
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    /// Reads a line plainly and compares every member.
    fn check(members: &mut Members, line: &str) -> Result<bool, TestCaseError> {
        let Some(length) = members.read(line.as_bytes()) else {
            return Ok(false);
        };
        let plain: Value = serde_json::from_str(&line[..length]).unwrap();
        for member in members.all() {
            let mut path = Vec::new();
            let mut name = Some(member.name);
            while let Some(id) = name {
                let (text, parent) = members.text(id);
                path.push(String::from_utf8(text.to_vec()).unwrap());
                name = parent;
            }
            let value = path
                .iter()
                .rev()
                .fold(&plain, |value, name| &value[name.as_str()]);
            let raw = &line.as_bytes()[member.value.clone()];
            let mut room = String::new();
            match member.shape {
                shape if shape.is_text() => {
                    prop_assert_eq!(value.as_str(), unescape(raw, &mut room));
                }
                Shape::Whole => {
                    let text = value.to_string();
                    prop_assert_eq!(text.as_bytes(), raw);
                }
                _ => {
                    let again: Value = serde_json::from_slice(raw).unwrap();
                    prop_assert_eq!(value, &again);
                }
            }
            prop_assert_eq!(
                members.get(member.name).map(|m| &m.value),
                Some(&member.value)
            );
        }
        Ok(true)
    }

    #[test]
    fn plain_lines_are_read_and_odd_ones_left() {
        let mut members = Members::default();
        for line in [
            r#"{"a":"x","b":{"c":"\\y\n\u00e9","d":[1,"z",[]]},"e":-1,"f":0.5,"g":null}"#,
            r#"{"k":-9214364837600034816,"l":9223372036854775807}"#,
            r#"{"b": {"c": true}, "a": "long enough to need several words \" of it"}"#,
            "{}",
        ] {
            assert!(check(&mut members, line).unwrap(), "{line}");
        }
        for odd in [
            r#"{"a":1,"a":2}"#,
            r#"{"\u0061":1}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"a":1e9}"#,
            r#"{"a":01}"#,
            r#"{"a":9223372036854775808}"#,
            r#"{"a":"#,
            "{\"a\":\"\t\"}",
            r#"{"a":[{"b":1}]}"#,
        ] {
            assert!(members.read(odd.as_bytes()).is_none(), "{odd}");
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[ -~é\n\t\\\\\"\u{1f600}]{0,20}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec(("[a-d.é]{1,3}", inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn members_are_those_of_the_full_parser(
            lines in proptest::collection::vec(json(), 1..4),
            cut in any::<proptest::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let mut members = Members::default();
            for line in &lines {
                let mut text = line.to_string();
                check(&mut members, &text)?;
                let at = cut.index(text.len());
                if text.is_char_boundary(at) && text.is_char_boundary(at + 1) && byte.is_ascii() {
                    // What it accepts of a damaged line, the full parser accepts too.
                    text.replace_range(at..=at, &char::from(byte).to_string());
                    check(&mut members, &text)?;
                }
            }
        }
    }
}
