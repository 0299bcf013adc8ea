//! The README's pictures: the real screen of the running demo, cell by cell as SVG.
//!
//! `cargo test --test pty picture -- --ignored` makes them anew.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use vt100::{Cell, Color, Screen};

use crate::session::{Session, watchglass};

/// Of one cell, in pixels.
const WIDTH: f64 = 8.4;
const HEIGHT: f64 = 18.0;

/// Around the screen.
const MARGIN: f64 = 12.0;

/// A key has been answered.
const STEP: Duration = Duration::from_millis(200);

const BACKGROUND: &str = "#16181d";
const FOREGROUND: &str = "#d7dae0";

/// The terminal's sixteen colours, which the default theme draws with.
const PALETTE: [&str; 16] = [
    "#24272e", "#f0717a", "#8cc570", "#e5b567", "#6cb2f0", "#c792e8", "#5cc8c0", "#c5cad3",
    "#7a8290", "#ff8f96", "#a9dc8f", "#f5cd85", "#8fc8ff", "#dbaef5", "#80e0d8", "#ffffff",
];

#[test]
#[ignore = "writes into assets/"]
fn pictures_of_the_demo() {
    for (name, size) in [("workbench", (120, 40)), ("workbench-80x24", (80, 24))] {
        let home = tempfile::tempdir().unwrap();
        let mut command = watchglass(home.path());
        command.args(["demo", "--speed", "60"]);
        let mut session = Session::start(command, size);
        session.wait_for("18 open");
        session.press("gg");
        for _ in 0..8 {
            std::thread::sleep(STEP);
            if cursor(&session).contains("procdump") {
                break;
            }
            session.press("j");
        }
        session.press("sa3<space>");
        std::thread::sleep(STEP);
        session.press("<space>");
        // Until the answer line is gone.
        std::thread::sleep(STEP * 30);
        let picture = session.look(svg);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        std::fs::write(path.join(format!("{name}.svg")), picture).unwrap();
        session.press("<c-c>");
        session.finish();
    }
}

fn cursor(session: &Session) -> String {
    let text = session.text();
    let line = text.lines().find(|line| line.starts_with('▌'));
    line.unwrap_or_default().to_owned()
}

/// How a run of cells looks.
#[derive(PartialEq, Clone, Copy)]
struct Look {
    ink: Color,
    ground: Color,
    bold: bool,
    italic: bool,
    underline: bool,
    dim: bool,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let (ink, ground) = (cell.fgcolor(), cell.bgcolor());
        Self {
            ink: if cell.inverse() {
                reversed(ground, true)
            } else {
                ink
            },
            ground: if cell.inverse() {
                reversed(ink, false)
            } else {
                ground
            },
            bold: cell.bold(),
            italic: cell.italic(),
            underline: cell.underline(),
            dim: cell.dim(),
        }
    }
}

/// The default colour, where it changes sides.
fn reversed(colour: Color, to_ink: bool) -> Color {
    match colour {
        Color::Default if to_ink => Color::Rgb(0x16, 0x18, 0x1d),
        Color::Default => Color::Rgb(0xd7, 0xda, 0xe0),
        other => other,
    }
}

fn hex(colour: Color, default: &str) -> String {
    match colour {
        Color::Default => default.to_owned(),
        Color::Idx(index) => PALETTE
            .get(usize::from(index))
            .unwrap_or(&default)
            .to_string(),
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
    }
}

fn svg(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let (width, height) = (
        f64::from(columns) * WIDTH + 2.0 * MARGIN,
        f64::from(rows) * HEIGHT + 2.0 * MARGIN,
    );
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.1} {height:.1}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n\
         <g font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace\" \
         font-size=\"14\" xml:space=\"preserve\">\n"
    );
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            column = run(screen, row, column, columns, &mut svg);
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// Draws the cells from `start` on that look alike; returns where the next run begins.
fn run(screen: &Screen, row: u16, start: u16, columns: u16, svg: &mut String) -> u16 {
    let look = Look::of(screen.cell(row, start).unwrap());
    let (mut text, mut column) = (String::new(), start);
    while column < columns {
        let cell = screen.cell(row, column).unwrap();
        if Look::of(cell) != look {
            break;
        }
        if !cell.is_wide_continuation() {
            text.push_str(if cell.has_contents() {
                cell.contents()
            } else {
                " "
            });
        }
        column += 1;
    }
    let (x, y) = (
        MARGIN + f64::from(start) * WIDTH,
        MARGIN + f64::from(row) * HEIGHT,
    );
    if look.ground != Color::Default {
        let width = f64::from(column - start) * WIDTH;
        let ground = hex(look.ground, BACKGROUND);
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{HEIGHT}\" fill=\"{ground}\"/>"
        );
    }
    let shown = text.trim_end();
    if shown.is_empty() {
        return column;
    }
    // Spaces in front are skipped rather than drawn.
    let lead = shown
        .chars()
        .take_while(|character| *character == ' ')
        .count();
    let shown = &shown[lead..];
    let cells = unicode_width::UnicodeWidthStr::width(shown);
    let (x, y) = (x + lead as f64 * WIDTH, y + 13.5);
    let length = cells as f64 * WIDTH;
    let ink = hex(look.ink, FOREGROUND);
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{ink}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\"{}>{}</text>",
        style(look),
        escaped(shown)
    );
    column
}

fn style(look: Look) -> String {
    let mut style = String::new();
    for (set, attribute) in [
        (look.bold, " font-weight=\"bold\""),
        (look.italic, " font-style=\"italic\""),
        (look.underline, " text-decoration=\"underline\""),
        (look.dim, " opacity=\"0.65\""),
    ] {
        if set {
            style.push_str(attribute);
        }
    }
    style
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
