//! An Elastic investigation guide in Markdown becomes steps.
//!
//! Takes a rule's `note` and its `[transform]` tables; gives a [`Guide`]. Headings are told by their text, not their
//! level: authors use `####`, `###` and bold lines alike, under a dozen names.

mod blocks;

use serde_json::Value;

use super::pivot::{self, Transforms};
use super::{Guide, Phase, Step};
use blocks::Block;

/// Returns the step with this text; its id is a digest of phase and text, so that a tick survives a reload.
#[must_use]
pub fn step(phase: Phase, text: impl Into<String>, pivots: Vec<super::Pivot>) -> Step {
    let text = text.into();
    let mut hash = blake3::Hasher::new();
    hash.update(&[phase as u8]);
    hash.update(text.as_bytes());
    let id = hash.finalize().to_hex()[..16].to_owned();
    Step {
        id,
        phase,
        text,
        pivots,
    }
}

/// Returns the guide with the pages that the rule refers to at its end.
#[must_use]
pub fn with_references(mut guide: Guide, references: &[String]) -> Guide {
    for reference in references {
        let step = step(Phase::References, reference.trim(), Vec::new());
        if !step.text.is_empty() && !guide.steps.contains(&step) {
            guide.steps.push(step);
        }
    }
    guide
}

/// Reads the guide in `note`; `$investigate_N` and `$osquery_N` refer to `transforms`.
#[must_use]
pub fn from_markdown(note: &str, transforms: &Transforms) -> Guide {
    let read = |blocks: Vec<Block>| {
        let mut reader = Reader {
            transforms,
            guide: Guide::default(),
            section: None,
            loose: Vec::new(),
            listed: false,
        };
        for block in blocks {
            reader.take(block);
        }
        reader.close();
        reader.guide
    };
    let guide = read(blocks::read(note));
    if guide.steps.iter().any(|step| step.phase != Phase::Setup) {
        return guide;
    }
    // No heading opens the steps: then the note is one section of them.
    let steps = Block::Heading {
        level: 1,
        text: "Investigation steps".to_owned(),
    };
    let titles = |block: &Block| match block {
        Block::Heading { text, .. } => classify(text).is_some(),
        _ => true,
    };
    let rest = blocks::read(note).into_iter().filter(titles);
    read(std::iter::once(steps).chain(rest).collect())
}

/// Adds the steps of a text that belongs to one phase whole (Elastic's `setup`): its bullets and its paragraphs.
pub fn add_whole(guide: &mut Guide, phase: Phase, text: &str, transforms: &Transforms) {
    for block in blocks::read(text) {
        if let Block::Paragraph(text) | Block::Item(text) = block {
            push(guide, phase, &text, transforms);
        }
    }
}

/// Returns the transforms of a rule file: the `[transform]` table.
#[must_use]
pub fn transforms(document: &Value) -> Transforms {
    pivot::transforms(document)
}

struct Reader<'a> {
    transforms: &'a Transforms,
    guide: Guide,
    /// The open section and the level of its heading.
    section: Option<Section>,
    /// Paragraphs of the section, which become its steps when it has no list.
    loose: Vec<String>,
    listed: bool,
}

#[derive(Clone, Copy)]
struct Section {
    phase: Phase,
    level: usize,
    /// Put before each item.
    lead: &'static str,
}

impl Reader<'_> {
    fn take(&mut self, block: Block) {
        match (block, self.section) {
            (Block::Heading { level, text }, open) => match classify(&text) {
                Some((phase, lead)) => {
                    self.close();
                    self.section = Some(Section { phase, level, lead });
                }
                // A heading inside a section groups its items; one of the same level or above ends it.
                None if open.is_some_and(|open| level > open.level) => {}
                None => self.close(),
            },
            (Block::Item(text), Some(section)) => {
                self.listed = true;
                push(
                    &mut self.guide,
                    section.phase,
                    &format!("{}{text}", section.lead),
                    self.transforms,
                );
            }
            (Block::Paragraph(text), Some(section)) if section.phase == Phase::Setup => {
                push(&mut self.guide, section.phase, &text, self.transforms);
            }
            (Block::Paragraph(text), Some(_)) => self.loose.push(text),
            (Block::Item(text), None) => self.prose(&format!("- {text}")),
            (Block::Paragraph(text) | Block::Quote(text), None) | (Block::Quote(text), Some(_)) => {
                self.prose(&text);
            }
        }
    }

    /// Ends the open section: its paragraphs are its steps when it had no list, else prose.
    fn close(&mut self) {
        let loose = std::mem::take(&mut self.loose);
        if let Some(section) = self.section.take() {
            for text in loose {
                if self.listed {
                    self.prose(&text);
                } else {
                    push(
                        &mut self.guide,
                        section.phase,
                        &format!("{}{text}", section.lead),
                        self.transforms,
                    );
                }
            }
        }
        self.listed = false;
    }

    fn prose(&mut self, text: &str) {
        let (text, _) = pivot::resolve(text, self.transforms);
        if text.is_empty() {
            return;
        }
        if !self.guide.overview.is_empty() {
            self.guide.overview.push_str("\n\n");
        }
        self.guide.overview.push_str(&text);
    }
}

fn push(guide: &mut Guide, phase: Phase, text: &str, transforms: &Transforms) {
    let (text, pivots) = pivot::resolve(text, transforms);
    if text.is_empty() {
        // A bullet that is nothing but a pivot belongs to the step before it.
        if let Some(last) = guide.steps.last_mut().filter(|last| last.phase == phase) {
            last.pivots.extend(pivots);
        } else if let Some(first) = pivots.first() {
            guide
                .steps
                .push(step(phase, first.label.clone(), pivots.clone()));
        }
        return;
    }
    guide.steps.push(step(phase, text, pivots));
}

/// Returns the phase that a heading opens, and what to put before its items.
fn classify(heading: &str) -> Option<(Phase, &'static str)> {
    let heading = heading
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| heading.contains(word));
    let is = |words: &[&str]| words.contains(&heading.as_str());
    if has(&["false positive", "benign"]) {
        return Some((Phase::FalsePositives, ""));
    }
    if heading.starts_with("response")
        || has(&["remediation", "immediate action", "mitigation"])
        || is(&["containment", "contain"])
    {
        return Some((Phase::Respond, ""));
    }
    if is(&["setup", "config", "configuration"]) {
        return Some((Phase::Setup, ""));
    }
    if is(&["related rules"]) {
        return Some((Phase::Investigate, "Did a related rule fire? "));
    }
    let investigates = has(&[
        "investigation step",
        "triage checklist",
        "analysis steps",
        "what to review",
        "key alert fields",
    ]) || is(&["scoping", "investigation", "investigate"]);
    investigates.then_some((Phase::Investigate, ""))
}

#[cfg(test)]
mod tests;
