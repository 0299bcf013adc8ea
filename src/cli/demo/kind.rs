//! The kinds of events: what Windows writes in the header of each, and its members in order.

use std::collections::BTreeMap;

use serde::Deserialize;

/// One kind of event.
#[derive(Debug, Clone, Default)]
pub struct Kind {
    /// Empty for documents that no Windows channel carries.
    pub channel: String,
    pub provider: String,
    pub guid: Option<String>,
    pub id: u32,
    pub version: Option<u32>,
    pub level: u32,
    pub task: u32,
    pub opcode: u32,
    /// As Windows writes it, `0x8020000000000000`.
    pub keywords: String,
    /// The process in the header: a running one's key, or `process` for the acting one.
    pub writer: Option<String>,
    /// Whose SID the header carries: `system`, `user`, or nobody's.
    pub account: Option<String>,
    /// Its data have no names.
    pub nameless: bool,
    /// It is an ECS document.
    pub document: bool,
    /// The first line of its message.
    pub title: String,
    /// Names and texts to fill in.
    pub fields: Vec<(String, String)>,
}

/// The file of kinds as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindFile {
    defaults: BTreeMap<String, Header>,
    kinds: BTreeMap<String, Written>,
}

/// What the kinds of a family share, and each may say otherwise.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Header {
    channel: String,
    provider: String,
    guid: Option<String>,
    keywords: String,
    level: u32,
    writer: Option<String>,
    account: Option<String>,
    nameless: bool,
    document: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: u32,
    version: Option<u32>,
    #[serde(default)]
    task: u32,
    #[serde(default)]
    opcode: u32,
    level: Option<u32>,
    writer: Option<String>,
    title: String,
    fields: Vec<(String, String)>,
}

impl KindFile {
    /// Returns the kinds by name, each with what its family says; a name is `FAMILY ID`.
    pub fn resolve(self) -> BTreeMap<String, Kind> {
        let Self { defaults, kinds } = self;
        let resolve = |(name, written): (String, Written)| {
            let family = name.split(' ').next().unwrap_or_default();
            let header = defaults.get(family).cloned().unwrap_or_default();
            let kind = Kind {
                channel: header.channel,
                provider: header.provider,
                guid: header.guid,
                id: written.id,
                version: written.version,
                level: written.level.unwrap_or(header.level),
                task: written.task,
                opcode: written.opcode,
                keywords: header.keywords,
                writer: written.writer.or(header.writer),
                account: header.account,
                nameless: header.nameless,
                document: header.document,
                title: written.title,
                fields: written.fields,
            };
            (name, kind)
        };
        kinds.into_iter().map(resolve).collect()
    }
}
