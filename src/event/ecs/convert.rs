//! Conversions of single values: casts, paths, GUIDs, numbers as the pipelines read them.

use std::net::IpAddr;

use super::table::Cast;
use crate::event::{Fields, Value};

/// Returns `value` cast, or `None` when it does not fit.
pub fn cast(value: &Value, cast: Cast) -> Option<Value> {
    match cast {
        Cast::Text => Some(value.clone()),
        Cast::Long => long(value).map(Value::Int),
        Cast::Bool => match value {
            Value::Bool(flag) => Some(Value::Bool(*flag)),
            other => flag(other.as_str()?).map(Value::Bool),
        },
        Cast::Ip => {
            let text = value.as_str()?;
            text.parse::<IpAddr>().ok().map(|_| Value::from(text))
        }
    }
}

fn flag(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Reads a number as Elasticsearch's `convert` to `long`: decimal, or hexadecimal behind `0x`.
pub fn long(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        other => decode(other.as_str()?),
    }
}

/// Reads a number as Java's `Long.decode`, apart from its octals, which no log writes.
pub fn decode(text: &str) -> Option<i64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Returns the part of `path` behind its last backslash, if it has one.
pub fn last_part(path: &str) -> Option<&str> {
    path.rsplit_once('\\').map(|(_, name)| name)
}

/// Returns the name of the program whose file `path` names.
pub fn program_name(path: &str) -> Option<&str> {
    last_part(path).filter(|name| !name.is_empty())
}

/// The parts of a path.
#[derive(Debug, Clone, Copy)]
pub struct PathParts<'p> {
    pub name: &'p str,
    pub directory: &'p str,
    pub extension: Option<&'p str>,
}

/// Returns the parts of a path that has a backslash. The extension starts behind the last dot of the whole path, so a dot
/// in a directory's name gives an odd one: that is what winlogbeat does.
pub fn path_parts(path: &str) -> Option<PathParts<'_>> {
    let (directory, name) = path.rsplit_once('\\')?;
    Some(PathParts {
        name,
        directory,
        extension: path.rsplit_once('.').map(|(_, extension)| extension),
    })
}

/// Fills `file.name`, `file.directory` and `file.extension` from `path`.
pub fn file_parts(ecs: &mut Fields, path: &str) {
    let Some(parts) = path_parts(path) else {
        return;
    };
    ecs.put("file.name", parts.name);
    ecs.put("file.directory", parts.directory);
    if let Some(extension) = parts.extension {
        ecs.put("file.extension", extension);
    }
}

/// Writes a GUID as winlogbeat writes a record's own: braces, lower case.
pub fn braced(guid: &str) -> String {
    let bare = guid.trim_start_matches('{').trim_end_matches('}');
    format!("{{{}}}", bare.to_ascii_lowercase())
}

/// Returns whether `text` is a GUID, with braces or without.
pub fn is_guid(text: &str) -> bool {
    let inner = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let bare = inner.unwrap_or(text).as_bytes();
    bare.len() == 36
        && bare.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Removes the address's `::ffff:` when it stands for an IPv4 one.
pub fn unmapped(address: &str) -> &str {
    let bare = address
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map_or(address, |(inside, _)| inside);
    match bare.strip_prefix("::ffff:") {
        Some(v4) if v4.parse::<std::net::Ipv4Addr>().is_ok() => v4,
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_process_ids_are_numbers() {
        assert_eq!(decode("0x11cc"), Some(4556));
        assert_eq!(decode("4556"), Some(4556));
        assert_eq!(decode("-"), None);
    }

    #[test]
    fn guids_get_braces_and_lower_case() {
        for guid in [
            "5770385F-C22A-43E0-BF4C-06F5698FFBD9",
            "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}",
        ] {
            assert_eq!(braced(guid), "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}");
        }
    }

    #[test]
    fn mapped_addresses_lose_their_prefix() {
        assert_eq!(unmapped("::ffff:10.1.2.3"), "10.1.2.3");
        assert_eq!(unmapped("[::ffff:10.1.2.3]:53"), "10.1.2.3");
        assert_eq!(unmapped("fe80::1"), "fe80::1");
    }
}
