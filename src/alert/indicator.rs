//! Indicators: the values of an event that an analyst looks up elsewhere.
//!
//! Takes an [`Event`]; gives [`Indicator`]s, each once, and their defanged spelling. Typed fields say what their value
//! is (`indicator/fields.rs`); command lines and script text are searched for addresses, domains, URLs, e-mail
//! addresses and hashes (`indicator/mine.rs`).

mod collect;
mod defang;
mod domain;
mod fields;
mod mine;

use crate::event::Event;

pub use defang::{defang, defang_text};

/// How many indicators of one event are given; a script may hold thousands, and nobody looks those up by hand.
pub const MOST: usize = 500;

/// Longest value that is an indicator, in bytes: the longest command line of Windows (32,767 UTF-16 units), each
/// unit three bytes of UTF-8.
pub const VALUE_BYTES: usize = 96 * 1024;

/// How much of one field is searched for indicators, in bytes: more than any record of the event log holds.
pub const TEXT_BYTES: usize = 256 * 1024;

/// What kind of value it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Host,
    User,
    Sid,
    CommandLine,
    Path,
    RegistryKey,
    Md5,
    Sha1,
    Sha256,
    Imphash,
    Ipv4,
    Ipv6,
    Domain,
    Url,
    Email,
    ProcessGuid,
}

impl Kind {
    /// Returns the word a list shows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::User => "user",
            Self::Sid => "sid",
            Self::CommandLine => "command line",
            Self::Path => "path",
            Self::RegistryKey => "registry key",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Imphash => "imphash",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Domain => "domain",
            Self::Url => "url",
            Self::Email => "e-mail",
            Self::ProcessGuid => "process guid",
        }
    }
}

/// One indicator.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Indicator {
    pub kind: Kind,
    /// One line; control characters are marked, so that pasting it runs nothing.
    pub value: String,
    /// The field it stands in: `process.hash.sha256`.
    pub field: String,
}

/// The indicators of one or several events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Indicators {
    /// In the order of [`Kind`], within a kind the one that says most first; at most [`MOST`].
    pub list: Vec<Indicator>,
    /// How many more there were.
    pub more: usize,
}

impl Indicators {
    /// Returns the indicators of `events`, each (kind, value) once. Values that differ in case alone are one where
    /// Windows or the DNS makes no difference.
    #[must_use]
    pub fn of<'e>(events: impl IntoIterator<Item = &'e Event>) -> Self {
        let mut collector = collect::Collector::default();
        for event in events {
            fields::collect(event, &mut collector);
        }
        collector.finish()
    }
}

/// Returns the indicators of `event`, each (kind, value) once, in the order of [`Kind`]; at most [`MOST`].
#[must_use]
pub fn indicators(event: &Event) -> Vec<Indicator> {
    Indicators::of([event]).list
}

#[cfg(test)]
mod tests;
