//! MITRE ATT&CK: names, tactics and short descriptions of techniques.
//!
//! Ids and names are MITRE's (facts, ATT&CK enterprise); descriptions are ours. The data lies in `assets/attack/`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::Threat;

/// Tactics and techniques of ATT&CK enterprise.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// In the order of an intrusion.
    tactics: Vec<Tactic>,
    techniques: BTreeMap<String, Technique>,
}

/// A tactic: why an adversary acts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Tactic {
    /// `TA0006`.
    pub id: String,
    pub name: String,
    pub description: String,
}

/// A technique or sub-technique: how the adversary acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technique {
    /// `T1003` or `T1003.001`.
    pub id: String,
    pub name: String,
    /// Ids of its tactics.
    pub tactics: Vec<String>,
    /// Empty where the catalogue holds none.
    pub description: String,
}

const TACTICS: &str = include_str!("../../assets/attack/tactics.toml");
const TECHNIQUES: &str = include_str!("../../assets/attack/techniques.toml");

/// Returns the catalogue that watchglass carries.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(Catalogue::read)
}

#[derive(Deserialize)]
struct TacticFile {
    tactic: Vec<Tactic>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    tactics: Vec<String>,
    #[serde(default)]
    description: String,
}

impl Catalogue {
    /// Reads the carried files. They are part of the program and a test reads them: a fault in them, which would leave
    /// the catalogue empty, cannot be shipped.
    fn read() -> Self {
        let tactics =
            toml::from_str::<TacticFile>(TACTICS).map_or_else(|_| Vec::new(), |file| file.tactic);
        let entries: BTreeMap<String, Entry> = toml::from_str(TECHNIQUES).unwrap_or_default();
        let techniques = entries.into_iter().map(|(id, entry)| {
            let Entry {
                name,
                tactics,
                description,
            } = entry;
            (
                id.clone(),
                Technique {
                    id,
                    name,
                    tactics,
                    description,
                },
            )
        });
        Self {
            tactics,
            techniques: techniques.collect(),
        }
    }

    /// Sorts techniques under their tactics, for vendors that name only techniques. A technique of several tactics
    /// stands under each; one that the catalogue lacks stands under none.
    #[must_use]
    pub fn by_tactic(&self, techniques: &[String]) -> Vec<Threat> {
        let mut ids = techniques.to_vec();
        ids.sort();
        ids.dedup();
        let of = |tactic: Option<&str>| -> Vec<String> {
            let under = |id: &&String| match (tactic, self.tactics_of(id)) {
                (Some(tactic), tactics) => tactics.iter().any(|known| known == tactic),
                (None, tactics) => tactics.is_empty(),
            };
            ids.iter().filter(under).cloned().collect()
        };
        let known = self.tactics.iter().map(|tactic| Some(tactic.id.clone()));
        known
            .chain([None])
            .map(|tactic| Threat {
                techniques: of(tactic.as_deref()),
                tactic,
            })
            .filter(|threat| !threat.techniques.is_empty())
            .collect()
    }

    /// Returns the tactics of a technique; those of its parent when the catalogue lacks a sub-technique.
    fn tactics_of(&self, id: &str) -> &[String] {
        let found = self.technique(id).or_else(|| self.technique(parent(id)?));
        found.map_or(&[], |technique| &technique.tactics)
    }

    /// Returns the technique or sub-technique with this id.
    #[must_use]
    pub fn technique(&self, id: &str) -> Option<&Technique> {
        self.techniques.get(id)
    }

    /// Returns all techniques and sub-techniques, by id.
    pub fn techniques(&self) -> impl Iterator<Item = &Technique> {
        self.techniques.values()
    }

    /// Returns the tactic with this id.
    #[must_use]
    pub fn tactic(&self, id: &str) -> Option<&Tactic> {
        self.tactics.iter().find(|tactic| tactic.id == id)
    }

    /// Returns all tactics in the order of an intrusion.
    #[must_use]
    pub fn tactics(&self) -> &[Tactic] {
        &self.tactics
    }
}

/// Returns the technique that a sub-technique belongs to: `T1003` for `T1003.001`, `None` for `T1003`.
#[must_use]
pub fn parent(id: &str) -> Option<&str> {
    id.split_once('.').map(|(technique, _)| technique)
}

/// Returns the page of a tactic, technique or sub-technique on attack.mitre.org.
#[must_use]
pub fn url(id: &str) -> String {
    if id.starts_with("TA") {
        format!("https://attack.mitre.org/tactics/{id}/")
    } else {
        format!(
            "https://attack.mitre.org/techniques/{}/",
            id.replace('.', "/")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_carried_files_are_whole() {
        let catalogue = catalogue();
        assert_eq!(catalogue.tactics().len(), 15);
        assert!(
            catalogue.techniques.len() >= 500,
            "{}",
            catalogue.techniques.len()
        );
        for technique in catalogue.techniques.values() {
            assert!(
                !technique.name.is_empty() && !technique.tactics.is_empty(),
                "{}",
                technique.id
            );
            assert!(
                technique
                    .tactics
                    .iter()
                    .all(|id| catalogue.tactic(id).is_some()),
                "{}",
                technique.id
            );
            let orphan = parent(&technique.id).is_some_and(|id| catalogue.technique(id).is_none());
            assert!(!orphan, "{}", technique.id);
        }
        let described = catalogue
            .techniques
            .values()
            .filter(|technique| !technique.description.is_empty());
        assert!(described.count() >= 47);
        assert!(
            catalogue
                .tactics()
                .iter()
                .all(|tactic| tactic.description.matches(". ").count() == 1)
        );
    }

    #[test]
    fn techniques_know_name_parent_and_page() {
        assert_eq!(
            catalogue()
                .technique("T1003.001")
                .map(|technique| technique.name.as_str()),
            Some("LSASS Memory")
        );
        assert_eq!(parent("T1003.001"), Some("T1003"));
        assert_eq!(parent("T1003"), None);
        assert_eq!(
            url("T1003.001"),
            "https://attack.mitre.org/techniques/T1003/001/"
        );
        assert_eq!(url("TA0006"), "https://attack.mitre.org/tactics/TA0006/");
    }

    #[test]
    fn techniques_are_sorted_under_their_tactics() {
        let ids = ["T1003.001", "T1003", "T1112", "T9999", "T1003.999"].map(str::to_owned);
        let threats = catalogue().by_tactic(&ids);
        let shown: Vec<_> = threats
            .iter()
            .map(|one| (one.tactic.as_deref(), one.techniques.join(" ")))
            .collect();
        assert_eq!(
            shown,
            [
                (Some("TA0003"), "T1112".to_owned()),
                (Some("TA0005"), "T1112".to_owned()),
                (Some("TA0006"), "T1003 T1003.001 T1003.999".to_owned()),
                (None, "T9999".to_owned()),
            ]
        );
    }
}
