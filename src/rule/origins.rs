//! What is to be loaded: the paths that a person named.

use std::path::PathBuf;

use super::files;

/// Paths of rules, and of what they need beyond what is found beside them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    /// Files, or directories with all below them; none: the built-in rules.
    pub rules: Vec<PathBuf>,
    /// Files of indicators, or directories of them, besides those that lie near the rules.
    pub indicators: Vec<PathBuf>,
}

impl Origins {
    /// Returns the origins of the rules under `paths`, which need nothing from elsewhere.
    #[must_use]
    pub fn of(paths: &[PathBuf]) -> Self {
        Self {
            rules: paths.to_vec(),
            indicators: Vec::new(),
        }
    }

    /// Says that no file is there that may hold rules; `None` when one is, or something that could not be looked at.
    /// Costs a directory walk; reads no file.
    #[must_use]
    pub fn without_files(&self) -> Option<String> {
        let listings = self.rules.iter().map(|path| files::list(path));
        let mut listings =
            listings.filter(|found| !(found.files.is_empty() && found.failed.is_empty()));
        (!self.rules.is_empty() && listings.next().is_none()).then(|| {
            let endings = files::ENDINGS.map(|ending| format!(".{ending}"));
            format!(
                "{}: no rule is there; rules are files that end in {}",
                self.named(),
                endings.join(" ")
            )
        })
    }

    /// Returns the paths of rules as they were named.
    pub(super) fn named(&self) -> String {
        let paths = self.rules.iter().map(|path| path.display().to_string());
        paths.collect::<Vec<_>>().join(", ")
    }

    /// Lists the named files of indicators, by absolute path, and what could not be looked at.
    pub(super) fn indicators(&self) -> files::Listing {
        let mut all = files::Listing::default();
        for path in &self.indicators {
            let absolute = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            let listing = files::list_indicators(&absolute);
            all.files.extend(listing.files);
            all.failed.extend(listing.failed);
        }
        all.files.sort_by(|a, b| a.path.cmp(&b.path));
        all.files.dedup_by(|a, b| a.path == b.path);
        all
    }
}
