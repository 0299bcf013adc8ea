//! What the demo is made of, read from TOML under `assets/demo`: the company, the kinds of events, the story, the noise.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::kind::{Kind, KindFile};
use super::shape::Shape;

/// Everything the demo is made of.
#[derive(Debug, Default)]
pub struct Script {
    pub company: Company,
    pub kinds: BTreeMap<String, Kind>,
    pub story: Story,
    pub noise: Noise,
}

/// The script that watchglass carries; `the_carried_script_parses` keeps a broken one from shipping.
pub static CARRIED: LazyLock<Script> = LazyLock::new(|| Script::read().unwrap_or_default());

impl Script {
    fn read() -> Result<Self, toml::de::Error> {
        let kinds: KindFile = toml::from_str(include_str!("../../../assets/demo/kinds.toml"))?;
        Ok(Self {
            company: toml::from_str(include_str!("../../../assets/demo/company.toml"))?,
            kinds: kinds.resolve(),
            story: toml::from_str(include_str!("../../../assets/demo/story.toml"))?,
            noise: toml::from_str(include_str!("../../../assets/demo/noise.toml"))?,
        })
    }
}

/// Who and what is there.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    pub network: Network,
    pub hosts: Vec<Host>,
    pub users: BTreeMap<String, User>,
    pub programs: BTreeMap<String, Program>,
    /// Lists that noise picks from; parts of a word stand between bars.
    pub words: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The domain's short name.
    pub domain: String,
    pub dns: String,
    pub domain_sid: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    pub name: String,
    pub role: String,
    pub ip: String,
    /// The form in which its logs arrive.
    pub shape: Shape,
    /// Keys of the users who work on it.
    pub users: Vec<String>,
    /// Keys of the programs that were running before.
    pub running: Vec<String>,
    /// Its log of the day before is there, packed.
    #[serde(default)]
    pub packed_yesterday: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub name: String,
    /// Absent: the company's domain.
    pub domain: Option<String>,
    /// Absent: the company's domain and `rid`.
    pub sid: Option<String>,
    #[serde(default)]
    pub rid: u32,
    /// Absent: one computed for each host.
    pub logon: Option<u64>,
    pub session: u32,
    pub integrity: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    pub image: String,
    #[serde(default)]
    pub title: String,
    #[serde(default = "microsoft_product")]
    pub product: String,
    #[serde(default = "microsoft")]
    pub company: String,
    #[serde(default = "windows_version")]
    pub version: String,
    /// The original file name; absent: the image's.
    pub original: Option<String>,
    /// The usual command line; absent: the image's path.
    pub command: Option<String>,
    /// A process id that is always the same.
    pub pid: Option<u32>,
    /// Whose process it is when it was running before; absent: the host's first user's.
    pub user: Option<String>,
}

fn microsoft_product() -> String {
    "Microsoft® Windows® Operating System".to_owned()
}

fn microsoft() -> String {
    "Microsoft Corporation".to_owned()
}

fn windows_version() -> String {
    "10.0.20348.2849 (WinBuild.160101.0800)".to_owned()
}

/// What happens, in the order of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    pub steps: Vec<Step>,
    pub rotations: Vec<Rotation>,
}

/// The logs of a host are renamed, and it goes on in new files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// Seconds from the beginning of the live part.
    pub at: f64,
    pub host: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    pub scenes: Vec<Scene>,
}

/// A small routine that happens again and again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// How often, beside the others.
    pub weight: u64,
    /// The roles of the hosts on which it happens.
    pub on: Vec<String>,
    /// Whose doing it is; absent: one of the host's users.
    #[serde(rename = "as")]
    pub who: Option<String>,
    pub steps: Vec<Step>,
}

/// Events of one process at one moment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Seconds from the beginning of the live part, or of the scene.
    pub at: f64,
    /// Absent: where the scene plays.
    pub host: Option<String>,
    /// Where a remote user sits; absent: where the scene plays.
    pub origin: Option<String>,
    /// Absent: the scene's.
    pub user: Option<String>,
    /// The kinds of the events.
    pub events: Vec<String>,
    /// The name that the acting process has in this story.
    pub process: Option<String>,
    /// The program that it is started from here; absent: it runs already.
    pub start: Option<String>,
    /// Its path, where it is not the program's own.
    pub image: Option<String>,
    pub parent: Option<String>,
    pub command: Option<String>,
    /// Whose process it is, when that is not the user.
    #[serde(rename = "as")]
    pub owner: Option<String>,
    /// It is started with an administrator's full rights.
    #[serde(default)]
    pub elevated: bool,
    /// The process that is acted upon.
    pub target: Option<String>,
    /// The program whose file is loaded.
    pub library: Option<String>,
    /// The last of the events reaches its file in two halves.
    #[serde(default)]
    pub torn: bool,
    /// Members that differ from the kind's.
    #[serde(default)]
    pub data: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_carried_script_parses() {
        let script = Script::read().unwrap();
        assert!(script.company.hosts.len() >= 5);
        assert!(script.story.steps.len() > 40);
    }
}
