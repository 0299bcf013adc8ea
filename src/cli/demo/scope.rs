//! The names in braces of the demo's texts: `{process.pid}`, `{user.name}`, `{pick.site}`; docs/demo.md lists them.

use std::collections::HashMap;
use std::rc::Rc;

use super::actor::{self, Actor};
use super::random::Random;
use super::script::{Company, Host};
use crate::event::Time;

/// What the names mean at one moment of a play.
#[derive(Debug)]
pub struct Scope<'a> {
    pub company: &'static Company,
    pub host: &'static Host,
    /// Where a remote user sits.
    pub origin: &'static Host,
    /// The user's key.
    pub user: &'static str,
    pub time: Time,
    pub process: Option<Rc<Actor>>,
    pub target: Option<Rc<Actor>>,
    pub library: Option<&'static str>,
    /// What was drawn by chance in this play, by name: the same name is the same draw.
    pub drawn: &'a mut HashMap<String, String>,
}

/// Sysmon writes an event that many nanoseconds after what it tells of.
const NOTICED_AFTER: i64 = 4_000_000;

impl Scope<'_> {
    /// Replaces each `{name}` of `text`; a name that nobody knows is a mistake and stays. Braces around anything
    /// but a name (scripts are full of them) are left alone.
    pub fn fill(&mut self, text: &str, random: &mut Random, mistakes: &mut Vec<String>) -> String {
        let mut filled = String::with_capacity(text.len() + 32);
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (before, behind) = rest.split_at(at);
            filled.push_str(before);
            let name = behind[1..].split('}').next().unwrap_or_default();
            let closed = behind[1..].len() > name.len();
            if !closed || !is_name(name) {
                filled.push('{');
                rest = &behind[1..];
                continue;
            }
            if let Some(value) = self.lookup(name, random) {
                filled.push_str(&value);
            } else {
                mistakes.push(format!("{{{name}}} means nothing in {text}"));
                filled.push_str(&behind[..name.len() + 2]);
            }
            rest = &behind[name.len() + 2..];
        }
        filled.push_str(rest);
        filled
    }

    /// Returns the host's full name.
    pub fn computer(&self) -> String {
        format!("{}.{}", self.host.name, self.company.network.dns)
    }

    fn lookup(&mut self, name: &str, random: &mut Random) -> Option<String> {
        let (head, fact) = name.split_once('.').unwrap_or((name, ""));
        let company = self.company;
        let user = company.users.get(self.user)?;
        match head {
            "utc" => Some(utc(self.time)),
            "timestamp" => Some(self.time.to_rfc3339_millis()),
            "sequence" => Some((self.time.millis() % 100_000_000).to_string()),
            "profile" => Some(actor::profile(user)),
            "dns" => Some(company.network.dns.clone()),
            "domain_sid" => Some(company.network.domain_sid.clone()),
            "host" => self.place(self.host, fact),
            "origin" => self.place(self.origin, fact),
            "user" => actor::user_fact(company, self.host, user, fact),
            "process" => actor::fact(company, self.host, self.process.as_ref()?, fact),
            "parent" => {
                let parent = self.process.as_ref()?.parent.as_ref()?;
                actor::fact(company, self.host, parent, fact)
            }
            "target" => actor::fact(company, self.host, self.target.as_ref()?, fact),
            "library" => {
                let key = self.library?;
                let program = company.programs.get(key)?;
                actor::file_fact(key, program, &program.image, fact)
            }
            "pick" => self.pick(fact, random),
            "random" => {
                let drawn = self.drawn.get(name).cloned();
                drawn.or_else(|| self.draw(name, fact, random))
            }
            _ => None,
        }
    }

    fn place(&self, host: &Host, fact: &str) -> Option<String> {
        Some(match fact {
            "name" => host.name.clone(),
            "ip" => host.ip.clone(),
            "fqdn" => format!("{}.{}", host.name, self.company.network.dns),
            "agent" => {
                let hex = actor::hash(&["agent", &host.name], 16);
                format!(
                    "{}-{}-4{}-9{}-{}",
                    &hex[..8],
                    &hex[8..12],
                    &hex[13..16],
                    &hex[17..20],
                    &hex[20..]
                )
            }
            _ => return None,
        })
    }

    /// Picks a word of a list, and returns the part of it that the name asks for.
    fn pick(&mut self, name: &str, random: &mut Random) -> Option<String> {
        let (list, part) = name.split_once('.').unwrap_or((name, "0"));
        let words = self.company.words.get(list)?;
        let key = format!("pick.{list}");
        let word = match self.drawn.get(&key) {
            Some(word) => word.clone(),
            None => words.get(random.place(words.len()))?.clone(),
        };
        self.drawn.insert(key, word.clone());
        word.split('|').nth(part.parse().ok()?).map(str::to_owned)
    }

    fn draw(&mut self, name: &str, what: &str, random: &mut Random) -> Option<String> {
        let what = what.split('.').next().unwrap_or_default();
        let value = match what {
            // Windows takes ports for outgoing connections from 49152 on.
            "port" => (49_152 + random.below(16_000)).to_string(),
            "thread" => (4 * (200 + random.below(3000))).to_string(),
            "hex3" => random.hex(3),
            "hex4" => random.hex(4),
            "sha256" => random.hex(64).to_uppercase(),
            "uuid" => random.uuid(),
            _ => return None,
        };
        self.drawn.insert(name.to_owned(), value.clone());
        Some(value)
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_'))
}

/// Writes a moment as Sysmon does: when the thing happened, a little before the event was stamped.
fn utc(time: Time) -> String {
    let text = Time(time.0 - NOTICED_AFTER).to_rfc3339_millis();
    text.replace('T', " ").trim_end_matches('Z').to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::script::CARRIED;
    use super::*;

    /// Fills `text`, and returns the mistakes too.
    fn fill(text: &str) -> (String, Vec<String>) {
        let mut drawn = HashMap::new();
        let mut mistakes = Vec::new();
        let mut scope = Scope {
            company: &CARRIED.company,
            host: &CARRIED.company.hosts[0],
            origin: &CARRIED.company.hosts[1],
            user: "okafor",
            time: Time(1_603_852_766_374_000_000),
            process: None,
            target: None,
            library: Some("dbghelp"),
            drawn: &mut drawn,
        };
        let filled = scope.fill(text, &mut Random::new(1), &mut mistakes);
        (filled, mistakes)
    }

    #[test]
    fn names_are_replaced_and_other_braces_stay() {
        let (filled, mistakes) =
            fill("{user.name} at {host.ip}, {library.file}: if ($a) { $b } {0} {");
        assert_eq!(
            filled,
            "m.okafor at 10.20.4.17, dbghelp.dll: if ($a) { $b } {0} {"
        );
        assert!(mistakes.is_empty(), "{mistakes:?}");
        assert_eq!(fill("{utc}").0, "2020-10-28 02:39:26.370");
    }

    #[test]
    fn a_name_that_means_nothing_is_a_mistake() {
        for name in ["{user.shoe}", "{process.pid}", "{pick.nothing}", "{nobody}"] {
            let (filled, mistakes) = fill(name);
            assert_eq!((filled.as_str(), mistakes.len()), (name, 1));
        }
    }

    #[test]
    fn a_draw_stays_the_same_in_a_play() {
        let (filled, _) = fill("{random.port} {random.port} {pick.site}|{pick.site.1}");
        let mut words = filled.split(' ');
        assert_eq!(words.next(), words.next());
        let site = words.next().unwrap().to_owned();
        assert!(CARRIED.company.words["site"].contains(&site), "{site}");
    }
}
