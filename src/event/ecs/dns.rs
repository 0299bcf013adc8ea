//! Sysmon's DNS queries: answers, resolved addresses, registered domain, status.

use std::net::IpAddr;

use super::convert::unmapped;
use super::names;
use crate::event::{Fields, Value};

/// Fills `dns.answers`, `dns.resolved_ip` and the related hosts and addresses from `QueryResults`, which reads
/// `type:  5 host.example;::ffff:10.0.0.1;`.
pub fn answers(ecs: &mut Fields, results: &str) {
    let mut listed = Vec::new();
    let mut addresses: Vec<String> = Vec::new();
    let mut hosts = Vec::new();
    for part in results.split(';').filter(|part| !part.is_empty()) {
        if !part.starts_with("type:") {
            let address = unmapped(part);
            if address.parse::<IpAddr>().is_ok() {
                addresses.push(address.to_owned());
            }
            continue;
        }
        let mut words = part.split_whitespace().skip(1);
        let kind = words
            .next()
            .and_then(|kind| names::dns("record_type", kind));
        // Only an answer of exactly one word has its data kept.
        let data = words.next().filter(|_| words.next().is_none());
        hosts.extend(data.map(Value::from));
        listed.extend(answer(kind, data));
    }
    for address in &addresses {
        let kind = if address.contains(':') { "AAAA" } else { "A" };
        listed.extend(answer(Some(kind), Some(address)));
    }
    if !listed.is_empty() {
        ecs.set_objects("dns.answers", listed);
    }
    if !hosts.is_empty() {
        ecs.put("related.hosts", Value::List(hosts));
    }
    for address in &addresses {
        ecs.add_once("related.ip", address);
    }
    if !addresses.is_empty() {
        ecs.put("dns.resolved_ip", addresses);
    }
}

fn answer(kind: Option<&str>, data: Option<&str>) -> Option<Value> {
    let members: Vec<(Box<str>, Value)> = [("type", kind), ("data", data)]
        .into_iter()
        .filter_map(|(name, value)| Some((name.into(), value?.into())))
        .collect();
    (!members.is_empty()).then_some(Value::Object(members))
}

/// Fills `dns.question.registered_domain`, `.subdomain` and `.top_level_domain` from the public suffix list.
///
/// As Elasticsearch's `registered_domain` does it: a suffix from the list's private part counts as a registered
/// domain itself, and a name under no listed suffix has none.
pub fn question(ecs: &mut Fields, name: &str) {
    ecs.add_once("related.hosts", name);
    let lower = name.to_ascii_lowercase();
    let Some(suffix) = psl::suffix(lower.as_bytes()).filter(psl::Suffix::is_known) else {
        return;
    };
    let Ok(suffix_text) = std::str::from_utf8(suffix.as_bytes()) else {
        return;
    };
    let registered = if suffix.typ() == Some(psl::Type::Private) {
        suffix_text
    } else if let Some(domain) = psl::domain_str(&lower) {
        domain
    } else {
        ecs.put("dns.question.top_level_domain", suffix_text);
        return;
    };
    let Some((_, top)) = registered.split_once('.') else {
        return;
    };
    let at = name.len() - registered.len();
    ecs.put("dns.question.registered_domain", &name[at..]);
    ecs.put(
        "dns.question.top_level_domain",
        &name[name.len() - top.len()..],
    );
    if let Some(below) = name[..at].strip_suffix('.') {
        ecs.put("dns.question.subdomain", below);
    }
}

/// Replaces the status number by its name; an unknown number stays.
pub fn status(ecs: &mut Fields) {
    let known = ecs
        .text("sysmon.dns.status")
        .and_then(|number| names::dns("status", number));
    if let Some(known) = known {
        ecs.put("sysmon.dns.status", known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_aliases_and_addresses() {
        let mut ecs = Fields::default();
        answers(
            &mut ecs,
            "type:  5 alias.example.net;::ffff:10.0.0.2;fe80::1;",
        );
        assert_eq!(
            ecs.named("dns.answers.data"),
            Some(&Value::from(vec![
                "alias.example.net",
                "10.0.0.2",
                "fe80::1"
            ]))
        );
        assert_eq!(
            ecs.named("dns.answers.type"),
            Some(&Value::from(vec!["CNAME", "A", "AAAA"]))
        );
        assert_eq!(
            ecs.named("dns.resolved_ip"),
            Some(&Value::from(vec!["10.0.0.2", "fe80::1"]))
        );
    }

    #[test]
    fn names_fall_apart_at_the_public_suffix() {
        let mut ecs = Fields::default();
        question(&mut ecs, "www.Shop.example.co.uk");
        assert_eq!(
            ecs.text("dns.question.registered_domain"),
            Some("example.co.uk")
        );
        assert_eq!(ecs.text("dns.question.subdomain"), Some("www.Shop"));
        assert_eq!(ecs.text("dns.question.top_level_domain"), Some("co.uk"));
        let mut local = Fields::default();
        question(&mut local, "fileserver.corp.lan");
        assert!(local.named("dns.question.registered_domain").is_none());
    }
}
