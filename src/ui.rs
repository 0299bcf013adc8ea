//! What a person sees and does.
//!
//! Keys become actions ([`action`], [`keymap`]), actions change the screen's state ([`app`]), and what the state cannot
//! do itself leaves as effects, which [`driver`] performs and answers with messages. Nothing here waits for a disk on
//! a key press.

pub mod action;
pub mod clipboard;
pub mod filter;
pub mod input;
pub mod key;
pub mod keymap;
pub mod list;
pub mod terminal;
pub mod theme;

#[cfg(test)]
mod testing;
