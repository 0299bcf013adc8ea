//! Steps are played: each becomes events, with the ids and names of the processes that act in it.
//!
//! Takes steps and the moment they begin at; gives [`Entry`]s, not yet in order and not yet numbered.

use std::collections::HashMap;
use std::rc::Rc;

use super::actor::{self, Actor};
use super::entry::{Account, Cell, Entry};
use super::kind::Kind;
use super::random::Random;
use super::scope::Scope;
use super::script::{Script, Step};
use crate::event::Time;

/// Nanoseconds of a second.
pub const SECOND: i64 = 1_000_000_000;

/// How long the programs that run already have been running, in seconds.
const UPTIME: i64 = 5 * 24 * 3600;

/// Events of one step are that far apart, in nanoseconds.
const APART: i64 = 3_000_000;

/// A step comes up to that much later than it says, in nanoseconds: nothing happens on the full second.
const LATE: u64 = 180_000_000;

/// Where steps are played.
#[derive(Debug)]
pub struct Stage {
    script: &'static Script,
    pub random: Random,
    hosts: Vec<HostState>,
    pub entries: Vec<Entry>,
    /// Names that a step uses and nobody knows: a mistake of the script, which a test looks for.
    pub mistakes: Vec<String>,
}

#[derive(Debug, Default)]
struct HostState {
    next_pid: u32,
    started: u32,
    running: HashMap<&'static str, Rc<Actor>>,
}

/// Where and for whom steps are played.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    pub begins: Time,
    /// The host's place in the company.
    pub host: usize,
    /// The user's key.
    pub user: &'static str,
}

/// Names of a play's processes by host.
type Cast = HashMap<(usize, &'static str), Rc<Actor>>;

impl Stage {
    /// Sets the stage: every host's long-running programs run. `base` is where the live part begins.
    pub fn new(script: &'static Script, base: Time, seed: u64) -> Self {
        let mut stage = Self {
            script,
            random: Random::new(seed),
            hosts: Vec::new(),
            entries: Vec::new(),
            mistakes: Vec::new(),
        };
        let started = Time(base.0 - UPTIME * SECOND);
        for (at, host) in script.company.hosts.iter().enumerate() {
            stage.hosts.push(HostState {
                next_pid: 640,
                ..HostState::default()
            });
            for key in &host.running {
                let first = host.users.first().map_or("system", String::as_str);
                let program = script.company.programs.get(key);
                let owner = program.and_then(|program| program.user.as_deref());
                let owner = owner.unwrap_or(first);
                if let Some(actor) = stage.spawn(at, key, owner, started) {
                    stage.hosts[at].running.insert(key, Rc::new(actor));
                }
            }
        }
        stage
    }

    /// Starts a program, with its own path and command line.
    fn spawn(
        &mut self,
        host: usize,
        key: &'static str,
        owner: &'static str,
        started: Time,
    ) -> Option<Actor> {
        let Some(program) = self.script.company.programs.get(key) else {
            self.mistakes.push(format!("no program {key}"));
            return None;
        };
        let state = self.hosts.get_mut(host)?;
        state.started += 1;
        // Windows gives process ids in steps of 4.
        state.next_pid = (state.next_pid + 4 * (1 + self.random.below(23) as u32)) % 32_000;
        let image = program.image.clone();
        Some(Actor {
            key,
            program,
            command: program.command.clone().unwrap_or_else(|| image.clone()),
            image,
            pid: program.pid.unwrap_or(640 + state.next_pid),
            number: state.started,
            started,
            owner,
            elevated: false,
            parent: None,
        })
    }

    /// Plays steps; what they pick and which processes they start is theirs alone.
    pub fn play(&mut self, steps: &'static [Step], setting: Setting) {
        let mut cast = Cast::new();
        let mut drawn = HashMap::new();
        for step in steps {
            self.step(step, setting, &mut cast, &mut drawn);
        }
    }

    fn host(&mut self, name: Option<&str>, otherwise: usize) -> usize {
        let Some(name) = name else { return otherwise };
        let hosts = &self.script.company.hosts;
        let found = hosts.iter().position(|host| host.name == name);
        if found.is_none() {
            self.mistakes.push(format!("no host {name}"));
        }
        found.unwrap_or(otherwise)
    }

    fn step(
        &mut self,
        step: &'static Step,
        setting: Setting,
        cast: &mut Cast,
        drawn: &mut HashMap<String, String>,
    ) {
        let host = self.host(step.host.as_deref(), setting.host);
        let origin = self.host(step.origin.as_deref(), setting.host);
        let late = self.random.below(LATE) as i64;
        let time = Time(setting.begins.0 + (step.at * SECOND as f64) as i64 + late);
        let mut scope = Scope {
            company: &self.script.company,
            host: &self.script.company.hosts[host],
            origin: &self.script.company.hosts[origin],
            user: step.user.as_deref().unwrap_or(setting.user),
            time,
            process: None,
            target: None,
            library: step.library.as_deref(),
            drawn,
        };
        if let Some(start) = step.start.as_deref() {
            let owner = step.owner.as_deref().unwrap_or(scope.user);
            if let Some(actor) = self.spawn(host, start, owner, time) {
                let actor = self.dress(actor, step, host, cast, &mut scope);
                let name = step.process.as_deref().unwrap_or(start);
                cast.insert((host, name), actor);
            }
        }
        scope.process = step
            .process
            .as_deref()
            .and_then(|name| self.find(name, host, cast));
        scope.target = step
            .target
            .as_deref()
            .and_then(|name| self.find(name, host, cast));
        for (index, event) in step.events.iter().enumerate() {
            let script = self.script;
            let Some(kind) = script.kinds.get(event) else {
                self.mistakes.push(format!("no kind {event}"));
                continue;
            };
            let jitter = self.random.below(10_000) as i64 * 100;
            scope.time = Time(time.0 + index as i64 * APART + jitter);
            let last = index + 1 == step.events.len();
            self.write(kind, step, host, step.torn && last, &mut scope);
        }
        for name in step.data.keys() {
            let script = self.script;
            let used = step.events.iter().filter_map(|name| script.kinds.get(name));
            let mut fields = used.flat_map(|kind| &kind.fields);
            if !fields.any(|(field, _)| field == name) {
                self.mistakes
                    .push(format!("no event at {} has {name}", step.at));
            }
        }
    }

    /// Gives a process that was just started its parent, path and command line.
    fn dress(
        &mut self,
        mut actor: Actor,
        step: &'static Step,
        host: usize,
        cast: &Cast,
        scope: &mut Scope<'_>,
    ) -> Rc<Actor> {
        actor.parent = step
            .parent
            .as_deref()
            .and_then(|name| self.find(name, host, cast));
        actor.elevated = step.elevated;
        if let Some(image) = &step.image {
            actor.image.clone_from(image);
        }
        let command = step
            .command
            .clone()
            .unwrap_or_else(|| actor.command.clone());
        let bare = Rc::new(actor);
        scope.process = Some(Rc::clone(&bare));
        let command = scope.fill(&command, &mut self.random, &mut self.mistakes);
        scope.process = None;
        match Rc::try_unwrap(bare) {
            Ok(actor) => Rc::new(Actor { command, ..actor }),
            // Nobody else has it: the scope gave its copy back.
            Err(shared) => shared,
        }
    }

    fn find(&mut self, name: &'static str, host: usize, cast: &Cast) -> Option<Rc<Actor>> {
        let own = cast.get(&(host, name));
        let found = own.or_else(|| self.hosts.get(host)?.running.get(name));
        let found = found.cloned();
        if found.is_none() {
            let host = &self.script.company.hosts[host].name;
            self.mistakes.push(format!("no process {name} on {host}"));
        }
        found
    }

    fn write(
        &mut self,
        kind: &'static Kind,
        step: &'static Step,
        host: usize,
        torn: bool,
        scope: &mut Scope<'_>,
    ) {
        let members = kind
            .fields
            .iter()
            .map(|(name, text)| {
                let text = step.data.get(name).unwrap_or(text);
                let text = scope.fill(text, &mut self.random, &mut self.mistakes);
                (name.as_str(), Cell::read(text, kind.document))
            })
            .collect();
        let running = &self.hosts[host].running;
        let writer = match kind.writer.as_deref() {
            Some("process") => scope.process.as_ref(),
            Some(name) => running.get(name),
            None => None,
        };
        let pid = writer.map_or(0, |actor| actor.pid);
        let company = &self.script.company;
        let account = match kind.account.as_deref() {
            Some("user") => Some(
                scope
                    .process
                    .as_ref()
                    .map_or(scope.user, |actor| actor.owner),
            ),
            other => other,
        };
        let user = account.and_then(|key| company.users.get(key));
        self.entries.push(Entry {
            time: scope.time,
            host,
            computer: scope.computer(),
            kind,
            record: 0,
            writer: (pid, 4 * (100 + self.random.below(2000) as u32)),
            account: user.map(|user| Account {
                sid: actor::sid(company, user),
                domain: actor::domain(company, user).to_owned(),
                name: user.name.clone(),
            }),
            torn,
            members,
        });
    }
}
