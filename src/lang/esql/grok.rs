//! `grok` patterns become regular expressions with named groups.
//!
//! Takes a pattern such as `%{IP:source.ip} %{NUMBER:count:int}`; gives an expression in the `regex` crate's syntax, the
//! columns it fills and the type of each. The expression may match anywhere in the text. Names that stand for patterns
//! are in [`library`]; they may use one another.

mod library;

use crate::lang::{Diagnostic, Span};
use crate::text::similar;

/// How deep patterns may use one another.
const MAX_DEPTH: usize = 16;

/// Longest expression that a pattern may grow to, in bytes.
const MAX_LENGTH: usize = 64 << 10;

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grok {
    /// The expression; its groups are named after the prefix and numbered.
    pub regex: String,
    pub columns: Vec<Column>,
}

/// A column and the groups that fill it; several matched groups make several values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub groups: Vec<String>,
    /// `int`, `long`, `float`, `double` or `boolean`, when the pattern asks for one.
    pub kind: Option<String>,
}

/// Reads a pattern that stands at `span`; groups are called `prefix` and a number.
pub fn parse(pattern: &str, prefix: &str, span: &Span) -> Result<Grok, Box<Diagnostic>> {
    let mut reader = Reader {
        grok: Grok {
            // Texts are searched as Ruby does: `^` and `$` are the ends of lines, a point stops at one.
            regex: "(?m-s)".to_owned(),
            columns: Vec::new(),
        },
        groups: 0,
        prefix,
        span,
    };
    reader.read(pattern, 0)?;
    Ok(reader.grok)
}

struct Reader<'a> {
    grok: Grok,
    groups: usize,
    prefix: &'a str,
    span: &'a Span,
}

impl Reader<'_> {
    fn fail<T>(&self, message: String, help: Option<String>) -> Result<T, Box<Diagnostic>> {
        let mut error = Diagnostic::error("E540", message, self.span.clone(), "in this pattern");
        error.help = help;
        Err(Box::new(error))
    }

    fn read(&mut self, pattern: &str, depth: usize) -> Result<(), Box<Diagnostic>> {
        if depth > MAX_DEPTH || self.grok.regex.len() > MAX_LENGTH {
            return self.fail("the pattern uses itself, or is too long".to_owned(), None);
        }
        let mut rest = pattern;
        while let Some(char) = rest.chars().next() {
            if let Some(inside) = rest.strip_prefix("%{")
                && let Some(end) = inside.find('}')
            {
                self.reference(&inside[..end], depth)?;
                rest = &inside[end + 1..];
            } else if let Some((name, after)) = group_name(rest) {
                self.open(name, None);
                rest = after;
            } else if let Some(flags) = rest.strip_prefix("(?")
                && let Some(end) = flags.find([')', ':'])
                && flags[..end].chars().all(|flag| "imx-".contains(flag))
            {
                // What Ruby calls `m` lets a point match the end of a line.
                self.grok.regex.push_str("(?");
                self.grok.regex.push_str(&flags[..end].replace('m', "s"));
                rest = &flags[end..];
            } else {
                let mut length = char.len_utf8();
                if char == '\\' {
                    length += rest[1..].chars().next().map_or(0, char::len_utf8);
                }
                escape(&rest[..length], &mut self.grok.regex);
                rest = &rest[length..];
            }
        }
        Ok(())
    }

    /// `%{NAME}`, `%{NAME:column}` or `%{NAME:column:type}`.
    fn reference(&mut self, inside: &str, depth: usize) -> Result<(), Box<Diagnostic>> {
        let mut parts = inside.splitn(3, ':');
        let name = parts.next().unwrap_or_default().trim();
        let (column, kind) = (parts.next(), parts.next());
        let Some(pattern) = library::find(name) else {
            let near = similar::nearest(name, library::names());
            let help = near.map(|near| format!("did you mean `%{{{near}}}`?"));
            return self.fail(format!("`{name}` is no grok pattern"), help);
        };
        match column {
            Some(column) => self.open(column.trim(), kind),
            None => self.grok.regex.push_str("(?:"),
        }
        self.read(pattern, depth + 1)?;
        self.grok.regex.push(')');
        Ok(())
    }

    /// Begins the group of a column.
    fn open(&mut self, name: &str, kind: Option<&str>) {
        let group = format!("{}{}", self.prefix, self.groups);
        self.groups += 1;
        self.grok.regex.push_str(&format!("(?P<{group}>"));
        let columns = &mut self.grok.columns;
        match columns.iter_mut().find(|column| column.name == name) {
            Some(column) => column.groups.push(group),
            None => columns.push(Column {
                name: name.to_owned(),
                groups: vec![group],
                kind: kind.map(str::to_owned),
            }),
        }
    }
}

/// The name in `(?<name>` and what follows; looking behind is none.
fn group_name(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix("(?<")?;
    if inside.starts_with(['=', '!']) {
        return None;
    }
    inside.split_once('>')
}

/// Writes a character or an escape; Ruby's `\h` is a hexadecimal digit, `\Z` the end but for a line's.
fn escape(piece: &str, out: &mut String) {
    out.push_str(match piece {
        r"\h" => "[0-9A-Fa-f]",
        r"\H" => "[^0-9A-Fa-f]",
        r"\Z" => r"\n?\z",
        r"\<" => "<",
        r"\>" => ">",
        other => other,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(pattern: &str, text: &str) -> Option<Vec<(String, Vec<String>)>> {
        let grok = parse(pattern, "g", &(0..0)).unwrap();
        let regex = regex::Regex::new(&grok.regex).unwrap();
        let found = regex.captures(text)?;
        let values = grok.columns.iter().map(|column| {
            let groups = column.groups.iter().filter_map(|group| found.name(group));
            (
                column.name.clone(),
                groups.map(|group| group.as_str().to_owned()).collect(),
            )
        });
        Some(values.collect())
    }

    fn one(pattern: &str, text: &str) -> Option<String> {
        run(pattern, text)?.pop()?.1.pop()
    }

    #[test]
    fn columns_are_filled() {
        let found = run(
            r#"%{IPORHOST:source.address} \[%{HTTPDATE:time}\] "%{WORD:verb} %{NOTSPACE:path}" %{NUMBER:status:int}"#,
            r#"10.1.2.3 [23/Oct/2023:13:55:01 +0200] "GET /a?b=c" 200"#,
        )
        .unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|(name, values)| (name.as_str(), values[0].as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("source.address", "10.1.2.3"),
                ("time", "23/Oct/2023:13:55:01 +0200"),
                ("verb", "GET"),
                ("path", "/a?b=c"),
                ("status", "200"),
            ]
        );
        let grok = parse("%{NUMBER:n:int}", "g", &(0..0)).unwrap();
        assert_eq!(grok.columns[0].kind.as_deref(), Some("int"));
    }

    #[test]
    fn a_column_may_be_filled_twice() {
        let found = run("%{WORD:w} %{WORD:w}", "a b").unwrap();
        assert_eq!(
            found,
            [("w".to_owned(), vec!["a".to_owned(), "b".to_owned()])]
        );
    }

    #[test]
    fn texts_are_searched_by_line() {
        assert_eq!(
            one(
                r"(?i)^key[ \t]*:[ \t]*(?<a.b>[^\r\n]+)\r?$",
                "x:1\r\nKey: v\r\n"
            )
            .as_deref(),
            Some("v")
        );
        assert_eq!(one("a(?<x>.*)", "ab\nc").as_deref(), Some("b"));
        assert_eq!(one("(?m)a(?<x>.*)", "ab\nc").as_deref(), Some("b\nc"));
        assert_eq!(
            one("(?i:HTTP)://(?<x>[^/]+)", "see http://h/").as_deref(),
            Some("h")
        );
        assert_eq!(one("(?<x>b)", "a"), None);
    }

    #[test]
    fn wrong_patterns_are_named() {
        let error = parse("%{URIHOTS:x}", "g", &(3..9)).unwrap_err();
        assert_eq!(error.message, "`URIHOTS` is no grok pattern");
        assert_eq!(error.help.as_deref(), Some("did you mean `%{URIHOST}`?"));
        assert_eq!(error.labels[0].span, 3..9);
    }

    #[test]
    fn every_pattern_of_the_library_compiles_and_fits_its_example() {
        for (name, example) in library::EXAMPLES {
            let pattern = format!(r"\A%{{{name}:x}}\z");
            assert_eq!(one(&pattern, example).as_deref(), Some(*example), "{name}");
        }
        let examples: Vec<_> = library::EXAMPLES.iter().map(|(name, _)| *name).collect();
        for name in library::names() {
            assert!(examples.contains(&name), "{name} has no example");
        }
    }
}
