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
            '<' => return Err("<>"),
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
    fn operators_without_counterpart_are_named() {
        assert_eq!(translate("a<1-10>"), Err("<>"));
        assert_eq!(translate("~a"), Err("~"));
        assert_eq!(translate("(?i)a"), Err("(?"));
    }
}
