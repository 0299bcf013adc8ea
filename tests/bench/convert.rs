//! Writes the events of any log in another shape, so that one corpus measures every format.
//!
//! `cargo run --release --example convert -- winlogbeat|xml|dump PATH... > OUT`: what winlogbeat ships (a document a
//! line, before any ingest pipeline), event XML (an event a line), or the JSON lines of `evtx_dump`. Takes whatever
//! the program reads but documents, which are no Windows records any more; says at its end how many those were.

#![allow(
    clippy::print_stderr,
    reason = "a tool says what it left out where the output is not disturbed"
)]

mod shapes;

use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use watchglass::decode::Body;
use watchglass::pipeline::{Found, scan};
use watchglass::source::expand;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let shape = arguments.next().unwrap_or_default();
    let paths: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let write = match shape.to_str() {
        Some("winlogbeat") => shapes::winlogbeat,
        Some("xml") => shapes::xml,
        Some("dump") => shapes::dump,
        _ => {
            eprintln!("usage: convert winlogbeat|xml|dump PATH...");
            return ExitCode::FAILURE;
        }
    };
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let (mut written, mut left, mut failed) = (0_u64, 0_u64, None);
    scan(expand(&paths), &mut |found| {
        match found {
            Found::Event(event) => match event.record.body() {
                Body::Windows(record) => {
                    written += 1;
                    failed = writeln!(out, "{}", write(record)).err();
                }
                Body::Document(_) => left += 1,
            },
            Found::Unreadable(_) => left += 1,
            Found::Failed(error) => eprintln!("{error}"),
            Found::Progress(_) => {}
        }
        if failed.is_none() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    if let Some(error) = failed.or_else(|| out.flush().err()) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    eprintln!("{written} events written, {left} left out");
    ExitCode::SUCCESS
}
