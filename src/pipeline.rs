//! From files to detections: once over finished files ([`mod@scan`]), or following a directory ([`reader`]).

pub mod reader;
pub mod scan;

pub use reader::{Backlog, Reader, Stretch, Waker};
pub use scan::{Found, Totals, scan};
