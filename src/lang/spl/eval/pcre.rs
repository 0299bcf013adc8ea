//! Regular expressions as Splunk's PCRE reads them, in the syntax of the `regex` crate.
//!
//! Both read most texts alike. They differ in what PCRE takes as it stands: a brace that is no repetition, a bracket or
//! a doubled sign inside a set, and `\<`.

/// Rewrites a PCRE expression; what has no counterpart (looking around, back references) stays and fails to compile.
#[must_use]
pub fn translate(source: &str) -> String {
    // A point stops at the end of a line.
    let mut out = String::from("(?-s)");
    let mut rest = source;
    let mut in_set = false;
    while let Some(char) = rest.chars().next() {
        let after = &rest[char.len_utf8()..];
        let mut taken = char.len_utf8();
        match char {
            '\\' => {
                taken += escape(after, &mut out);
            }
            '[' if !in_set => {
                in_set = true;
                // A bracket that comes first in a set is an element.
                let head = ["^]", "]", "^"]
                    .into_iter()
                    .find(|head| after.starts_with(head));
                let head = head.unwrap_or_default();
                out.push('[');
                out.push_str(&head.replace(']', r"\]"));
                taken += head.len();
            }
            '[' if after.starts_with(':') && after.contains(":]") => {
                let end = after.find(":]").map_or(0, |end| end + 2);
                out.push('[');
                out.push_str(&after[..end]);
                taken += end;
            }
            ']' if in_set => {
                in_set = false;
                out.push(']');
            }
            '[' | '&' | '~' if in_set => {
                out.push('\\');
                out.push(char);
            }
            '-' if in_set && after.starts_with('-') => out.push_str(r"\-"),
            '{' if !in_set && !repeats(after) => out.push_str(r"\{"),
            char => out.push(char),
        }
        rest = &rest[taken..];
    }
    out
}

/// Writes what a backslash escapes; returns how many bytes behind it were read.
fn escape(after: &str, out: &mut String) -> usize {
    let Some(next) = after.chars().next() else {
        out.push('\\');
        return 0;
    };
    // The crate would read `\<` as the start of a word.
    if !matches!(next, '<' | '>') {
        out.push('\\');
    }
    out.push(next);
    let braced = matches!(next, 'x' | 'p' | 'P') && after[1..].starts_with('{');
    match after.find('}') {
        Some(end) if braced => {
            out.push_str(&after[1..=end]);
            end + 1
        }
        _ => next.len_utf8(),
    }
}

/// Whether `{` is followed by `n}`, `n,}` or `n,m}`.
fn repeats(after: &str) -> bool {
    let Some((inside, _)) = after.split_once('}') else {
        return false;
    };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

#[cfg(test)]
mod tests {
    use super::translate;

    fn finds(source: &str, text: &str) -> bool {
        regex::Regex::new(&translate(source))
            .unwrap()
            .is_match(text)
    }

    #[test]
    fn texts_that_the_two_read_differently() {
        assert!(finds(r"^%{S-\d+}$", "%{S-1}"));
        assert!(finds(r"a{2}b{1,}c{0,2}$", "aabb"));
        assert!(finds(r"^[[a&&~-]+$", "[a&~-"));
        assert!(finds(r"^[]a]+$", "a]") && !finds(r"^[^]a]+$", "]"));
        assert!(finds(r"^[[:alpha:]_]+$", "ab_") && !finds(r"^[[:alpha:]]+$", "a1"));
        assert!(finds(r"\<a\>", "<a>"));
        assert!(finds(r"\x{202E}", "\u{202e}") && finds(r"\x41{2}", "AA"));
        assert!(finds(r"[a--c]", "-"));
        assert!(!finds("a.b", "a\nb"));
        assert!(finds("{", "{") && finds(r"\{x\}", "{x}"));
    }
}
