//! The members of a Windows event's XML, found without building a tree.
//!
//! Takes the text of one `<Event>`; gives its members under the names that `evtx_dump` gives them in JSON
//! (`Event.System.EventID`, `Event.EventData.Image`), so that whoever reads one reads both. Strict as its parent: a
//! comment, a section of markup, a prefix, an unknown reference, an element in a value, `UserData` and whatever else is
//! not plain is left to the full parser.

use std::ops::Range;

use memchr::{memchr, memchr2};

use super::{Member, Members, NameId, ROOT, Shape};

/// Deeper elements are left to the full parser.
const MAX_DEPTH: usize = 16;

/// An opening tag.
struct Tag {
    name: Range<usize>,
    /// Where its content begins, or what follows it when it is empty.
    end: usize,
    empty: bool,
}

/// What a leaf holds.
struct Leaf {
    value: Range<usize>,
    shape: Shape,
    end: usize,
}

impl Members {
    /// Reads the event that `text` begins with and returns its length; `None` leaves it to the full parser.
    pub(super) fn read_event(&mut self, text: &[u8]) -> Option<usize> {
        self.line += 1;
        self.found.clear();
        std::str::from_utf8(text).ok()?;
        let event = self.follow(ROOT, ROOT, b"Event")?;
        let begin = prolog(text)?;
        let tag = tag(text, begin, &mut |_, _| Some(()))?;
        if tag.empty || &text[tag.name] != b"Event" {
            return None;
        }
        let mut at = tag.end;
        let mut before = ROOT;
        loop {
            at = blank(text, at);
            if let Some(end) = closing(text, at, b"Event") {
                return Some(end);
            }
            let section = opening(text, at)?;
            let name = self.follow(event, before, &text[section.clone()])?;
            before = name;
            let place = self.found.len();
            at = match &text[section] {
                b"System" => self.system(text, at, name)?,
                b"EventData" => self.data(text, at, name)?,
                b"RenderingInfo" => self.rendering(text, at, name)?,
                _ => return None,
            };
            // A second section of one name is seen here.
            let whole = Member {
                name,
                shape: Shape::Object,
                value: place..place,
            };
            self.add_found(whole)?;
        }
    }

    fn system(&mut self, text: &[u8], at: usize, system: NameId) -> Option<usize> {
        let outer = tag(text, at, &mut |_, _| Some(()))?;
        if outer.empty {
            return Some(outer.end);
        }
        let mut at = outer.end;
        let mut before = ROOT;
        loop {
            at = blank(text, at);
            if let Some(end) = closing(text, at, b"System") {
                return Some(end);
            }
            let name = self.follow(system, before, &text[opening(text, at)?])?;
            before = name;
            let (mut attributes, mut last) = (None, ROOT);
            let tag = tag(text, at, &mut |key, value| {
                let parent = match attributes {
                    Some(parent) => parent,
                    None => *attributes.insert(self.follow(name, ROOT, b"#attributes")?),
                };
                last = self.follow(parent, last, &text[key])?;
                let shape = shape_of(&text[value.clone()])?;
                self.add_found(Member {
                    name: last,
                    shape,
                    value,
                })
            })?;
            let leaf = if tag.empty {
                Leaf::empty(tag.end)
            } else {
                leaf(text, tag.end, &text[tag.name])?
            };
            at = leaf.end;
            let Some(attributes) = attributes else {
                self.add_found(leaf.member(name))?;
                continue;
            };
            // An element that is there twice is seen here.
            self.add_found(Member {
                name,
                shape: Shape::Object,
                value: at..at,
            })?;
            if !leaf.value.is_empty() {
                let own = self.follow(name, attributes, b"#text")?;
                self.add_found(leaf.member(own))?;
            }
        }
    }

    fn data(&mut self, text: &[u8], at: usize, data: NameId) -> Option<usize> {
        let outer = tag(text, at, &mut |_, _| Some(()))?;
        if outer.empty {
            return Some(outer.end);
        }
        let mut at = outer.end;
        let (mut before, mut place) = (ROOT, 0);
        loop {
            at = blank(text, at);
            if let Some(end) = closing(text, at, b"EventData") {
                return Some(end);
            }
            place += 1;
            // An event in an event: the end of the outer one was lost.
            if &text[opening(text, at)?] == b"Event" {
                return None;
            }
            let mut own = None;
            let tag = tag(text, at, &mut |key, value| {
                if &text[key] == b"Name" && own.replace(value).is_some() {
                    return None;
                }
                Some(())
            })?;
            let element = &text[tag.name];
            let numbered;
            let name = match own.map(|range| &text[range]) {
                Some(name) if !name.is_empty() => name,
                _ if element == b"Data" => {
                    numbered = format!("param{place}");
                    numbered.as_bytes()
                }
                _ => element,
            };
            // These would be something else in JSON, or under a joined name.
            if name.starts_with(b"#") || memchr2(b'&', b'.', name).is_some() {
                return None;
            }
            let name = self.follow(data, before, name)?;
            before = name;
            let leaf = if tag.empty {
                Leaf::empty(tag.end)
            } else {
                leaf(text, tag.end, element)?
            };
            at = leaf.end;
            self.add_found(leaf.member(name))?;
        }
    }

    /// Keeps the message only.
    fn rendering(&mut self, text: &[u8], at: usize, rendering: NameId) -> Option<usize> {
        let outer = tag(text, at, &mut |_, _| Some(()))?;
        if outer.empty {
            return Some(outer.end);
        }
        let mut at = outer.end;
        loop {
            at = blank(text, at);
            if let Some(end) = closing(text, at, b"RenderingInfo") {
                return Some(end);
            }
            let name = opening(text, at)?;
            if &text[name] == b"Message" {
                let tag = tag(text, at, &mut |_, _| Some(()))?;
                at = tag.end;
                if !tag.empty {
                    let leaf = leaf(text, tag.end, b"Message")?;
                    at = leaf.end;
                    let name = self.follow(rendering, ROOT, b"Message")?;
                    self.add_found(leaf.member(name))?;
                }
            } else {
                at = passed(text, at, 0)?;
            }
        }
    }

    /// Returns the member `text` of `parent`; the one that came behind `before` last time is tried first.
    fn follow(&mut self, parent: NameId, before: NameId, text: &[u8]) -> Option<NameId> {
        let guess = if before == ROOT {
            self.names[parent.index()].first
        } else {
            self.names[before.index()].next
        };
        let known = &self.names[guess.index()];
        if guess != ROOT && known.parent == parent && *known.text == *text {
            return Some(guess);
        }
        self.find(parent, before, text)
    }
}

impl Leaf {
    fn empty(end: usize) -> Self {
        Self {
            value: end..end,
            shape: Shape::Literal,
            end,
        }
    }

    fn member(self, name: NameId) -> Member {
        Member {
            name,
            shape: self.shape,
            value: self.value,
        }
    }
}

/// Steps over an XML declaration.
fn prolog(text: &[u8]) -> Option<usize> {
    if !text.starts_with(b"<?xml ") {
        return Some(0);
    }
    let end = memchr(b'>', text)?;
    (text[end - 1] == b'?').then(|| blank(text, end + 1))
}

/// Steps over what may stand between elements.
fn blank(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let length = rest.iter().take_while(|byte| is_blank(**byte)).count();
    at + length
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Returns where the closing tag of `name` at `at` ends; `None` when there is another or none.
fn closing(text: &[u8], at: usize, name: &[u8]) -> Option<usize> {
    let rest = text.get(at..)?.strip_prefix(b"</")?;
    let rest = rest.strip_prefix(name)?;
    (rest.first() == Some(&b'>')).then(|| at + 3 + name.len())
}

/// Returns the name of the tag that opens at `at`.
fn opening(text: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?.strip_prefix(b"<")?;
    let length = rest.iter().take_while(|byte| is_name(**byte)).count();
    (length > 0).then(|| at + 1..at + 1 + length)
}

/// Reads the tag that opens at `at`; calls `see` with each attribute's name and value.
fn tag(
    text: &[u8],
    at: usize,
    see: &mut dyn FnMut(Range<usize>, Range<usize>) -> Option<()>,
) -> Option<Tag> {
    let name = opening(text, at)?;
    let mut at = name.end;
    loop {
        let next = blank(text, at);
        match *text.get(next)? {
            b'>' => {
                return Some(Tag {
                    name,
                    end: next + 1,
                    empty: false,
                });
            }
            b'/' if text.get(next + 1) == Some(&b'>') => {
                return Some(Tag {
                    name,
                    end: next + 2,
                    empty: true,
                });
            }
            _ if next == at => return None,
            _ => at = next,
        }
        let rest = &text[at..];
        let length = rest.iter().take_while(|byte| is_name(**byte)).count();
        let key = at..at + length;
        let quote = *text.get(key.end + 1)?;
        if length == 0 || text.get(key.end) != Some(&b'=') || !matches!(quote, b'"' | b'\'') {
            return None;
        }
        let begin = key.end + 2;
        let end = begin + memchr(quote, text.get(begin..)?)?;
        if memchr2(b'<', b'>', &text[begin..end]).is_some() {
            return None;
        }
        if &text[key.clone()] != b"xmlns" {
            see(key, begin..end)?;
        }
        at = end + 1;
    }
}

/// Reads the text from `at` to the closing tag of `name`.
fn leaf(text: &[u8], at: usize, name: &[u8]) -> Option<Leaf> {
    let rest = text.get(at..)?;
    let end = at + memchr(b'<', rest)?;
    Some(Leaf {
        value: at..end,
        shape: shape_of(&text[at..end])?,
        end: closing(text, end, name)?,
    })
}

/// Steps over the element at `at`; only texts and elements may be in it.
fn passed(text: &[u8], at: usize, depth: usize) -> Option<usize> {
    if depth > MAX_DEPTH || &text[opening(text, at)?] == b"Event" {
        return None;
    }
    let tag = tag(text, at, &mut |_, _| Some(()))?;
    if tag.empty {
        return Some(tag.end);
    }
    let mut at = tag.end;
    loop {
        let end = at + memchr(b'<', text.get(at..)?)?;
        shape_of(&text[at..end])?;
        match closing(text, end, &text[tag.name.clone()]) {
            Some(end) => return Some(end),
            None => at = passed(text, end, depth + 1)?,
        }
    }
}

/// Tells whether a text has references; `None` when one of them is not sound.
fn shape_of(text: &[u8]) -> Option<Shape> {
    let Some(first) = memchr(b'&', text) else {
        return Some(Shape::Literal);
    };
    let mut rest = &text[first..];
    while let Some(at) = memchr(b'&', rest) {
        rest = &rest[at + 1..];
        let end = rest.iter().take(9).position(|byte| *byte == b';')?;
        let sound = match &rest[..end] {
            b"lt" | b"gt" | b"amp" | b"apos" | b"quot" => true,
            [b'#', b'x', hex @ ..] => {
                (1..=6).contains(&hex.len()) && hex.iter().all(u8::is_ascii_hexdigit)
            }
            [b'#', digits @ ..] => {
                (1..=7).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
            }
            _ => false,
        };
        if !sound {
            return None;
        }
        rest = &rest[end + 1..];
    }
    Some(Shape::References)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    use crate::decode::xml;
    use proptest::prelude::*;

    const EVENT: &str = "<Event xmlns='urn:x'><System><Provider Name='P' Guid=\"{1}\"/>\
        <EventID Qualifiers='0'>13</EventID><Channel>C</Channel><Computer>h</Computer>\
        <Security UserID='S-1-5-18'></Security></System>\r\n <EventData><Data Name='a'>x &amp; y</Data>\
        <Data>z</Data><Data Name=\"b\"/><Binary>00</Binary></EventData>\
        <RenderingInfo Culture='en'><Message>m</Message><Keywords><Keyword>k</Keyword></Keywords>\
        </RenderingInfo></Event>";

    /// Reads an event plainly and compares its data and some of its system members.
    fn check(members: &mut Members, text: &str) -> Result<bool, TestCaseError> {
        let Some(length) = members.read_event(text.as_bytes()) else {
            return Ok(false);
        };
        let plain = match xml::record(&text[..length]) {
            Ok(plain) => plain,
            // The full parser asks besides for what the sieve looks for later.
            Err(error) => {
                prop_assert!(error.contains("System"), "{error}: {text}");
                return Ok(false);
            }
        };
        let data = members.name(&["Event", "EventData"]);
        let text_of = |member: &Member| {
            let raw = &text[member.value.clone()];
            match member.shape {
                Shape::References => xml::unescape(raw).into_owned(),
                _ => raw.to_owned(),
            }
        };
        let found: Vec<(String, String)> = members
            .all()
            .iter()
            .filter(|member| members.text(member.name).1 == Some(data))
            .map(|member| {
                let name = String::from_utf8(members.text(member.name).0.to_vec());
                (name.unwrap(), text_of(member))
            })
            .collect();
        prop_assert_eq!(&found, &plain.event_data);
        for (path, value) in [
            (&["Event", "System", "Channel"][..], &plain.channel),
            (&["Event", "System", "Computer"], &plain.computer),
            (
                &["Event", "System", "Provider", "#attributes", "Name"],
                &plain.provider_name,
            ),
            (
                &["Event", "System", "Security", "#attributes", "UserID"],
                &plain.user_sid,
            ),
            (&["Event", "RenderingInfo", "Message"], &plain.message),
        ] {
            let name = members.name(path);
            let found = members.get(name).map(text_of);
            prop_assert_eq!(found.filter(|text| !text.is_empty()), value.clone());
        }
        Ok(true)
    }

    #[test]
    fn plain_events_are_read_and_odd_ones_left() {
        let mut members = Members::default();
        assert!(check(&mut members, EVENT).unwrap());
        assert!(check(&mut members, &EVENT.replace("><", ">\n\t<")).unwrap());
        for (from, to) in [
            ("<Binary>", "<!-- c --><Binary>"),
            ("z<", "<![CDATA[z]]><"),
            ("z<", "<b>z</b><"),
            ("z<", "z&nbsp;<"),
            ("z<", "z & y<"),
            ("<Data Name=\"b\"/>", "<Data Name='a'>2</Data>"),
            ("<Data Name=\"b\"/>", "text"),
            ("Name=\"b\"", "Name=\"b.c\""),
            ("Name=\"b\"", "Name=\"#text\""),
            ("</EventData>", "</EventData><EventData/>"),
            ("</EventData>", "</EventData><UserData><a/></UserData>"),
            ("</Binary>", "</Binaries>"),
            ("<Binary>00", "<Event>00"),
            ("<Event xmlns", "<e:Event xmlns"),
            ("</RenderingInfo></Event>", "</RenderingInfo>"),
        ] {
            let odd = EVENT.replacen(from, to, 1);
            assert_ne!(odd, EVENT);
            assert!(members.read_event(odd.as_bytes()).is_none(), "{odd}");
        }
    }

    proptest! {
        #[test]
        fn members_are_those_of_the_full_parser(
            values in proptest::collection::vec(("[a-cé ]{1,3}", "[ -~é\n\r\t]{0,12}"), 0..5),
            cut in any::<proptest::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let mut members = Members::default();
            let mut data = String::new();
            for (name, value) in &values {
                let value = value.replace('&', "&amp;").replace('<', "&#60;");
                let _ = write!(data, "<Data Name='{name}'>{value}</Data>");
            }
            let mut text = EVENT.replace("<Data>z</Data>", &data);
            check(&mut members, &text)?;
            let at = cut.index(text.len());
            if text.is_char_boundary(at) && text.is_char_boundary(at + 1) && byte.is_ascii() {
                // What it accepts of a damaged event, the full parser reads as the same.
                text.replace_range(at..=at, &char::from(byte).to_string());
                check(&mut members, &text)?;
            }
        }
    }
}
