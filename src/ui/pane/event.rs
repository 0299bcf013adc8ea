//! The event pane: highlights, fields, the document, the raw bytes.

use jiff::tz::TimeZone;

use super::summary::summary;
use super::techniques::{counted, grouped};
use super::time::{moment, whole};
use crate::decode::Format;
use crate::event::Event;
use crate::text::{Marks, visible, visible_bytes, visible_lines, width};
use crate::ui::detail::{Detail, Field, Place, Tab};
use crate::ui::ink::{Ink, wrap};
use crate::ui::sheet::SheetLine;
use crate::ui::theme::Role;

/// Most bytes of a record that the pane lays out; the file keeps the rest.
const SHOWN_BYTES: usize = 64 * 1024;

/// Lines of one value among the highlights.
const VALUE_LINES: usize = 24;

/// Columns of a field's name before its value.
const NAME_COLUMNS: usize = 24;

/// Returns the name of the third tab for an event.
#[must_use]
pub fn document_name(event: Option<&Event>) -> &'static str {
    match event.map(|event| event.record.format) {
        Some(Format::Xml | Format::Evtx) => "xml",
        _ => "json",
    }
}

/// Returns the lines of the tab that is shown, and the fields that are its items.
#[must_use]
pub fn lines(
    detail: &Detail,
    ink: Ink<'_>,
    zone: &TimeZone,
    columns: usize,
) -> (Vec<SheetLine>, Vec<Field>) {
    let Some(opened) = &detail.opened else {
        let hint = "Move to an alert to see the event that made its rule fire.";
        return (prose(hint, Role::Dim, columns), Vec::new());
    };
    let event = match (detail.shown(), &opened.event) {
        (Some(event), _) => event,
        (None, Err(reason)) => return (prose(reason, Role::Warning, columns), Vec::new()),
        (None, Ok(_)) => {
            let said = "This event is no longer at hand.";
            return (prose(said, Role::Warning, columns), Vec::new());
        }
    };
    match detail.tab {
        Tab::Highlights => {
            let fields = detail.highlights();
            let mut lines = heading(detail, event, ink, zone, columns);
            lines.extend(field_lines(detail, &fields, ink, columns, VALUE_LINES));
            if fields.iter().any(|field| field.fired) {
                let legend = format!("{} = made the rule fire", ink.symbol("●", "*"));
                lines.push(SheetLine::plain(Role::Dim, legend));
            }
            (lines, fields)
        }
        Tab::Fields => {
            let fields = detail.all_fields();
            let mut lines = field_lines(detail, &fields, ink, columns, usize::MAX);
            if fields.is_empty() {
                let said = format!("No field holds \"{}\".", detail.search.value());
                lines = prose(&said, Role::Dim, columns);
            }
            (lines, fields)
        }
        Tab::Document => (document(event, ink, columns), Vec::new()),
        Tab::Raw if detail.hex => (hex(&event.record.raw, columns), Vec::new()),
        Tab::Raw => (raw(&event.record.raw, ink, columns), Vec::new()),
    }
}

/// Returns a paragraph.
#[must_use]
pub fn prose(text: &str, role: Role, columns: usize) -> Vec<SheetLine> {
    let lines = wrap(text, columns.saturating_sub(2));
    lines
        .into_iter()
        .map(|line| SheetLine::plain(role, line))
        .collect()
}

fn heading(
    detail: &Detail,
    event: &Event,
    ink: Ink<'_>,
    zone: &TimeZone,
    columns: usize,
) -> Vec<SheetLine> {
    let mut lines = Vec::new();
    // A step's answer is no part of the alert.
    let alert = detail.alert().filter(|_| detail.place == Place::Event);
    match alert {
        Some(alert) if !alert.message.is_empty() && alert.message != alert.rule_name => {
            lines.extend(prose(&ink.clean(&alert.message), Role::Text, columns));
        }
        Some(_) => {}
        None => lines.extend(prose(
            &ink.clean(&summary(event, true)),
            Role::Text,
            columns,
        )),
    }
    let mut place = whole(event.time, zone);
    if !event.channel.is_empty() {
        let channel = event.channel.trim_start_matches("Microsoft-Windows-");
        place.push_str(&format!("  {} {}", ink.clean(channel), event.code));
    }
    if let Some(record) = event.record_id {
        place.push_str(&format!("  record {record}"));
    }
    lines.extend(prose(&place, Role::Dim, columns));
    if let Some(alert) = alert.filter(|alert| alert.count > 1) {
        let from = whole(alert.first, zone);
        let to = moment(alert.last, zone);
        let to = if from.starts_with(&to.date) {
            to.clock
        } else {
            whole(alert.last, zone)
        };
        let said = format!("{} events from {from} to {to}", grouped(alert.count));
        lines.extend(prose(&said, Role::Dim, columns));
    }
    lines
}

fn field_lines(
    detail: &Detail,
    fields: &[Field],
    ink: Ink<'_>,
    columns: usize,
    most: usize,
) -> Vec<SheetLine> {
    let mut lines = Vec::new();
    let wide = columns.saturating_sub(2);
    let longest = fields
        .iter()
        .map(|field| width(&ink.clean(&field.name)))
        .max()
        .unwrap_or(0);
    let names = longest.min(NAME_COLUMNS).min(wide / 2);
    for (item, field) in fields.iter().enumerate() {
        let name = ink.clean(&field.name).into_owned();
        let several = field.value.trim_end().contains('\n');
        let value = ink.clean(&field.value).into_owned();
        let mut tags: Vec<&str> = Vec::new();
        if detail.copied.contains(&field.value) {
            tags.push("(copied)");
        }
        if field.fired {
            tags.push(ink.symbol("●", "*"));
        }
        let tag = tags.join(" ");
        let role = if field.fired { Role::Fired } else { Role::Text };
        let taken = width(&name).max(names) + 2;
        let mut first = SheetLine::of(item).with(Role::Dim, name.clone());
        let fits = !several && taken + width(&value) + width(&tag) < wide;
        if fits {
            let gap = " ".repeat(taken - width(&name));
            first = marked(first.with(Role::Dim, gap), role, &value, &field.wanted);
        }
        if !tag.is_empty() {
            let role = if field.fired {
                Role::Fired
            } else {
                Role::Copied
            };
            first = first.right(role, tag);
        }
        lines.push(first);
        if !fits {
            let pieces = broken(&field.value, ink, wide.saturating_sub(2));
            let from = window(&pieces, &field.wanted, most);
            let more = pieces.len().saturating_sub(from.saturating_add(most));
            if from > 0 {
                let said = format!("  {} above", counted(from, "line"));
                lines.push(SheetLine::of(item).with(Role::Dim, said));
            }
            for line in pieces.iter().skip(from).take(most) {
                let start = SheetLine::of(item).with(role, "  ");
                lines.push(marked(start, role, line, &field.wanted));
            }
            if more > 0 {
                let said = format!("  {} more; the tab fields has all", counted(more, "line"));
                lines.push(SheetLine::of(item).with(Role::Dim, said));
            }
        }
    }
    lines
}

/// Lines before the first one that made the rule fire, where a value is too long to be shown whole.
const LEAD: usize = 4;

/// Returns the line of a long value that is shown first: the one that made the rule fire must be in sight.
fn window(pieces: &[String], wanted: &[String], most: usize) -> usize {
    if pieces.len() <= most {
        return 0;
    }
    let hit = pieces.iter().position(|line| find(line, wanted).is_some());
    match hit {
        Some(at) if at >= most => at.saturating_sub(LEAD).min(pieces.len() - most),
        _ => 0,
    }
}

/// Adds `text` to `line`, with the texts that the rule looks for standing out.
fn marked(mut line: SheetLine, role: Role, text: &str, wanted: &[String]) -> SheetLine {
    let mut rest = text;
    // A value that is wanted as a whole needs no mark within it.
    if find(text, wanted) == Some((0, text.len())) {
        return line.with(role, text);
    }
    while let Some((from, to)) = find(rest, wanted) {
        let (before, hit, after) = (rest.get(..from), rest.get(from..to), rest.get(to..));
        let (Some(before), Some(hit), Some(after)) = (before, hit, after) else {
            break;
        };
        if !before.is_empty() {
            line = line.with(role, before);
        }
        line = line.with(Role::Match, hit);
        rest = after;
    }
    if rest.is_empty() {
        line
    } else {
        line.with(role, rest)
    }
}

/// Returns where the first of the wanted texts stands, the longest when several begin there.
fn find(text: &str, wanted: &[String]) -> Option<(usize, usize)> {
    // Only ASCII letters are folded: other letters may change their length, and the places would not fit.
    let lower = text.to_ascii_lowercase();
    let places = wanted.iter().filter(|word| !word.is_empty());
    let found = places.filter_map(|word| lower.find(word.as_str()).map(|at| (at, at + word.len())));
    found.min_by_key(|(from, to)| (*from, std::cmp::Reverse(*to)))
}

/// Returns a value in lines: broken where it breaks itself (a script), and where the pane ends.
fn broken(value: &str, ink: Ink<'_>, columns: usize) -> Vec<String> {
    let lines = value.trim_end_matches(['\r', '\n']).split('\n');
    lines
        .map(|line| {
            line.strip_suffix('\r')
                .unwrap_or(line)
                .replace('\t', "    ")
        })
        .flat_map(|line| wrap(&ink.clean(&line), columns))
        .collect()
}

fn document(event: &Event, ink: Ink<'_>, columns: usize) -> Vec<SheetLine> {
    let raw = event
        .record
        .raw
        .get(..SHOWN_BYTES.min(event.record.raw.len()))
        .unwrap_or_default();
    let text = String::from_utf8_lossy(raw);
    let pretty = if document_name(Some(event)) == "xml" {
        indent_xml(&text)
    } else {
        indent_json(&text)
    };
    let mut lines = Vec::new();
    for line in visible_lines(&pretty, ink.marks()).lines() {
        let indent = line.len() - line.trim_start().len();
        let blank = " ".repeat(indent.min(columns / 2));
        for (at, piece) in wrap(
            line.trim_start(),
            columns.saturating_sub(2 + blank.len()).max(8),
        )
        .into_iter()
        .enumerate()
        {
            let more = if at == 0 { "" } else { "  " };
            lines.push(SheetLine::plain(
                Role::Text,
                format!("{blank}{more}{piece}"),
            ));
        }
    }
    cut_note(&mut lines, event.record.raw.len());
    lines
}

fn raw(bytes: &[u8], ink: Ink<'_>, columns: usize) -> Vec<SheetLine> {
    let shown = visible_bytes(&bytes[..bytes.len().min(SHOWN_BYTES)], ink.marks());
    let mut lines = Vec::new();
    for line in shown.split('\n') {
        for piece in wrap(&visible(line, ink.marks()), columns.saturating_sub(2)) {
            lines.push(SheetLine::plain(Role::Text, piece));
        }
    }
    cut_note(&mut lines, bytes.len());
    lines
}

fn hex(bytes: &[u8], columns: usize) -> Vec<SheetLine> {
    let a_line = match columns {
        78.. => 16,
        46.. => 8,
        _ => 4,
    };
    let mut lines = Vec::new();
    for (at, chunk) in bytes[..bytes.len().min(SHOWN_BYTES / 4)]
        .chunks(a_line)
        .enumerate()
    {
        let pairs: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = chunk
            .iter()
            .map(|byte| {
                if byte.is_ascii_graphic() || *byte == b' ' {
                    char::from(*byte)
                } else {
                    '.'
                }
            })
            .collect();
        lines.push(
            SheetLine::plain(Role::Dim, format!("{:06x}  ", at * a_line))
                .with(
                    Role::Text,
                    format!("{:<wide$}  ", pairs.join(" "), wide = a_line * 3),
                )
                .with(Role::Dim, text),
        );
    }
    if bytes.len() > SHOWN_BYTES / 4 {
        cut_note(&mut lines, SHOWN_BYTES + bytes.len());
    }
    lines
}

fn cut_note(lines: &mut Vec<SheetLine>, bytes: usize) {
    if bytes > SHOWN_BYTES {
        let said = format!("The record has {bytes} B; y e copies it whole, w writes it to a file.");
        lines.push(SheetLine::plain(Role::Warning, said));
    }
}

/// Breaks JSON after each member; text that is not JSON (or was cut off) comes out as far as it goes.
fn indent_json(text: &str) -> String {
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(text)
        && let Ok(pretty) = serde_json::to_string_pretty(&value)
    {
        return pretty;
    }
    text.to_owned()
}

/// Breaks XML before each element, indented by depth; texts and attributes are left as they are.
fn indent_xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0usize;
    let mut rest = text.trim();
    let mut after_text = false;
    while let Some(open) = rest.find('<') {
        let (before, tag_on) = rest.split_at(open);
        let content = before.trim();
        out.push_str(content);
        after_text = !content.is_empty() || (after_text && before.is_empty());
        let close = tag_on.find('>').map_or(tag_on.len(), |at| at + 1);
        let (tag, tail) = tag_on.split_at(close);
        let ends = tag.starts_with("</");
        if ends {
            depth = depth.saturating_sub(1);
        }
        let same_line = ends && (after_text || out.ends_with('>') && just_opened(&out, tag));
        if !out.is_empty() && !same_line {
            out.push('\n');
            out.push_str(&"  ".repeat(depth.min(40)));
        }
        out.push_str(tag);
        if !ends && !tag.ends_with("/>") && !tag.starts_with("<?") && !tag.starts_with("<!") {
            depth += 1;
        }
        after_text = false;
        rest = tail;
    }
    out.push_str(rest.trim());
    out
}

/// Returns whether the last tag of `out` opens what `closing` closes: an empty element stays on its line.
fn just_opened(out: &str, closing: &str) -> bool {
    let name = closing
        .trim_start_matches("</")
        .trim_end_matches('>')
        .trim();
    let last = out
        .rfind('<')
        .and_then(|at| out.get(at + 1..))
        .unwrap_or_default();
    last.strip_prefix(name)
        .is_some_and(|tail| tail.starts_with(['>', ' ']))
}

/// Returns the event exactly as logged but for what a terminal would obey, for copying.
#[must_use]
pub fn copyable(event: &Event) -> String {
    visible_lines(&String::from_utf8_lossy(&event.record.raw), Marks::Unicode).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_made_the_rule_fire_stands_out_and_is_in_sight() {
        let wanted = vec!["lsass".to_owned(), "lsass.exe".to_owned()];
        let line = marked(
            SheetLine::default(),
            Role::Fired,
            "-ma LSASS.exe l.dmp",
            &wanted,
        );
        let parts: Vec<_> = line
            .parts
            .iter()
            .map(|part| (part.role, &*part.text))
            .collect();
        assert_eq!(
            parts,
            [
                (Role::Fired, "-ma "),
                (Role::Match, "LSASS.exe"),
                (Role::Fired, " l.dmp")
            ]
        );
        let mut script: Vec<String> = (0..100).map(|n| format!("line {n}")).collect();
        script[60] = "open lsass".to_owned();
        assert_eq!(window(&script, &wanted, 24), 56);
        assert_eq!(window(&script, &[], 24), 0);
        script[3] = "lsass".to_owned();
        assert_eq!(window(&script, &wanted, 24), 0);
    }

    #[test]
    fn xml_breaks_at_elements_and_keeps_texts() {
        let text = "<Event xmlns='x'><System><EventID>1</EventID><Security UserID='S-1'/><Data></Data></System></Event>";
        insta::assert_snapshot!(indent_xml(text), @r"
        <Event xmlns='x'>
          <System>
            <EventID>1</EventID>
            <Security UserID='S-1'/>
            <Data></Data>
          </System>
        </Event>
        ");
    }

    #[test]
    fn hexadecimal_shows_each_byte_once() {
        let lines = hex(b"MZ\x00\x1b[31m", 50);
        assert_eq!(
            lines[0].text(),
            "000000  4d 5a 00 1b 5b 33 31 6d   MZ..[31m"
        );
    }
}
