//! What matching costs in each class of events.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::lines;
use crate::engine::{Engine, Sieve};
use crate::source::Listing;

/// Classes that the table shows.
pub const SHOWN: usize = 12;

/// A channel and an event id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Class {
    /// Empty for records that only their whole events can tell.
    pub channel: String,
    pub code: u32,
}

/// What the records of a class cost.
#[derive(Debug, Clone)]
pub struct Cost {
    pub class: Class,
    pub events: u64,
    /// To find the members and match them, and to read the clock.
    pub time: Duration,
}

/// Matches every record and adds up what each class took, the dearest first.
///
/// # Errors
/// A file cannot be read.
pub fn measure(engine: &Engine, listing: &Listing) -> std::io::Result<Vec<Cost>> {
    let mut sieve = Sieve::new(true);
    let mut costs: HashMap<Class, (u64, Duration)> = HashMap::new();
    lines::blocks(listing, &mut |read| {
        lines::each(&read, &mut |line| {
            let start = Instant::now();
            engine.look(&mut sieve, line);
            let time = start.elapsed();
            let (channel, code) = sieve.class().unwrap_or_default();
            let class = Class {
                channel: channel.to_owned(),
                code,
            };
            let cost = costs.entry(class).or_default();
            cost.0 += 1;
            cost.1 += time;
        });
    })?;
    let costs = costs.into_iter().map(|(class, (events, time))| Cost {
        class,
        events,
        time,
    });
    let mut costs: Vec<Cost> = costs.collect();
    costs.sort_by_key(|cost| Reverse(cost.time));
    Ok(costs)
}
