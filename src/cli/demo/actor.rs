//! Processes, users and files as events speak of them: ids, hashes and names that stay the same from event to event.

use std::rc::Rc;

use super::script::{Company, Host, Program, User};
use crate::event::Time;

/// A process.
#[derive(Debug)]
pub struct Actor {
    /// The program's key.
    pub key: &'static str,
    pub program: &'static Program,
    pub image: String,
    pub command: String,
    pub pid: u32,
    /// How many processes the host had started before it.
    pub number: u32,
    pub started: Time,
    pub owner: &'static str,
    pub elevated: bool,
    pub parent: Option<Rc<Actor>>,
}

/// Returns the part of a path after its last backslash.
pub fn file_name(path: &str) -> &str {
    path.rsplit('\\').next().unwrap_or(path)
}

/// Returns a fact about a program's file; `image` is where it lies.
pub fn file_fact(key: &str, program: &Program, image: &str, fact: &str) -> Option<String> {
    let original = || {
        let own = || file_name(&program.image).to_owned();
        program.original.clone().unwrap_or_else(own)
    };
    Some(match fact {
        "image" => image.to_owned(),
        "file" => file_name(image).to_owned(),
        "title" => program.title.clone(),
        "product" => program.product.clone(),
        "company" => program.company.clone(),
        "version" => program.version.clone(),
        "original" => original(),
        // A renamed copy has the hashes of what it is a copy of.
        "sha256" => hash(&[key, &program.version], 32),
        "hashes" => format!(
            "MD5={},SHA256={},IMPHASH={}",
            hash(&["md5", key, &program.version], 16).to_uppercase(),
            hash(&[key, &program.version], 32).to_uppercase(),
            hash(&["imphash", key, &program.version], 16).to_uppercase()
        ),
        _ => return None,
    })
}

/// Returns a fact about a process on `host`.
pub fn fact(company: &Company, host: &Host, actor: &Actor, fact: &str) -> Option<String> {
    let user = company.users.get(actor.owner)?;
    let integrity = if actor.elevated && user.integrity == "Medium" {
        "High"
    } else {
        &user.integrity
    };
    Some(match fact {
        "pid" => actor.pid.to_string(),
        "hex" => format!("{:#x}", actor.pid),
        "command" => actor.command.clone(),
        "guid" => guid(host, actor),
        "entity" => hash(&["entity", &guid(host, actor)], 16),
        "directory" => match user.session {
            0 => r"C:\Windows\system32\".to_owned(),
            _ => format!(r"{}\", profile(user)),
        },
        "user" => format!(r"{}\{}", domain(company, user), user.name),
        "user_name" => user.name.clone(),
        "user_domain" => domain(company, user).to_owned(),
        "user_sid" => sid(company, user),
        "logon" => logon(host, user),
        "logon_guid" => logon_guid(host, user),
        "session" => user.session.to_string(),
        "integrity" => integrity.to_owned(),
        "label" => match integrity {
            "System" => "S-1-16-16384",
            "High" => "S-1-16-12288",
            _ => "S-1-16-8192",
        }
        .to_owned(),
        _ => return file_fact(actor.key, actor.program, &actor.image, fact),
    })
}

/// Returns a fact about a user on `host`.
pub fn user_fact(company: &Company, host: &Host, user: &User, fact: &str) -> Option<String> {
    Some(match fact {
        "name" => user.name.clone(),
        "domain" => domain(company, user).to_owned(),
        "sid" => sid(company, user),
        "logon" => logon(host, user),
        "logon_guid" => logon_guid(host, user),
        _ => return None,
    })
}

/// Returns the folder of a user's files.
pub fn profile(user: &User) -> String {
    if user.domain.is_some() {
        r"C:\Windows\System32\config\systemprofile".to_owned()
    } else {
        format!(r"C:\Users\{}", user.name)
    }
}

/// Returns a user's SID.
pub fn sid(company: &Company, user: &User) -> String {
    let own = || format!("{}-{}", company.network.domain_sid, user.rid);
    user.sid.clone().unwrap_or_else(own)
}

/// Returns `bytes` bytes in hexadecimal that `parts` and nothing else decide.
pub fn hash(parts: &[&str], bytes: usize) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update(b"\0");
    }
    let hex = hasher.finalize().to_hex();
    hex[..bytes.min(32) * 2].to_owned()
}

/// Returns the short name of a user's domain.
pub fn domain<'a>(company: &'a Company, user: &'a User) -> &'a str {
    user.domain.as_deref().unwrap_or(&company.network.domain)
}

fn logon(host: &Host, user: &User) -> String {
    match user.logon {
        Some(fixed) => format!("{fixed:#x}"),
        None => format!("0x{}", hash(&["logon", &host.name, &user.name], 3)),
    }
}

fn logon_guid(host: &Host, user: &User) -> String {
    let hex = hash(&["logon guid", &host.name, &user.name], 12);
    format!(
        "{{{}-{}-{}-0000-000000000000}}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16]
    )
}

/// Returns Sysmon's id of a process: the machine, when it started, and which of its processes it is.
fn guid(host: &Host, actor: &Actor) -> String {
    let machine = hash(&["machine", &host.name], 4);
    let seconds = actor.started.seconds() as u32;
    format!(
        "{{{machine}-{:04x}-{:04x}-{:04x}-000000002a00}}",
        seconds & 0xffff,
        seconds >> 16,
        actor.number & 0xffff
    )
}
