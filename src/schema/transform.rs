//! The small changes that a mapping table makes to a value on its way, each called by a name.
//!
//! Takes text; gives text, or nothing when the change has no answer (a path without a file name).

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transform {
    /// After the last `\` or `/`.
    Basename,
    /// One part of a `\`-separated path, counted from its end: `part 2` of `HKLM\A\B` is `A`.
    Part(usize),
    Lower,
    /// `DWORD (0x00000002)` gives `0x00000002`; anything else stays.
    Parenthesised,
    /// Type of the value that Sysmon's `Details` shows.
    RegistryType,
    /// The hive, for the three prefixes that the Splunk add-on knows.
    RegistryHive,
    /// Drops the value when it is this text.
    Not(Box<str>),
    /// Replaces one of these texts (letter case apart) and drops any other.
    Map(Box<[(Box<str>, Box<str>)]>),
    /// One digest of `MD5=..,SHA256=..`.
    Hash(Box<str>),
    /// `4242` gives `0x1092`.
    Hex,
    /// Puts this text before the value.
    Prefix(Box<str>),
    /// File name of the program that a command line starts.
    Program,
    /// `addresses` of Sysmon's `QueryResults`: what each answer says.
    DnsAnswers,
    /// The record types of Sysmon's `QueryResults`.
    DnsTypes,
}

impl Transform {
    /// Reads `basename`, `part 2`, `map a=b c=d`; `None` when there is no such change.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        Some(match name {
            "basename" => Self::Basename,
            "part" => Self::Part(rest.parse().ok().filter(|at| *at > 0)?),
            "lower" => Self::Lower,
            "parenthesised" => Self::Parenthesised,
            "registry_type" => Self::RegistryType,
            "registry_hive" => Self::RegistryHive,
            "not" => Self::Not(rest.into()),
            "map" => Self::Map(
                rest.split(' ')
                    .map(|pair| pair.split_once('='))
                    .map(|pair| pair.map(|(from, to)| (from.replace('_', " ").into(), to.into())))
                    .collect::<Option<_>>()?,
            ),
            "hash" => Self::Hash(rest.into()),
            "hex" => Self::Hex,
            "prefix" => Self::Prefix(rest.into()),
            "program" => Self::Program,
            "dns_answers" => Self::DnsAnswers,
            "dns_types" => Self::DnsTypes,
            _ => return None,
        })
    }

    /// Changes `text`; several results only for the DNS answers.
    #[must_use]
    pub fn apply(&self, text: &str) -> Vec<String> {
        let one = match self {
            Self::Basename => text.rsplit(['\\', '/']).next().map(str::to_owned),
            Self::Part(at) => text.rsplit('\\').nth(at - 1).map(str::to_owned),
            Self::Lower => Some(text.to_lowercase()),
            Self::Parenthesised => Some(parenthesised(text).unwrap_or(text).to_owned()),
            Self::RegistryType => Some(registry_type(text).to_owned()),
            Self::RegistryHive => registry_hive(text).map(str::to_owned),
            Self::Not(refused) => (text != &**refused).then(|| text.to_owned()),
            Self::Map(pairs) => pairs
                .iter()
                .find(|(from, _)| from.eq_ignore_ascii_case(text))
                .map(|(_, to)| to.to_string()),
            Self::Hash(kind) => hash(text, kind).map(str::to_owned),
            Self::Hex => text
                .parse::<u64>()
                .ok()
                .map(|number| format!("{number:#x}")),
            Self::Prefix(prefix) => Some(format!("{prefix}{text}")),
            Self::Program => program(text).map(str::to_owned),
            Self::DnsAnswers => {
                return dns_answers(text).map(|(_, data)| data.to_owned()).collect();
            }
            Self::DnsTypes => return dns_answers(text).map(|(kind, _)| kind.to_owned()).collect(),
        };
        one.filter(|text| !text.is_empty()).into_iter().collect()
    }
}

/// The Splunk add-on lifts what stands in brackets after one word.
fn parenthesised(details: &str) -> Option<&str> {
    let (word, rest) = details.split_once(" (")?;
    let inside = rest.strip_suffix(')')?;
    word.chars()
        .all(|c| c.is_alphanumeric() || c == '_')
        .then_some(inside)
        .filter(|inside| !inside.is_empty() && !word.is_empty())
}

fn registry_type(details: &str) -> &'static str {
    match details {
        "Binary Data" => "REG_BINARY",
        _ if details.starts_with("DWORD (") => "REG_DWORD",
        _ if details.starts_with("QWORD (") => "REG_QWORD",
        _ => "REG_SZ",
    }
}

fn registry_hive(path: &str) -> Option<&'static str> {
    const HIVES: [(&str, &str); 3] = [
        ("HKLM\\System\\", "HKEY_LOCAL_MACHINE\\System"),
        ("HKU\\", "HKEY_CURRENT_USER"),
        ("HKLM\\SOFTWARE\\", "HKEY_LOCAL_MACHINE\\Software"),
    ];
    HIVES
        .iter()
        .find(|(prefix, _)| {
            path.get(..prefix.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
        })
        .map(|(_, hive)| *hive)
}

fn hash<'a>(hashes: &'a str, kind: &str) -> Option<&'a str> {
    hashes
        .split(',')
        .filter_map(|part| part.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case(kind))
        .map(|(_, digest)| digest)
}

/// Returns the program of a command line and what follows it, quotes taken off.
pub fn split_program(line: &str) -> (&str, &str) {
    let line = line.trim_start();
    let parts = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"'),
        None => line.split_once(char::is_whitespace),
    };
    let (program, rest) = parts.unwrap_or((line.trim_start_matches('"'), ""));
    (program, rest.trim_start())
}

/// CIM's way to a process name where only the command line is known: the file name of the first quoted path,
/// else of the first word.
fn program(line: &str) -> Option<&str> {
    let (program, _) = split_program(line);
    program.rsplit('\\').next().map(str::trim)
}

/// Splits `type:  5 name;::ffff:192.0.2.1;` into (type name, data); an answer without a type is an address.
fn dns_answers(results: &str) -> impl Iterator<Item = (&'static str, &str)> {
    results
        .split(';')
        .map(str::trim)
        .filter(|answer| !answer.is_empty() && *answer != "-")
        .map(
            |answer| match answer.strip_prefix("type:").map(str::trim_start) {
                Some(typed) => {
                    let (number, data) =
                        typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
                    (dns_type(number), data.trim())
                }
                None => match answer.strip_prefix("::ffff:").unwrap_or(answer) {
                    v6 if v6.contains(':') => ("AAAA", v6),
                    v4 => ("A", v4),
                },
            },
        )
}

fn dns_type(number: &str) -> &'static str {
    match number {
        "1" => "A",
        "2" => "NS",
        "5" => "CNAME",
        "6" => "SOA",
        "12" => "PTR",
        "15" => "MX",
        "16" => "TXT",
        "28" => "AAAA",
        "33" => "SRV",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(transform: &str, text: &str) -> Vec<String> {
        Transform::parse(transform).unwrap().apply(text)
    }

    #[test]
    fn paths() {
        assert_eq!(
            apply("basename", r"C:\Tools\procdump.exe"),
            ["procdump.exe"]
        );
        assert_eq!(apply("basename", "System"), ["System"]);
        assert_eq!(apply("part 1", r"HKLM\A\B"), ["B"]);
        assert_eq!(apply("part 2", r"HKLM\A\B"), ["A"]);
        assert!(apply("part 4", r"HKLM\A\B").is_empty());
        assert!(Transform::parse("part 0").is_none());
        assert!(Transform::parse("nonsense").is_none());
    }

    #[test]
    fn registry_details() {
        assert_eq!(apply("parenthesised", "DWORD (0x00000002)"), ["0x00000002"]);
        assert_eq!(apply("parenthesised", r"C:\x (y)\z"), [r"C:\x (y)\z"]);
        assert_eq!(apply("parenthesised", "Binary Data"), ["Binary Data"]);
        assert_eq!(apply("registry_type", "QWORD (0x0-0x2)"), ["REG_QWORD"]);
        assert_eq!(apply("registry_type", "text"), ["REG_SZ"]);
        assert_eq!(
            apply("registry_hive", r"HKLM\SOFTWARE\X"),
            [r"HKEY_LOCAL_MACHINE\Software"]
        );
        assert!(apply("registry_hive", r"HKCR\X").is_empty());
    }

    #[test]
    fn choices() {
        assert!(apply("not -", "-").is_empty());
        assert_eq!(apply("not -", "a"), ["a"]);
        assert_eq!(
            apply("map CreateKey=created DeleteKey=deleted", "createkey"),
            ["created"]
        );
        assert_eq!(apply("map Audit_Success=1", "Audit Success"), ["1"]);
        assert!(apply("map CreateKey=created", "Other").is_empty());
        assert_eq!(apply("hash sha256", "MD5=AA,SHA256=BB"), ["BB"]);
        assert_eq!(apply("hex", "4242"), ["0x1092"]);
    }

    #[test]
    fn programs_of_command_lines() {
        assert_eq!(
            apply("program", r#""C:\Program Files\a b.exe" -x"#),
            ["a b.exe"]
        );
        assert_eq!(apply("program", r"C:\a.exe -x C:\b.exe"), ["a.exe"]);
        assert_eq!(
            split_program("procdump -ma lsass"),
            ("procdump", "-ma lsass")
        );
        assert_eq!(split_program(r#""unclosed"#), ("unclosed", ""));
    }

    #[test]
    fn dns() {
        let results = "type:  5 cdn.example.net;::ffff:192.0.2.7;2001:db8::1;";
        assert_eq!(
            apply("dns_answers", results),
            ["cdn.example.net", "192.0.2.7", "2001:db8::1"]
        );
        assert_eq!(apply("dns_types", results), ["CNAME", "A", "AAAA"]);
        assert!(apply("dns_answers", "-").is_empty());
    }
}
