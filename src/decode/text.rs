//! Reading the text formats: a loop over what the text begins with.
//!
//! Takes a content that is text; delivers its records and what could not be read, and keeps the little that is
//! needed to go on later.

use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::sync::Arc;

use memchr::memchr;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::frame::{self, Beginning, Extent, NextEvent};
use super::repair;
use super::window::{Encoding, Window};
use super::{
    Body, Budget, Format, Item, Lane, MAX_RECORD, Place, Progress, Record, Unreadable, json, xml,
};
use crate::source::Content;
use crate::text;

/// Reads a text content.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TextReader {
    encoding: Encoding,
    /// The digest of the first record.
    content: Option<u64>,
    format: Option<Format>,
    run: Option<Run>,
    skip: Option<Until>,
    #[serde(skip)]
    window: Window,
}

/// What ends the rest of a record that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Until {
    Newline,
    Event,
}

/// A stretch that holds no records. It is reported once: when it ends, or when nothing more is there now.
#[derive(Debug, Serialize, Deserialize)]
struct Run {
    kind: Kind,
    start: u64,
    length: u64,
    reason: String,
    head: Vec<u8>,
    reported: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Nul,
    Junk,
    /// JSON objects that are no events.
    OtherJson,
    TooLong,
}

/// What the text begins with, read.
enum Step {
    /// More text is needed.
    More,
    Blank(usize),
    Run(usize, Kind, String),
    Record(usize, Format, Body),
    /// A record began but cannot be read.
    Broken(usize, String),
    /// A record is longer than [`MAX_RECORD`].
    TooLong(Until),
}

impl TextReader {
    pub(super) fn new(encoding: Encoding, offset: u64) -> Self {
        Self {
            encoding,
            content: None,
            format: None,
            run: None,
            skip: None,
            window: Window::new(encoding, offset),
        }
    }

    /// See [`Decoder::read`](super::Decoder::read).
    pub(super) fn read(
        &mut self,
        path: &Arc<Path>,
        content: &mut dyn Content,
        offset: u64,
        budget: Budget,
        sink: &mut dyn FnMut(Item),
    ) -> io::Result<Progress> {
        if !self.window.is_at(self.encoding, offset) {
            self.window = Window::new(self.encoding, offset);
        }
        let mut records = 0;
        // No text will follow what is in the window.
        let mut last = false;
        let more = loop {
            if records >= budget.records || self.window.offset() - offset >= budget.bytes {
                break true;
            }
            match self.step(last) {
                Step::More => {
                    if last {
                        break false;
                    }
                    if !self.window.fill(content)? {
                        if !content.is_complete() {
                            break false;
                        }
                        last = true;
                    }
                }
                step => self.take(step, path, &mut |item| {
                    records += 1;
                    sink(item);
                }),
            }
        };
        if !more {
            self.report(path, sink);
            self.window.shrink();
        }
        Ok(Progress {
            offset: self.window.offset(),
            more,
            format: self.format,
        })
    }

    /// See [`Decoder::lane`](super::Decoder::lane).
    pub(super) fn lane(&self) -> Option<(Lane, u64)> {
        let lane = match self.format? {
            Format::EcsJson | Format::EvtxDumpJson | Format::FlatJson => Lane::Lines,
            Format::Xml => Lane::Events,
            Format::Evtx => return None,
        };
        let between = self.run.is_none() && self.skip.is_none();
        let plain = self.encoding == Encoding::Utf8 && between;
        Some((lane, self.content.filter(|_| plain)?))
    }

    fn step(&self, last: bool) -> Step {
        let text = self.window.text();
        if let Some(until) = self.skip {
            return skip(text, until, last);
        }
        match frame::beginning(text, last) {
            Beginning::Unclear => Step::More,
            Beginning::Blank(length) => Step::Blank(length),
            Beginning::Nul(length) => Step::Run(length, Kind::Nul, String::new()),
            Beginning::Junk(length) => Step::Run(length, Kind::Junk, String::new()),
            Beginning::Object => object(text, last, self.window.is_full()),
            Beginning::Event => event(text, last, self.window.is_full()),
        }
    }

    fn take(&mut self, step: Step, path: &Arc<Path>, sink: &mut dyn FnMut(Item)) {
        match step {
            Step::More => {}
            Step::Blank(length) => self.window.advance(length),
            Step::Run(length, kind, reason) => {
                self.extend_run(length, kind, reason, path, sink);
                self.window.advance(length);
            }
            Step::Record(length, format, body) => {
                self.end_run(path, sink);
                let raw: Box<[u8]> = self.window.text()[..length].into();
                let content = *self.content.get_or_insert_with(|| super::digest(&raw));
                let place = self.place(path, length, content);
                self.format = Some(format);
                self.window.advance(length);
                sink(Item::Record(Box::new(Record {
                    format,
                    place,
                    raw,
                    body: body.into(),
                })));
            }
            Step::Broken(length, reason) => {
                if self.run.as_ref().is_some_and(|run| run.kind == Kind::Junk) {
                    self.extend_run(length, Kind::Junk, reason, path, sink);
                } else {
                    self.end_run(path, sink);
                    let head = self.window.text()[..length.min(Unreadable::KEPT)].into();
                    let place = self.place(path, length, self.content.unwrap_or_default());
                    sink(Item::Unreadable(Unreadable {
                        place,
                        reason: text::plain(&reason).into_owned(),
                        head,
                    }));
                }
                self.window.advance(length);
            }
            Step::TooLong(until) => {
                let length = self.window.text().len();
                self.extend_run(length, Kind::TooLong, String::new(), path, sink);
                self.window.advance(length);
                self.skip = Some(until);
            }
        }
    }

    fn place(&self, path: &Arc<Path>, length: usize, content: u64) -> Place {
        let length = self.window.content_length(length);
        Place {
            path: Arc::clone(path),
            offset: self.window.offset(),
            length,
            content,
        }
    }

    fn extend_run(
        &mut self,
        length: usize,
        kind: Kind,
        reason: String,
        path: &Arc<Path>,
        sink: &mut dyn FnMut(Item),
    ) {
        let bytes = self.window.content_length(length);
        if self.skip.is_some() && !matches!(kind, Kind::TooLong) {
            // The step that ends the skipping: the text up to the end still belongs to the long record.
            self.skip = None;
            if let Some(run) = &mut self.run {
                run.length += bytes;
            }
            self.end_run(path, sink);
            return;
        }
        match &mut self.run {
            Some(run) if run.kind == kind || run.kind == Kind::Junk => {
                run.length = self.window.offset() + bytes - run.start;
                let room = Unreadable::KEPT.saturating_sub(run.head.len());
                if !run.reported && run.kind == kind && room > 0 {
                    run.head
                        .extend_from_slice(&self.window.text()[..length.min(room)]);
                }
            }
            _ => {
                self.end_run(path, sink);
                let head = self.window.text()[..length.min(Unreadable::KEPT)].to_vec();
                let start = self.window.offset();
                self.run = Some(Run {
                    kind,
                    start,
                    length: bytes,
                    reason,
                    head,
                    reported: false,
                });
            }
        }
    }

    fn end_run(&mut self, path: &Arc<Path>, sink: &mut dyn FnMut(Item)) {
        self.report(path, sink);
        self.run = None;
    }

    /// Reports the stretch without records, once.
    fn report(&mut self, path: &Arc<Path>, sink: &mut dyn FnMut(Item)) {
        let content = self.content.unwrap_or_default();
        let Some(run) = self.run.as_mut().filter(|run| !run.reported) else {
            return;
        };
        run.reported = true;
        let head = std::mem::take(&mut run.head);
        let place = Place {
            path: Arc::clone(path),
            offset: run.start,
            length: run.length,
            content,
        };
        let reason = run.describe(&head);
        sink(Item::Unreadable(Unreadable {
            place,
            reason,
            head: head.into(),
        }));
    }
}

impl Run {
    fn describe(&self, head: &[u8]) -> String {
        match self.kind {
            Kind::Nul => format!(
                "{}: a hole, as copytruncate leaves when the writer goes on at its old offset",
                text::counted(self.length as usize, "NUL byte")
            ),
            Kind::OtherJson => text::plain(&self.reason).into_owned(),
            Kind::TooLong => {
                format!("a record longer than {} MiB was skipped", MAX_RECORD >> 20)
            }
            Kind::Junk => {
                /// Enough to know what it is.
                const SHOWN: usize = 40;
                format!(
                    "begins with \"{}\", which is none of the formats read here: ECS, evtx_dump or flat \
                     JSON, Windows event XML, EVTX",
                    text::visible_bytes(&head[..head.len().min(SHOWN)], text::Marks::Unicode)
                )
            }
        }
    }
}

/// Goes on to the end of a record that is too long.
fn skip(text: &[u8], until: Until, last: bool) -> Step {
    if text.is_empty() {
        return Step::More;
    }
    let all = || Step::Run(text.len(), Kind::TooLong, String::new());
    let end = |length| Step::Run(length, Kind::Junk, String::new());
    match until {
        Until::Newline => memchr(b'\n', text).map_or_else(all, end),
        Until::Event => match frame::next_event(text, 0) {
            NextEvent::At(at) => end(at),
            NextEvent::MaybeAt(0) if !last => Step::More,
            NextEvent::MaybeAt(at) if at > 0 => Step::Run(at, Kind::TooLong, String::new()),
            NextEvent::MaybeAt(_) | NextEvent::None => all(),
        },
    }
}

/// Reads the JSON object that `text` begins with.
fn object(text: &[u8], last: bool, full: bool) -> Step {
    let line = memchr(b'\n', text);
    let first_line = &text[..line.unwrap_or(text.len())];
    let mut result = parse(first_line);
    if line.is_some() && result.as_ref().is_err_and(serde_json::Error::is_eof) {
        // Perhaps pretty-printed over several lines.
        result = parse(text);
    }
    let error = match result {
        Ok((object, length)) => return described(object, length),
        Err(error) => error,
    };
    if error.is_eof() && !last && !full {
        return Step::More;
    }
    if let Some((object, length)) = repair::needs_repair(&error)
        .then(|| repaired(text))
        .flatten()
    {
        return described(object, length);
    }
    match line {
        Some(_) => Step::Broken(first_line.trim_ascii_end().len(), explain(&error)),
        None if last => Step::Broken(text.len(), explain(&error)),
        None if full => Step::TooLong(Until::Newline),
        None => Step::More,
    }
}

fn described(object: Map<String, Value>, length: usize) -> Step {
    match json::body(object) {
        Ok((format, body)) => Step::Record(length, format, body),
        Err(reason) => Step::Run(length, Kind::OtherJson, reason),
    }
}

fn explain(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "a JSON record that ends too early: a torn or cut line".to_owned();
    }
    let mut reason = format!("not JSON: {error}");
    if reason.contains("recursion limit") {
        reason.push_str("; more than 127 levels are not read");
    }
    reason
}

/// Parses the object that `text` begins with; gives its length too.
fn parse(text: &[u8]) -> serde_json::Result<(Map<String, Value>, usize)> {
    let mut objects = serde_json::Deserializer::from_slice(text).into_iter();
    match objects.next() {
        Some(object) => object.map(|object| (object, objects.byte_offset())),
        None => Ok((Map::new(), text.len())),
    }
}

fn repaired(text: &[u8]) -> Option<(Map<String, Value>, usize)> {
    let length = frame::object_extent(text)?;
    let object = serde_json::from_slice(&repair::repair(&text[..length])).ok()?;
    Some((object, length))
}

/// Reads the `<Event>` that `text` begins with.
fn event(text: &[u8], last: bool, full: bool) -> Step {
    match frame::event_extent(text) {
        Extent::Whole(length) => match xml::record(&lossy(&text[..length])) {
            Ok(record) => Step::Record(length, Format::Xml, Body::Windows(Box::new(record))),
            Err(reason) => Step::Broken(length, format!("not a Windows event in XML: {reason}")),
        },
        Extent::Torn(length) => Step::Broken(
            length,
            "an event without its end: the next one begins inside it".to_owned(),
        ),
        Extent::Open if last => Step::Broken(
            text.len(),
            "an event without its end: the file ends inside it".to_owned(),
        ),
        Extent::Open if full => Step::TooLong(Until::Event),
        Extent::Open => Step::More,
    }
}

fn lossy(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text)
}
