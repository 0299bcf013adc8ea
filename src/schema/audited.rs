//! What the Security log says of registry values, in Sysmon's words.
//!
//! Takes event 4657; gives `TargetObject` and `Details` as Sysmon's events 12 and 13 would have them, so that one rule
//! reads both.

use super::windows;
use crate::event::Event;

/// Roots of the kernel's paths and what Sysmon writes for them.
const ROOTS: [(&str, &str); 2] = [
    (r"\REGISTRY\MACHINE\", r"HKLM\"),
    (r"\REGISTRY\USER\", r"HKU\"),
];

/// Sets of control values, of which one is the current one; Sysmon writes the link to it.
const CONTROL_SETS: [&str; 3] = ["ControlSet001", "ControlSet002", "ControlSet003"];

/// Message of the audit for a value of type `REG_DWORD`, and for `REG_QWORD`.
const DWORD: &str = "%%1876";
const QWORD: &str = "%%1883";
const BINARY: &str = "%%1875";

/// Returns the path of the value.
pub fn target_object(event: &Event) -> Option<String> {
    let key = windows::text(event, "ObjectName")?;
    let mut path = ROOTS
        .iter()
        .find_map(|(root, name)| {
            let head = key.get(..root.len())?;
            head.eq_ignore_ascii_case(root)
                .then(|| format!("{name}{}", &key[root.len()..]))
        })
        .unwrap_or_else(|| key.into_owned());
    for set in CONTROL_SETS {
        let linked = format!(r"HKLM\SYSTEM\{set}");
        let at = linked.len();
        if path
            .get(..at)
            .is_some_and(|head| head.eq_ignore_ascii_case(&linked))
        {
            path = format!(r"HKLM\SYSTEM\CurrentControlSet{}", &path[at..]);
        }
    }
    if let Some(value) = windows::text(event, "ObjectValueName").filter(|name| *name != "-") {
        path.push('\\');
        path.push_str(&value);
    }
    Some(path)
}

/// Returns the new value.
pub fn details(event: &Event) -> Option<String> {
    let kind = windows::text(event, "NewValueType").unwrap_or_default();
    if kind == BINARY {
        return Some("Binary Data".to_owned());
    }
    let value = windows::text(event, "NewValue").filter(|value| *value != "-")?;
    let number = match value.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => value.parse().ok(),
    };
    Some(match (&*kind, number) {
        (DWORD, Some(number)) => format!("DWORD (0x{number:08x})"),
        (QWORD, Some(number)) => format!(
            "QWORD (0x{:08x}-0x{:08x})",
            number >> 32,
            number & 0xffff_ffff
        ),
        _ => value.into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::event;
    use super::super::{Vocabulary, tests::shown};

    #[test]
    fn audits_read_like_sysmon() {
        let audit = event(
            "Security",
            4657,
            &[
                (
                    "ObjectName",
                    r"\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\x",
                ),
                ("ObjectValueName", "Start"),
                ("OperationType", "%%1905"),
                ("NewValueType", "%%1876"),
                ("NewValue", "4"),
                ("ProcessName", r"C:\Windows\regedit.exe"),
            ],
        );
        let shown = |name| shown(&audit, Vocabulary::Windows, name);
        assert_eq!(
            shown("TargetObject").as_deref(),
            Some(r"HKLM\SYSTEM\CurrentControlSet\Services\x\Start")
        );
        assert_eq!(shown("Details").as_deref(), Some("DWORD (0x00000004)"));
        assert_eq!(shown("Image").as_deref(), Some(r"C:\Windows\regedit.exe"));
        assert_eq!(shown("EventType").as_deref(), Some("SetValue"));
        let user = event(
            "Security",
            4657,
            &[
                ("ObjectName", r"\registry\user\S-1-5-21\Software"),
                ("NewValue", "-"),
            ],
        );
        let shown = |name| super::super::tests::shown(&user, Vocabulary::Windows, name);
        assert_eq!(
            shown("TargetObject").as_deref(),
            Some(r"HKU\S-1-5-21\Software")
        );
        assert_eq!(shown("Details"), None);
    }
}
