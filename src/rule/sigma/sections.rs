//! The sections of a rule that make its query, verbatim, and the way back from them to the file.

use std::ops::Range;

use super::documents::Document;
use crate::lang::sigma::Text;
use crate::lang::{Diagnostic, Span};

/// Sections of a document, one behind the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sections {
    pub text: String,
    /// Where each begins in the text, its name, and where it stands in the file.
    pieces: Vec<(usize, &'static str, Range<usize>)>,
}

impl Sections {
    /// Cuts the sections called `names` out of a document; the whole document when one is missing there.
    #[must_use]
    pub fn of(document: &Document, names: &[&'static str]) -> Self {
        let mut sections = Self::default();
        for name in names {
            let Some(range) = section(&document.file, document.range.clone(), name) else {
                if document.value.get(*name).is_none() {
                    continue;
                }
                return Self {
                    text: document.file[document.range.clone()].to_owned(),
                    pieces: vec![(0, "", document.range.clone())],
                };
            };
            sections
                .pieces
                .push((sections.text.len(), name, range.clone()));
            sections.text.push_str(&document.file[range]);
            sections.text.push('\n');
        }
        sections
    }

    /// Returns the section called `name` for a walk.
    #[must_use]
    pub fn section(&self, name: &str) -> Text<'_> {
        let start = self.pieces.iter().find(|(_, known, _)| *known == name);
        Text {
            whole: &self.text,
            start: start.map_or(0, |(at, _, _)| *at),
        }
    }

    /// Returns the diagnostic with its labels moved to the file.
    #[must_use]
    pub fn to_file(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        for label in &mut diagnostic.labels {
            label.span = self.span(&label.span);
        }
        diagnostic
    }

    fn span(&self, span: &Span) -> Span {
        let piece = self
            .pieces
            .iter()
            .rev()
            .find(|(at, _, _)| *at <= span.start);
        match piece {
            Some((at, _, range)) => {
                let move_to =
                    |offset: usize| (range.start + offset.saturating_sub(*at)).min(range.end);
                move_to(span.start)..move_to(span.end)
            }
            None => 0..0,
        }
    }
}

/// Finds a top-level member: from its key to the next member's, without what trails.
fn section(file: &str, document: Range<usize>, name: &str) -> Option<Range<usize>> {
    let mut at = document.start;
    let mut start = None;
    let mut end = document.end;
    for line in file[document].split_inclusive('\n') {
        let key = line.trim_start_matches(['\'', '"']);
        match start {
            None => {
                let behind = key
                    .strip_prefix(name)
                    .map(|rest| rest.trim_start_matches(['\'', '"']));
                if behind.is_some_and(|rest| rest.trim_start_matches(' ').starts_with(':')) {
                    start = Some(at);
                }
            }
            Some(_)
                if line
                    .starts_with(|char: char| char.is_alphanumeric() || "'\"_".contains(char)) =>
            {
                end = at;
                break;
            }
            Some(_) => {}
        }
        at += line.len();
    }
    let start = start?;
    let text = file[start..end].trim_end();
    Some(start..start + text.len())
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::rule::document::from_yaml;
    use crate::rule::sigma::documents::of_file;

    fn document(text: &str) -> Arc<Document> {
        let file: Arc<str> = Arc::from(text);
        of_file(Path::new("x"), &file, &from_yaml(text).unwrap()).remove(0)
    }

    #[test]
    fn sections_are_cut_and_lead_back() {
        let text = "title: x\nlogsource:\n    product: windows\n\n# note\ndetection:\n    a:\n    - b: 1\n    condition: a\nlevel: low\n";
        let sections = Sections::of(&document(text), &["logsource", "detection"]);
        assert_eq!(
            sections.text,
            "logsource:\n    product: windows\n\n# note\ndetection:\n    a:\n    - b: 1\n    condition: a\n"
        );
        let at = sections.text.rfind("condition").unwrap();
        let found = sections.to_file(Diagnostic::error("E1", "x", at..at + 9, ""));
        assert_eq!(&text[found.labels[0].span.clone()], "condition");
        assert!(sections.section("detection").start > 20);
    }

    #[test]
    fn a_section_that_comes_from_elsewhere_shows_the_whole_document() {
        let text = "action: global\ndetection: {condition: a}\n---\nlogsource: {service: x}\n";
        let sections = Sections::of(&document(text), &["logsource", "detection"]);
        assert_eq!(sections.text, "logsource: {service: x}\n");
    }
}
