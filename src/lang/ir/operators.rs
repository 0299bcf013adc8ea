//! Lucene's regular expressions with the operators that automata of the `regex` crate lack: both (`&`) and not (`~`).
//!
//! Takes parts whose leaves are ordinary expressions; tells whether they cover a text. Where an operator stands inside a
//! sequence every place where a part may end is tried, within a number of steps.

use std::collections::BTreeSet;

/// Most bytes that one match looks at, several looks counted each.
const MOST_STEPS: usize = 4_000_000;

/// A part of an expression.
#[derive(Debug, Clone)]
pub enum Part {
    /// An expression that covers a whole text.
    Plain(regex::Regex),
    /// One behind the other.
    Sequence(Vec<Part>),
    /// One of them.
    Any(Vec<Part>),
    /// All of them, over the same stretch.
    Both(Vec<Part>),
    /// Any stretch that it does not cover.
    Not(Box<Part>),
    /// So many times; without an end any number.
    Repeat(Box<Part>, usize, Option<usize>),
}

/// It took too many steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endless;

impl Part {
    /// Returns whether it covers the whole of `text`.
    ///
    /// # Errors
    /// That takes too many steps.
    pub fn covers(&self, text: &str) -> Result<bool, Endless> {
        Match {
            text,
            left: MOST_STEPS,
        }
        .covers(self, 0)
    }
}

/// One match.
struct Match<'t> {
    text: &'t str,
    left: usize,
}

type Places = BTreeSet<usize>;

impl Match<'_> {
    fn step(&mut self, bytes: usize) -> Result<(), Endless> {
        self.left = self.left.checked_sub(bytes + 1).ok_or(Endless)?;
        Ok(())
    }

    /// Returns whether the part covers everything from `start` on.
    fn covers(&mut self, part: &Part, start: usize) -> Result<bool, Endless> {
        match part {
            Part::Plain(regex) => {
                let rest = &self.text[start..];
                self.step(rest.len())?;
                Ok(regex.is_match(rest))
            }
            Part::Any(parts) => {
                for part in parts {
                    if self.covers(part, start)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Part::Both(parts) => {
                for part in parts {
                    if !self.covers(part, start)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Part::Not(inner) => Ok(!self.covers(inner, start)?),
            Part::Sequence(_) | Part::Repeat(..) => {
                Ok(self.ends(part, start)?.contains(&self.text.len()))
            }
        }
    }

    /// Returns where the part may end when it begins at `start`.
    fn ends(&mut self, part: &Part, start: usize) -> Result<Places, Endless> {
        match part {
            Part::Plain(regex) => {
                let mut ends = Places::new();
                for end in self.places(start) {
                    self.step(end - start)?;
                    if regex.is_match(&self.text[start..end]) {
                        ends.insert(end);
                    }
                }
                Ok(ends)
            }
            Part::Sequence(parts) => {
                let mut ends = Places::from([start]);
                for part in parts {
                    ends = self.after_each(part, &ends)?;
                }
                Ok(ends)
            }
            Part::Any(parts) => {
                let mut ends = Places::new();
                for part in parts {
                    ends.append(&mut self.ends(part, start)?);
                }
                Ok(ends)
            }
            Part::Both(parts) => {
                let mut ends = self.places(start);
                for part in parts {
                    let of_part = self.ends(part, start)?;
                    ends.retain(|end| of_part.contains(end));
                }
                Ok(ends)
            }
            Part::Not(inner) => {
                let covered = self.ends(inner, start)?;
                let mut ends = self.places(start);
                ends.retain(|end| !covered.contains(end));
                Ok(ends)
            }
            Part::Repeat(inner, least, most) => self.repeated(inner, (*least, *most), start),
        }
    }

    fn repeated(
        &mut self,
        inner: &Part,
        (least, most): (usize, Option<usize>),
        start: usize,
    ) -> Result<Places, Endless> {
        let mut now = Places::from([start]);
        for _ in 0..least {
            now = self.after_each(inner, &now)?;
        }
        let mut ends = now.clone();
        let mut more = most.map(|most| most.saturating_sub(least));
        while !now.is_empty() && more != Some(0) {
            self.step(0)?;
            now = self.after_each(inner, &now)?;
            now.retain(|end| ends.insert(*end));
            more = more.map(|more| more - 1);
        }
        Ok(ends)
    }

    fn after_each(&mut self, part: &Part, starts: &Places) -> Result<Places, Endless> {
        let mut ends = Places::new();
        for start in starts {
            ends.append(&mut self.ends(part, *start)?);
        }
        Ok(ends)
    }

    fn places(&self, start: usize) -> Places {
        let rest = self.text[start..].char_indices();
        let inner = rest.map(|(at, _)| start + at);
        inner.chain([self.text.len()]).collect()
    }
}
