//! What the fields of audited events depend on.

use super::{Fillers, below, copied, own_member};
use crate::event::ecs::security::TABLE;

/// The heads of all names that the pipeline of audited events and the record itself fill.
const OF_SECURITY: [&str; 13] = [
    "error", "event", "file", "group", "host", "log", "message", "process", "related", "service",
    "source", "user", "winlog",
];

/// Members of audited events that become others, or are filled from others.
const CHANGED: [&str; 15] = [
    "AuditPolicyChangesDescription",
    "Category",
    "ClientAddress",
    "IpAddress",
    "IpPort",
    "NewProcessId",
    "NewProcessName",
    "NewUACList",
    "ParentProcessName",
    "ProcessId",
    "StatusDescription",
    "SubCategory",
    "TicketEncryptionTypeDescription",
    "TicketOptionsDescription",
    "UserAccountControl",
];

/// The members that audited events keep.
fn of_security_member(member: &'static str, code: u32) -> Option<Fillers> {
    let takes = |group| TABLE.in_group(group, code);
    if takes("descriptors") || CHANGED.contains(&member) {
        return None;
    }
    Some(match member {
        // They leave, whatever they have.
        "ProcessName" | "WorkstationName" if takes("process") => Fillers::default(),
        "AccessMask" | "PrivilegeList" => Fillers::of(&[member]),
        "AccessMaskDescription" => Fillers::of(&[member, "AccessMask"]),
        "AccessListDescription" => Fillers::of(&[member, "AccessList"]),
        _ => copied(member),
    })
}

/// The fields of audited events that do not depend on which accounts there are.
pub fn of(name: &'static str, code: u32) -> Option<Fillers> {
    let takes = |group| TABLE.in_group(group, code);
    if let Some(member) = own_member(name) {
        return of_security_member(member, code);
    }
    let members: &[&'static str] = match name {
        "user.name" | "user.domain" if takes("session") || takes("user_data") => return None,
        "user.name" => &["SubjectUserName", "TargetUserName"],
        "user.domain" => &["SubjectDomainName", "TargetDomainName"],
        "process.executable" | "process.name" => &["ProcessName", "NewProcessName"],
        "process.parent.executable" | "process.parent.name" => &["ParentProcessName"],
        "process.command_line" | "process.args" => &["CommandLine"],
        "process.pid" => &["ProcessId", "NewProcessId"],
        "process.parent.pid" => &["ProcessId"],
        "service.name" => &["ServiceName"],
        "service.type" => &["ServiceType"],
        "winlog.logon.type" => &["LogonType"],
        "source.port" => &["IpPort"],
        _ if below(
            name,
            &[
                "registry",
                "dll",
                "dns",
                "file.path",
                "file.name",
                "file.extension",
            ],
        ) =>
        {
            &[]
        }
        _ if !below(name, &OF_SECURITY) => &[],
        _ => return None,
    };
    Some(Fillers::of(members))
}
