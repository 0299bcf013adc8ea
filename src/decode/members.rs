//! The members of a JSON object on one line, or of an event's XML, found without building a tree.
//!
//! Takes the bytes of a line or an event; gives each leaf member's name, as a number, and where its value lies. Strict: whatever is
//! not plain (a name twice, an escape in a name, half a surrogate pair, an exponent, deep nesting, other than one space
//! between tokens) is left to the full parser. What this reader accepts, the full parser reads as the same members.
//!
//! Records of one kind name their members in one order, so the name that followed last time is tried first. Eight
//! bytes at a time are searched for the end of a string; `docs/decisions/141-reading-members.md` has the measurement
//! against SIMD parsers.

mod event_xml;

use std::ops::Range;

use foldhash::{HashMap, HashMapExt};

use super::xml;

/// Deeper objects and lists are left to the full parser, whose own limit is 128.
const MAX_DEPTH: usize = 32;

/// More different names, which a log may invent, are left to the full parser.
const MAX_NAMES: usize = 16_384;

/// Numbers of more digits are left to the full parser; those of as many, when they are beyond 64 bits.
const LONGEST_NUMBER: usize = 19;

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

/// Steps over one space, as some writers put between tokens.
fn space(line: &[u8], at: usize) -> usize {
    at + usize::from(line.get(at) == Some(&b' '))
}

/// Returns where the list at `at` ends.
fn list_end(line: &[u8], at: usize, depth: usize) -> Option<usize> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut at = space(line, at + 1);
    if *line.get(at)? == b']' {
        return Some(at + 1);
    }
    loop {
        at = match *line.get(at)? {
            b'"' => string_end(line, at + 1)?.0 + 1,
            b'[' => list_end(line, at, depth + 1)?,
            // An object in a list has names of its own that nothing here asks for.
            b'{' => return None,
            _ => scalar_end(line, at)?.1,
        };
        at = space(line, at);
        match *line.get(at)? {
            b',' => at = space(line, at + 1),
            b']' => return Some(at + 1),
            _ => return None,
        }
    }
}

/// Returns what the number or word at `at` is, and where it ends.
fn scalar_end(line: &[u8], at: usize) -> Option<(Shape, usize)> {
    for (word, shape) in [
        (&b"true"[..], Shape::True),
        (b"false", Shape::False),
        (b"null", Shape::Null),
    ] {
        if line[at..].starts_with(word) {
            return Some((shape, at + word.len()));
        }
    }
    let digits = |from: usize| {
        let rest = line.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let negative = line[at] == b'-';
    let start = at + usize::from(negative);
    let whole = digits(start);
    let leading = line.get(start) == Some(&b'0');
    if whole == 0 || whole > LONGEST_NUMBER || (leading && (whole > 1 || negative)) {
        return None;
    }
    let mut end = start + whole;
    if whole == LONGEST_NUMBER {
        let text = std::str::from_utf8(&line[at..end]).ok()?;
        text.parse::<i64>().ok()?;
    }
    let mut shape = Shape::Whole;
    if line.get(end) == Some(&b'.') {
        let part = digits(end + 1);
        if part == 0 || part > LONGEST_NUMBER {
            return None;
        }
        end += 1 + part;
        shape = Shape::Fraction;
    }
    Some((shape, end))
}

/// Returns where the string that begins at `at` has its closing quote, and its shape.
fn string_end(line: &[u8], mut at: usize) -> Option<(usize, Shape)> {
    let mut shape = Shape::Text;
    loop {
        at = next_special(line, at)?;
        match line[at] {
            b'"' => return Some((at, shape)),
            b'\\' => {
                at += match *line.get(at + 1)? {
                    b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => {
                        if shape == Shape::Text {
                            shape = Shape::Escaped;
                        }
                        2
                    }
                    b'/' => {
                        shape = Shape::Coded;
                        2
                    }
                    b'u' => {
                        shape = Shape::Coded;
                        unit(line.get(at + 2..at + 6)?)?;
                        6
                    }
                    _ => return None,
                };
            }
            _ => return None,
        }
    }
}

/// Returns the character of four hexadecimal digits; `None` for half of a surrogate pair.
fn unit(digits: &[u8]) -> Option<char> {
    let digits = std::str::from_utf8(digits).ok()?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Returns where the next quote, backslash or control character is.
fn next_special(line: &[u8], mut at: usize) -> Option<usize> {
    while let Some(eight) = line.get(at..at + 8) {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(eight);
        let word = u64::from_le_bytes(bytes);
        let quote = word ^ (LOW * 0x22);
        let slash = word ^ (LOW * 0x5c);
        // The lowest byte that is marked is right; those above it may be marked by a borrow.
        let marks = ((quote.wrapping_sub(LOW) & !quote)
            | (slash.wrapping_sub(LOW) & !slash)
            | (word.wrapping_sub(LOW * 0x20) & !word))
            & HIGH;
        if marks != 0 {
            return Some(at + (marks.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    let rest = line.get(at..)?;
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    rest.iter().position(special).map(|found| at + found)
}

/// Returns the text of a member whose shape is a text; `room` is for what has to be resolved.
#[must_use]
pub fn text<'t>(shape: Shape, raw: &'t [u8], room: &'t mut String) -> Option<&'t str> {
    match shape {
        Shape::Escaped | Shape::Coded => unescape(raw, room),
        Shape::References => {
            room.clear();
            room.push_str(&xml::unescape(std::str::from_utf8(raw).ok()?));
            Some(room)
        }
        _ => std::str::from_utf8(raw).ok(),
    }
}

/// Writes a string's text into `room`, escapes resolved. The string was accepted by [`Members::read`].
#[must_use]
pub fn unescape<'r>(raw: &[u8], room: &'r mut String) -> Option<&'r str> {
    let mut bytes = std::mem::take(room).into_bytes();
    bytes.clear();
    bytes.reserve(raw.len());
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        // Paths and messages have an escape every few bytes: a search for each would cost more than the copy.
        if let Some(eight) = raw.get(at..at + 8) {
            let plain = plain_bytes(eight);
            bytes.extend_from_slice(&eight[..plain]);
            at += plain;
            if plain == 8 {
                continue;
            }
        } else if *byte != b'\\' {
            bytes.push(*byte);
            at += 1;
            continue;
        }
        let mut length = 2;
        match raw.get(at + 1)? {
            b'b' => bytes.push(0x8),
            b'f' => bytes.push(0xc),
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'u' => {
                length = 6;
                let char = unit(raw.get(at + 2..at + 6)?)?;
                bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            }
            other => bytes.push(*other),
        }
        at += length;
    }
    *room = String::from_utf8(bytes).ok()?;
    Some(room)
}

/// Returns how many of eight bytes come before the first backslash.
fn plain_bytes(eight: &[u8]) -> usize {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(eight);
    let slash = u64::from_le_bytes(bytes) ^ (LOW * 0x5c);
    let marks = slash.wrapping_sub(LOW) & !slash & HIGH;
    // The lowest byte that is marked is right; those above it may be marked by a borrow.
    (marks.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
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
