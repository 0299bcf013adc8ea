//! The whole screen, drawn from the state; changes nothing.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::app::App;
use super::detail::{Place, Tab};
use super::ink::Ink;
use super::layout::{Areas, Focus, Tier, refusal};
use super::overlay::Overlay;
use super::pane::alerts::AlertsPane;
use super::pane::event::document_name;
use super::pane::status::{Bottom, Histogram, Top};
use super::pane::techniques::counted;
use super::sheet::{Sheet, SheetView};
use super::theme::Role;

/// Draws `app`.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    let ink = app.ink();
    if let Some(sentence) = refusal(area.width, area.height) {
        ink.put(
            buffer,
            (area.x, area.y),
            area.width,
            &sentence,
            ink.style(Role::Warning),
        );
        return;
    }
    buffer.set_style(area, ink.style(Role::Text));
    let areas = app.areas();
    Top { app }.render(areas.top, buffer);
    Histogram { app }.render(areas.histogram, buffer);
    if !areas.alerts.is_empty() {
        AlertsPane { app }.render(areas.alerts, buffer);
    }
    separators(app, &areas, buffer);
    tabs(app, areas.tabs, buffer);
    event(app, areas.event, buffer);
    techniques(app, areas.techniques, buffer);
    guide(app, areas.guide, buffer);
    Bottom { app }.render(areas.bottom, buffer);
    if let Some(overlay) = &app.overlay {
        let shown = over(app, overlay, area, buffer);
        if let Some(at) = shown {
            frame.set_cursor_position(at);
        }
    } else if let Some(at) = (Bottom { app }).cursor(areas.bottom) {
        frame.set_cursor_position(at);
    }
}

/// Draws a title: in reverse when the pane has the keys. Returns the columns it took.
fn title(ink: Ink<'_>, buffer: &mut Buffer, area: Rect, text: &str, focused: bool) -> u16 {
    let role = if focused {
        Role::TitleFocused
    } else {
        Role::Title
    };
    let text = format!(" {text} ");
    ink.put(buffer, (area.x, area.y), area.width, &text, ink.style(role))
}

fn body(area: Rect) -> Rect {
    Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    }
}

fn sheet(app: &App, sheet: &Sheet, focused: bool, area: Rect, buffer: &mut Buffer) {
    let view = SheetView {
        sheet,
        ink: app.ink(),
        focused,
    };
    view.render(area, buffer);
}

fn event(app: &App, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let ink = app.ink();
    let focused = app.focus == Focus::Event && app.overlay.is_none();
    let name = match &app.detail.place {
        Place::Event => "EVENT",
        Place::Related => "RELATED",
        Place::History => "HISTORY",
        Place::Answers(_) => "EVENTS OF THE STEP",
        Place::Found(..) => "EVENT OF THE STEP",
    };
    let mut x = area.x + title(ink, buffer, area, name, focused);
    let right = event_number(app);
    if app.detail.on_event() {
        for tab in Tab::ALL {
            let name = match tab {
                Tab::Highlights => "highlights",
                Tab::Fields => "fields",
                Tab::Document => document_name(app.detail.shown().map(|event| &**event)),
                Tab::Raw if app.detail.hex => "hex",
                Tab::Raw => "raw",
            };
            let role = if tab == app.detail.tab {
                Role::Text
            } else {
                Role::Dim
            };
            let text = if tab == app.detail.tab {
                format!(" [{name}]")
            } else {
                format!("  {name} ")
            };
            let room = area.right().saturating_sub(x + right.len() as u16);
            x += ink.put(buffer, (x, area.y), room, &text, ink.style(role));
        }
        ink.put_right(
            buffer,
            (area.x, area.y),
            area.width,
            &right,
            ink.style(Role::Dim),
        );
    } else if let Place::Answers(step) = &app.detail.place {
        let text = app
            .detail
            .numbered(step)
            .map_or_else(String::new, |(number, step)| {
                format!("{number} {}", app.detail.filled(&step.text))
            });
        let room = area.right().saturating_sub(x + 1 + right.len() as u16);
        ink.put(buffer, (x + 1, area.y), room, &text, ink.style(Role::Dim));
        ink.put_right(
            buffer,
            (area.x, area.y),
            area.width,
            &right,
            ink.style(Role::Dim),
        );
    }
    sheet(app, &app.detail.event, focused, body(area), buffer);
}

/// Returns which event of how many is shown, or how many answer the step.
fn event_number(app: &App) -> String {
    let detail = &app.detail;
    match &detail.place {
        Place::Answers(step) => detail.found(step).map_or_else(String::new, |found| {
            format!("{} ", counted(found.len(), "event"))
        }),
        Place::Found(step, at) => {
            let count = detail.found(step).map_or(0, <[_]>::len);
            format!("{} of {count} ", at + 1)
        }
        _ => detail.opened.as_ref().map_or_else(String::new, |opened| {
            let of = opened.alert.events.len().max(1) as u64;
            format!("{} of {} ", opened.number + 1, opened.alert.count.max(of))
        }),
    }
}

fn techniques(app: &App, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let focused = app.focus == Focus::Techniques && app.overlay.is_none();
    let mut inside = area;
    if app.has_title(Focus::Techniques) {
        title(app.ink(), buffer, area, "TECHNIQUES", focused);
        inside = body(area);
    }
    sheet(app, &app.detail.techniques, focused, inside, buffer);
}

fn guide(app: &App, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let focused = app.focus == Focus::Guide && app.overlay.is_none();
    let mut inside = area;
    if app.has_title(Focus::Guide) {
        let (done, all) = app.detail.progress(None);
        title(
            app.ink(),
            buffer,
            area,
            &format!("GUIDE  {done}/{all}"),
            focused,
        );
        inside = body(area);
    }
    sheet(app, &app.detail.guide, focused, inside, buffer);
}

/// Draws the tabs that stand for panes there is no room for.
fn tabs(app: &App, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let ink = app.ink();
    let shown = if app.focus == Focus::Alerts {
        app.detail_focus
    } else {
        app.focus
    };
    let alone = app.tier() == Tier::One;
    let (done, all) = app.detail.progress(None);
    let place = &app.detail.place;
    let on_event = shown == Focus::Event && !(alone && app.focus == Focus::Alerts);
    let mut entries = Vec::new();
    if alone {
        entries.push(("0", "alerts".to_owned(), app.focus == Focus::Alerts));
    }
    let detail = |focus| shown == focus && !(alone && app.focus == Focus::Alerts);
    entries.extend([
        (
            "1",
            "event".to_owned(),
            on_event && !matches!(place, Place::Related | Place::History),
        ),
        ("2", "techniques".to_owned(), detail(Focus::Techniques)),
        ("3", format!("guide {done}/{all}"), detail(Focus::Guide)),
        (
            "4",
            "related".to_owned(),
            on_event && *place == Place::Related,
        ),
        (
            "5",
            "history".to_owned(),
            on_event && *place == Place::History,
        ),
    ]);
    ink.paint(buffer, (area.x, area.y), area.width, Role::Border);
    let mut x = area.x;
    for (key, name, active) in entries {
        let role = match (active, app.focus == Focus::Alerts && !alone) {
            (true, true) => Role::Title,
            (true, false) => Role::TitleFocused,
            _ => Role::Dim,
        };
        let name = if active { name.to_uppercase() } else { name };
        let room = area.right().saturating_sub(x);
        x += ink.put(
            buffer,
            (x, area.y),
            room,
            &format!(" {key} {name} "),
            ink.style(role),
        );
    }
}

/// Draws the lines between panes.
fn separators(app: &App, areas: &Areas, buffer: &mut Buffer) {
    let ink = app.ink();
    let style = ink.style(Role::Border);
    let bar = ink.symbol("│", "|");
    for area in [areas.event, areas.techniques, areas.guide] {
        if area.is_empty() || area.x == 0 {
            continue;
        }
        for y in area.y..area.bottom() {
            ink.put(buffer, (area.x - 1, y), 1, bar, style);
        }
    }
}

/// Draws what lies on top; returns where the cursor of an input is.
fn over(app: &App, overlay: &Overlay, screen: Rect, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let ink = app.ink();
    let rows = app.overlay_rows();
    if let Overlay::Plain(plain) = overlay {
        Clear.render(screen, buffer);
        sheet(app, plain, false, screen, buffer);
        return None;
    }
    let area = Rect {
        y: screen.height.saturating_sub(rows + 1),
        height: rows,
        ..screen
    };
    Clear.render(area, buffer);
    buffer.set_style(area, ink.style(Role::Text));
    if let Overlay::Rules(view) = overlay {
        super::rules::draw::draw(view, ink, area, buffer);
        return (Bottom { app }).cursor(Rect {
            y: screen.bottom() - 1,
            height: 1,
            ..screen
        });
    }
    ink.paint(buffer, (area.x, area.y), area.width, Role::TitleFocused);
    let (name, right) = heading(app, overlay);
    let room = Rect {
        width: area.width.saturating_sub(crate::text::width(&right) as u16),
        ..area
    };
    title(ink, buffer, room, &name, true);
    ink.put_right(
        buffer,
        (area.x, area.y),
        area.width,
        &right,
        ink.style(Role::TitleFocused),
    );
    let inside = body(area);
    match overlay {
        Overlay::Note(editor) => {
            let text = Rect {
                x: inside.x + 1,
                width: inside.width.saturating_sub(2),
                ..inside
            };
            (&editor.area).render(text, buffer);
            None
        }
        Overlay::Palette {
            input,
            sheet: found,
        } => {
            sheet(app, found, true, inside, buffer);
            Some((area.x + 2 + input.visual_cursor() as u16, area.y))
        }
        other => {
            if let Some(lines) = other.sheet() {
                sheet(app, lines, true, inside, buffer);
            }
            None
        }
    }
}

fn heading(app: &App, overlay: &Overlay) -> (String, String) {
    match overlay {
        Overlay::Help { .. } => ("KEYS".into(), "esc closes ".into()),
        Overlay::Palette { input, .. } => (
            format!(":{}", input.value()),
            "enter runs it, esc closes ".into(),
        ),
        Overlay::Note(editor) => (
            editor.heading().to_owned(),
            "ctrl-s keeps it, esc leaves ".into(),
        ),
        Overlay::Status(menu) => (menu.title.clone(), String::new()),
        Overlay::Copy(menu) => {
            let form = if menu.defanged { "defanged" } else { "plain" };
            let key = app
                .keymap
                .key(super::action::Action::CopyDefanged)
                .unwrap_or_default();
            (menu.title.clone(), format!("{form}  {key} changes "))
        }
        Overlay::Theme { .. } => ("THEME".into(), "enter takes it, esc goes back ".into()),
        Overlay::Messages(_) => ("MESSAGES".into(), "esc closes ".into()),
        Overlay::Unreadable { found, .. } => {
            let all = found.as_ref().map_or(0, |(_, all)| *all);
            let all = super::pane::techniques::grouped(all);
            (format!("UNREADABLE  {all}"), "esc closes ".into())
        }
        Overlay::Page { title, .. } => (title.clone(), "esc closes ".into()),
        Overlay::Plain(_) | Overlay::Rules(_) => (String::new(), String::new()),
    }
}
