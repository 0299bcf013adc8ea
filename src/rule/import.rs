//! A documentation page becomes a rule file in its vendor's own format, as well as the page allows.
//!
//! Takes the text of a page about one rule: HTML, Markdown, AsciiDoc, or plain text as readers and crawlers save it,
//! from Elastic's prebuilt rule reference or Splunk's research site; gives TOML or YAML, and what the page lacks. Pages
//! are told apart, and read, by the labels that stand in them ("Rule indices", "Known False Positives"), wherever and
//! in whatever mark-up those stand: pages differ by year, by site and by how they were saved.

mod address;
mod elastic;
mod html;
mod label;
mod page;
mod section;
mod spl;
mod splunk;

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Finding, document, read};
use crate::text::{Marks, visible};
use page::Page;

/// Longest page that is read.
pub const MAX_BYTES: u64 = 8 << 20;

/// Longest name of a file, in characters, without its ending.
const MAX_NAME: usize = 100;

/// Whose page it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    Elastic,
    Splunk,
}

/// A rule file made of a page.
#[derive(Debug)]
pub struct Imported {
    pub vendor: Vendor,
    pub name: String,
    /// What a file of it is called, after the rule's name.
    pub file: String,
    /// The rule file.
    pub text: String,
    /// Macros that the page defines: name, and the file of each.
    pub macros: Vec<(String, String)>,
    /// What the page does not say, or only half.
    pub lacks: Vec<Lack>,
}

/// Something that a page does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// The member of the rule file.
    pub member: &'static str,
    /// What was done instead.
    pub instead: String,
    /// The line of the page at which it was looked for, from 1; `None` when the page does not mention it.
    pub line: Option<usize>,
}

/// A rule file being made: members in the vendor's order, and what is missing.
#[derive(Debug, Default)]
struct Draft {
    members: Map<String, Value>,
    lacks: Vec<Lack>,
}

impl Draft {
    /// Adds a member; empty text and empty lists are left out.
    fn add(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        let empty = match &value {
            Value::Null => true,
            Value::String(text) => text.trim().is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        };
        if !empty {
            self.members.insert(name.to_owned(), value);
        }
    }

    fn lack(&mut self, member: &'static str, line: Option<usize>, instead: impl Into<String>) {
        self.lacks.push(Lack {
            member,
            instead: instead.into(),
            line,
        });
    }
}

/// Reads the page in `bytes`.
///
/// # Errors
/// It is no text, or no page about a rule: the finding says what was looked for.
pub fn import(path: &Path, bytes: &[u8]) -> Result<Imported, Box<Finding>> {
    let wrong = |message: String, help: &str, text: &Arc<str>| {
        Box::new(Finding::error("R401", message, 0..0, "", path, text).help(help))
    };
    let nothing: Arc<str> = Arc::from("");
    let text = match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => text,
        _ => {
            let help = "save the page as HTML, Markdown or plain text, in UTF-8";
            return Err(wrong("this is no text".to_owned(), help, &nothing));
        }
    };
    if is_rule_file(path, text) {
        let help = "load it as it is: --rules FILE";
        return Err(wrong(
            "this is a rule file already".to_owned(),
            help,
            &nothing,
        ));
    }
    let page = Page::read(text);
    if page.lines.is_empty() {
        let help =
            "a page that needs a browser's scripts may be saved empty; save it from the browser";
        return Err(wrong(
            "there is no text in this page".to_owned(),
            help,
            &nothing,
        ));
    }
    let (vendor, draft) = match recognise(&page) {
        Some(Vendor::Elastic) => (Vendor::Elastic, elastic::read(&page)),
        Some(Vendor::Splunk) => (Vendor::Splunk, splunk::read(&page)),
        None => {
            let help = "pages of Elastic's prebuilt rules (Rule type, Rule query) and of Splunk's research site (Search, Known False Positives) are read; a rule file needs no import";
            return Err(wrong(
                "no page about a rule that is known".to_owned(),
                help,
                &nothing,
            ));
        }
    };
    let macros = match vendor {
        Vendor::Elastic => Vec::new(),
        Vendor::Splunk => splunk::macros(&page),
    };
    finish(vendor, draft, &macros).map_err(|reason| {
        wrong(
            format!("cannot be written as a rule file: {reason}"),
            "save the page in another way",
            &nothing,
        )
    })
}

fn is_rule_file(path: &Path, text: &str) -> bool {
    use read::FileKind;
    !html::is_html(text)
        && matches!(
            read::parse(path, text).kind,
            FileKind::ElasticToml
                | FileKind::KibanaNdjson
                | FileKind::SplunkDetection
                | FileKind::SplunkMacro
                | FileKind::Sigma
        )
}

fn recognise(page: &Page) -> Option<Vendor> {
    let (elastic, splunk) = (elastic::marks(page), splunk::marks(page));
    if elastic.max(splunk) < 2 {
        None
    } else if elastic >= splunk {
        Some(Vendor::Elastic)
    } else {
        Some(Vendor::Splunk)
    }
}

fn finish(vendor: Vendor, draft: Draft, macros: &[Value]) -> Result<Imported, String> {
    let fields = match vendor {
        Vendor::Elastic => draft.members.get("rule").and_then(Value::as_object),
        Vendor::Splunk => Some(&draft.members),
    };
    let name = fields
        .and_then(|fields| fields.get("name")?.as_str())
        .unwrap_or("imported rule")
        .to_owned();
    let tree = Value::Object(draft.members);
    let (text, ending) = match vendor {
        Vendor::Elastic => (
            toml::to_string_pretty(&tree).map_err(|error| error.to_string())?,
            "toml",
        ),
        Vendor::Splunk => (
            serde_saphyr::to_string(&tree).map_err(|error| error.to_string())?,
            "yml",
        ),
    };
    let again = match vendor {
        Vendor::Elastic => document::from_toml(&text).ok(),
        Vendor::Splunk => document::from_yaml(&text)
            .ok()
            .and_then(|mut all| all.pop()),
    };
    if again.as_ref() != Some(&tree) {
        return Err("it reads otherwise than it was written".to_owned());
    }
    let macros = macros.iter().filter_map(|one| {
        let name = document::text(one, "name")?;
        Some((name, serde_saphyr::to_string(one).ok()?))
    });
    Ok(Imported {
        vendor,
        macros: macros.collect(),
        file: format!("{}.{ending}", file_name(&name)),
        name: visible(&name, Marks::Unicode).into_owned(),
        text,
        lacks: draft.lacks,
    })
}

/// Returns a name for a file: lower-case letters, digits and `_`.
fn file_name(name: &str) -> String {
    let mut file = String::new();
    for char in name.chars().take(MAX_NAME) {
        if char.is_ascii_alphanumeric() {
            file.push(char.to_ascii_lowercase());
        } else if !file.is_empty() && !file.ends_with('_') {
            file.push('_');
        }
    }
    let file = file.trim_end_matches('_');
    if file.is_empty() {
        "rule".to_owned()
    } else {
        file.to_owned()
    }
}

/// Returns an id in the shape of a UUID that is the same for the same name.
fn made_id(name: &str) -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(b"imported rule\0");
    hash.update(name.as_bytes());
    let hex = hash.finalize().to_hex();
    // The version (8: made in a way of one's own) and the variant of RFC 9562.
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-8{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}

#[cfg(test)]
mod tests;
