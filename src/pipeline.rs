//! From files to detections: what `scan` and `events` share, and what a live watch will.

pub mod scan;

pub use scan::{Found, Totals, scan};
