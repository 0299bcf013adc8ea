//! A page as Markdown: CommonMark, with the tables and task lists of GitHub.
//!
//! Takes sections; gives text in which nothing from a log, a rule or an analyst acts as markup, HTML or a terminal's
//! escape sequence. Prose is escaped; values stand in code spans, whose content no renderer interprets.

use super::page::{Body, Item, Section, Text};
use crate::text::{Marks, plain, visible_lines};

/// Writes the page.
pub(super) fn write(title: &str, sections: &[Section]) -> String {
    let mut page = format!("# {}\n", words(title));
    for section in sections {
        page.push('\n');
        if !section.title.is_empty() {
            page.push_str(&format!("## {}\n\n", section.title));
        }
        match &section.body {
            Body::Facts(facts) => {
                for (name, text) in facts {
                    page.push_str(&format!("- {}: {}\n", words(name), piece(text)));
                }
            }
            Body::Words(texts) => {
                for text in texts {
                    page.push_str(&format!("{}\n", words(text)));
                }
            }
            Body::Table(header, rows) => table(&mut page, header, rows),
            Body::Items(items) => items.iter().for_each(|one| item(&mut page, one)),
        }
    }
    page
}

fn table(page: &mut String, header: &[&str], rows: &[Vec<Text>]) {
    page.push_str(&format!(
        "| {} |\n|{}\n",
        header.join(" | "),
        "---|".repeat(header.len())
    ));
    for row in rows {
        // A table is cut into cells before code spans are read, so the bar is escaped in them too.
        let cells: Vec<String> = row
            .iter()
            .map(|text| match text {
                Text::Value(value) => code(value).replace('|', "\\|"),
                other => piece(other),
            })
            .collect();
        page.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
}

fn item(page: &mut String, item: &Item) {
    let mark = match item.done {
        Some(true) => "[x] ",
        Some(false) => "[ ] ",
        None => "",
    };
    let parts: Vec<String> = item.parts.iter().map(piece).collect();
    page.push_str(&format!("- {mark}{}\n", parts.join(" ")));
    for note in &item.notes {
        page.push_str(&format!("  - {}\n", words(note)));
    }
}

fn piece(text: &Text) -> String {
    match text {
        Text::Words(text) => words(text),
        Text::Value(value) => code(value),
        Text::Link { label, url } => {
            if is_linkable(url) {
                format!("[{}](<{url}>)", words(label))
            } else {
                code(label)
            }
        }
    }
}

/// Tells whether a link may be made of it: a web page whose address has nothing to escape.
fn is_linkable(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://"))
        && url.bytes().all(|byte| {
            byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'\\' | b'|' | b'`')
        })
}

/// Returns prose on one line in which nothing acts as markup.
fn words(text: &str) -> String {
    let lines: Vec<String> = visible_lines(text, Marks::Unicode)
        .lines()
        .map(|line| escaped(line.trim()))
        .filter(|line| !line.is_empty())
        .collect();
    lines.join(" / ")
}

fn escaped(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    for (at, c) in line.char_indices() {
        let starts_block = at == 0 && matches!(c, '#' | '+' | '-' | '=' | ':')
            || at == digits && at > 0 && matches!(c, '.' | ')');
        let acts = matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '$' | '!'
        );
        // GitHub makes links of bare addresses.
        let links = c == ':' && line[at..].starts_with("://")
            || c == '.' && line[..at].to_ascii_lowercase().ends_with("www")
            || c == '@';
        if starts_block || acts || links {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Returns a code span that holds the whole value, on one line, with a fence longer than any run of backticks in it.
fn code(value: &str) -> String {
    let value = plain(value);
    if value.trim().is_empty() {
        return String::new();
    }
    let longest = value.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 || value.starts_with(' ') || value.ends_with(' ') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{value}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prose_does_not_act() {
        for (text, expected) in [
            ("# title", "\\# title"),
            ("1. one", "1\\. one"),
            (
                "- [x](http://a.b) <img src=x>",
                "\\- \\[x\\](http\\://a.b) \\<img src=x\\>",
            ),
            ("a\n\n# b\r\n```", "a / \\# b␍ / \\`\\`\\`"),
            ("x | y & z\\", "x \\| y \\& z\\\\"),
            ("WWW.evil.com a@b.c", "WWW\\.evil.com a\\@b.c"),
            ("\u{1b}[31m", "␛\\[31m"),
        ] {
            assert_eq!(words(text), expected);
        }
    }

    #[test]
    fn a_value_cannot_leave_its_fence() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b`"), "``` a``b` ```");
        assert_eq!(code("a\n`"), "`` a␊` ``");
        assert_eq!(code(" "), "");
    }

    #[test]
    fn only_web_pages_become_links() {
        let link = |url: &str| {
            piece(&Text::Link {
                label: "l".into(),
                url: url.into(),
            })
        };
        assert_eq!(link("https://a.example/x"), "[l](<https://a.example/x>)");
        for url in [
            "javascript:alert(1)",
            "https://a b",
            "https://a>b",
            "https://a\u{202e}",
        ] {
            assert_eq!(link(url), "`l`");
        }
    }

    proptest! {
        #[test]
        fn a_cell_is_one_cell(value in "[a|`\\\\ \n]{0,30}") {
            let mut page = String::new();
            table(&mut page, &["h"], &[vec![Text::Value(value.clone())]]);
            let row = page.lines().last().unwrap();
            // Bars that are not escaped: the two at the ends.
            let bare = row.char_indices().filter(|(at, c)| *c == '|' && !row[..*at].ends_with('\\')).count();
            prop_assert_eq!(bare, 2, "{}", row);
            prop_assert_eq!(page.lines().count(), 3);
        }

        #[test]
        fn prose_is_one_line(text in ".{0,60}") {
            prop_assert!(!words(&text).contains('\n'));
        }
    }
}
