//! Sigma's tags become ATT&CK mappings, CVEs and plain tags (Sigma specification 2.1, appendix "Tags").

use crate::rule::Threat;
use crate::rule::attack::{self, Catalogue};

/// What a rule's tags say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    pub threat: Vec<Threat>,
    /// `CVE-2021-44228`
    pub cves: Vec<String>,
    /// Groups and software of ATT&CK: `G0016`, `S0002`.
    pub groups: Vec<String>,
    /// All others, as they are written.
    pub other: Vec<String>,
}

/// Reads tags; case, `_` and `-` do not count.
#[must_use]
pub fn read(tags: &[String]) -> Tags {
    let catalogue = attack::catalogue();
    let mut read = Tags::default();
    let mut tactics: Vec<String> = Vec::new();
    let mut techniques: Vec<String> = Vec::new();
    for tag in tags {
        let (space, name) = tag.split_once('.').unwrap_or(("", tag));
        match space.to_ascii_lowercase().as_str() {
            "attack" => {
                let id = name.to_ascii_uppercase();
                match tactic(catalogue, name) {
                    Some(known) => tactics.push(known),
                    None if is_id(&id, 'T') => techniques.push(id),
                    None if is_id(&id, 'G') || is_id(&id, 'S') => read.groups.push(id),
                    None => read.other.push(tag.clone()),
                }
            }
            "cve" => {
                let number = name.replace('.', "-").to_ascii_uppercase();
                let number = number.trim_start_matches("CVE-").to_owned();
                read.cves.push(format!("CVE-{number}"));
            }
            _ => read.other.push(tag.clone()),
        }
    }
    read.threat = threat(catalogue, &tactics, &techniques);
    read
}

/// Whether `id` is the letter and digits, perhaps with a sub-technique behind a point.
fn is_id(id: &str, letter: char) -> bool {
    let Some(digits) = id.strip_prefix(letter) else {
        return false;
    };
    digits.len() >= 4
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn tactic(catalogue: &Catalogue, name: &str) -> Option<String> {
    let words = |text: &str| text.to_lowercase().replace(['_', '-'], " ");
    let name = words(name);
    // ATT&CK 19 renamed what rules of all years still mean.
    let name = if name == "stealth" {
        "defense evasion"
    } else {
        name.as_str()
    };
    let upper = name.to_ascii_uppercase();
    let mut tactics = catalogue.tactics().iter();
    tactics
        .find(|tactic| words(&tactic.name) == name || tactic.id == upper)
        .map(|tactic| tactic.id.clone())
}

/// Sorts techniques under the tactics that the rule names; one that belongs to none of them stands under its own.
fn threat(catalogue: &Catalogue, tactics: &[String], techniques: &[String]) -> Vec<Threat> {
    let mut threats: Vec<Threat> = tactics
        .iter()
        .map(|tactic| Threat {
            tactic: Some(tactic.clone()),
            techniques: Vec::new(),
        })
        .collect();
    let mut left: Vec<String> = techniques.to_vec();
    for under in catalogue.by_tactic(techniques) {
        if let Some(named) = threats.iter_mut().find(|one| one.tactic == under.tactic) {
            left.retain(|id| !under.techniques.contains(id));
            named.techniques = under.techniques;
        }
    }
    threats.extend(catalogue.by_tactic(&left));
    threats
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_stand_under_the_named_tactics() {
        let tags = [
            "attack.credential_access",
            "attack.t1003.001",
            "attack.persistence",
            "attack.T1112",
            "attack.g0016",
        ];
        let read = read(&tags.map(str::to_owned));
        let shown: Vec<_> = read
            .threat
            .iter()
            .map(|one| (one.tactic.as_deref().unwrap(), one.techniques.join(" ")))
            .collect();
        assert_eq!(
            shown,
            [
                ("TA0006", "T1003.001".to_owned()),
                ("TA0003", "T1112".to_owned())
            ]
        );
        assert_eq!(read.groups, ["G0016"]);
    }

    #[test]
    fn other_namespaces() {
        let tags = [
            "cve.2021-44228",
            "cve.2021.1675",
            "detection.threat-hunting",
            "attack.stealth",
            "attack.nonsense",
        ];
        let read = read(&tags.map(str::to_owned));
        assert_eq!(read.cves, ["CVE-2021-44228", "CVE-2021-1675"]);
        assert_eq!(read.other, ["detection.threat-hunting", "attack.nonsense"]);
        assert_eq!(read.threat[0].tactic.as_deref(), Some("TA0005"));
    }
}
