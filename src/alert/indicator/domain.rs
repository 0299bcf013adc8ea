//! Is this a domain, or a file, or a member of an object?
//!
//! The public suffix list (`psl`) says which endings are real. Many real endings are also endings of files (`.sh`,
//! `.zip`) or members in PowerShell (`$file.Name`, `System.IO`), so a bare name in a text with such an ending is no
//! domain; in a URL, an e-mail address or a typed field it is.

/// Endings that in a command line or script are nearly always a file's.
const FILES: &[&str] = &[
    "ai", "app", "bz", "cab", "cfd", "docs", "gdn", "java", "md", "mo", "mov", "mp", "pl", "pm",
    "ps", "py", "rs", "sc", "sh", "so", "st", "tf", "zip",
];

/// Endings that in a script are nearly always a member; those that much malware uses (`top`, `info`) are not here.
const MEMBERS: &[&str] = &[
    "call",
    "computer",
    "data",
    "date",
    "day",
    "directory",
    "events",
    "exchange",
    "group",
    "host",
    "id",
    "int",
    "is",
    "map",
    "name",
    "new",
    "now",
    "open",
    "page",
    "post",
    "properties",
    "property",
    "read",
    "report",
    "save",
    "search",
    "security",
    "select",
    "show",
    "style",
    "tab",
    "target",
    "watch",
    "windows",
];

/// First labels of namespaces: `System.Net` is not a domain of `net`.
const NAMESPACES: &[&str] = &["system", "microsoft", "windows", "win32"];

/// Programs of Windows that end in `.com`.
const PROGRAMS: &[&str] = &[
    "chcp.com",
    "command.com",
    "diskcomp.com",
    "diskcopy.com",
    "edit.com",
    "format.com",
    "mode.com",
    "more.com",
    "tree.com",
    "win.com",
];

/// Longest name of the DNS, in bytes (RFC 1035).
const LONGEST: usize = 253;

/// Tells whether `name` could be a host's name: labels of letters, digits, `-` and `_` (as Windows allows).
pub fn is_name(name: &str) -> bool {
    name.len() <= LONGEST
        && name.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        })
}

/// Tells whether `name` lies under a public suffix that the list knows.
pub fn is_public(name: &str) -> bool {
    let lower = name.to_lowercase();
    is_name(&lower)
        && psl::domain(lower.as_bytes()).is_some_and(|domain| domain.suffix().is_known())
}

/// Tells whether `name`, standing alone in a text, is a domain rather than a file or a member.
pub fn is_bare(name: &str) -> bool {
    if !is_public(name) {
        return false;
    }
    let lower = name.to_lowercase();
    let first = lower.split('.').next().unwrap_or_default();
    let last = lower.rsplit('.').next().unwrap_or_default();
    let namespace = last != "com" && lower.matches('.').count() == 1 && NAMESPACES.contains(&first);
    !FILES.contains(&last)
        && !MEMBERS.contains(&last)
        && !PROGRAMS.contains(&lower.as_str())
        && !namespace
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refused_ending_is_a_real_one() {
        let unreal: Vec<_> = FILES
            .iter()
            .chain(MEMBERS)
            .filter(|ending| !is_public(&format!("a.{ending}")))
            .collect();
        assert!(unreal.is_empty(), "refused anyway: {unreal:?}");
    }
}
