//! Damaged input for every language, rule file and decoder: nothing panics, hangs, or is read in two ways.
//!
//! Each target runs a fixed number of inputs, the same ones every time. `WATCHGLASS_FUZZ_SECONDS=60` runs each for so
//! long, from a new beginning that is printed; `WATCHGLASS_FUZZ_SEED` repeats it. An input that fails is kept under
//! `target/fuzz`, and `WATCHGLASS_FUZZ_INPUT=FILE` runs it alone. Why so: `docs/decisions/160-fuzzing.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop at a surprise"
)]

#[path = "fuzz/decoders.rs"]
mod decoders;
#[path = "fuzz/languages.rs"]
mod languages;
#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/seeds.rs"]
mod seeds;
mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mutate::{Chance, mutate};

/// Inputs of each target where no time is set.
const INPUTS: usize = 300;
/// An input of at most 256 KiB that takes longer, in an unoptimised build, hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs `target` on damaged `seeds`.
pub fn fuzz(name: &str, seeds: &[Vec<u8>], words: &[&str], target: &dyn Fn(&[u8])) {
    let variable = |name: &str| std::env::var(format!("WATCHGLASS_FUZZ_{name}")).ok();
    if let Some(input) = variable("INPUT") {
        return target(&std::fs::read(input).unwrap());
    }
    let seconds = variable("SECONDS").and_then(|text| text.parse().ok());
    let seed = variable("SEED").and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or_else(|| seconds.map_or(0, |_: u64| u64::from(std::process::id())));
    let mut chance = Chance::new(seed);
    let started = Instant::now();
    let mut count = 0;
    for seed in seeds {
        one(name, seed, target);
    }
    while seconds.map_or(count < INPUTS, |seconds| {
        started.elapsed() < Duration::from_secs(seconds)
    }) {
        one(name, &mutate(seeds, words, &mut chance), target);
        count += 1;
    }
    eprintln!(
        "{name}: {} seeds, {count} inputs from {seed}, {:.1} s",
        seeds.len(),
        started.elapsed().as_secs_f64()
    );
}

fn one(name: &str, input: &[u8], target: &dyn Fn(&[u8])) {
    // A stack that overflows takes the process with it: the input is kept before it runs.
    let current = kept(&format!("{name}.current"));
    if std::env::var_os("WATCHGLASS_FUZZ_SECONDS").is_some() {
        std::fs::write(&current, input).unwrap();
    }
    let started = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| target(input)));
    let took = started.elapsed();
    if result.is_err() || took > PATIENCE {
        let digest = blake3::hash(input).to_hex();
        let path = kept(&format!("{name}-{}", &digest[..12]));
        std::fs::write(&path, input).unwrap();
        panic!("{name}: took {took:?}, the input is in {}", path.display());
    }
}

fn kept(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}
