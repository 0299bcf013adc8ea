//! Which field holds what.
//!
//! Takes an event; hands each typed value to the collector and each free text to the miner. ECS names come first, then
//! the verbatim Windows names, for events that no pipeline maps.

use super::collect::Collector;
use super::{Kind, TEXT_BYTES, mine};
use crate::event::{Event, Fields, Value};

/// What the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// As it stands.
    Just(Kind),
    /// Named by the hash, or Sysmon's list `MD5=..,SHA256=..`.
    Hash(Kind),
    Hashes,
    Address,
    NameOrAddress,
    Sid,
    /// The account's domain is in the field beside it.
    User(&'static str),
    Path,
    Guid,
    /// To be searched.
    Text,
    /// Is one, and to be searched.
    CommandLine,
}

/// Fields by name; `*` at the start stands for any beginning. The first of a kind is the one that is copied first.
const ECS: &[(&str, Holds)] = &[
    ("host.name", Holds::Just(Kind::Host)),
    ("user.name", Holds::User("user.domain")),
    ("user.target.name", Holds::User("user.target.domain")),
    ("user.effective.name", Holds::User("user.effective.domain")),
    ("user.changes.name", Holds::User("user.changes.domain")),
    ("process.user.name", Holds::User("process.user.domain")),
    ("source.user.name", Holds::User("source.user.domain")),
    (
        "destination.user.name",
        Holds::User("destination.user.domain"),
    ),
    ("user.id", Holds::Sid),
    ("*user.id", Holds::Sid),
    ("user.target.id", Holds::Sid),
    ("user.effective.id", Holds::Sid),
    ("user.target.group.id", Holds::Sid),
    ("group.id", Holds::Sid),
    ("winlog.user.identifier", Holds::Sid),
    ("process.command_line", Holds::CommandLine),
    ("process.parent.command_line", Holds::CommandLine),
    ("file.path", Holds::Path),
    ("file.target_path", Holds::Path),
    ("dll.path", Holds::Path),
    ("process.executable", Holds::Path),
    ("process.parent.executable", Holds::Path),
    ("registry.path", Holds::Just(Kind::RegistryKey)),
    ("file.hash.md5", Holds::Hash(Kind::Md5)),
    ("file.hash.sha1", Holds::Hash(Kind::Sha1)),
    ("file.hash.sha256", Holds::Hash(Kind::Sha256)),
    ("*.hash.md5", Holds::Hash(Kind::Md5)),
    ("*.hash.sha1", Holds::Hash(Kind::Sha1)),
    ("*.hash.sha256", Holds::Hash(Kind::Sha256)),
    ("*.imphash", Holds::Hash(Kind::Imphash)),
    ("destination.ip", Holds::Address),
    ("source.ip", Holds::Address),
    ("dns.resolved_ip", Holds::Address),
    ("*.ip", Holds::Address),
    ("dns.question.name", Holds::NameOrAddress),
    ("destination.domain", Holds::NameOrAddress),
    ("url.domain", Holds::NameOrAddress),
    ("tls.client.server_name", Holds::NameOrAddress),
    ("source.domain", Holds::NameOrAddress),
    ("dns.answers.data", Holds::NameOrAddress),
    ("url.full", Holds::Just(Kind::Url)),
    ("url.original", Holds::Text),
    ("user.email", Holds::Text),
    ("email.*", Holds::Text),
    ("*.address", Holds::Text),
    ("process.entity_id", Holds::Guid),
    ("process.parent.entity_id", Holds::Guid),
    ("*process.entity_id", Holds::Guid),
    ("powershell.file.script_block_text", Holds::Text),
    ("powershell.command.value", Holds::Text),
    ("powershell.command.invocation_details.value", Holds::Text),
    ("registry.data.strings", Holds::Text),
];

/// As [`ECS`], for the members of `EventData`.
const WINDOWS: &[(&str, Holds)] = &[
    ("TargetUserName", Holds::User("TargetDomainName")),
    ("SubjectUserName", Holds::User("SubjectDomainName")),
    ("User", Holds::User("")),
    ("SourceUser", Holds::User("")),
    ("TargetUser", Holds::User("")),
    ("ParentUser", Holds::User("")),
    ("*Sid", Holds::Sid),
    ("CommandLine", Holds::CommandLine),
    ("ProcessCommandLine", Holds::CommandLine),
    ("ParentCommandLine", Holds::CommandLine),
    ("TargetFilename", Holds::Path),
    ("ImageLoaded", Holds::Path),
    ("Image", Holds::Path),
    ("NewProcessName", Holds::Path),
    ("SourceImage", Holds::Path),
    ("TargetImage", Holds::Path),
    ("ProcessName", Holds::Path),
    ("ParentImage", Holds::Path),
    ("ParentProcessName", Holds::Path),
    ("ObjectName", Holds::Path),
    ("TargetObject", Holds::Just(Kind::RegistryKey)),
    ("Hashes", Holds::Hashes),
    ("Hash", Holds::Hashes),
    ("DestinationIp", Holds::Address),
    ("SourceIp", Holds::Address),
    ("IpAddress", Holds::Address),
    ("ClientAddress", Holds::Address),
    ("QueryName", Holds::NameOrAddress),
    ("DestinationHostname", Holds::NameOrAddress),
    ("QueryResults", Holds::Text),
    ("ProcessGuid", Holds::Guid),
    ("*ProcessGuid", Holds::Guid),
    ("*ProcessGUID", Holds::Guid),
    ("ScriptBlockText", Holds::Text),
    ("Payload", Holds::Text),
    ("ContextInfo", Holds::Text),
    ("Details", Holds::Text),
    ("ServiceFileName", Holds::Text),
    ("ImagePath", Holds::Text),
    ("TaskContent", Holds::Text),
    ("TaskContentNew", Holds::Text),
    ("Destination", Holds::Text),
    ("Query", Holds::Text),
    ("Contents", Holds::Text),
];

/// Hands everything in `event` to `collector`.
pub fn collect(event: &Event, collector: &mut Collector) {
    table(event.ecs(), ECS, "", collector);
    table(event.extra(), ECS, "", collector);
    collector.add(Kind::Host, &event.computer, "winlog.computer_name");
    table(event.native(), WINDOWS, "winlog.event_data.", collector);
}

fn table(fields: &Fields, rows: &[(&str, Holds)], prefix: &str, collector: &mut Collector) {
    let mut names: Vec<&'static str> = fields.iter().map(|(id, _)| id.name()).collect();
    names.sort_unstable();
    for (pattern, holds) in rows {
        if !pattern.contains('*') {
            if let Some(value) = fields.named(pattern) {
                take(fields, value, pattern, *holds, prefix, collector);
            }
            continue;
        }
        for name in names.iter().filter(|name| matches(pattern, name)) {
            if let Some(value) = fields.named(name) {
                take(fields, value, name, *holds, prefix, collector);
            }
        }
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => name.starts_with(start) && name.ends_with(end),
        None => pattern == name,
    }
}

fn take(
    fields: &Fields,
    value: &Value,
    name: &str,
    holds: Holds,
    prefix: &str,
    collector: &mut Collector,
) {
    let field = format!("{prefix}{name}");
    for element in value.elements() {
        let Some(text) = element.as_str() else {
            continue;
        };
        match holds {
            Holds::Just(kind) => collector.add(kind, text, &field),
            Holds::Hash(kind) => collector.hash(kind, text, &field),
            Holds::Hashes => hashes(text, &field, collector),
            Holds::Address => {
                collector.address(text, &field);
            }
            Holds::NameOrAddress => collector.name_or_address(text, &field),
            Holds::Sid => collector.sid(text, &field),
            Holds::User(domain) => {
                let domain = fields.text(domain).unwrap_or_default();
                collector.user(domain, text, &field);
            }
            Holds::Path => collector.path(text, &field),
            Holds::Guid => collector.guid(text, &field),
            Holds::Text => search(text, &field, collector),
            Holds::CommandLine => {
                collector.add(Kind::CommandLine, text, &field);
                search(text, &field, collector);
            }
        }
    }
}

/// Reads `SHA1=..,MD5=..`, or a single hash without a name.
fn hashes(text: &str, field: &str, collector: &mut Collector) {
    for pair in text.split([',', ';', ' ']) {
        match pair.split_once('=') {
            Some((name, hash)) => match name.trim().to_ascii_uppercase().as_str() {
                "MD5" => collector.hash(Kind::Md5, hash, field),
                "SHA1" => collector.hash(Kind::Sha1, hash, field),
                "SHA256" => collector.hash(Kind::Sha256, hash, field),
                "IMPHASH" => collector.hash(Kind::Imphash, hash, field),
                _ => {}
            },
            None => search(pair, field, collector),
        }
    }
}

/// Adds what stands in a text.
fn search(text: &str, field: &str, collector: &mut Collector) {
    let mut end = text.len().min(TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    for found in mine::find(text) {
        let value = &text[found.range];
        match found.kind {
            Kind::Ipv4 | Kind::Ipv6 => {
                collector.address(value, field);
            }
            Kind::Md5 | Kind::Sha1 | Kind::Sha256 => collector.hash(found.kind, value, field),
            Kind::Domain => collector.add(Kind::Domain, &value.to_lowercase(), field),
            kind => collector.add(kind, value, field),
        }
    }
}
