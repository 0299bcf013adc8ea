//! Sysmon's registry events: path, hive, key, value and data.

use crate::event::{Fields, Value};

/// Hives by the names that Sysmon and others write.
const HIVES: [(&str, &str); 14] = [
    ("HKEY_CLASSES_ROOT", "HKCR"),
    ("HKCR", "HKCR"),
    ("HKEY_CURRENT_CONFIG", "HKCC"),
    ("HKCC", "HKCC"),
    ("HKEY_CURRENT_USER", "HKCU"),
    ("HKCU", "HKCU"),
    ("HKEY_DYN_DATA", "HKDD"),
    ("HKDD", "HKDD"),
    ("HKEY_LOCAL_MACHINE", "HKLM"),
    ("HKLM", "HKLM"),
    ("HKEY_PERFORMANCE_DATA", "HKPD"),
    ("HKPD", "HKPD"),
    ("HKEY_USERS", "HKU"),
    ("HKU", "HKU"),
];

/// What a `TargetObject` names.
#[derive(Debug, Clone, Copy)]
pub struct Target<'t> {
    pub hive: Option<&'static str>,
    /// Below a hive that is known.
    pub key: Option<&'t str>,
    pub value: &'t str,
}

impl<'t> Target<'t> {
    /// Takes `TargetObject` apart.
    pub fn of(target: &'t str) -> Self {
        // Java's split drops empty parts at the end.
        let parts = target.trim_end_matches('\\');
        let (first, rest) = parts
            .split_once('\\')
            .map_or((parts, None), |(first, rest)| (first, Some(rest)));
        let hive = HIVES.iter().find(|(name, _)| *name == first);
        Self {
            hive: hive.map(|(_, hive)| *hive),
            key: hive.and(rest),
            value: parts.rsplit_once('\\').map_or(parts, |(_, value)| value),
        }
    }
}

/// Fills `registry.*` from `TargetObject` and `Details`.
pub fn fill(ecs: &mut Fields, target: &str, details: Option<&str>) {
    ecs.put("registry.path", target);
    let parts = Target::of(target);
    if let Some(hive) = parts.hive {
        ecs.put("registry.hive", hive);
    }
    if let Some(key) = parts.key {
        ecs.put("registry.key", key);
    }
    ecs.put("registry.value", parts.value);
    if let Some(details) = details.filter(|details| !details.is_empty()) {
        ecs.put("registry.data.type", data(details).0);
        ecs.put("registry.data.strings", strings(details));
    }
}

/// Returns `registry.data.strings` of a `Details`.
pub fn strings(details: &str) -> Value {
    Value::List(vec![data(details).1.into()])
}

/// Returns the type and text of a value that Sysmon wrote as `Details`.
fn data(details: &str) -> (&'static str, String) {
    if let Some((high, low)) = hex_inside(details, "QWORD (").and_then(|both| both.split_once('-'))
        && let (Some(high), Some(low)) = (hex(high), hex(low))
    {
        // The high half moves by 8 bits, not 32: winlogbeat's pipeline has it so, and rules see its numbers.
        return ("SZ_QWORD", ((high << 8) + low).to_string());
    }
    if let Some(number) = hex_inside(details, "DWORD (").and_then(hex) {
        return ("SZ_DWORD", number.to_string());
    }
    let kind = if details == "Binary Data" {
        "REG_BINARY"
    } else {
        "REG_SZ"
    };
    (kind, details.to_owned())
}

fn hex_inside<'a>(details: &'a str, opening: &str) -> Option<&'a str> {
    let head = details.get(..opening.len())?;
    if !head.eq_ignore_ascii_case(opening) {
        return None;
    }
    details[opening.len()..].strip_suffix(')')
}

fn hex(text: &str) -> Option<i64> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))?;
    if digits.len() != 8 {
        return None;
    }
    i64::from_str_radix(digits, 16).ok()
}

/// Returns `Details` as Sysmon writes it, from `registry.data.type` and its first string.
pub fn details(kind: Option<&str>, text: &str) -> String {
    match (kind, text.parse::<u64>()) {
        (Some("SZ_DWORD" | "REG_DWORD"), Ok(number)) => format!("DWORD (0x{number:08x})"),
        // The pipeline's sum is the number itself where the high half is 0; a larger one cannot be taken apart again.
        (Some("SZ_QWORD"), Ok(number)) if number <= 0xffff_ffff => {
            format!("QWORD (0x00000000-0x{number:08x})")
        }
        (Some("REG_QWORD"), Ok(number)) => {
            format!(
                "QWORD (0x{:08x}-0x{:08x})",
                number >> 32,
                number & 0xffff_ffff
            )
        }
        (Some("REG_BINARY"), _) => "Binary Data".to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(target: &str, details: &str) -> Fields {
        let mut ecs = Fields::default();
        fill(&mut ecs, target, Some(details));
        ecs
    }

    #[test]
    fn a_dword_is_a_list_of_its_decimal_text() {
        let ecs = filled(r"HKLM\Software\A\DumpType", "DWORD (0x00000002)");
        assert_eq!(
            ecs.named("registry.data.strings"),
            Some(&Value::from(vec!["2"]))
        );
        assert_eq!(ecs.text("registry.data.type"), Some("SZ_DWORD"));
        assert_eq!(ecs.text("registry.hive"), Some("HKLM"));
        assert_eq!(ecs.text("registry.key"), Some(r"Software\A\DumpType"));
        assert_eq!(ecs.text("registry.value"), Some("DumpType"));
        assert_eq!(details(Some("SZ_DWORD"), "2"), "DWORD (0x00000002)");
    }

    #[test]
    fn a_qword_keeps_the_pipelines_shift_by_eight() {
        let ecs = filled(r"HKU\S-1-5-18\V", "QWORD (0x00000001-0x00000002)");
        assert_eq!(
            ecs.named("registry.data.strings"),
            Some(&Value::from(vec!["258"]))
        );
        assert_eq!(ecs.text("registry.data.type"), Some("SZ_QWORD"));
    }

    #[test]
    fn other_data_is_text_or_binary() {
        let kind = |details| {
            filled(r"\REGISTRY\A\x", details)
                .text("registry.data.type")
                .map(str::to_owned)
        };
        assert_eq!(kind("Binary Data").as_deref(), Some("REG_BINARY"));
        assert_eq!(kind("C:\\x.exe").as_deref(), Some("REG_SZ"));
        assert_eq!(kind("DWORD (0x2)").as_deref(), Some("REG_SZ"));
        assert!(
            filled(r"\REGISTRY\A\x", "x")
                .named("registry.hive")
                .is_none()
        );
    }
}
