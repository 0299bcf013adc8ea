//! From files to detections: once over finished files ([`mod@scan`]), or following a directory ([`live`]).

pub mod answer;
pub mod detect;
pub mod live;
pub mod reader;
pub mod scan;

pub use answer::{Answer, Answers, answer};
pub use detect::{Caught, detect};
pub use live::Live;
pub use reader::{Backlog, Reader, Stretch, Waker};
pub use scan::{Found, Totals, scan};
