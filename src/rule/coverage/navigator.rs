//! The coverage as a layer for MITRE's ATT&CK Navigator: layer format 4.5, as `layers/LAYERFORMATv4_5.md` in its
//! repository defines it.

use serde_json::{Value, json};

use super::{Cell, Coverage};

/// What the colours of a layer stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Heat {
    /// How many rules run for a technique.
    #[default]
    Rules,
    /// How many alerts the rules of a technique gave.
    Alerts,
}

impl Heat {
    /// Returns the number that a cell is coloured by.
    #[must_use]
    pub const fn of(self, cell: &Cell) -> u64 {
        match self {
            Self::Rules => cell.running as u64,
            Self::Alerts => cell.alerts,
        }
    }

    /// Returns `rules` or `alerts`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Alerts => "alerts",
        }
    }
}

/// Returns the layer: one entry for each technique that a rule names, scored by `heat`. A technique that rules name
/// but none runs for is there with the score 0. It holds under every tactic of the technique.
#[must_use]
pub fn layer(coverage: &Coverage, heat: Heat) -> Value {
    let techniques = coverage.techniques();
    let named: Vec<&Cell> = techniques
        .into_values()
        .filter(|cell| cell.rules > 0)
        .collect();
    let most = named.iter().map(|cell| heat.of(cell)).max().unwrap_or(0);
    let entries: Vec<Value> = named.iter().map(|cell| entry(cell, heat)).collect();
    json!({
        "name": format!("watchglass: {}", heat.word()),
        "versions": {"navigator": "4.9.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": match heat {
            Heat::Rules => "Detection rules that run in watchglass, by technique",
            Heat::Alerts => "Alerts in watchglass, by technique",
        },
        "sorting": 0,
        "layout": {"layout": "side", "showName": true, "expandedSubtechniques": "annotated"},
        "techniques": entries,
        "gradient": {
            "colors": ["#ffffff", "#ffd27f", "#d62f2f"],
            "minValue": 0,
            // The format wants it above the least value.
            "maxValue": most.max(1),
        },
    })
}

fn entry(cell: &Cell, heat: Heat) -> Value {
    let text = |number: u64| number.to_string();
    json!({
        "techniqueID": cell.id,
        "score": heat.of(cell),
        "enabled": true,
        "metadata": [
            {"name": "rules", "value": text(cell.rules as u64)},
            {"name": "rules that run", "value": text(cell.running as u64)},
            {"name": "alerts", "value": text(cell.alerts)},
        ],
        "links": [{"label": "ATT&CK", "url": crate::rule::attack::url(&cell.id)}],
    })
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::rule::{Rule, RuleSet};

    #[test]
    fn a_layer_has_what_the_format_requires() {
        let set = RuleSet::builtin();
        let rules: Vec<&Rule> = set.rules.iter().map(|rule| &**rule).collect();
        let layer = layer(&Coverage::of(&rules, &|_| 0), Heat::Rules);
        assert_eq!(layer["versions"]["layer"], "4.5");
        assert_eq!(layer["domain"], "enterprise-attack");
        assert!(layer["name"].is_string());
        let techniques = layer["techniques"].as_array().unwrap();
        let lsass = techniques
            .iter()
            .find(|entry| entry["techniqueID"] == "T1003.001")
            .unwrap();
        let dumping = techniques
            .iter()
            .find(|entry| entry["techniqueID"] == "T1003")
            .unwrap();
        assert_eq!(dumping["score"], 4);
        assert!(lsass["score"].as_u64().unwrap() >= 3);
        assert!(
            techniques
                .iter()
                .all(|entry| entry["score"].as_u64() > Some(0))
        );
        let gradient = &layer["gradient"];
        assert!(gradient["maxValue"].as_u64() > gradient["minValue"].as_u64());
    }

    #[test]
    fn a_layer_without_alerts_is_still_valid() {
        let layer = layer(&Coverage::of(&[], &|_| 0), Heat::Alerts);
        assert_eq!(layer["techniques"], json!([]));
        assert_eq!(layer["gradient"]["maxValue"], 1);
    }
}
