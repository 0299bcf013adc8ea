//! The labels of the vendors' pages, whatever mark-up they stand in.

use super::page::{Line, Page};

/// What a label opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    Type,
    Indices,
    Severity,
    Risk,
    Interval,
    From,
    MaxAlerts,
    References,
    Tags,
    Version,
    /// Said of the page, not of the rule.
    About,
    Authors,
    License,
    FalsePositives,
    Guide,
    Setup,
    Query,
    Threat,
    History,
    Description,
    Search,
    DataSource,
    DataModel,
    Product,
    Date,
    Id,
    Annotations,
    KillChain,
    Nist,
    Cis,
    Cve,
    Macros,
    RequiredFields,
    Implementation,
    Stories,
    RiskBased,
    RiskMessage,
    Tests,
}

/// Labels of Elastic's prebuilt rule reference, lower case.
pub const ELASTIC: &[(&str, Label)] = &[
    ("rule type", Label::Type),
    ("rule indices", Label::Indices),
    ("rule index", Label::Indices),
    ("index patterns", Label::Indices),
    ("severity", Label::Severity),
    ("rule severity", Label::Severity),
    ("risk score", Label::Risk),
    ("rule risk score", Label::Risk),
    ("runs every", Label::Interval),
    ("searches indices from", Label::From),
    ("maximum alerts per execution", Label::MaxAlerts),
    ("maximum signals per execution", Label::MaxAlerts),
    ("references", Label::References),
    ("reference", Label::References),
    ("tags", Label::Tags),
    ("version", Label::Version),
    ("rule version", Label::Version),
    ("added (elastic stack release)", Label::About),
    ("last modified (elastic stack release)", Label::About),
    ("rule authors", Label::Authors),
    ("rule author", Label::Authors),
    ("rule license", Label::License),
    ("rule licence", Label::License),
    ("potential false positives", Label::FalsePositives),
    ("false positives", Label::FalsePositives),
    ("false positive examples", Label::FalsePositives),
    ("investigation guide", Label::Guide),
    ("setup", Label::Setup),
    ("setup guide", Label::Setup),
    ("rule query", Label::Query),
    ("rule definition", Label::Query),
    ("threat mapping", Label::Threat),
    ("framework", Label::Threat),
    ("rule version history", Label::History),
    ("related rules", Label::About),
];

/// Labels of Splunk's research site and of its documentation, lower case.
pub const SPLUNK: &[(&str, Label)] = &[
    ("description", Label::Description),
    ("search", Label::Search),
    ("detection search", Label::Search),
    ("spl", Label::Search),
    ("type", Label::Type),
    ("detection type", Label::Type),
    ("product", Label::Product),
    ("products", Label::Product),
    ("datamodel", Label::DataModel),
    ("data model", Label::DataModel),
    ("datasource", Label::DataSource),
    ("data source", Label::DataSource),
    ("data sources", Label::DataSource),
    ("last updated", Label::Date),
    ("updated date", Label::Date),
    ("date", Label::Date),
    ("creation date", Label::About),
    ("modification date", Label::Date),
    ("author", Label::Authors),
    ("authors", Label::Authors),
    ("id", Label::Id),
    ("version", Label::Version),
    ("status", Label::About),
    ("annotations", Label::Annotations),
    ("att&ck", Label::Annotations),
    ("mitre att&ck", Label::Annotations),
    ("kill chain phase", Label::KillChain),
    ("kill chain phases", Label::KillChain),
    ("nist", Label::Nist),
    ("cis20", Label::Cis),
    ("cis 20", Label::Cis),
    ("cis", Label::Cis),
    ("cis controls", Label::Cis),
    ("cve", Label::Cve),
    ("threat actors", Label::About),
    ("macros", Label::Macros),
    ("macros used", Label::Macros),
    ("lookups", Label::Macros),
    ("required field", Label::RequiredFields),
    ("required fields", Label::RequiredFields),
    ("how to implement", Label::Implementation),
    ("implementation", Label::Implementation),
    ("default configuration", Label::About),
    ("known false positives", Label::FalsePositives),
    ("associated analytic story", Label::Stories),
    ("associated analytic stories", Label::Stories),
    ("analytic story", Label::Stories),
    ("analytic stories", Label::Stories),
    ("rba", Label::RiskBased),
    ("risk based analytics (rba)", Label::RiskBased),
    ("risk based analytics", Label::RiskBased),
    ("risk based alerting (rba)", Label::RiskBased),
    ("risk message", Label::RiskMessage),
    ("reference", Label::References),
    ("references", Label::References),
    ("test dataset", Label::Tests),
    ("detection testing", Label::Tests),
    ("test datasets", Label::Tests),
];

/// Returns a line without its mark-up: marks of headings, items and emphasis, anchors, tags.
#[must_use]
pub fn plain(text: &str) -> String {
    let untagged = without_tags(text);
    let mut rest = untagged.trim();
    loop {
        let next = rest
            .trim_start_matches(['#', '>', '•', '‣', '●', '▪'])
            .trim_start();
        let next = next
            .strip_prefix("- ")
            .or_else(|| next.strip_prefix("* "))
            .or_else(|| next.strip_prefix("+ "))
            .unwrap_or(next)
            .trim_start();
        let equals = next.trim_start_matches('=');
        let next = if equals.starts_with(' ') {
            equals.trim_start()
        } else {
            next
        };
        if next.len() == rest.len() {
            break;
        }
        rest = next;
    }
    let mut text = rest.replace("**", "").replace("__", "");
    // AsciiDoc's bold, and Markdown's italics, around a label.
    for mark in ['*', '_'] {
        let inner = text.strip_prefix(mark).and_then(|inner| {
            let end = inner.find(mark)?;
            let (bold, after) = (inner.get(..end)?, inner.get(end + 1..)?);
            let label = after.is_empty() || after.starts_with(':') || bold.ends_with(':');
            label.then(|| format!("{bold}{after}"))
        });
        text = inner.unwrap_or(text);
    }
    let text = text.trim();
    // `Title [anchor]`, `Title {#anchor}`, `Title ¶`.
    let text = text.trim_end_matches(['¶', '#', '=']).trim_end();
    let anchored = text.ends_with(']') || text.ends_with('}');
    let cut = [" [", " {#", " {:"]
        .iter()
        .filter_map(|open| text.rfind(open))
        .max()
        .filter(|at| {
            anchored
                && !text
                    .get(at + 2..text.len() - 1)
                    .unwrap_or(" ")
                    .contains(' ')
        });
    let text = cut.map_or(text, |at| text.get(..at).unwrap_or(text));
    text.trim().to_owned()
}

/// Takes HTML tags out of a line of Markdown.
fn without_tags(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let named = tag[1..].starts_with(|char: char| char.is_ascii_alphabetic() || char == '/');
        if let Some(end) = tag.find('>').filter(|_| named && !tag.starts_with("<http")) {
            rest = &tag[end + 1..];
        } else {
            out.push('<');
            rest = &tag[1..];
        }
    }
    out.push_str(rest);
    out
}

/// Returns the label that a line opens with, and what follows it on the line.
#[must_use]
pub fn find(line: &Line, labels: &[(&str, Label)]) -> Option<(Label, String)> {
    if line.code.is_some() {
        return None;
    }
    of_text(&line.text, labels)
}

/// Returns every label that a line of the page opens with.
#[must_use]
pub fn labels(page: &Page, labels: &[(&str, Label)]) -> Vec<Label> {
    let found = page.lines.iter().filter_map(|line| find(line, labels));
    found.map(|(label, _)| label).collect()
}

fn of_text(text: &str, labels: &[(&str, Label)]) -> Option<(Label, String)> {
    /// Longest label with its mark-up.
    const MAX: usize = 90;
    let plain = plain(text);
    let head = plain.split(':').next().unwrap_or_default().trim();
    if head.len() > MAX {
        return None;
    }
    let head = unlinked(head).to_lowercase();
    let (_, label) = labels.iter().find(|(name, _)| *name == head)?;
    let rest = plain.split_once(':').map_or("", |(_, rest)| rest);
    Some((*label, rest.trim().to_owned()))
}

/// Returns the text of a Markdown link, or the text itself.
#[must_use]
pub fn unlinked(text: &str) -> &str {
    let inner = text
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'));
    inner.map_or(text, |(inner, _)| inner)
}

/// Returns whether a line is a label of any vendor, and nothing else.
#[must_use]
pub fn is_label(text: &str) -> bool {
    [ELASTIC, SPLUNK]
        .iter()
        .any(|labels| of_text(text, labels).is_some_and(|(_, rest)| rest.is_empty()))
}

/// Labels of single facts, of which a page may have several on one line.
const FACTS: [&str; 11] = [
    "Type",
    "Product",
    "Datamodel",
    "Datasource",
    "Last Updated",
    "Updated Date",
    "Date",
    "Author",
    "ID",
    "Version",
    "Status",
];

/// Returns where in a line facts begin, when it begins with one; fewer than two mean that it is to stay whole.
#[must_use]
pub fn facts(text: &str) -> Vec<usize> {
    let begins = |at: usize| -> Option<usize> {
        let rest = text.get(at..)?;
        let name = rest.trim_start_matches(['-', '*', '•', ' ']);
        let fact = FACTS.iter().find(|fact| name.starts_with(**fact))?;
        let after = name[fact.len()..].trim_start_matches('*');
        after.starts_with(':').then_some(at)
    };
    let first = text.len() - text.trim_start().len();
    let mut cuts: Vec<usize> = begins(first).into_iter().collect();
    if cuts.is_empty() {
        return cuts;
    }
    let bytes = text.as_bytes();
    for at in first + 1..text.len() {
        let opens = match bytes[at] {
            b'*' => text[at..].starts_with("**") && !bytes[..at].ends_with(b"*"),
            b'-' => text[at..].starts_with("- **"),
            byte => byte.is_ascii_uppercase() && bytes[at - 1] == b' ',
        };
        // A mark of emphasis right before belongs to the same fact.
        if opens && text.is_char_boundary(at) && begins(at).is_some() {
            let marked = cuts.last().is_some_and(|last| {
                text[*last..at]
                    .trim_matches(['-', '*', ' ', '•'])
                    .is_empty()
            });
            if !marked {
                cuts.push(at);
            }
        }
    }
    cuts
}
