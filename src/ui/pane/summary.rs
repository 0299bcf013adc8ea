//! An event in a line: what it is and what it is about.

use crate::event::{Event, Fields};
use crate::text::plain;
use crate::ui::detail::text_of;

/// Most characters of one value in a summary.
const VALUE: usize = 400;

/// What an event is about, the most telling first: the first group with a value is taken.
const TELLING: &[&[&str]] = &[
    &["powershell.file.script_block_text"],
    &["dns.question.name"],
    &["registry.path", "registry.data.strings"],
    &["destination.ip", "destination.port"],
    &["process.command_line"],
    &["file.path"],
    &["service.name", "winlog.event_data.ServiceName"],
    &["winlog.event_data.ImagePath"],
    &["process.executable"],
    &["winlog.event_data.TargetUserName", "source.ip"],
    &["user.name"],
];

/// Returns what happened, by whom and to what, on one line: `Process creation  cmd.exe  cmd /c whoami`. Without
/// `action` what happened is left out, unless nothing else is known.
#[must_use]
pub fn summary(event: &Event, action: bool) -> String {
    let mut parts = Vec::new();
    let what = value(event, "event.action");
    parts.extend(what.clone().filter(|_| action));
    parts.extend(value(event, "process.name"));
    let about = TELLING.iter().find_map(|names| {
        let values: Vec<String> = names.iter().filter_map(|name| value(event, name)).collect();
        (!values.is_empty()).then(|| values.join(" "))
    });
    parts.extend(about);
    parts.dedup();
    if parts.is_empty() {
        parts.extend(what);
    }
    if parts.is_empty() {
        // Nothing of it has a name here: its own data, as it stands.
        let data = event.native().iter().map(|(_, value)| text_of(value));
        parts.extend(data.filter(|text| !text.is_empty()).take(4));
    }
    parts.join("  ")
}

fn value(event: &Event, name: &str) -> Option<String> {
    let named = |fields: &Fields, name: &str| fields.named(name).map(text_of);
    let text = match name.strip_prefix("winlog.event_data.") {
        Some(native) => named(event.native(), native),
        None => named(event.ecs(), name),
    }?;
    let line: String = text
        .chars()
        .take(VALUE)
        .map(|c| {
            if matches!(c, '\n' | '\r' | '\t') {
                ' '
            } else {
                c
            }
        })
        .collect();
    let line = plain(line.trim()).into_owned();
    (!line.is_empty()).then_some(line)
}
