//! Indicators: the values of an event that an analyst looks up elsewhere.
//!
//! Takes an [`Event`]; gives [`Indicator`]s, each once, and their defanged spelling.

use crate::event::Event;

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

/// Returns the indicators of `event`, each (kind, value) once, in the order of [`Kind`].
#[must_use]
pub fn indicators(event: &Event) -> Vec<Indicator> {
    let _ = event;
    Vec::new()
}

/// Returns the value so that no program makes a link of it: `hxxps://a[.]example`, `10.0.0[.]1`, `a[at]b[.]example`.
#[must_use]
pub fn defang(indicator: &Indicator) -> String {
    indicator.value.clone()
}
