//! A search with its macros expanded, and where each byte came from.

use crate::lang::{CompileError, Diagnostic, Span};

/// Expanded text. Spans of everything parsed from it are ranges of [`Expanded::text`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expanded {
    pub text: String,
    pieces: Vec<Piece>,
}

/// A stretch of the expanded text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    /// Where it starts in the expanded text.
    at: usize,
    /// Where it comes from: the same bytes, or the macro call that stands for them.
    source: Span,
    /// The macro whose definition holds it.
    from: Option<String>,
}

impl Expanded {
    /// Adds text that stands in the source at `at`.
    pub fn push_verbatim(&mut self, text: &str, at: usize) {
        self.pieces.push(Piece {
            at: self.text.len(),
            source: at..at + text.len(),
            from: None,
        });
        self.text.push_str(text);
    }

    /// Adds text of a macro that the source calls at `call`.
    pub fn push_expansion(&mut self, text: &str, call: &Span, from: &str) {
        self.pieces.push(Piece {
            at: self.text.len(),
            source: call.clone(),
            from: Some(from.to_owned()),
        });
        self.text.push_str(text);
    }

    /// Returns where `span` of the expanded text comes from in the source, and the macro that it lies in.
    #[must_use]
    pub fn origin(&self, span: &Span) -> (Span, Option<&str>) {
        let Some(first) = self.piece(span.start) else {
            return (0..0, None);
        };
        let last = self.piece(span.end.saturating_sub(1).max(span.start));
        let start = match first.from {
            None => first.source.start + (span.start - first.at),
            Some(_) => first.source.start,
        };
        let end = last.map_or(first.source.end, |last| match last.from {
            None => last.source.start + (span.end - last.at),
            Some(_) => last.source.end,
        });
        (start..end.max(start), first.from.as_deref())
    }

    fn piece(&self, at: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.at <= at);
        self.pieces.get(after.checked_sub(1)?)
    }

    /// Moves a finding's labels to the source; a label inside a macro names the macro and quotes it.
    #[must_use]
    pub fn place(&self, mut finding: Diagnostic) -> Diagnostic {
        for label in &mut finding.labels {
            let (span, from) = self.origin(&label.span);
            if let Some(from) = from {
                let quoted = self.text.get(label.span.clone()).unwrap_or_default();
                let quoted = shortened(quoted.trim());
                label.text = format!("{} (`{quoted}` in the macro `{from}`)", label.text);
            }
            label.span = span;
        }
        finding
    }

    /// Moves an error's findings to the source.
    #[must_use]
    pub fn place_error(&self, error: CompileError) -> CompileError {
        CompileError {
            diagnostics: error
                .diagnostics
                .into_iter()
                .map(|finding| self.place(finding))
                .collect(),
            construct: error.construct,
        }
    }
}

/// Most characters of a macro's text that a label quotes.
const MOST_QUOTED: usize = 60;

fn shortened(text: &str) -> String {
    if text.chars().count() <= MOST_QUOTED {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MOST_QUOTED).collect();
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_lead_back() {
        // Source: "a `m` c", where `m` stands for "bb bb".
        let mut expanded = Expanded::default();
        expanded.push_verbatim("a ", 0);
        expanded.push_expansion("bb bb", &(2..5), "m");
        expanded.push_verbatim(" c", 5);
        assert_eq!(expanded.text, "a bb bb c");
        assert_eq!(expanded.origin(&(0..1)), (0..1, None));
        assert_eq!(expanded.origin(&(5..7)), (2..5, Some("m")));
        assert_eq!(expanded.origin(&(8..9)), (6..7, None));
        assert_eq!(expanded.origin(&(0..9)), (0..7, None));
        let finding = expanded.place(Diagnostic::error("E302", "x", 5..7, "here"));
        assert_eq!(finding.labels[0].text, "here (`bb` in the macro `m`)");
    }
}
