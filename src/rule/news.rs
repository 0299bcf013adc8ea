//! What a reload of the rules changed, in sentences for people.
//!
//! Takes the rules before and after; gives what broke, what was mended, and how many rules came and went.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use super::reload::spoilt;
use super::{Rule, RuleFile, RuleSet};

/// Something that a reload changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Whether a person has to mend something.
    pub bad: bool,
    /// Without the full stop; safe for a terminal, like the detail.
    pub sentence: String,
    /// Place and message of the first thing that is wrong.
    pub detail: Option<String>,
}

impl News {
    fn good(sentence: String) -> Self {
        Self {
            bad: false,
            sentence,
            detail: None,
        }
    }

    /// Returns it in one line.
    #[must_use]
    pub fn line(&self) -> String {
        match &self.detail {
            Some(detail) => format!("{}: {detail}", self.sentence),
            None => self.sentence.clone(),
        }
    }
}

/// Returns what is new in `now` since `last`, what is wrong last; nothing when `last` was not loaded yet.
#[must_use]
pub fn news(last: &RuleSet, now: &RuleSet) -> Vec<News> {
    if last.is_pending() {
        return Vec::new();
    }
    let (before, after) = (faults(last), faults(now));
    let broke = after.iter().filter(|(path, found)| {
        let known = before.get(*path);
        known.is_none_or(|known| !found.iter().all(|one| known.contains(one)))
    });
    let broke: Vec<_> = broke
        .map(|(path, found)| (*path, found.as_slice()))
        .collect();
    let there = |path: &Path| now.files.iter().any(|file| file.path.starts_with(path));
    let mended = before.keys().copied();
    let mended: Vec<&Path> = mended
        .filter(|path| !after.contains_key(path) && there(path))
        .collect();
    let said = [
        loaded(last, now).map(News::good),
        mended_sentence(&mended, last).map(News::good),
        broken(&broke, now),
    ];
    said.into_iter().flatten().collect()
}

/// What is wrong, by the file or place that it is wrong with. That a rule uses what watchglass does not run is no
/// fault of an edit, but is new to whoever made it.
fn faults(set: &RuleSet) -> BTreeMap<&Path, Vec<String>> {
    let of_rules = set.rules.iter();
    let kept: HashSet<&str> = set.kept.iter().map(String::as_str).collect();
    let of_rules = of_rules.filter(|rule| spoilt(rule) || kept.contains(&*rule.id));
    let of_rules = of_rules.flat_map(|rule| rule.findings.iter().filter(|one| one.is_error()));
    let mut faults: BTreeMap<&Path, Vec<String>> = BTreeMap::new();
    for finding in set.findings.iter().chain(of_rules) {
        if let Some(path) = &finding.diagnostic.path {
            faults.entry(path).or_default().push(finding.line());
        }
    }
    faults
}

fn broken(broke: &[(&Path, &[String])], now: &RuleSet) -> Option<News> {
    let (_, found) = broke.first()?;
    let paths: Vec<&Path> = broke.iter().map(|(path, _)| *path).collect();
    let kept: HashSet<&str> = now.kept.iter().map(String::as_str).collect();
    let kept = now.rules.iter().filter(|rule| {
        kept.contains(&*rule.id) && paths.iter().any(|path| rule.path.starts_with(path))
    });
    let kept = match kept.count() {
        0 => String::new(),
        1 => ", the last good version runs".to_owned(),
        count => format!(", {count} rules run as they were last"),
    };
    let files = match broke.len() {
        1 => "rule file broken".to_owned(),
        count => format!("{count} rule files broken"),
    };
    Some(News {
        bad: true,
        sentence: format!("{files}{kept}"),
        detail: found.first().cloned(),
    })
}

fn mended_sentence(mended: &[&Path], last: &RuleSet) -> Option<String> {
    let first = mended.first()?;
    let name = first.display().to_string();
    let name = crate::text::visible(&name, crate::text::Marks::default());
    Some(match mended.len() - 1 {
        0 if last.failed.contains_key(*first) => format!("{name} can be read again"),
        0 => format!("{name} is mended"),
        1 => format!("{name} and one more file are mended"),
        more => format!("{name} and {more} more files are mended"),
    })
}

/// Says how many rules came, went, and are of changed files; `None` when none did.
fn loaded(last: &RuleSet, now: &RuleSet) -> Option<String> {
    let kept: HashSet<&str> = now.kept.iter().map(String::as_str).collect();
    let known: HashMap<&str, &Rule> = last.rules.iter().map(|rule| (&*rule.id, &**rule)).collect();
    let stamps = |set: &RuleSet| -> HashMap<_, _> {
        let stamp = |file: &RuleFile| (file.path.clone(), file.stamp);
        set.files.iter().map(stamp).collect()
    };
    let (old, new) = (stamps(last), stamps(now));
    let (mut changed, mut came) = (0, 0);
    for rule in now.rules.iter().filter(|rule| !kept.contains(&*rule.id)) {
        match known.get(&*rule.id) {
            None => came += 1,
            Some(before) => {
                // Of a file that was out of reach it is not known.
                let stamp = old.get(&before.path).filter(|stamp| stamp.is_some());
                changed += usize::from(stamp.is_some() && stamp != new.get(&rule.path));
            }
        }
    }
    let here: BTreeSet<&str> = now.rules.iter().map(|rule| &*rule.id).collect();
    let went = known.keys().filter(|id| !here.contains(**id)).count();
    let counts = [(changed, "changed"), (came, "new"), (went, "gone")];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    (!counts.is_empty()).then(|| {
        let all = now.rules.len();
        format!("rules loaded again: {}, {all} in all", counts.join(", "))
    })
}
