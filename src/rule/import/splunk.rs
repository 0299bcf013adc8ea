//! Pages of Splunk's research site, of 2020 to today: with `#### ` headings, with `## ` headings, or with none left.
//!
//! Source: research.splunk.com and `docs/_posts` of splunk/security_content. The pages name macros but do not define
//! them, and those before 2024 leave out the observables of the risk message.

mod parts;
mod risk;

use serde_json::{Map, Value, json};

use super::label::{Label, SPLUNK, labels, unlinked};
use super::page::{Line, Page};
use super::section::Section;
use super::{Draft, made_id, spl};
use crate::rule::message;
use parts::Parts;

/// Returns how much of a page of Splunk's it has.
pub fn marks(page: &Page) -> usize {
    let tell = [
        Label::Implementation,
        Label::FalsePositives,
        Label::Stories,
        Label::Macros,
        Label::RiskBased,
        Label::KillChain,
        Label::Product,
        Label::RequiredFields,
        Label::Search,
    ];
    let found = labels(page, SPLUNK);
    let told = tell.iter().filter(|label| found.contains(label)).count();
    let searches = page
        .lines
        .iter()
        .any(|line| line.text.contains("_filter`") || line.text.contains("security_content"));
    told + usize::from(searches)
}

/// Reads a page.
pub fn read(page: &Page) -> Draft {
    let parts = Parts::of(page);
    let mut draft = Draft::default();
    let search = parts.search();
    let name = name(
        page,
        &parts,
        search.as_ref().map(|(search, _)| search.as_str()),
        &mut draft,
    );
    draft.add("name", name.clone());
    let id = parts.value(Label::Id);
    let id = id.split_whitespace().next().unwrap_or_default().to_owned();
    if is_uuid(&id) {
        draft.add("id", id);
    } else {
        let at = parts.line(Label::Id);
        draft.lack("id", at, "made from the name");
        draft.add("id", made_id(&name));
    }
    facts(&parts, &mut draft);
    let description = parts.description(page, &name);
    if description.is_empty() {
        draft.lack("description", parts.line(Label::Description), "left out");
    }
    draft.add("description", description);
    draft.add("data_source", parts.items(Label::DataSource));
    draft.add("datamodel", parts.items(Label::DataModel));
    match search {
        Some((search, _)) => draft.add("search", search),
        None => draft.lack(
            "search",
            parts.line(Label::Search),
            "the rule cannot run without",
        ),
    }
    for (label, member) in [
        (Label::Implementation, "how_to_implement"),
        (Label::FalsePositives, "known_false_positives"),
    ] {
        let text = parts.get(label).map(Section::text).unwrap_or_default();
        if text.is_empty() {
            draft.lack(member, parts.line(label), "left out");
        }
        draft.add(member, text);
    }
    draft.add("references", parts.addresses(Label::References));
    let mut tags = Map::new();
    annotations(&parts, &mut draft, &mut tags);
    risk::add(&parts, &mut draft, &mut tags);
    draft.add("tags", Value::Object(tags));
    let data = parts.addresses(Label::Tests);
    let data: Vec<String> = data
        .into_iter()
        .filter(|address| address.contains("attack_data") && is_log(address))
        .collect();
    if !data.is_empty() {
        let data: Vec<Value> = data.into_iter().map(|data| json!({"data": data})).collect();
        draft.add(
            "tests",
            json!([{"name": "True Positive Test", "attack_data": data}]),
        );
    }
    draft
}

fn name(page: &Page, parts: &Parts, search: Option<&str>, draft: &mut Draft) -> String {
    let titled = page.title(parts.head).map(|(name, _)| name);
    let name = titled.map(|name| {
        name.strip_prefix("Detection:")
            .unwrap_or(&name)
            .trim()
            .to_owned()
    });
    if let Some(name) =
        name.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("description"))
    {
        return name;
    }
    let made = search.and_then(spl::named_by_filter);
    let instead = if made.is_some() {
        "made from the search's own filter macro"
    } else {
        "called after its id"
    };
    draft.lack("name", None, instead);
    made.unwrap_or_else(|| {
        format!("imported rule {}", parts.value(Label::Id))
            .trim()
            .to_owned()
    })
}

/// Adds version, date, author and type.
fn facts(parts: &Parts, draft: &mut Draft) {
    let digits = |text: String| -> Option<u64> {
        let digits: String = text
            .chars()
            .skip_while(|char| !char.is_ascii_digit())
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse().ok()
    };
    let version = digits(parts.value(Label::Version)).or_else(|| parts.footer_version());
    draft.add("version", version);
    let date = parts.value(Label::Date);
    draft.add("date", date.split_whitespace().next().unwrap_or_default());
    let author = parts.value(Label::Authors);
    if author.is_empty() {
        draft.lack("author", parts.line(Label::Authors), "left out");
    }
    draft.add("author", author);
    let kind = parts.value(Label::Type);
    let kind = unlinked(&kind).to_owned();
    if kind.is_empty() {
        draft.lack("type", parts.line(Label::Type), "taken for TTP");
        draft.add("type", "TTP");
    } else {
        draft.add("type", kind);
    }
}

/// Adds what the rule is filed under.
fn annotations(parts: &Parts, draft: &mut Draft, tags: &mut Map<String, Value>) {
    let mut add = |name: &str, values: Vec<String>| {
        if !values.is_empty() {
            tags.insert(name.to_owned(), values.into());
        }
    };
    let stories = parts.items(Label::Stories);
    add(
        "analytic_story",
        stories
            .iter()
            .map(|story| unlinked(story).to_owned())
            .collect(),
    );
    let techniques = parts.techniques();
    if techniques.is_empty() {
        draft.lack(
            "tags.mitre_attack_id",
            parts.line(Label::Annotations),
            "left out",
        );
    }
    add("mitre_attack_id", techniques);
    // A page without headings has all of these below one.
    let mut filed: [Vec<String>; 4] = Default::default();
    for label in [Label::KillChain, Label::Nist, Label::Cis, Label::Cve] {
        for item in parts.items(label) {
            let upper = item.to_uppercase();
            let nist = ["DE.", "ID.", "PR.", "RS.", "RC.", "GV."]
                .iter()
                .any(|start| upper.starts_with(start));
            let kind = if nist {
                1
            } else if upper.starts_with("CIS ") {
                2
            } else if upper.starts_with("CVE-") {
                3
            } else if label == Label::KillChain {
                0
            } else {
                continue;
            };
            filed[kind].push(item);
        }
    }
    for (name, values) in ["kill_chain_phases", "nist", "cis20", "cve"]
        .into_iter()
        .zip(filed)
    {
        add(name, values);
    }
    add(
        "product",
        parts
            .value(Label::Product)
            .split(',')
            .map(|product| product.trim().to_owned())
            .filter(|product| !product.is_empty())
            .collect(),
    );
    add(
        "required_fields",
        parts
            .items(Label::RequiredFields)
            .into_iter()
            .filter(|field| !field.contains(' '))
            .collect(),
    );
}

/// Returns the macros that the page defines: rows of name and value.
pub fn macros(page: &Page) -> Vec<Value> {
    let parts = Parts::of(page);
    let Some(section) = parts.get(Label::Macros) else {
        return Vec::new();
    };
    let row = |line: &Line| {
        let text = line.text.trim().strip_prefix('|')?.strip_suffix('|')?;
        let (name, definition) = text.split_once('|')?;
        let name = unlinked(name.trim()).trim_matches('`').to_owned();
        let definition = definition.trim().trim_matches('`').replace("\\|", "|");
        let named = !name.is_empty()
            && name
                .chars()
                .all(|char| char.is_ascii_alphanumeric() || char == '_');
        let header = name.eq_ignore_ascii_case("name");
        let filled = definition.chars().any(char::is_alphanumeric);
        if !named || header || !filled || name.ends_with("_filter") {
            return None;
        }
        let mut defined = Map::new();
        defined.insert("name".to_owned(), name.into());
        let arguments = message::tokens(&definition);
        if !arguments.is_empty() {
            defined.insert("arguments".to_owned(), arguments.into());
        }
        defined.insert("definition".to_owned(), definition.into());
        Some(Value::Object(defined))
    };
    section.lines.iter().filter_map(row).collect()
}

fn is_log(address: &str) -> bool {
    let ending = address.rsplit('.').next().unwrap_or_default();
    ["log", "json", "xml", "evtx", "txt"]
        .iter()
        .any(|log| ending.eq_ignore_ascii_case(log))
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12]
        && text
            .chars()
            .all(|char| char.is_ascii_hexdigit() || char == '-')
}
