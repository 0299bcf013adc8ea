//! Candidates become indicators: normalised, each once, bounded.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Indicator, Indicators, Kind, MOST, VALUE_BYTES, domain};
use crate::text::plain;

/// Gathers indicators in the order in which they are added.
#[derive(Debug, Default)]
pub struct Collector {
    list: Vec<Indicator>,
    /// What is in the list or was counted, as it is compared.
    seen: HashSet<(Kind, String)>,
    more: usize,
}

impl Collector {
    /// Returns what was gathered, sorted by kind; what every host has (`NT AUTHORITY\SYSTEM`) comes last in its kind.
    pub fn finish(mut self) -> Indicators {
        self.list
            .sort_by_key(|indicator| (indicator.kind, is_everywhere(indicator)));
        Indicators {
            list: self.list,
            more: self.more,
        }
    }

    /// Adds a value of a kind as it stands, unless it says nothing.
    pub fn add(&mut self, kind: Kind, value: &str, field: &str) {
        let value = value.trim();
        if matches!(value, "" | "-" | "?") {
            return;
        }
        let mut key = value.to_lowercase();
        if matches!(kind, Kind::CommandLine | Kind::Url) {
            value.clone_into(&mut key);
        }
        if kind == Kind::ProcessGuid {
            key.retain(|c| c.is_ascii_alphanumeric());
        }
        if !self.seen.insert((kind, key)) {
            return;
        }
        if self.list.len() >= MOST || value.len() > VALUE_BYTES {
            self.more += 1;
            return;
        }
        self.list.push(Indicator {
            kind,
            value: plain(value).into_owned(),
            field: plain(field).into_owned(),
        });
    }

    /// Adds an address, unless it names the machine itself or nothing; tells whether `text` is an address at all.
    pub fn address(&mut self, text: &str, field: &str) -> bool {
        let text = text.trim();
        // `fe80::1%12`: the zone means something on its own host only.
        let bare = text.split_once('%').map_or(text, |(bare, _)| bare);
        let Ok(address) = bare.parse::<IpAddr>() else {
            return false;
        };
        let address = match address {
            // Windows writes IPv4 peers of a dual-stack socket as `::ffff:10.0.0.5`.
            IpAddr::V6(six) => six.to_ipv4_mapped().map_or(address, IpAddr::V4),
            IpAddr::V4(_) => address,
        };
        match address {
            IpAddr::V4(Ipv4Addr::LOCALHOST | Ipv4Addr::UNSPECIFIED)
            | IpAddr::V6(Ipv6Addr::LOCALHOST | Ipv6Addr::UNSPECIFIED) => {}
            IpAddr::V4(four) => self.add(Kind::Ipv4, &four.to_string(), field),
            IpAddr::V6(six) => self.add(Kind::Ipv6, &six.to_string(), field),
        }
        true
    }

    /// Adds the value of a field that holds a name or an address: a name with a dot is a domain, another a host.
    pub fn name_or_address(&mut self, text: &str, field: &str) {
        let name = text.trim().trim_end_matches('.');
        if self.address(name, field) || name.eq_ignore_ascii_case("localhost") {
            return;
        }
        if !domain::is_name(name) {
            return;
        }
        if name.contains('.') {
            self.add(Kind::Domain, &name.to_lowercase(), field);
        } else {
            self.add(Kind::Host, name, field);
        }
    }

    /// Adds a hash by its name, if it is one: hexadecimal, of the right length, not all one digit.
    pub fn hash(&mut self, kind: Kind, text: &str, field: &str) {
        let hash = text.trim().to_ascii_lowercase();
        let length = match kind {
            Kind::Md5 | Kind::Imphash => 32,
            Kind::Sha1 => 40,
            Kind::Sha256 => 64,
            _ => return,
        };
        let same = hash
            .bytes()
            .all(|byte| Some(&byte) == hash.as_bytes().first());
        if hash.len() == length && !same && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            self.add(kind, &hash, field);
        }
    }

    /// Adds a SID, if it is one that names an account or group of this organisation.
    pub fn sid(&mut self, text: &str, field: &str) {
        // Domain and local accounts, Entra ID accounts, services and IIS pools; all others are the same everywhere.
        const OWN: [&str; 4] = ["S-1-5-21-", "S-1-12-1-", "S-1-5-80-", "S-1-5-82-"];
        // `NT SERVICE\ALL SERVICES`.
        const ALL_SERVICES: &str = "S-1-5-80-0";
        let sid = text
            .trim()
            .trim_matches(['{', '}', '%'])
            .to_ascii_uppercase();
        let parts = sid.split('-').skip(1);
        let numbers = parts.clone().count() >= 3
            && parts
                .clone()
                .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        if numbers && sid != ALL_SERVICES && OWN.iter().any(|own| sid.starts_with(own)) {
            self.add(Kind::Sid, &sid, field);
        }
    }

    /// Adds an account; `domain` may be empty.
    pub fn user(&mut self, domain: &str, name: &str, field: &str) {
        let (domain, name) = (domain.trim(), name.trim());
        if matches!(name, "" | "-") {
            return;
        }
        if matches!(domain, "" | "-") || name.contains(['\\', '@']) {
            self.add(Kind::User, name, field);
        } else {
            self.add(Kind::User, &format!("{domain}\\{name}"), field);
        }
    }

    /// Adds a path, or a registry key in the kernel's spelling; names without a folder are neither.
    pub fn path(&mut self, text: &str, field: &str) {
        let text = text.trim();
        let kernel = text.get(..10).unwrap_or_default();
        if kernel.eq_ignore_ascii_case(r"\REGISTRY\") {
            self.add(Kind::RegistryKey, text, field);
        } else if text.contains(['\\', '/']) {
            self.add(Kind::Path, text, field);
        }
    }

    /// Adds a process's GUID, unless it is the null GUID.
    pub fn guid(&mut self, text: &str, field: &str) {
        if text
            .bytes()
            .any(|byte| matches!(byte, b'1'..=b'9' | b'a'..=b'z' | b'A'..=b'Z'))
        {
            self.add(Kind::ProcessGuid, text, field);
        }
    }
}

/// Tells whether every Windows host has this account.
fn is_everywhere(indicator: &Indicator) -> bool {
    const DOMAINS: [&str; 4] = [
        "NT AUTHORITY",
        "Window Manager",
        "Font Driver Host",
        "NT-AUTORITÄT",
    ];
    indicator.kind == Kind::User
        && indicator.value.split_once('\\').is_some_and(|(domain, _)| {
            DOMAINS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(domain))
        })
}
