//! Who acts and who is acted on in Security events: `user.*`, `group.*`, `winlog.computerObject.*`, `related.user`.

use super::security::{TABLE, data, put_data};
use crate::event::Fields;

/// Fills the users and groups of event id `code`, in the pipeline's order.
pub fn run(ecs: &mut Fields, code: u32) {
    let takes = |group| TABLE.in_group(group, code);
    if takes("session") {
        session(ecs);
    }
    if takes("target_user") {
        target_user(ecs);
    }
    if takes("group") {
        group(ecs);
    }
    if takes("computer") {
        copy(ecs, "TargetSid", "winlog.computerObject.id");
        copy(ecs, "TargetUserName", "winlog.computerObject.name");
        copy(ecs, "TargetDomainName", "winlog.computerObject.domain");
    }
    if takes("target_logon") {
        copy(ecs, "TargetLogonId", "winlog.logon.id");
    }
    if takes("subject") {
        copy(ecs, "SubjectUserSid", "user.id");
        copy(ecs, "SubjectDomainName", "user.domain");
        if let Some(name) = data(ecs, "SubjectUserName") {
            ecs.add_once("related.user", &name);
            ecs.put("user.name", name);
        }
    }
    if takes("changed_user") {
        other_user(ecs, "TargetSid", "user.target");
    }
    if takes("effective_user") {
        other_user(ecs, "TargetUserSid", "user.effective");
    }
    copy(ecs, "SubjectLogonId", "winlog.logon.id");
    if takes("user_data") {
        user_data(ecs);
    }
}

/// Fills `related.user` and the renamed account of event id `code`.
pub fn related(ecs: &mut Fields, code: u32) {
    let real = |ecs: &Fields, name| data(ecs, name).filter(|name| name != "-");
    for (group, member) in [
        ("related_subject", "SubjectUserName"),
        ("related_target", "TargetUserName"),
    ] {
        if TABLE.in_group(group, code)
            && let Some(name) = real(ecs, member)
        {
            ecs.add_once("related.user", &name);
        }
    }
    for (member, field) in [
        ("OldTargetUserName", "user.target.name"),
        ("NewTargetUserName", "user.changes.name"),
    ] {
        if let Some(name) = data(ecs, member).filter(|name| !name.is_empty()) {
            ecs.put(field, name);
        }
    }
    for member in ["NewTargetUserName", "OldTargetUserName"] {
        if let Some(name) = real(ecs, member) {
            ecs.add_once("related.user", &name);
        }
    }
}

/// Copies the member `from`, when there is one, to the field `to`.
fn copy(ecs: &mut Fields, from: &str, to: &str) {
    if let Some(value) = data(ecs, from) {
        ecs.put(to, value);
    }
}

/// Remote desktop sessions.
fn session(ecs: &mut Fields) {
    if let Some(name) = data(ecs, "AccountName") {
        ecs.add_once("related.user", &name);
        ecs.put("user.name", name);
    }
    copy(ecs, "AccountDomain", "user.domain");
    let address = data(ecs, "ClientAddress").filter(|text| text != "-" && text != "Unknown");
    if let Some(mut address) = address {
        if address == "LOCAL" {
            "127.0.0.1".clone_into(&mut address);
            put_data(ecs, "ClientAddress", address.as_str());
        }
        ecs.add_once("related.ip", &address);
        ecs.put("source.ip", address);
    }
    copy(ecs, "ClientName", "source.domain");
    copy(ecs, "LogonID", "winlog.logon.id");
}

/// Logons: the target is the user, or the user's target where there is a user already.
fn target_user(ecs: &mut Fields) {
    let put = |ecs: &mut Fields, part: &str, value: &str| {
        let first = format!("user.{part}");
        if ecs.named(&first).is_none() {
            ecs.put(&first, value);
        } else {
            ecs.put(&format!("user.target.{part}"), value);
        }
    };
    if let Some(id) = data(ecs, "TargetUserSid").or_else(|| data(ecs, "TargetSid")) {
        put(ecs, "id", &id);
    }
    if let Some(name) = data(ecs, "TargetUserName") {
        let name = before_at(&name);
        put(ecs, "name", name);
        ecs.add_once("related.user", name);
    }
    if let Some(domain) = data(ecs, "TargetDomainName") {
        put(ecs, "domain", &domain);
    }
}

fn before_at(name: &str) -> &str {
    name.split_once('@').map_or(name, |(name, _)| name)
}

/// Group changes: the group is the target, its member the user's target.
fn group(ecs: &mut Fields) {
    let plain = |text: &str, key: &str| text.replace(key, "").replace(&key.to_lowercase(), "");
    if let Some(member) = data(ecs, "MemberName") {
        let parts: Vec<&str> = member.split(',').collect();
        let name = plain(parts[0], "CN=");
        ecs.add_once("related.user", &name);
        ecs.put("user.target.name", name);
        if let Some(domain) = parts.get(3) {
            ecs.put("user.target.domain", plain(domain, "DC="));
        }
    }
    copy(ecs, "TargetUserSid", "group.id");
    copy(ecs, "TargetSid", "group.id");
    copy(ecs, "TargetUserName", "group.name");
    if let Some(domain) = data(ecs, "TargetDomainName") {
        ecs.put("group.domain", plain(&domain, "DC="));
    }
    if ecs.named("user.target.name").is_some() {
        for part in ["id", "name", "domain"] {
            if let Some(value) = ecs.named(&format!("group.{part}")).cloned() {
                ecs.put(&format!("user.target.group.{part}"), value);
            }
        }
    }
}

/// The account that is changed (`user.target`) or used (`user.effective`), apart from the one that acts.
fn other_user(ecs: &mut Fields, sid: &str, owner: &str) {
    let real = |ecs: &Fields, name| data(ecs, name).filter(|text| !text.is_empty() && text != "-");
    if let Some(id) = real(ecs, sid) {
        ecs.put(&format!("{owner}.id"), id);
    }
    if let Some(name) = real(ecs, "TargetUserName") {
        let name = before_at(&name);
        ecs.put(&format!("{owner}.name"), name);
        ecs.add_once("related.user", name);
    }
    if let Some(domain) = real(ecs, "TargetDomainName") {
        ecs.put(&format!("{owner}.domain"), domain);
    }
}

/// Event 1102 names its actor in `UserData`.
fn user_data(ecs: &mut Fields) {
    for (from, to) in [
        ("SubjectUserSid", "user.id"),
        ("SubjectUserName", "user.name"),
        ("SubjectDomainName", "user.domain"),
        ("SubjectLogonId", "winlog.logon.id"),
    ] {
        if let Some(value) = ecs
            .text(&format!("winlog.user_data.{from}"))
            .map(str::to_owned)
        {
            if to == "user.name" {
                ecs.add_once("related.user", &value);
            }
            ecs.put(to, value);
        }
    }
}
