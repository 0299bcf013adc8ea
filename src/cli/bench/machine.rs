//! The machine that a benchmark ran on.
//!
//! Takes what Linux says of the processor; gives its name and the clock it says to run at, by which nanoseconds become
//! cycles. Other systems say neither in a file.

use std::fs;

/// What is known of the processor.
#[derive(Debug, Default)]
pub struct Machine {
    model: Option<String>,
    /// Cycles a second.
    clock: Option<f64>,
}

impl Machine {
    /// Reads it.
    pub fn read() -> Self {
        fs::read_to_string("/proc/cpuinfo").map_or_else(|_| Self::default(), |text| Self::of(&text))
    }

    fn of(text: &str) -> Self {
        let value = |name: &str| {
            let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
            let (_, value) = pairs.find(|(key, _)| key.trim() == name)?;
            Some(value.trim())
        };
        let clock = value("cpu MHz").and_then(|megahertz| megahertz.parse::<f64>().ok());
        Self {
            model: value("model name").map(str::to_owned),
            clock: clock.map(|megahertz| megahertz * 1e6),
        }
    }

    /// Returns how many cycles of that clock so many seconds are.
    pub fn cycles(&self, seconds: f64) -> Option<f64> {
        Some(seconds * self.clock?)
    }

    /// Returns it in words, if anything is known.
    pub fn words(&self) -> Option<String> {
        let clock = self.clock.map(|clock| format!("{:.0} MHz", clock / 1e6));
        let words: Vec<String> = self.model.iter().cloned().chain(clock).collect();
        (!words.is_empty()).then(|| words.join(" at "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_processor_tells() {
        let text = "processor\t: 0\nmodel name\t: A: CPU\ncpu MHz\t\t: 2000.500\n\nprocessor\t: 1\ncpu MHz\t\t: 900.0\n";
        let machine = Machine::of(text);
        assert_eq!(machine.words().unwrap(), "A: CPU at 2000 MHz");
        assert_eq!(machine.cycles(2e-9), Some(4.001));
        assert_eq!(Machine::of("").words(), None);
        assert_eq!(Machine::of("cpu MHz : fast").cycles(1.0), None);
    }
}
