//! What a person sees and does.
//!
//! Keys become actions ([`action`], [`keymap`]), actions change the screen's state ([`app`]), and what the state cannot
//! do itself leaves as effects, which [`driver`] performs and answers with messages. Nothing here waits for a disk on
//! a key press.

pub mod action;
pub mod app;
pub mod case;
pub mod clipboard;
pub mod detail;
pub mod draw;
pub mod driver;
pub mod feed;
pub mod filter;
pub mod ink;
pub mod input;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod list;
pub mod message;
pub mod overlay;
pub mod pane;
pub mod rules;
pub mod sheet;
pub mod terminal;
pub mod theme;

#[cfg(test)]
mod testing;

pub use driver::{Options, UiError, run};
pub use feed::{Feed, Snapshot};
