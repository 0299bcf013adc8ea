//! Drawing a finding.

use annotate_snippets::{AnnotationKind, Group, Level as Mark, Origin, Renderer, Snippet};

use super::{Diagnostic, Level, Span};
use crate::text::{self, Marks};

pub fn render(finding: &Diagnostic, source: &str, color: bool) -> String {
    let mark = match finding.level {
        Level::Error => Mark::ERROR,
        Level::Warning => Mark::WARNING,
    };
    let clean = Clean::of(source);
    let path = finding
        .path
        .as_ref()
        .map(|path| text::visible(&path.to_string_lossy(), Marks::default()).into_owned());
    let mut snippet = Snippet::source(clean.text.as_str()).path(path.clone());
    for (n, label) in finding.labels.iter().enumerate() {
        let kind = if n == 0 {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let words = text::visible(&label.text, Marks::default());
        snippet = snippet.annotation(kind.span(clean.span(&label.span)).label(words.into_owned()));
    }
    let title = text::visible(&finding.message, Marks::default());
    let group = mark.primary_title(title.as_ref()).id(finding.code);
    let mut group = match path {
        // Of what could not be read there is nothing to show but where it lies.
        Some(path) if source.is_empty() => group.element(Origin::path(path)),
        _ => group.element(snippet),
    };
    let help = finding
        .help
        .as_deref()
        .map(|help| text::visible(help, Marks::default()));
    if let Some(help) = &help {
        group = group.element(Mark::HELP.message(help.as_ref()));
    }
    let report: [Group<'_>; 1] = [group];
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.render(&report)
}

/// The source with hidden characters shown, and where its bytes went.
struct Clean {
    text: String,
    /// For each character whose mark has another length: where it ends in the source, and where in the text.
    shifts: Vec<(usize, usize)>,
    source_len: usize,
}

impl Clean {
    fn of(source: &str) -> Self {
        let mut text = String::with_capacity(source.len());
        let mut shifts = Vec::new();
        let mut buffer = [0; 4];
        for (at, char) in source.char_indices() {
            if char.is_ascii_graphic() || char == ' ' || char == '\n' {
                text.push(char);
                continue;
            }
            let mark = text::visible_lines(char.encode_utf8(&mut buffer), Marks::default());
            text.push_str(&mark);
            if mark.len() != char.len_utf8() {
                shifts.push((at + char.len_utf8(), text.len()));
            }
        }
        Self {
            text,
            shifts,
            source_len: source.len(),
        }
    }

    /// Returns where `span` of the source lies in the text; a span that leaves the source is cut to it.
    fn span(&self, span: &Span) -> Span {
        let start = self.place(span.start);
        start..self.place(span.end).max(start)
    }

    fn place(&self, at: usize) -> usize {
        let at = at.min(self.source_len);
        let known = self.shifts.partition_point(|(source, _)| *source <= at);
        let (source, text) = known.checked_sub(1).map_or((0, 0), |n| self.shifts[n]);
        let mut place = (text + at - source).min(self.text.len());
        while !self.text.is_char_boundary(place) {
            place -= 1;
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::super::Diagnostic;
    use insta::assert_snapshot;

    #[test]
    fn a_caret_stands_under_the_cause() {
        let source = "process where\n  process.nmae == \"a\"";
        let finding = Diagnostic::error("E150", "no such field", 16..28, "here")
            .help("did you mean `process.name`?");
        assert_snapshot!(finding.render(source, false), @r#"
        error[E150]: no such field
          |
        2 |   process.nmae == "a"
          |   ^^^^^^^^^^^^ here
          |
          = help: did you mean `process.name`?
        "#);
    }

    #[test]
    fn hidden_characters_are_shown_and_carets_stay_in_place() {
        let source = "a\u{1b}[31m\u{202e} bad";
        let finding = Diagnostic::error("E101", "odd \u{1b}[0m", 10..13, "\u{7}");
        let drawn = finding.render(source, false);
        assert!(!drawn.contains('\u{1b}') && !drawn.contains('\u{202e}'));
        assert_snapshot!(drawn, @"
        error[E101]: odd ␛[0m
          |
        1 | a␛[31m‹RLO› bad
          |             ^^^ ␇
        ");
    }

    #[test]
    fn spans_beyond_the_text_do_no_harm() {
        for span in [0..0, 3..3, 2..900, 900..901] {
            let drawn = Diagnostic::error("E101", "end", span, "here").render("abc", false);
            assert!(drawn.contains("here"), "{drawn}");
        }
        assert!(
            Diagnostic::error("E101", "end", 0..0, "here")
                .render("", true)
                .contains("end")
        );
    }
}
