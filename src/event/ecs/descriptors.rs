//! Security descriptors (SDDL) and SID lists spelled out, as the Security pipeline does it.

use super::names;
use super::security::{data, put_data};
use crate::event::{Fields, Value};

/// Rights of a hexadecimal access mask. The second value lacks a digit in winlogbeat's table, so that bit is another.
const RIGHTS: [(i64, &str); 11] = [
    (0x8000_0000, "Generic Read"),
    (0x0400_0000, "Generic Write"),
    (0x2000_0000, "Generic Execute"),
    (0x1000_0000, "Generic All"),
    (0x0200_0000, "Maximum Allowed"),
    (0x0100_0000, "Access System Security"),
    (0x0010_0000, "Syncronize"),
    (0x0008_0000, "Write Owner"),
    (0x0004_0000, "Write DACL"),
    (0x0002_0000, "Read Control"),
    (0x0001_0000, "Delete"),
];

/// Spells out `OldSd`, `NewSd` and `SidList`.
pub fn run(ecs: &mut Fields) {
    for name in ["OldSd", "NewSd"] {
        if let Some(text) = data(ecs, name) {
            descriptor(ecs, &text, name);
        }
    }
    if let Some(list) = data(ecs, "SidList") {
        let sids: Vec<&str> = list.split_whitespace().collect();
        let texts: Vec<Value> = sids
            .iter()
            .map(|sid| account(&sid.replace(['%', '{', '}'], "")).into())
            .collect();
        put_data(ecs, "SidList", Value::from(sids));
        put_data(ecs, "SidListDesc", Value::List(texts));
    }
}

fn descriptor(ecs: &mut Fields, text: &str, name: &str) {
    // The pipeline looks the owner up with its `O:` still on, finds nothing and keeps it as it is.
    for (mark, part) in [("O:", "Owner"), ("G:", "Group")] {
        if text.starts_with(mark)
            && let Some(owner) = text.get(..4)
            && owner[2..].bytes().all(|byte| byte.is_ascii_uppercase())
        {
            put_data(ecs, &format!("{name}{part}"), owner);
        }
    }
    let (before, system) = match text.find("S:") {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let discretionary = before.find("D:").map_or("", |at| &before[at..]);
    for (list, part) in [(discretionary, "Dacl"), (system, "Sacl")] {
        for (number, entry) in entries(list).enumerate() {
            let (grantee, text) = spelled(entry);
            put_data(ecs, &format!("{name}{part}{number}"), text);
            if ["Administrator", "Guest", "KRBTGT"].contains(&grantee.as_str()) {
                ecs.add_once("related.user", &grantee);
            }
        }
    }
}

/// Returns what stands in each pair of brackets.
fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split('(').skip(1).filter_map(|rest| {
        let (entry, _) = rest.split_once(')')?;
        Some(entry)
    })
}

/// Returns the grantee and the whole text of an access control entry `type;flags;rights;object;inherited;account`.
fn spelled(entry: &str) -> (String, String) {
    let parts: Vec<&str> = entry.split(';').collect();
    let or_null = |text: Option<&str>| text.unwrap_or("null").to_owned();
    let grantee = parts
        .get(5)
        .map_or_else(|| or_null(None), |sid| account(sid));
    let kind = or_null(names::security("ace_type", parts[0]));
    let rights = parts
        .get(2)
        .map_or_else(Vec::new, |rights| permissions(rights));
    let text = format!("{grantee} :{kind} ([{}])", rights.join(", "));
    (grantee, text)
}

fn permissions(rights: &str) -> Vec<String> {
    if rights.starts_with("0x") {
        let mask = super::convert::decode(rights).unwrap_or_default();
        let texts: Vec<String> = RIGHTS
            .iter()
            .filter(|(flag, _)| mask & flag == *flag)
            .map(|(_, text)| (*text).to_owned())
            .collect();
        return if texts.is_empty() {
            vec![rights.to_owned()]
        } else {
            texts
        };
    }
    let letters: Vec<char> = rights.chars().collect();
    letters
        .chunks(2)
        .map(String::from_iter)
        .map(|pair| {
            names::security("permission", &pair)
                .unwrap_or("null")
                .to_owned()
        })
        .collect()
}

/// Returns the name of a SID or of its two-letter alias; of a domain's SID by its last number; else the SID itself.
fn account(sid: &str) -> String {
    if let Some(name) = names::security("sid", sid) {
        return name.to_owned();
    }
    if !sid.starts_with("S-1-5-21") {
        return sid.to_owned();
    }
    let tail = &sid[sid.len()
        - sid
            .bytes()
            .rev()
            .take_while(u8::is_ascii_digit)
            .count()
            .min(5)..];
    names::security("domain_rid", tail)
        .unwrap_or("null")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_spelled_out() {
        let mut ecs = Fields::default();
        put_data(
            &mut ecs,
            "NewSd",
            "O:BAG:SYD:(A;;RPWP;;;DA)(D;;0x10000;;;S-1-5-21-1-2-3-500)S:(AU;;SD;;;WD)",
        );
        run(&mut ecs);
        let text = |name| data(&ecs, name);
        assert_eq!(
            text("NewSdDacl0").as_deref(),
            Some(
                "Domain administrators :Access Allowed ([Read All Properties, Write All Properties])"
            )
        );
        assert_eq!(
            text("NewSdDacl1").as_deref(),
            Some("Administrator :Access Denied ([Delete])")
        );
        assert_eq!(
            text("NewSdSacl0").as_deref(),
            Some("Everyone :System Audit ([Delete])")
        );
        assert_eq!(text("NewSdOwner").as_deref(), Some("O:BA"));
        assert_eq!(
            ecs.named("related.user"),
            Some(&Value::from(vec!["Administrator"]))
        );
    }
}
