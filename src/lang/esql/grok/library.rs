//! The patterns that `%{NAME}` stands for.
//!
//! The names are those of Elasticsearch's base patterns; the expressions are our own, in a syntax without looking around.

/// Name and expression.
const PATTERNS: &[(&str, &str)] = &[
    ("BASE10NUM", r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)"),
    (
        "BASE16FLOAT",
        r"[+-]?(?:0x)?(?:[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]*)?|\.[0-9A-Fa-f]+)",
    ),
    ("BASE16NUM", r"[+-]?(?:0x)?[0-9A-Fa-f]+"),
    ("BOOLEAN", r"(?i:true|false)"),
    ("CISCOMAC", r"(?:[A-Fa-f0-9]{4}\.){2}[A-Fa-f0-9]{4}"),
    ("COMMONMAC", r"(?:[A-Fa-f0-9]{2}:){5}[A-Fa-f0-9]{2}"),
    ("DATA", r".*?"),
    ("DATE", r"%{DATE_US}|%{DATE_EU}"),
    ("DATESTAMP", r"%{DATE}[- ]%{TIME}"),
    ("DATE_EU", r"%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}"),
    ("DATE_US", r"%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}"),
    (
        "DAY",
        r"(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)",
    ),
    ("EMAILADDRESS", r"%{EMAILLOCALPART}@%{HOSTNAME}"),
    (
        "EMAILLOCALPART",
        r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*",
    ),
    ("GREEDYDATA", r".*"),
    ("GREEDYMULTILINE", r"(?:.|\r|\n)*"),
    (
        "HOSTNAME",
        r"\b[0-9A-Za-z][0-9A-Za-z-]{0,62}(?:\.[0-9A-Za-z][0-9A-Za-z-]{0,62})*\.?",
    ),
    ("HOSTPORT", r"%{IPORHOST}:%{POSINT}"),
    ("HOUR", r"(?:2[0123]|[01]?[0-9])"),
    ("HTTPDATE", r"%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}"),
    ("INT", r"[+-]?\d+"),
    ("IP", r"(?:%{IPV6}|%{IPV4})"),
    ("IPORHOST", r"(?:%{IP}|%{HOSTNAME})"),
    (
        "IPV4",
        r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)",
    ),
    (
        "IPV6",
        r"(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){7}|(?:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,6})?::(?:(?:[0-9A-Fa-f]{1,4}:){0,6}(?:%{IPV4}|[0-9A-Fa-f]{1,4}))?)(?:%[0-9A-Za-z]+)?",
    ),
    ("ISO8601_TIMEZONE", r"(?:Z|[+-]%{HOUR}(?::?%{MINUTE}))"),
    (
        "LOGLEVEL",
        r"(?i:alert|trace|debug|notice|info(?:rmation)?|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe|emerg(?:ency)?)",
    ),
    ("MAC", r"(?:%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC})"),
    ("MINUTE", r"[0-5][0-9]"),
    (
        "MONTH",
        r"\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b",
    ),
    ("MONTHDAY", r"(?:0[1-9]|[12]\d|3[01]|[1-9])"),
    ("MONTHNUM", r"(?:0?[1-9]|1[0-2])"),
    ("NONNEGINT", r"\b\d+\b"),
    ("NOTSPACE", r"\S+"),
    ("NUMBER", r"%{BASE10NUM}"),
    ("PATH", r"(?:%{UNIXPATH}|%{WINPATH})"),
    ("POSINT", r"\b[1-9]\d*\b"),
    ("PROG", r"[\x21-\x5a\x5c\x5e-\x7e]+"),
    ("QUOTEDSTRING", r#"(?:"(?:\\.|[^\\"])*"|'(?:\\.|[^\\'])*')"#),
    ("QS", r"%{QUOTEDSTRING}"),
    ("SECOND", r"(?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?"),
    ("SPACE", r"\s*"),
    ("SYSLOGTIMESTAMP", r"%{MONTH} +%{MONTHDAY} %{TIME}"),
    ("TIME", r"%{HOUR}:%{MINUTE}(?::%{SECOND})?"),
    (
        "TIMESTAMP_ISO8601",
        r"%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?%{ISO8601_TIMEZONE}?",
    ),
    ("UNIXPATH", r"(?:/[[:alnum:]_%!$@:.,+~-]*)+"),
    (
        "URI",
        r"%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?%{URIHOST}?%{URIPATHPARAM}?",
    ),
    ("URIHOST", r"%{IPORHOST}(?::%{POSINT})?"),
    ("URIPARAM", r"\?[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\[\]<>-]*"),
    ("URIPATH", r"(?:/[A-Za-z0-9$.+!*'(){},~:;=@#%&_-]*)+"),
    ("URIPATHPARAM", r"%{URIPATH}(?:%{URIPARAM})?"),
    ("URIPROTO", r"[A-Za-z](?:[A-Za-z0-9+.-]+)+"),
    ("USER", r"%{USERNAME}"),
    ("USERNAME", r"[a-zA-Z0-9._-]+"),
    (
        "UUID",
        r"[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}",
    ),
    ("WINDOWSMAC", r"(?:[A-Fa-f0-9]{2}-){5}[A-Fa-f0-9]{2}"),
    ("WINPATH", r"(?:[A-Za-z]:|\\)(?:\\[^\\?*]*)+"),
    ("WORD", r"\b\w+\b"),
    ("YEAR", r"(?:\d\d){1,2}"),
];

/// Returns the expression of a name.
pub fn find(name: &str) -> Option<&'static str> {
    let (_, expression) = PATTERNS.iter().find(|(known, _)| *known == name)?;
    Some(expression)
}

/// Returns all names.
pub fn names() -> impl Iterator<Item = &'static str> {
    PATTERNS.iter().map(|(name, _)| *name)
}

/// A text that each pattern covers.
#[cfg(test)]
pub const EXAMPLES: &[(&str, &str)] = &[
    ("BASE10NUM", "-1.5"),
    ("BASE16FLOAT", "0x1f.8"),
    ("BASE16NUM", "0x1F"),
    ("BOOLEAN", "True"),
    ("CISCOMAC", "0123.4567.89ab"),
    ("COMMONMAC", "01:23:45:67:89:ab"),
    ("DATA", "anything at all"),
    ("DATE", "23.10.2023"),
    ("DATESTAMP", "10/23/2023 13:55:01"),
    ("DATE_EU", "23.10.2023"),
    ("DATE_US", "10/23/2023"),
    ("DAY", "Monday"),
    ("EMAILADDRESS", "ann.b+c@example.org"),
    ("EMAILLOCALPART", "ann.b+c"),
    ("GREEDYDATA", "anything at all"),
    ("GREEDYMULTILINE", "a\r\nb"),
    ("HOSTNAME", "srv-1.corp.example"),
    ("HOSTPORT", "srv-1:8080"),
    ("HOUR", "23"),
    ("HTTPDATE", "23/Oct/2023:13:55:01 +0200"),
    ("INT", "-12"),
    ("IP", "fe80::1"),
    ("IPORHOST", "10.0.0.1"),
    ("IPV4", "192.168.0.255"),
    ("IPV6", "2001:db8::8a2e:370:7334"),
    ("ISO8601_TIMEZONE", "+02:00"),
    ("LOGLEVEL", "WARN"),
    ("MAC", "01-23-45-67-89-AB"),
    ("MINUTE", "59"),
    ("MONTH", "October"),
    ("MONTHDAY", "31"),
    ("MONTHNUM", "12"),
    ("NONNEGINT", "0"),
    ("NOTSPACE", "a/b"),
    ("NUMBER", "12"),
    ("PATH", r"C:\Windows\System32\cmd.exe"),
    ("POSINT", "8080"),
    ("PROG", "sshd"),
    ("QUOTEDSTRING", r#""a \" b""#),
    ("QS", "'a b'"),
    ("SECOND", "59.123"),
    ("SPACE", " \t"),
    ("SYSLOGTIMESTAMP", "Oct 23 13:55:01"),
    ("TIME", "13:55:01"),
    ("TIMESTAMP_ISO8601", "2023-10-23T13:55:01.5Z"),
    ("UNIXPATH", "/usr/bin/curl"),
    ("URI", "https://ann@example.org:8443/a/b?c=d"),
    ("URIHOST", "example.org:8443"),
    ("URIPARAM", "?a=b&c=d"),
    ("URIPATH", "/a/b"),
    ("URIPATHPARAM", "/a/b?c"),
    ("URIPROTO", "https"),
    ("USER", "ann.b"),
    ("USERNAME", "ann_b"),
    ("UUID", "01234567-89ab-cdef-0123-456789abcdef"),
    ("WINDOWSMAC", "01-23-45-67-89-AB"),
    ("WINPATH", r"C:\Users\Ann B\x.txt"),
    ("WORD", "a_1"),
    ("YEAR", "2023"),
];
