//! Keys to actions.
//!
//! Takes the table of actions and the settings' remaps; gives a trie a context. A key press walks it: an action, a
//! prefix that waits for the next key, or nothing.

use std::collections::BTreeMap;

use thiserror::Error;

use super::action::{Action, Context, Entry, TABLE};
use super::key::{Key, UnknownKey, sequence};
use crate::text::similar::nearest;

/// What is wrong with a remap.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyProblem {
    #[error("there is no action `{name}`{}", hint(.near.as_deref()))]
    UnknownAction { name: String, near: Option<String> },
    #[error("`{name}`: {source}")]
    UnknownKey { name: String, source: UnknownKey },
    #[error("`{keys}` is asked for by both `{first}` and `{second}`; give one of them another key")]
    Conflict {
        keys: String,
        first: &'static str,
        second: &'static str,
    },
}

fn hint(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default()
}

/// What some keys lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    Action(Action),
    /// More keys are needed; each that may follow and what it leads to, when it is the last.
    Pending(Vec<(Key, Option<Action>)>),
    Nothing,
}

#[derive(Debug, Clone, Default)]
struct Node {
    action: Option<Action>,
    next: Vec<(Key, Node)>,
}

impl Node {
    fn child(&self, key: Key) -> Option<&Self> {
        self.next
            .iter()
            .find(|(known, _)| *known == key)
            .map(|(_, node)| node)
    }

    fn walk(&self, keys: &[Key]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.child(*key))
    }
}

/// The keys as they are now.
#[derive(Debug, Clone)]
pub struct Keymap {
    tries: BTreeMap<Context, Node>,
    keys: Vec<(Action, Vec<Vec<Key>>)>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::build(&BTreeMap::new()).0
    }
}

impl Keymap {
    /// Builds the keymap from the table and `remaps` (action name to key sequences).
    ///
    /// A remap that is wrong is reported and leaves its action as it was; on a conflict the remapped action wins.
    #[must_use]
    pub fn build(remaps: &BTreeMap<String, Vec<String>>) -> (Self, Vec<KeyProblem>) {
        let mut problems = Vec::new();
        let mut remapped: BTreeMap<Action, Vec<Vec<Key>>> = BTreeMap::new();
        for (name, keys) in remaps {
            match read(name, keys) {
                Ok((action, keys)) => {
                    remapped.insert(action, keys);
                }
                Err(problem) => problems.push(problem),
            }
        }
        let mut map = Self {
            tries: BTreeMap::new(),
            keys: Vec::new(),
        };
        // Remapped actions go first, so that they keep a key that a default asks for too.
        let (first, second): (Vec<&Entry>, Vec<&Entry>) = TABLE
            .iter()
            .partition(|entry| remapped.contains_key(&entry.action));
        for entry in first.into_iter().chain(second) {
            let wanted = remapped.remove(&entry.action).unwrap_or_else(|| {
                entry
                    .keys
                    .iter()
                    .filter_map(|keys| Key::parse_sequence(keys).ok())
                    .collect()
            });
            let mut held = Vec::new();
            for keys in wanted {
                match map.bind(entry.context, &keys, entry.action) {
                    Ok(()) => held.push(keys),
                    Err(problem) => problems.push(problem),
                }
            }
            map.keys.push((entry.action, held));
        }
        (map, problems)
    }

    fn bind(&mut self, context: Context, keys: &[Key], action: Action) -> Result<(), KeyProblem> {
        let conflict = |other: Action| KeyProblem::Conflict {
            keys: sequence(keys),
            first: other.name(),
            second: action.name(),
        };
        let mut node = self.tries.entry(context).or_default();
        for key in keys {
            if let Some(other) = node.action {
                return Err(conflict(other));
            }
            let at = match node.next.iter().position(|(known, _)| known == key) {
                Some(at) => at,
                None => {
                    node.next.push((*key, Node::default()));
                    node.next.len() - 1
                }
            };
            node = &mut node.next[at].1;
        }
        if let Some(other) = node.action.or_else(|| first_action(node)) {
            return Err(conflict(other));
        }
        node.action = Some(action);
        Ok(())
    }

    /// Returns what `keys` lead to; the first of `contexts` that knows them decides.
    #[must_use]
    pub fn lookup(&self, contexts: &[Context], keys: &[Key]) -> Lookup {
        for context in contexts {
            let Some(node) = self.tries.get(context).and_then(|trie| trie.walk(keys)) else {
                continue;
            };
            if let Some(action) = node.action {
                return Lookup::Action(action);
            }
            if !node.next.is_empty() {
                let following = node.next.iter().map(|(key, node)| (*key, node.action));
                return Lookup::Pending(following.collect());
            }
        }
        Lookup::Nothing
    }

    /// Returns the keys of `action`, as printed.
    #[must_use]
    pub fn keys(&self, action: Action) -> Vec<String> {
        self.keys
            .iter()
            .find(|(known, _)| *known == action)
            .map(|(_, keys)| keys.iter().map(|keys| sequence(keys)).collect())
            .unwrap_or_default()
    }

    /// Returns the first key of `action`, as printed.
    #[must_use]
    pub fn key(&self, action: Action) -> Option<String> {
        self.keys(action).into_iter().next()
    }
}

fn first_action(node: &Node) -> Option<Action> {
    node.next
        .iter()
        .find_map(|(_, next)| next.action.or_else(|| first_action(next)))
}

fn read(name: &str, keys: &[String]) -> Result<(Action, Vec<Vec<Key>>), KeyProblem> {
    let action = Action::named(name).ok_or_else(|| KeyProblem::UnknownAction {
        name: name.to_owned(),
        near: nearest(name, TABLE.iter().map(|entry| entry.name)).map(str::to_owned),
    })?;
    let keys = keys
        .iter()
        .map(|keys| Key::parse_sequence(keys))
        .collect::<Result<_, _>>()
        .map_err(|source| KeyProblem::UnknownKey {
            name: name.to_owned(),
            source,
        })?;
    Ok((action, keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &str) -> Vec<Key> {
        Key::parse_sequence(names).unwrap()
    }

    #[test]
    fn the_defaults_do_not_conflict() {
        assert_eq!(Keymap::build(&BTreeMap::new()).1, []);
    }

    #[test]
    fn a_prefix_waits_and_a_pane_overrides() {
        let map = Keymap::default();
        let contexts = [Context::Event, Context::Anywhere];
        assert_eq!(
            map.lookup(&contexts, &keys("g")),
            Lookup::Pending(vec![(Key::char('g'), Some(Action::Top))])
        );
        assert_eq!(
            map.lookup(&contexts, &keys("g g")),
            Lookup::Action(Action::Top)
        );
        assert_eq!(map.lookup(&contexts, &keys("g x")), Lookup::Nothing);
        assert_eq!(
            map.lookup(&contexts, &keys("/")),
            Lookup::Action(Action::SearchFields)
        );
        assert_eq!(
            map.lookup(&[Context::Alerts, Context::Anywhere], &keys("/")),
            Lookup::Action(Action::Filter)
        );
    }

    #[test]
    fn a_remap_takes_the_key_and_says_so() {
        let remaps = BTreeMap::from([
            ("undo".to_owned(), vec!["j".to_owned()]),
            ("undoo".to_owned(), vec!["x".to_owned()]),
            ("redo".to_owned(), vec!["hyper-x".to_owned()]),
        ]);
        let (map, problems) = Keymap::build(&remaps);
        let anywhere = [Context::Anywhere];
        assert_eq!(
            map.lookup(&anywhere, &keys("j")),
            Lookup::Action(Action::Undo)
        );
        assert_eq!(
            map.lookup(&anywhere, &keys("down")),
            Lookup::Action(Action::MoveDown)
        );
        assert_eq!(map.keys(Action::Redo), ["ctrl-r"]);
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(
            said.iter()
                .any(|s| s.contains("both `undo` and `move_down`")),
            "{said:?}"
        );
        assert!(
            said.iter().any(|s| s.contains("did you mean `undo`?")),
            "{said:?}"
        );
        assert!(
            said.iter()
                .any(|s| s.contains("no key is called `hyper-x`")),
            "{said:?}"
        );
    }
}
