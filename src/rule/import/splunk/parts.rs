//! A page cut at its labels.

use super::super::address::addresses;
use super::super::label::{Label, SPLUNK, find, plain, unlinked};
use super::super::page::{Line, Page};
use super::super::section::Section;
use super::super::spl;

/// Words of the page around the rule.
const BANNERS: [&str; 6] = [
    "try in splunk security cloud",
    "splunk security content",
    "splunk threat research",
    "this documentation applies",
    "skip to",
    "toggle",
];

/// The sections of a page.
pub struct Parts<'p> {
    /// How many lines stand above the first label.
    pub head: usize,
    page: &'p Page,
    sections: Vec<Section>,
}

impl<'p> Parts<'p> {
    /// Cuts a page at its labels.
    pub fn of(page: &'p Page) -> Self {
        let mut parts = Self {
            head: page.lines.len(),
            page,
            sections: Vec::new(),
        };
        for (at, line) in page.lines.iter().enumerate() {
            let found = find(line, SPLUNK).filter(|(label, rest)| parts.admits(*label, rest));
            match found {
                Some((label, rest)) => {
                    parts.head = parts.head.min(at);
                    parts.sections.push(Section {
                        label,
                        number: line.number,
                        rest,
                        lines: Vec::new(),
                    });
                }
                None => {
                    if let Some(section) = parts.sections.last_mut() {
                        section.lines.push(line.clone());
                    }
                }
            }
        }
        parts
    }

    /// Facts stand once; below a text, a word with a colon is a part of it.
    fn admits(&self, label: Label, rest: &str) -> bool {
        let fact = matches!(
            label,
            Label::Type
                | Label::Id
                | Label::Authors
                | Label::Date
                | Label::Version
                | Label::Product
        );
        let late =
            self.get(Label::FalsePositives).is_some() || self.get(Label::Implementation).is_some();
        let known = self
            .get(label)
            .is_some_and(|section| !section.rest.is_empty() || !section.lines.is_empty());
        match label {
            Label::Version => !known,
            _ if fact => !known && !rest.is_empty() && !late,
            _ => !known || matches!(label, Label::Annotations),
        }
    }

    /// Returns the first section under this label.
    pub fn get(&self, label: Label) -> Option<&Section> {
        self.sections.iter().find(|section| section.label == label)
    }

    /// Returns the line of the label.
    pub fn line(&self, label: Label) -> Option<usize> {
        self.get(label).map(|section| section.number)
    }

    /// Returns what stands on the label's line.
    pub fn value(&self, label: Label) -> String {
        self.get(label)
            .map(|section| section.rest.clone())
            .unwrap_or_default()
    }

    /// Returns the items under a label, each once, without links.
    pub fn items(&self, label: Label) -> Vec<String> {
        let Some(section) = self.get(label) else {
            return Vec::new();
        };
        let mut items: Vec<String> = Vec::new();
        for item in section.items() {
            // `[Endpoint](https://...)- **Datasource**: ...` is two facts on one line.
            let item = unlinked(item.trim_matches('|').trim()).trim().to_owned();
            let ruled = item.chars().all(|char| "-| :".contains(char));
            let prose = item.len() > 80 || item.starts_with("http");
            if !ruled && !prose && !item.is_empty() && !items.contains(&item) {
                items.push(item);
            }
        }
        items
    }

    /// Returns the addresses under a label that are not the site's own tools.
    pub fn addresses(&self, label: Label) -> Vec<String> {
        let Some(section) = self.get(label) else {
            return Vec::new();
        };
        let mut found: Vec<String> = Vec::new();
        // The last line of a page names the rule's own file.
        let foot = |line: &&Line| {
            plain(&line.text)
                .trim_start_matches(['[', '*'])
                .to_lowercase()
                .starts_with("source")
        };
        for line in section.lines.iter().filter(|line| !foot(line)) {
            for address in addresses(&line.text) {
                let tool = ["splunk/attack_data#", "splunk/attack_range#"]
                    .iter()
                    .any(|tool| address.contains(tool));
                if !tool
                    && !found.contains(&address)
                    && !address.contains("/security_content/tree")
                    && !address.contains("/security_content/blob")
                {
                    found.push(address);
                }
            }
        }
        found
    }

    /// Returns the search and its line: of its section, else of the first that there is.
    pub fn search(&self) -> Option<(String, usize)> {
        let own: Vec<&Line> = self
            .get(Label::Search)
            .map(|section| section.lines.iter().collect())
            .unwrap_or_default();
        let all = || self.page.lines.iter().collect::<Vec<_>>();
        spl::find(&own).or_else(|| spl::find(&all())).or_else(|| {
            let section = self.get(Label::Search)?;
            section
                .code()
                .map(|code| (code.trim().to_owned(), section.number))
        })
    }

    /// Returns what the rule looks for: its section, else the prose above the first fact.
    pub fn description(&self, page: &Page, name: &str) -> String {
        if let Some(section) = self.get(Label::Description) {
            return section.text();
        }
        let head = page.lines.iter().take(self.head);
        let said = head.map(|line| plain(&line.text)).filter(|text| {
            let lower = text.to_lowercase();
            let banner = BANNERS.iter().any(|banner| lower.contains(banner));
            !text.is_empty() && text != name && !banner && text.contains(' ')
        });
        said.map(|text| text.trim_end_matches('\\').trim_end().to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Returns the ids of techniques that stand at the beginning of lines and cells.
    pub fn techniques(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for line in self.page.lines.iter().filter(|line| line.code.is_none()) {
            for cell in plain(&line.text).split('|') {
                let word = unlinked(cell.trim())
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                if is_technique(&word) && !found.contains(&word) {
                    found.push(word);
                }
            }
        }
        found
    }

    /// Returns the version that stands in the last lines: `source | version: 2`.
    pub fn footer_version(&self) -> Option<u64> {
        let lines = self.page.lines.iter().rev().take(12);
        lines
            .map(|line| plain(&line.text).to_lowercase().replace('*', ""))
            .find_map(|text| {
                let (_, after) = text.split_once("version")?;
                let digits: String = after
                    .chars()
                    .skip_while(|char| !char.is_ascii_digit())
                    .take_while(char::is_ascii_digit)
                    .collect();
                digits.parse().ok()
            })
    }
}

fn is_technique(word: &str) -> bool {
    let Some(rest) = word.strip_prefix('T') else {
        return false;
    };
    let (number, sub) = rest.split_once('.').unwrap_or((rest, "000"));
    let digits = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    digits(number, 4) && digits(sub, 3)
}
