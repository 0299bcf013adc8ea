//! Sysmon's members out of ECS fields: the pipeline's table backwards, and what it computed undone.

use std::cmp::Ordering;

use super::super::sysmon::TABLE;
use super::super::{hashes, names, registry};
use super::{account, fill, fill_moved, text};
use crate::event::origin::moment;
use crate::event::{FieldId, Fields, Time, Value};

/// Fills the members of an event of id `code`.
pub fn fill_back(ecs: &Fields, native: &mut Fields, code: u32) {
    fill_moved(&TABLE, ecs, native, code);
    for name in TABLE.members(code) {
        let name = name.name();
        fill(native, name, computed(ecs, name, code));
    }
    port_name(ecs, native, code);
    // The pipeline spells this one member alike in all events.
    let (own, shipped) = ("TargetProcessGuid", "TargetProcessGUID");
    if TABLE.members(code).contains(&FieldId::of(own))
        && let Some(target) = native.take(shipped)
    {
        native.put(own, target);
    }
    if let Some(status) = text(ecs, "sysmon.dns.status") {
        let number = names::dns_key("status", &status).map(str::to_owned);
        native.put("QueryStatus", number.unwrap_or(status));
    }
}

/// Returns the member `name` where the pipeline put something else in its place.
fn computed(ecs: &Fields, name: &str, code: u32) -> Option<String> {
    match name {
        "UtcTime" => ecs
            .named("@timestamp")
            .and_then(moment)
            .map(Time::to_sysmon),
        "User" => account(ecs, "user"),
        "Hash" | "Hashes" => hashes_of(ecs, code),
        "TargetObject" => text(ecs, "registry.path"),
        "Details" => details(ecs),
        "Initiated" => flag(ecs, "network.direction", "egress", "ingress"),
        "SourceIsIpv6" => flag(ecs, "network.type", "ipv6", "ipv4"),
        "DestinationIsIpv6" => {
            text(ecs, "destination.ip").map(|address| address.contains(':').to_string())
        }
        "QueryResults" => query_results(ecs),
        _ => None,
    }
}

fn flag(ecs: &Fields, field: &str, yes: &str, no: &str) -> Option<String> {
    let value = text(ecs, field)?;
    if value == yes {
        Some("true".to_owned())
    } else if value == no {
        Some("false".to_owned())
    } else {
        None
    }
}

fn hashes_of(ecs: &Fields, code: u32) -> Option<String> {
    let owner = if TABLE.in_group("process_hashes", code) {
        "process"
    } else {
        "file"
    };
    hashes::unparse(ecs, owner).or_else(|| hashes::unparse_related(ecs))
}

fn details(ecs: &Fields) -> Option<String> {
    let first = ecs.named("registry.data.strings")?.elements().next()?;
    let kind = text(ecs, "registry.data.type");
    Some(registry::details(kind.as_deref(), &first.text()))
}

/// The pipeline keeps one name for two ports, the destination's first. A service has the lower port of the two.
fn port_name(ecs: &Fields, native: &mut Fields, code: u32) {
    if code != 3 {
        return;
    }
    let port = |name| ecs.named(name).and_then(Value::as_int);
    let ports = (port("source.port"), port("destination.port"));
    let (right, wrong) = match ports.0.cmp(&ports.1) {
        Ordering::Less if ports.0.is_some() => ("SourcePortName", "DestinationPortName"),
        _ => ("DestinationPortName", "SourcePortName"),
    };
    let named = text(ecs, "network.protocol");
    // What `fill_moved` gave both of them is one value.
    let filled = |name| native.text(name).map(str::to_owned) == named;
    if named.is_some() && filled(right) && filled(wrong) {
        native.take(wrong);
    }
}

/// Sysmon writes aliases with their type and number, addresses bare, IPv4 ones as mapped to IPv6.
fn query_results(ecs: &Fields) -> Option<String> {
    let mut results = String::new();
    for answer in ecs.named("dns.answers")?.elements() {
        let Value::Object(members) = answer else {
            continue;
        };
        let member = |name: &str| {
            let found = members.iter().find(|(known, _)| &**known == name);
            found.and_then(|(_, value)| value.as_str())
        };
        let Some(data) = member("data") else { continue };
        match member("type") {
            Some("A") => results.push_str(&format!("::ffff:{data};")),
            Some("AAAA") => results.push_str(&format!("{data};")),
            Some(kind) => {
                let number = names::dns_key("record_type", kind).unwrap_or(kind);
                results.push_str(&format!("type:  {number} {data};"));
            }
            None => {}
        }
    }
    (!results.is_empty()).then_some(results)
}
