//! The workbench in a real terminal, driven by keys and judged by what stands on the screen.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    reason = "a test may stop at a surprise"
)]

#[path = "pty/budget.rs"]
mod budget;
#[path = "pty/hostile.rs"]
mod hostile;
#[path = "pty/picture.rs"]
mod picture;
#[path = "pty/rules.rs"]
mod rules;
#[path = "pty/session.rs"]
mod session;
#[path = "pty/signals.rs"]
mod signals;
#[path = "pty/stage.rs"]
mod stage;
#[path = "pty/triage.rs"]
mod triage;
#[path = "pty/waiting.rs"]
mod waiting;
