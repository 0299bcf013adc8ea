//! Two names of one log. Splunk reads Windows logs as text (`WinEventLog:Security`) or as XML
//! (`XmlWinEventLog:Security`), as an older or a newer add-on says it; watchglass's events carry the newer.
//!
//! Takes a condition on `source` or `sourcetype`; gives the same condition in the names that events carry.

use super::{Node, Word};
use crate::lang::ir::Comparison;

const TEXT: &str = "WinEventLog";
const XML: &str = "XmlWinEventLog";

/// Returns what a comparison means, where it names a log in another way than events do.
pub fn comparison(field: &Word, operator: Comparison, value: &Word) -> Option<Node> {
    if !matches!(operator, Comparison::Equal | Comparison::NotEqual) {
        return None;
    }
    let (name, text) = renamed(&field.text, &value.text)?;
    let word = |text: String, like: &Word| Word {
        text,
        span: like.span.clone(),
    };
    Some(Node::Compare {
        field: word(name, field),
        operator,
        value: word(text, value),
    })
}

/// Returns what a list of values means, where one of them names a log in another way than events do.
pub fn list(field: &Word, values: &[Word]) -> Option<Node> {
    let equal = |value: &Word| comparison(field, Comparison::Equal, value);
    if !values.iter().any(|value| equal(value).is_some()) {
        return None;
    }
    let parts = values.iter().map(|value| {
        equal(value).unwrap_or_else(|| Node::Compare {
            field: field.clone(),
            operator: Comparison::Equal,
            value: value.clone(),
        })
    });
    Some(Node::Or(parts.collect()))
}

/// Returns the field and the value that events have, where they differ.
fn renamed(field: &str, value: &str) -> Option<(String, String)> {
    let rest = after(value, TEXT).or_else(|| after(value, XML))?;
    let new = match field {
        // Older add-ons put the channel into the source type.
        "source" | "sourcetype" if rest.starts_with(':') => "source",
        "source" | "sourcetype" if rest.is_empty() || rest.starts_with('*') => field,
        _ => return None,
    };
    let text = format!("{XML}{rest}");
    (new != field || !text.eq_ignore_ascii_case(value)).then(|| (new.to_owned(), text))
}

fn after<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    let head = text.get(..start.len())?;
    head.eq_ignore_ascii_case(start)
        .then(|| &text[start.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_called_as_events_call_them() {
        let renamed = |field: &str, value: &str| {
            let (field, value) = renamed(field, value)?;
            Some(format!("{field}={value}"))
        };
        for (field, value, expected) in [
            (
                "source",
                "WinEventLog:System",
                "source=XmlWinEventLog:System",
            ),
            ("source", "wineventlog:*", "source=XmlWinEventLog:*"),
            ("sourcetype", "WinEventLog", "sourcetype=XmlWinEventLog"),
            ("sourcetype", "WinEventLog*", "sourcetype=XmlWinEventLog*"),
            (
                "sourcetype",
                "XmlWinEventLog:Security",
                "source=XmlWinEventLog:Security",
            ),
        ] {
            assert_eq!(renamed(field, value).as_deref(), Some(expected));
        }
        assert_eq!(renamed("sourcetype", "aws:cloudtrail"), None);
        assert_eq!(renamed("source", "WinEventLogs"), None);
        assert_eq!(renamed("a", "WinEventLog"), None);
        assert_eq!(renamed("source", "xmlwineventlog:x"), None);
    }
}
