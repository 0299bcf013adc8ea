//! The datasets of Splunk's Common Information Model that Windows logs fill.
//!
//! Takes a name as searches write it (`Endpoint.Processes`, `Network_Traffic`); gives a [`Dataset`].

/// A CIM dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dataset {
    Processes,
    Filesystem,
    Registry,
    Services,
    Ports,
    NetworkTraffic,
    NetworkResolution,
    Authentication,
    Change,
}

impl Dataset {
    /// Every dataset, in the order of the declaration.
    pub const ALL: [Self; 9] = [
        Self::Processes,
        Self::Filesystem,
        Self::Registry,
        Self::Services,
        Self::Ports,
        Self::NetworkTraffic,
        Self::NetworkResolution,
        Self::Authentication,
        Self::Change,
    ];

    /// Resolves `Model.Dataset`, or the model alone where it has one root dataset (`Network_Traffic`).
    ///
    /// `None` for a model that Windows logs do not fill (`Web`, `Risk`, `Email`). Case matters, as in Splunk.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dataset| {
            let (model, node) = (dataset.model(), dataset.prefix());
            let rest = name.strip_prefix(model);
            rest.is_some_and(|rest| match rest.strip_prefix('.') {
                Some(rest) => rest == node,
                None => rest.is_empty() && model != "Endpoint",
            })
        })
    }

    /// Returns the data model: `Endpoint`, `Network_Traffic`, ...
    #[must_use]
    pub const fn model(self) -> &'static str {
        match self {
            Self::Processes | Self::Filesystem | Self::Registry | Self::Services | Self::Ports => {
                "Endpoint"
            }
            Self::NetworkTraffic => "Network_Traffic",
            Self::NetworkResolution => "Network_Resolution",
            Self::Authentication => "Authentication",
            Self::Change => "Change",
        }
    }

    /// Returns what stands before the dot of its fields: `Processes` in `Processes.user`.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Processes => "Processes",
            Self::Filesystem => "Filesystem",
            Self::Registry => "Registry",
            Self::Services => "Services",
            Self::Ports => "Ports",
            Self::NetworkTraffic => "All_Traffic",
            Self::NetworkResolution => "DNS",
            Self::Authentication => "Authentication",
            Self::Change => "All_Changes",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_searches_write_them() {
        assert_eq!(
            Dataset::parse("Endpoint.Processes"),
            Some(Dataset::Processes)
        );
        assert_eq!(
            Dataset::parse("Network_Traffic"),
            Some(Dataset::NetworkTraffic)
        );
        assert_eq!(
            Dataset::parse("Network_Traffic.All_Traffic"),
            Some(Dataset::NetworkTraffic)
        );
        assert_eq!(Dataset::parse("Endpoint"), None);
        assert_eq!(Dataset::parse("Risk.All_Risk"), None);
        assert_eq!(Dataset::parse("endpoint.processes"), None);
    }
}
