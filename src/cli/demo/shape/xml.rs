//! Windows event XML, pretty-printed.

use super::windows_time;
use crate::cli::demo::entry::Entry;

/// Writes one event.
pub fn event(entry: &Entry) -> String {
    let kind = entry.kind;
    let guid = kind.guid.as_ref().map_or_else(String::new, |guid| {
        format!(" Guid=\"{}\"", guid.to_uppercase())
    });
    let mut lines = vec![
        r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">"#.to_owned(),
        "  <System>".to_owned(),
        format!("    <Provider Name=\"{}\"{guid}/>", kind.provider),
        format!("    <EventID>{}</EventID>", kind.id),
    ];
    if let Some(version) = kind.version {
        lines.push(format!("    <Version>{version}</Version>"));
    }
    lines.extend([
        format!("    <Level>{}</Level>", kind.level),
        format!("    <Task>{}</Task>", kind.task),
        format!("    <Opcode>{}</Opcode>", kind.opcode),
        format!("    <Keywords>{}</Keywords>", kind.keywords),
        format!(
            "    <TimeCreated SystemTime=\"{}\"/>",
            windows_time(entry.time)
        ),
        format!("    <EventRecordID>{}</EventRecordID>", entry.record),
    ]);
    if !kind.nameless {
        let (process, thread) = entry.writer;
        lines.push(format!(
            "    <Execution ProcessID=\"{process}\" ThreadID=\"{thread}\"/>"
        ));
    }
    lines.push(format!("    <Channel>{}</Channel>", kind.channel));
    lines.push(format!("    <Computer>{}</Computer>", entry.computer));
    lines.push(match &entry.account {
        Some(account) => format!("    <Security UserID=\"{}\"/>", account.sid),
        None => "    <Security/>".to_owned(),
    });
    lines.push("  </System>".to_owned());
    lines.push("  <EventData>".to_owned());
    for (name, cell) in &entry.members {
        let value = escaped(&cell.text());
        lines.push(if kind.nameless {
            format!("    <Data>{value}</Data>")
        } else {
            format!("    <Data Name=\"{name}\">{value}</Data>")
        });
    }
    lines.push("  </EventData>".to_owned());
    lines.push("</Event>\n".to_owned());
    lines.join("\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
