//! A page cut at its labels.

use std::ops::Range;

use super::super::address::addresses;
use super::super::label::{ELASTIC, Label, find, plain};
use super::super::page::{Line, Page};
use super::super::section::Section;
use super::query::{tidied, unmarked};

/// Sentences that stand on pages of old versions.
const BANNERS: [&str; 8] = [
    "will be released for this version",
    "current release documentation",
    "no longer updated",
    "refer to elastic's version policy",
    "refer to elastic’s version policy",
    "a newer version is available",
    "elastic docs",
    "no additional bug fixes",
];

/// Longest line that can be such a sentence: a description may use the same words.
const MAX_BANNER: usize = 240;

/// The sections of a page, and what stands above the first and below single values.
pub struct Parts {
    head: Vec<Line>,
    sections: Vec<Section>,
}

impl Parts {
    /// Cuts a page at its labels.
    pub fn of(page: &Page) -> Self {
        let mut parts = Self {
            head: Vec::new(),
            sections: Vec::new(),
        };
        for line in &page.lines {
            match find(line, ELASTIC).filter(|(label, _)| parts.admits(*label, line)) {
                Some((label, rest)) => parts.sections.push(Section {
                    label,
                    number: line.number,
                    rest,
                    lines: Vec::new(),
                }),
                None => match parts.sections.last_mut() {
                    Some(section) => section.lines.push(line.clone()),
                    None => parts.head.push(line.clone()),
                },
            }
        }
        parts
    }

    /// Facts stand once, ahead of guide and query; in a guide, their words are only words.
    fn admits(&self, label: Label, line: &Line) -> bool {
        let body = [
            Label::Guide,
            Label::Setup,
            Label::Query,
            Label::Threat,
            Label::History,
        ];
        let in_body = self
            .sections
            .iter()
            .any(|section| body.contains(&section.label));
        let known = self.get(label).is_some();
        match label {
            Label::Threat | Label::Query | Label::History => true,
            Label::Setup => !known && self.get(Label::Query).is_none(),
            Label::Guide => !known,
            Label::FalsePositives => {
                !known && (!in_body || line.heading) && self.get(Label::Guide).is_none()
            }
            _ => !known && !in_body,
        }
    }

    /// Returns the line of a label.
    pub fn line(&self, label: Label) -> Option<usize> {
        self.get(label).map(|section| section.number)
    }

    /// Returns the first section under this label.
    pub fn get(&self, label: Label) -> Option<&Section> {
        self.sections.iter().find(|section| section.label == label)
    }

    /// Returns all sections under this label.
    pub fn all(&self, label: Label) -> Vec<&Section> {
        let sections = self.sections.iter();
        sections.filter(|section| section.label == label).collect()
    }

    /// Returns the name and the description.
    pub fn named(&self, page: &Page) -> (Option<String>, String) {
        let found = page.title(self.head.len());
        let banner = |text: &str| {
            let lower = text.to_lowercase();
            text.len() < MAX_BANNER && BANNERS.iter().any(|banner| lower.contains(banner))
        };
        let said = |line: &&Line| {
            let text = plain(&line.text);
            !text.is_empty() && !banner(&text) && text != "edit"
        };
        let mut head: Vec<&Line> = self.head.iter().filter(said).collect();
        let name = match found {
            Some((name, at)) => {
                let number = page.lines.get(at).map_or(0, |line| line.number);
                head.retain(|line| line.number >= number && plain(&line.text) != name);
                Some(name)
            }
            None if head.is_empty() => None,
            None => Some(plain(&head.remove(0).text)),
        };
        let sentences: Vec<String> = head.iter().map(|line| plain(&line.text)).collect();
        (name.filter(|name| !name.is_empty()), sentences.join(" "))
    }

    /// Returns the query and the lines that it stands on: of its section, else what looks like one anywhere.
    pub fn query(&self) -> Option<(String, Range<usize>)> {
        if let Some(section) = self.get(Label::Query) {
            let loose = || {
                let lines = section.lines.iter().map(|line| line.text.as_str());
                let lines: Vec<&str> = std::iter::once(section.rest.as_str())
                    .chain(lines)
                    .collect();
                lines.join("\n")
            };
            let query = tidied(&section.code().unwrap_or_else(loose));
            return (!query.is_empty()).then_some((query, 0..0));
        }
        let blocks = self.sections.iter().map(|section| &section.lines);
        let blocks = std::iter::once(&self.head).chain(blocks);
        let stated = self
            .get(Label::Type)
            .map(Section::value)
            .unwrap_or_default();
        let stated = stated.to_lowercase();
        let found: Vec<_> = blocks
            .filter_map(|lines| unmarked(lines, &stated))
            .collect();
        found.into_iter().next_back()
    }

    /// Returns the addresses of the references.
    pub fn references(&self) -> Vec<String> {
        let Some(section) = self.get(Label::References) else {
            return Vec::new();
        };
        let lines = section.lines.iter().map(|line| line.text.as_str());
        let mut found = Vec::new();
        for text in std::iter::once(section.rest.as_str()).chain(lines) {
            for address in addresses(text) {
                if !found.contains(&address) {
                    found.push(address);
                }
            }
        }
        found
    }

    /// Returns what may look alike, a paragraph each.
    pub fn false_positives(&self) -> Vec<String> {
        let Some(section) = self.get(Label::FalsePositives) else {
            return Vec::new();
        };
        let text = section.text();
        let paragraphs = text.split("\n\n").map(str::trim);
        paragraphs
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect()
    }
}
