//! Command lines split into arguments, in the two ways that winlogbeat's pipelines do it.

/// Splits as Windows does for a C program: quotes group and vanish, backslashes before a quote are halved.
///
/// The rules are those of the Microsoft C runtime before 2008, in which a doubled quote inside quotes is one quote and
/// ends the quoted part.
pub fn split(line: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut rest = line.chars().peekable();
    while rest.peek().is_some() {
        if rest.next_if(|c| matches!(c, ' ' | '\t')).is_some() {
            continue;
        }
        arguments.push(next_argument(&mut rest));
    }
    arguments
}

fn next_argument(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut argument = String::new();
    let mut quoted = false;
    let mut slashes = 0;
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' if !quoted => break,
            '"' => {
                argument.extend(std::iter::repeat_n('\\', slashes / 2));
                if slashes % 2 == 1 {
                    argument.push('"');
                } else {
                    if quoted && rest.next_if_eq(&'"').is_some() {
                        argument.push('"');
                    }
                    quoted = !quoted;
                }
                slashes = 0;
                continue;
            }
            '\\' => {
                slashes += 1;
                continue;
            }
            _ => {}
        }
        argument.extend(std::iter::repeat_n('\\', slashes));
        slashes = 0;
        argument.push(c);
    }
    argument.extend(std::iter::repeat_n('\\', slashes));
    argument
}

/// Splits at white space outside quotes and keeps the quotes, as the Security pipeline does for event 4688.
pub fn split_keeping_quotes(line: &str) -> Vec<&str> {
    let mut arguments = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    for (at, c) in line.char_indices() {
        quoted ^= c == '"';
        let end = at + c.len_utf8();
        if c.is_whitespace() && !quoted {
            arguments.push(&line[start..at]);
            start = end;
        }
        if end == line.len() {
            // A line that ends in white space gives that character back as its last argument's text, less the start.
            arguments.push(line.get(start..end).unwrap_or_default());
        }
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_and_backslashes_follow_the_c_runtime() {
        for (line, arguments) in [
            (
                r#""C:\Program Files\a.exe" -x "#,
                vec![r"C:\Program Files\a.exe", "-x"],
            ),
            (r#"a "b \"c\" d""#, vec!["a", r#"b "c" d"#]),
            (r"a\\b c\", vec![r"a\\b", r"c\"]),
            (r#"a "x\\" y"#, vec!["a", r"x\", "y"]),
            ("  ", vec![]),
        ] {
            assert_eq!(split(line), arguments, "{line}");
        }
    }

    #[test]
    fn the_security_way_keeps_quotes() {
        assert_eq!(
            split_keeping_quotes(r#""C:\Windows\a b.exe" cl Security"#),
            [r#""C:\Windows\a b.exe""#, "cl", "Security"]
        );
    }

    proptest! {
        #[test]
        fn plain_words_survive_both_ways(words in prop::collection::vec("[a-z./:-]{1,8}", 1..6)) {
            let line = words.join(" ");
            prop_assert_eq!(split(&line), words.clone());
            prop_assert_eq!(split_keeping_quotes(&line), words);
        }

        #[test]
        fn no_line_makes_them_fail(line in ".*") {
            split(&line);
            split_keeping_quotes(&line);
        }
    }
}
