//! Macro calls become their text.
//!
//! Takes a search; gives it with comments removed and each `` `name(arguments)` `` replaced by the macro's definition,
//! again and again. As in Splunk nothing is expanded inside double quotes.

use super::macros::{Macro, Macros};
use super::problem::{Parsed, wrong};
use super::source::Expanded;
use crate::lang::{CompileError, Diagnostic, Span};
use crate::text::counted;

/// Most bytes of an expanded search, so that macros which call each other twice cannot take the machine's memory.
pub const MAX_BYTES: usize = 1 << 20;
/// Most macros inside macros; more is a circle.
pub const MAX_DEPTH: usize = 32;
/// Most calls in one search.
pub const MAX_CALLS: usize = 10_000;

/// Expands `text`.
pub fn expand(text: &str, macros: &Macros) -> Parsed<Expanded> {
    let mut expander = Expander {
        macros,
        out: Expanded::default(),
        calls: 0,
        inside: Vec::new(),
    };
    expander.run(text, None, 0)?;
    Ok(expander.out)
}

/// Where a text stands: the outermost call in the source, and the macro that holds it.
struct Origin<'a> {
    call: &'a Span,
    name: &'a str,
}

struct Expander<'a> {
    macros: &'a Macros,
    out: Expanded,
    calls: usize,
    /// The macros whose definitions are being expanded, each with how many arguments it takes.
    inside: Vec<(String, usize)>,
}

impl Expander<'_> {
    fn run(&mut self, text: &str, origin: Option<&Origin<'_>>, depth: usize) -> Parsed<()> {
        let mut at = 0;
        let mut kept = 0;
        let mut quoted = false;
        let bytes = text.as_bytes();
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if quoted => at += 2,
                b'"' => {
                    quoted = !quoted;
                    at += 1;
                }
                b'`' if !quoted => {
                    self.push(&text[kept..at], kept, origin)?;
                    let end = if text[at..].starts_with("```") {
                        self.comment(text, at, origin)?
                    } else {
                        self.call(text, at, origin, depth)?
                    };
                    at = end;
                    kept = end;
                }
                _ => at += 1,
            }
        }
        self.push(&text[kept..], kept, origin)
    }

    fn push(&mut self, text: &str, at: usize, origin: Option<&Origin<'_>>) -> Parsed<()> {
        if text.is_empty() {
            return Ok(());
        }
        if self.out.text.len() + text.len() > MAX_BYTES {
            let span = origin.map_or(at..at, |origin| origin.call.clone());
            return Err(in_source(
                "the search is longer than 1 MiB with its macros",
                &span,
            ));
        }
        match origin {
            None => self.out.push_verbatim(text, at),
            Some(origin) => self.out.push_expansion(text, origin.call, origin.name),
        }
        Ok(())
    }

    /// Leaves out a comment, which counts as a space; returns where it ends.
    fn comment(&mut self, text: &str, at: usize, origin: Option<&Origin<'_>>) -> Parsed<usize> {
        let Some(end) = text[at + 3..].find("```") else {
            let span = origin.map_or(at..at + 3, |origin| origin.call.clone());
            return Err(in_source("this comment has no end", &span));
        };
        self.push(" ", at, origin)?;
        Ok(at + 3 + end + 3)
    }

    /// Expands the call at `at`; returns where it ends.
    fn call(
        &mut self,
        text: &str,
        at: usize,
        origin: Option<&Origin<'_>>,
        depth: usize,
    ) -> Parsed<usize> {
        let span_of = |range: Span| origin.map_or(range, |origin| origin.call.clone());
        let Some(length) = closing(&text[at + 1..]) else {
            let span = span_of(at..at + 1);
            return Err(in_source("this macro call has no closing backtick", &span));
        };
        let end = at + 1 + length + 1;
        let span = span_of(at..end);
        let Some((name, arguments)) = parse_call(&text[at + 1..end - 1]) else {
            return Err(in_source("this is no macro call", &span));
        };
        let key = (name.to_owned(), arguments.len());
        if let Some(from) = self.inside.iter().position(|known| *known == key) {
            return Err(in_a_circle(&self.inside[from..], &key, &span));
        }
        self.calls += 1;
        if depth >= MAX_DEPTH || self.calls > MAX_CALLS {
            let message = format!("the macro `{name}` is expanded too often");
            return Err(in_source(message, &span));
        }
        let definition = self.definition(name, &arguments, &span)?;
        let inner = Origin { call: &span, name };
        self.inside.push(key);
        let done = self.run(&definition, Some(&inner), depth + 1);
        self.inside.pop();
        done?;
        Ok(end)
    }

    fn definition(&self, name: &str, arguments: &[String], span: &Span) -> Parsed<String> {
        if let Some(known) = self.macros.get(name, arguments.len()) {
            return Ok(fill(known, arguments));
        }
        match (name, arguments) {
            // Splunk ships each detection's filter empty: it passes everything.
            (filter, []) if filter.ends_with("_filter") => Ok("search *".to_owned()),
            // Comes with the Common Information Model app, not with the detections.
            ("drop_dm_object_name", [object]) => Ok(format!("rename {object}.* as *")),
            _ => Err(self.unknown(name, arguments.len(), span)),
        }
    }

    fn unknown(&self, name: &str, arguments: usize, span: &Span) -> CompileError {
        let others = self.macros.argument_counts(name);
        if !others.is_empty() {
            return wrong_count(name, &others, arguments, span);
        }
        let help = if let Some(near) = self.macros.nearest(name) {
            format!("did you mean `{near}`?")
        } else {
            format!("add a file with `name: {name}` and a `definition` to the macros")
        };
        let message = format!("no macro is called `{name}`");
        CompileError {
            diagnostics: vec![
                Diagnostic::error("E301", message, span.clone(), "not defined").help(help),
            ],
            construct: Some(format!("undefined macro `{name}`")),
        }
    }
}

/// The macro is there, and takes another number of arguments.
fn wrong_count(name: &str, takes: &[usize], given: usize, span: &Span) -> CompileError {
    let takes: Vec<String> = takes.iter().map(ToString::to_string).collect();
    let takes = takes.join(" or ");
    let plural = if takes == "1" { "" } else { "s" };
    let message = format!("the macro `{name}` takes {takes} argument{plural}, not {given}");
    let finding = Diagnostic::error("E301", message, span.clone(), "called here");
    CompileError {
        diagnostics: vec![finding],
        construct: Some(format!(
            "the macro `{name}` with {}",
            counted(given, "argument")
        )),
    }
}

/// The last of `calls` calls the first, which ends never.
fn in_a_circle(calls: &[(String, usize)], first: &(String, usize), span: &Span) -> CompileError {
    let names: Vec<String> = calls
        .iter()
        .chain([first])
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    let message = format!(
        "macros call each other in a circle: {}",
        names.join(" calls ")
    );
    in_source(message, span)
}

/// A problem whose span is already the source's.
fn in_source(message: impl Into<String>, span: &Span) -> CompileError {
    wrong(message, span, "here")
}

/// Returns how long the call is, up to its closing backtick; arguments may hold backticks in quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'`' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

fn parse_call(call: &str) -> Option<(&str, Vec<String>)> {
    let call = call.trim();
    let (name, arguments) = match call.split_once('(') {
        None => (call, Vec::new()),
        Some((name, rest)) => (name.trim(), split_arguments(rest.strip_suffix(')')?)),
    };
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | ':'))
    };
    is_name(name).then_some((name, arguments))
}

/// Splits at commas outside quotes; the quotes around an argument are not part of it.
fn split_arguments(text: &str) -> Vec<String> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut depth = 0_usize;
    for char in text.chars() {
        match char {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if char == ',' && !quoted && depth == 0 {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(char);
        }
    }
    parts
        .into_iter()
        .map(|part| {
            let part = part.trim();
            let bare = part.strip_prefix('"').and_then(|p| p.strip_suffix('"'));
            bare.unwrap_or(part).to_owned()
        })
        .collect()
}

/// Replaces `$argument$`s in one pass, so that an argument's own dollars stay as they are.
fn fill(definition: &Macro, arguments: &[String]) -> String {
    let mut text = String::new();
    let mut rest = definition.definition.as_str();
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let known = after.find('$').and_then(|end| {
            let n = definition
                .arguments
                .iter()
                .position(|name| *name == after[..end])?;
            Some((end, arguments.get(n)?))
        });
        if let Some((end, argument)) = known {
            text.push_str(argument);
            rest = &after[end + 1..];
        } else {
            text.push('$');
            rest = after;
        }
    }
    text + rest
}
