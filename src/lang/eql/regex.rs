//! Lucene's regular expressions.
//!
//! Takes the text after `regex`, in Elasticsearch's flavour with all optional operators; gives an expression that must
//! cover the whole value. `^` and `$` stand for themselves in Lucene, and `@ # & ~ < > "` are operators there. All but
//! `&` and `~` are written in the `regex` crate's syntax ([`translate`]).

mod operators;

use crate::lang::ir::{Case, Regex};

/// Compiles an expression.
///
/// # Errors
/// What is wrong with it, for people.
pub fn compile(lucene: &str, case: Case) -> Result<Regex, String> {
    match translate(lucene) {
        Ok(source) => Regex::compile_whole(&source, case).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            other => {
                let text = other.to_string();
                let last = text.lines().last().unwrap_or_default();
                last.strip_prefix("error: ").unwrap_or(last).to_owned()
            }
        }),
        Err("&" | "~") => operators::parse(lucene, case)
            .map(|part| Regex::of_parts(part, lucene, case))
            .ok_or_else(|| "a bracket, class or number of times is wrong".to_owned()),
        Err(operator) => Err(format!("`{operator}` cannot stand there")),
    }
}

/// Returns the translation, or the operator that has none.
fn translate(lucene: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(lucene.len() + 8);
    let mut chars = lucene.chars().peekable();
    let mut in_class = false;
    let mut starts = true;
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some(class @ ('d' | 'D' | 's' | 'S' | 'w' | 'W')) => out.extend(['\\', class]),
                Some(escaped) => push_literal(&mut out, escaped),
                None => push_literal(&mut out, '\\'),
            },
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '-' if in_class => out.push('-'),
            other if in_class => push_literal(&mut out, other),
            '"' => {
                for literal in chars.by_ref().take_while(|char| *char != '"') {
                    push_literal(&mut out, literal);
                }
            }
            '@' => out.push_str("(?:.*)"),
            '#' => out.push_str(r"[^\s\S]"),
            '&' => return Err("&"),
            '~' => return Err("~"),
            '<' => {
                let body: String = chars.by_ref().take_while(|char| *char != '>').collect();
                out.push_str(&interval(&body).ok_or("<>")?);
            }
            '(' if chars.peek() == Some(&'?') => return Err("(?"),
            '^' | '$' | ' ' | '>' => push_literal(&mut out, char),
            // With nothing ahead to repeat it is a letter.
            '*' | '+' | '?' | '{' if starts => push_literal(&mut out, char),
            other => out.push(other),
        }
        starts = !in_class && matches!(char, '(' | '|');
    }
    Ok(out)
}

/// `1-20` in angle brackets: a number in this range. With equally many digits on both sides exactly so many; else with
/// any number of zeros in front.
fn interval(body: &str) -> Option<String> {
    let (first, last) = body.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(first) || !digits(last) {
        return None;
    }
    let (one, other): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    let (low, high) = (one.min(other), one.max(other));
    let width = if first.len() == last.len() {
        first.len()
    } else {
        0
    };
    let mut ends = vec![high];
    let mut power = 10_u64;
    while let Some(end) = (low / power)
        .checked_mul(power)
        .and_then(|n| n.checked_add(power - 1))
        && end < high
    {
        ends.push(end);
        power = power.checked_mul(10)?;
    }
    power = 10;
    while power <= high {
        let end = (high.checked_add(1)? / power * power).saturating_sub(1);
        if end >= low && end < high {
            ends.push(end);
        }
        power = power.checked_mul(10)?;
    }
    ends.sort_unstable();
    ends.dedup();
    let mut start = low;
    let mut parts = Vec::new();
    for end in ends {
        parts.push(digits_between(start, end, width));
        start = end.saturating_add(1);
    }
    let zeros = if width == 0 { "0*" } else { "" };
    Some(format!("(?:{zeros}(?:{}))", parts.join("|")))
}

/// The numbers of a range whose ends differ only in digits that run over all values, or in one digit before those.
fn digits_between(start: u64, end: u64, width: usize) -> String {
    let (start, end) = (format!("{start:0width$}"), format!("{end:0width$}"));
    start
        .chars()
        .zip(end.chars())
        .map(|(low, high)| {
            if low == high {
                low.to_string()
            } else {
                format!("[{low}-{high}]")
            }
        })
        .collect()
}

/// Writes `char` so that it stands for itself, also inside a class, where `&&`, `--`, `~~` and `[` would not. A backslash
/// ahead of `<` and `>` would be an assertion.
fn push_literal(out: &mut String, char: char) {
    if char.is_ascii_punctuation() && !matches!(char, '<' | '>') {
        out.push('\\');
    }
    out.push(char);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, text: &str) -> bool {
        compile(pattern, Case::Sensitive).unwrap().matches(text)
    }

    #[test]
    fn lucene_meanings_are_kept() {
        assert!(matches(
            r"C:\\Program Files( \(x86\))?\\.*",
            r"C:\Program Files (x86)\a"
        ));
        assert!(matches(r"-[46Aa]+R.*", "-4R x"));
        assert!(matches("^a$", "^a$") && !matches("^a$", "a"));
        assert!(matches("a@b", "a...b"));
        assert!(matches(r#""a.b"c"#, "a.bc") && !matches(r#""a.b"c"#, "axbc"));
        assert!(matches("[^.&&]x", "ax") && !matches("[^.&&]x", "&x"));
        assert!(matches("[ʰ-˿ᴬ-ᶻ]+", "ʰ"));
        assert!(matches(r"\w+.exe", "a1.exe"));
        assert!(!matches("#", ""));
        assert!(matches(r"[\<\>'<>]+x", "<>'x") && matches(r"\<a\>", "<a>"));
        assert!(matches("*sh|(*a|+b)", "*sh") && matches("*sh|(*a|+b)", "+b"));
    }

    #[test]
    fn intervals_hold_their_numbers_only() {
        for (first, last) in [(0, 0), (1, 10), (7, 1234), (99, 100), (38, 38), (250, 19)] {
            let (low, high) = (first.min(last), first.max(last));
            for number in 0..1500 {
                let inside = (low..=high).contains(&number);
                let pattern = format!("a<{first}-{last}>");
                assert_eq!(
                    matches(&pattern, &format!("a{number}")),
                    inside,
                    "{pattern} {number}"
                );
            }
        }
        assert!(matches("<01-20>", "07") && !matches("<01-20>", "7"));
        assert!(matches("<1-20>", "007") && !matches("<1-20>", "021"));
    }

    #[test]
    fn both_and_not() {
        assert!(matches("aaa.+&.+bbb", "aaabbb") && !matches("aaa.+&.+bbb", "aaab"));
        assert!(matches("a~bc", "adc") && matches("a~bc", "aec") && !matches("a~bc", "abc"));
        assert!(matches("a~bc", "ac") && matches("a~bc", "abbc"));
        assert!(matches("@&~(abc.+)", "abc") && !matches("@&~(abc.+)", "abcd"));
        assert!(matches("x(~a)*|y", "xbb") && matches("x(~a)*|y", "y"));
        assert!(matches("(a.&~(ab)){2}", "acad") && !matches("(a.&~(ab)){2}", "acab"));
        assert!(matches("[&~]+", "&~") && matches(r"a\&b", "a&b") && matches("\"a~\"", "a~"));
        assert!(matches("~é.", "xé") && matches("~(.*é.*)", "x") && !matches("~(.*é.*)", "aéb"));
        let caseless = compile("~(abc)&.{3}", Case::Insensitive).unwrap();
        assert!(caseless.matches("abd") && !caseless.matches("ABC"));
        // A search that takes too long counts as none.
        assert!(!matches("(~a.*){9}(~b.*){9}z", &"ab".repeat(2_000)));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |pattern| compile(pattern, Case::Sensitive).unwrap_err();
        assert_eq!(wrong("a<b>"), "`<>` cannot stand there");
        assert_eq!(wrong("(?i)a"), "`(?` cannot stand there");
        assert_eq!(wrong("(a"), "unclosed group");
        for pattern in ["~(a", "a&b)", "a&[b", "~", "a&(b"] {
            assert!(compile(pattern, Case::Sensitive).is_err(), "{pattern}");
        }
    }

    /// An expression and whether it covers a text, told by the way of the letters.
    #[derive(Debug, Clone)]
    enum Tree {
        Letter(char),
        Not(Box<Tree>),
        Both(Box<Tree>, Box<Tree>),
        Either(Box<Tree>, Box<Tree>),
        Then(Box<Tree>, Box<Tree>),
    }

    impl Tree {
        fn text(&self) -> String {
            match self {
                Self::Letter(char) => char.to_string(),
                Self::Not(inner) => format!("~({})", inner.text()),
                Self::Both(one, other) => format!("({}&{})", one.text(), other.text()),
                Self::Either(one, other) => format!("({}|{})", one.text(), other.text()),
                Self::Then(one, other) => format!("{}{}", one.text(), other.text()),
            }
        }

        fn covers(&self, text: &str) -> bool {
            match self {
                Self::Letter(char) => text.chars().eq([*char]),
                Self::Not(inner) => !inner.covers(text),
                Self::Both(one, other) => one.covers(text) && other.covers(text),
                Self::Either(one, other) => one.covers(text) || other.covers(text),
                Self::Then(one, other) => {
                    (0..=text.len()).any(|at| one.covers(&text[..at]) && other.covers(&text[at..]))
                }
            }
        }
    }

    fn trees() -> impl Strategy<Value = Tree> {
        let letter = prop_oneof![Just('a'), Just('b')].prop_map(Tree::Letter);
        letter.prop_recursive(4, 12, 2, |inner| {
            let pair = (inner.clone().prop_map(Box::new), inner.prop_map(Box::new));
            (0..4, pair).prop_map(|(kind, (one, other))| match kind {
                0 => Tree::Not(one),
                1 => Tree::Both(one, other),
                2 => Tree::Either(one, other),
                _ => Tree::Then(one, other),
            })
        })
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(tree in trees(), text in "[ab]{0,5}") {
            prop_assert_eq!(matches(&tree.text(), &text), tree.covers(&text), "{}", tree.text());
        }
    }
}
