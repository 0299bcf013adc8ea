//! What a person sees and does.
//!
//! Keys become actions ([`action`], [`keymap`]), actions change the screen's state, and what the state cannot do itself
//! leaves as effects.

pub mod action;
pub mod filter;
pub mod key;
pub mod keymap;
pub mod list;

#[cfg(test)]
mod testing;
