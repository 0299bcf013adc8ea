//! Text to query.

use std::ops::Range;

use super::{
    Comparison, DISPOSITIONS, Flag, NumberField, Pattern, Problem, Query, SEVERITIES, STATUSES,
    Term, Test, TextField,
};
use crate::text::similar::nearest;

const FIELDS: &[&str] = &[
    "sev",
    "severity",
    "status",
    "state",
    "as",
    "rule",
    "host",
    "user",
    "owner",
    "technique",
    "attack",
    "id",
    "risk",
    "count",
    "is",
];

/// One value of a term, without its quotes, and where it stands.
struct Piece {
    text: String,
    span: Range<usize>,
}

struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.take();
        }
    }

    /// Takes characters up to a blank or one of `ends`; quotes hold anything, a backslash inside them the next.
    fn piece(&mut self, ends: &[char]) -> Result<(Piece, bool), Problem> {
        let from = self.at;
        let mut text = String::new();
        let mut was_quoted = false;
        while let Some(next) = self.peek() {
            if next.is_whitespace() || ends.contains(&next) {
                break;
            }
            let start = self.at;
            self.take();
            if next != '"' {
                text.push(next);
                continue;
            }
            was_quoted = true;
            loop {
                match self.take() {
                    Some('"') => break,
                    Some('\\') => text.extend(self.take()),
                    Some(other) => text.push(other),
                    None => {
                        return Err(Problem {
                            message: "this quote is not closed yet".into(),
                            span: start..self.at,
                        });
                    }
                }
            }
        }
        let span = from..self.at;
        Ok((Piece { text, span }, was_quoted))
    }
}

/// Reads a query.
///
/// # Errors
/// A [`Problem`] with the place of the first thing that is not understood.
pub fn parse(text: &str) -> Result<Query, Problem> {
    let mut cursor = Cursor { text, at: 0 };
    let mut terms = Vec::new();
    loop {
        cursor.skip_blanks();
        if cursor.peek().is_none() {
            return Ok(Query { terms });
        }
        if let Some(term) = term(&mut cursor)? {
            terms.push(term);
        }
    }
}

fn term(cursor: &mut Cursor<'_>) -> Result<Option<Term>, Problem> {
    let negated = cursor.peek() == Some('-');
    if negated {
        cursor.take();
    }
    let (name, was_quoted) = cursor.piece(&[':'])?;
    if cursor.peek() != Some(':') || was_quoted {
        // A colon inside a word that names no field is a part of the word: `c:\windows` must not be an error.
        let (rest, _) = cursor.piece(&[])?;
        let word = (name.text + &rest.text).to_lowercase();
        let test = if is_short_id(&word) {
            let span = name.span;
            patterns(TextField::Id, &[Piece { text: word, span }])
        } else if word.is_empty() {
            return Ok(None);
        } else {
            Test::Word(word)
        };
        return Ok(Some(Term { negated, test }));
    }
    let field = name.text.to_lowercase();
    if !FIELDS.contains(&field.as_str()) {
        if field.chars().count() < 2 {
            let (rest, _) = cursor.piece(&[])?;
            let word = (name.text + &rest.text).to_lowercase();
            return Ok(Some(Term {
                negated,
                test: Test::Word(word),
            }));
        }
        return Err(unknown("field", &field, name.span, FIELDS.iter().copied()));
    }
    cursor.take();
    let mut values = Vec::new();
    loop {
        let (value, _) = cursor.piece(&[','])?;
        values.push(value);
        if cursor.peek() != Some(',') {
            break;
        }
        cursor.take();
    }
    values.retain(|value| !value.text.is_empty());
    if values.is_empty() {
        return Err(Problem {
            message: format!("{field}: needs a value after the colon"),
            span: name.span,
        });
    }
    let test = test(&field, &values)?;
    Ok(Some(Term { negated, test }))
}

fn test(field: &str, values: &[Piece]) -> Result<Test, Problem> {
    Ok(match field {
        "sev" | "severity" => Test::Severity(choices("severity", SEVERITIES, values)?),
        "status" | "state" => Test::Status(choices("status", STATUSES, values)?),
        "as" => Test::Disposition(choices("disposition", DISPOSITIONS, values)?),
        "is" => {
            let flags = choices("state after is:", &Flag::ALL, &values[..1])?;
            return flags
                .first()
                .map(|flag| Test::Is(*flag))
                .ok_or_else(|| Problem {
                    message: "is: needs a value after the colon".into(),
                    span: values[0].span.clone(),
                });
        }
        "risk" => number(NumberField::Risk, &values[0])?,
        "count" => number(NumberField::Count, &values[0])?,
        "host" => patterns(TextField::Host, values),
        "user" => patterns(TextField::User, values),
        "owner" => patterns(TextField::Owner, values),
        "id" => patterns(TextField::Id, values),
        "technique" | "attack" => patterns(TextField::Technique, values),
        _ => patterns(TextField::Rule, values),
    })
}

/// Returns whether a word is the beginning of an alert's id as it is copied into tickets: `WG-1A2B3C4D`.
fn is_short_id(word: &str) -> bool {
    let digits = word.strip_prefix("wg-").unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn patterns(field: TextField, values: &[Piece]) -> Test {
    let patterns = values
        .iter()
        .map(|value| {
            let text = value.text.to_lowercase();
            // The short id is said with its prefix: WG-1A2B3C4D.
            let short = text.strip_prefix("wg-").filter(|_| field == TextField::Id);
            Pattern(short.map_or_else(|| text.clone(), str::to_owned))
        })
        .collect();
    Test::Text(field, patterns)
}

fn choices<T: Copy + PartialEq>(
    what: &str,
    known: &[(T, &'static str)],
    values: &[Piece],
) -> Result<Vec<T>, Problem> {
    let mut found: Vec<T> = Vec::new();
    for value in values {
        let wanted = value.text.to_lowercase().replace([' ', '-'], "_");
        let whole = known.iter().find(|(_, word)| *word == wanted);
        // While a word is typed, its beginning is enough as soon as it means one thing only.
        let begun = || {
            let mut begun = known.iter().filter(|(_, word)| word.starts_with(&wanted));
            let first = begun.next()?;
            begun.all(|(choice, _)| *choice == first.0).then_some(first)
        };
        let Some((choice, _)) = whole.or_else(begun) else {
            return Err(unknown(
                what,
                &value.text,
                value.span.clone(),
                known.iter().map(|(_, word)| *word),
            ));
        };
        if !found.contains(choice) {
            found.push(*choice);
        }
    }
    Ok(found)
}

fn number(field: NumberField, value: &Piece) -> Result<Test, Problem> {
    let signs = [
        ("<=", Comparison::AtMost),
        (">=", Comparison::AtLeast),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
        ("=", Comparison::Equal),
        ("", Comparison::Equal),
    ];
    let read = signs.iter().find_map(|(sign, comparison)| {
        let digits = value.text.strip_prefix(sign)?;
        Some(Test::Number(field, *comparison, digits.parse().ok()?))
    });
    read.ok_or_else(|| Problem {
        message: "needs a number here, as in risk:>=70".into(),
        span: value.span.clone(),
    })
}

fn unknown<'a>(
    what: &str,
    given: &str,
    span: Range<usize>,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Problem {
    let near = nearest(&given.to_lowercase(), known.clone());
    let message = if let Some(near) = near {
        format!("no {what} is called {given}; did you mean {near}?")
    } else {
        let known: Vec<&str> = known.collect();
        format!(
            "no {what} is called {given}; there are {}",
            known.join(", ")
        )
    };
    Problem { message, span }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        match parse(text) {
            Ok(query) => query.to_string(),
            Err(problem) => {
                let caret = " ".repeat(text[..problem.span.start].chars().count());
                let width = text[problem.span].chars().count().max(1);
                format!("{text}\n{caret}{} {}", "^".repeat(width), problem.message)
            }
        }
    }

    #[test]
    fn queries_read_as_they_were_meant() {
        assert_snapshot!(
            shown("SEV:high,crit host:ws* status:ack -rule:lsass power  shell risk:>=70"),
            @"sev:high,critical host:ws* status:acknowledged -rule:lsass power shell risk:>=70"
        );
        assert_snapshot!(shown("rule:\"dump lsass\" is:marked"), @r#"rule:"dump lsass" is:marked"#);
        assert_snapshot!(shown("c:\\windows"), @r#""c:\\windows""#);
        assert_snapshot!(shown("sev:cr"), @"sev:critical");
        assert_snapshot!(shown(" - "), @"");
    }

    #[test]
    fn problems_point_at_the_word() {
        assert_snapshot!(shown("x sev:hgh"), @r"
        x sev:hgh
              ^^^ no severity is called hgh; did you mean high?
        ");
        assert_snapshot!(shown("hst:a"), @r"
        hst:a
        ^^^ no field is called hst; did you mean host?
        ");
        assert_snapshot!(shown("host:"), @r"
        host:
        ^^^^ host: needs a value after the colon
        ");
        assert_snapshot!(shown("risk:high"), @r"
        risk:high
             ^^^^ needs a number here, as in risk:>=70
        ");
        assert_snapshot!(shown("rule:\"a b"), @r#"
        rule:"a b
             ^^^^ this quote is not closed yet
        "#);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_within_its_bounds(text in "\\PC{0,40}") {
            match parse(&text) {
                Ok(query) => prop_assert_eq!(parse(&query.to_string()), Ok(query)),
                Err(problem) => prop_assert!(text.get(problem.span).is_some()),
            }
        }

        #[test]
        fn any_query_of_our_words_reads_back(
            text in "(-?(sev:(high|low)|host:[a-z*?\"]{1,5}|is:mine|[a-z:,-]{1,6}|count:<[0-9]{1,3}) ?){0,5}"
        ) {
            if let Ok(query) = parse(&text) {
                prop_assert_eq!(parse(&query.to_string()), Ok(query));
            }
        }
    }
}
