//! Lucene's regular expressions in the `regex` crate's syntax.
//!
//! Takes the text after `regex`; gives a source that must cover the whole value. `^` and `$` stand for themselves in
//! Lucene, and `@ # & ~ < > "` are operators there.

/// Returns the translation, or the operator that has none.
pub fn translate(lucene: &str) -> Result<String, &'static str> {
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
    use super::translate;
    use crate::lang::ir::{Case, Regex};

    fn matches(pattern: &str, text: &str) -> bool {
        Regex::compile_whole(&translate(pattern).unwrap(), Case::Sensitive)
            .unwrap()
            .matches(text)
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
    fn operators_without_counterpart_are_named() {
        assert_eq!(translate("a<b>"), Err("<>"));
        assert_eq!(translate("~a"), Err("~"));
        assert_eq!(translate("(?i)a"), Err("(?"));
    }
}
