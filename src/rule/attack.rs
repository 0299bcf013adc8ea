//! MITRE ATT&CK: names, tactics and short descriptions of techniques.
//!
//! Ids and names are MITRE's (facts, ATT&CK enterprise); descriptions are ours. The data lies in `assets/attack/`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Tactics and techniques of ATT&CK enterprise.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// In the order of an intrusion.
    tactics: Vec<Tactic>,
    techniques: BTreeMap<String, Technique>,
}

/// A tactic: why an adversary acts.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// Returns the catalogue that watchglass carries.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(Catalogue::default)
}

impl Catalogue {
    /// Returns the technique or sub-technique with this id.
    #[must_use]
    pub fn technique(&self, id: &str) -> Option<&Technique> {
        self.techniques.get(id)
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
