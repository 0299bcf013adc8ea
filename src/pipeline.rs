//! From files to detections: once over finished files ([`mod@scan`]), or following a directory ([`live`]).

pub mod answer;
pub mod live;
pub mod reader;
pub mod scan;

pub use answer::{Answer, answer};
pub use live::Live;
pub use reader::{Backlog, Reader, Stretch, Waker};
pub use scan::{Found, Totals, scan};
