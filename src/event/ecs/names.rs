//! Texts behind numbers: message codes, statuses, record types, privileges and the like, from TOML under `tables/`.

use std::sync::LazyLock;

use foldhash::HashMap;

/// Sections of one file, each from a number or short name to its text.
type Sections = HashMap<String, HashMap<String, String>>;

static DNS: LazyLock<Sections> = LazyLock::new(|| sections(include_str!("tables/dns.toml")));
static SECURITY: LazyLock<Sections> =
    LazyLock::new(|| sections(include_str!("tables/security_values.toml")));
static WINDOWS: LazyLock<Sections> =
    LazyLock::new(|| sections(include_str!("tables/windows.toml")));

/// A file that does not parse is empty; `every_file_parses` keeps that from shipping.
fn sections(text: &str) -> Sections {
    toml::from_str(text).unwrap_or_default()
}

fn find(from: &'static Sections, section: &str, key: &str) -> Option<&'static str> {
    from.get(section)?.get(key).map(String::as_str)
}

/// Returns the text for `key` in `section` of `dns.toml`.
pub fn dns(section: &str, key: &str) -> Option<&'static str> {
    find(&DNS, section, key)
}

/// Returns the text for `key` in `section` of `security_values.toml`.
pub fn security(section: &str, key: &str) -> Option<&'static str> {
    find(&SECURITY, section, key)
}

/// Returns the text for `key` in `section` of `windows.toml`.
pub fn windows(section: &str, key: &str) -> Option<&'static str> {
    find(&WINDOWS, section, key)
}

/// Returns the key in `section` of `dns.toml` whose text is `text`: the way back.
pub fn dns_key(section: &str, text: &str) -> Option<&'static str> {
    let spelt = DNS.get(section)?.iter();
    let keys = spelt.filter(|(_, known)| *known == text);
    // The lowest number, where several share a text.
    keys.map(|(key, _)| key.as_str())
        .min_by_key(|key| key.parse().unwrap_or(u32::MAX))
}

/// Returns the text of message `code` of the Windows audit message table (`%%1234`).
pub fn message(code: &str) -> Option<&'static str> {
    if let Some(text) = security("message", code) {
        return Some(text);
    }
    // Object types that use fewer than 16 specific rights fill their block with this text.
    let number: u16 = code.parse().ok()?;
    let block =
        matches!(number, 4352..=4623 | 5120..=5151 | 5376..=5455 | 5650..=5711 | 7680..=7695);
    let bit = usize::from(number % 16);
    block.then(|| UNDEFINED.get(bit).copied())?
}

const UNDEFINED: [&str; 16] = [
    "Undefined Access (no effect) Bit 0",
    "Undefined Access (no effect) Bit 1",
    "Undefined Access (no effect) Bit 2",
    "Undefined Access (no effect) Bit 3",
    "Undefined Access (no effect) Bit 4",
    "Undefined Access (no effect) Bit 5",
    "Undefined Access (no effect) Bit 6",
    "Undefined Access (no effect) Bit 7",
    "Undefined Access (no effect) Bit 8",
    "Undefined Access (no effect) Bit 9",
    "Undefined Access (no effect) Bit 10",
    "Undefined Access (no effect) Bit 11",
    "Undefined Access (no effect) Bit 12",
    "Undefined Access (no effect) Bit 13",
    "Undefined Access (no effect) Bit 14",
    "Undefined Access (no effect) Bit 15",
];

/// Returns the texts of the bits set in `mask`, lowest first, from a section keyed `0x00000001`, ...
pub fn bits(section: &str, mask: i64) -> Vec<&'static str> {
    (0..32)
        .map(|bit| 1_i64 << bit)
        .filter(|flag| mask & flag != 0)
        .filter_map(|flag| security(section, &format!("0x{flag:08X}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_parses() {
        for text in [
            include_str!("tables/dns.toml"),
            include_str!("tables/security_values.toml"),
            include_str!("tables/windows.toml"),
        ] {
            toml::from_str::<Sections>(text).unwrap();
        }
    }

    #[test]
    fn messages_are_listed_or_undefined_bits() {
        assert_eq!(message("8449"), Some("Success Added"));
        assert_eq!(message("4583"), Some("Undefined Access (no effect) Bit 7"));
        assert_eq!(message("4361"), Some("Undefined Access (no effect) Bit 9"));
        assert_eq!(message("1"), None);
    }

    #[test]
    fn bits_are_lowest_first() {
        assert_eq!(bits("access_mask", 0x3), ["Create Child", "Delete Child"]);
    }
}
