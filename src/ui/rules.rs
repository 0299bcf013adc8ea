//! The view of all loaded rules: the list with its search, what is wrong with files, totals, ATT&CK coverage.
//!
//! Takes the rules and the number of alerts of each; holds where the analyst is in them. Only what is on the screen is
//! laid out, so that thousands of rules cost no more than four.

pub mod draw;
pub mod list;
pub mod matrix;
pub mod page;
pub mod totals;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use tui_input::Input;

use super::ink::Ink;
use super::sheet::Sheet;
use crate::rule::coverage::Coverage;
use crate::rule::{Rule, RuleSet, RuleState};
use list::{Roll, Search};
use matrix::Matrix;

/// A part of the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RulesTab {
    #[default]
    List,
    /// Files that gave no rule, duplicates, directories that could not be read, rules that broke since.
    Problems,
    /// How many rules of each language run, and why the others do not.
    Totals,
    Coverage,
}

impl RulesTab {
    /// In the order of the tabs.
    pub const ALL: [Self; 4] = [Self::List, Self::Problems, Self::Totals, Self::Coverage];

    /// Returns its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Problems => "problems",
            Self::Totals => "totals",
            Self::Coverage => "coverage",
        }
    }
}

/// What a rule comes to, in the words of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    Runs,
    /// Runs in its last good version: its file broke since.
    LastGood,
    NeverFires,
    NotRunnable,
}

impl Standing {
    /// Returns how `rule` stands in `set`.
    #[must_use]
    pub fn of(rule: &Rule, set: &RuleSet) -> Self {
        match rule.state {
            _ if set.kept.contains(&rule.id) => Self::LastGood,
            RuleState::Runs => Self::Runs,
            RuleState::NeverFires(_) => Self::NeverFires,
            RuleState::NotRunnable(_) => Self::NotRunnable,
        }
    }

    /// Returns the words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::LastGood => "last good",
            Self::NeverFires => "never fires",
            Self::NotRunnable => "not runnable",
        }
    }
}

/// Returns why a rule does not run or cannot fire; empty for one that runs.
#[must_use]
pub fn reason(rule: &Rule) -> &str {
    match &rule.state {
        RuleState::Runs => "",
        RuleState::NeverFires(reason) | RuleState::NotRunnable(reason) => reason,
    }
}

/// The view.
#[derive(Debug)]
pub struct RulesView {
    pub set: Arc<RuleSet>,
    /// Alerts by rule id.
    pub alerts: HashMap<String, u64>,
    pub tab: RulesTab,
    pub search: Input,
    pub searching: bool,
    /// What the search looks through, by rule.
    texts: Vec<String>,
    /// The rules that had most alerts when the view was opened first, then as they were loaded; stays while it is
    /// open, so that no rule moves under the cursor.
    order: Vec<usize>,
    /// The rules that pass the search.
    pub shown: Vec<usize>,
    pub roll: Roll,
    pub problems: Sheet,
    pub totals: Sheet,
    /// What choosing a line of the totals searches for.
    choices: Vec<String>,
    /// The rule that is open.
    pub opened: Option<usize>,
    pub page: Sheet,
    pub matrix: Matrix,
    /// Columns that the sheets are laid out for.
    laid: Option<usize>,
    /// How often they were, all rules each time.
    #[cfg(test)]
    layouts: usize,
}

impl RulesView {
    /// Makes the view of `set`; `alerts` holds the number of alerts by rule id.
    #[must_use]
    pub fn new(set: Arc<RuleSet>, alerts: HashMap<String, u64>) -> Self {
        let mut view = Self {
            set: Arc::default(),
            alerts: HashMap::new(),
            tab: RulesTab::List,
            search: Input::default(),
            searching: false,
            texts: Vec::new(),
            order: Vec::new(),
            shown: Vec::new(),
            roll: Roll::default(),
            problems: Sheet::default(),
            totals: Sheet::default(),
            choices: Vec::new(),
            opened: None,
            page: Sheet::default(),
            matrix: Matrix::default(),
            laid: None,
            #[cfg(test)]
            layouts: 0,
        };
        view.take(set, alerts);
        view
    }

    /// Takes rules that were loaded anew, or other numbers of alerts; the cursor stays on its rule.
    pub fn take(&mut self, set: Arc<RuleSet>, alerts: HashMap<String, u64>) {
        let first = self.set.rules.is_empty();
        let here = self.current().map(|rule| rule.id.clone());
        let opened = self.opened.and_then(|at| self.set.rules.get(at));
        let opened = opened.map(|rule| rule.id.clone());
        if !Arc::ptr_eq(&self.set, &set) {
            self.texts = set.rules.iter().map(|rule| list::text(rule)).collect();
            let noise = |at: &usize| Reverse(alerts.get(&set.rules[*at].id).copied());
            self.order = (0..set.rules.len()).collect();
            self.order.sort_by_key(noise);
        }
        self.set = set;
        self.alerts = alerts;
        let rules: Vec<&Rule> = self.set.rules.iter().map(|rule| &**rule).collect();
        let alerts = |rule: &Rule| self.alerts.get(&rule.id).copied().unwrap_or(0);
        let coverage = Coverage::of(&rules, &alerts);
        self.matrix.take(coverage);
        if first {
            self.matrix.go_to_hottest();
        }
        self.opened = opened.and_then(|id| self.set.rules.iter().position(|rule| rule.id == id));
        self.laid = None;
        self.search_changed();
        if let Some(id) = here {
            let at = self
                .shown
                .iter()
                .position(|at| self.set.rules[*at].id == id);
            self.roll.go(at.unwrap_or(0));
        }
    }

    /// Returns the rule under the cursor of the list.
    #[must_use]
    pub fn current(&self) -> Option<&Arc<Rule>> {
        self.set.rules.get(*self.shown.get(self.roll.at())?)
    }

    /// Returns the rule that is open, else the one under the cursor.
    #[must_use]
    pub fn chosen(&self) -> Option<&Arc<Rule>> {
        match self.opened {
            Some(at) => self.set.rules.get(at),
            None if self.tab == RulesTab::List => self.current(),
            None => None,
        }
    }

    /// Finds the rules that pass the search.
    pub fn search_changed(&mut self) {
        let search = Search::parse(self.search.value());
        let order = self.order.iter().copied();
        self.shown = order
            .filter(|at| search.passes(&self.set.rules[*at], &self.set, &self.texts[*at]))
            .collect();
        self.roll.set(self.shown.len());
    }

    /// Shows the rules that `search` finds.
    pub fn search_for(&mut self, search: &str) {
        self.search = Input::new(search.to_owned());
        self.opened = None;
        self.tab = RulesTab::List;
        self.search_changed();
        self.roll.go(0);
    }

    /// Shows another part.
    pub fn turn_to(&mut self, tab: RulesTab) {
        self.tab = tab;
        self.opened = None;
    }

    /// Shows the next part, or the one before.
    pub fn turn(&mut self, forward: bool) {
        let count = RulesTab::ALL.len();
        let at = RulesTab::ALL.iter().position(|tab| *tab == self.tab);
        let at = at.unwrap_or(0) + if forward { 1 } else { count - 1 };
        self.turn_to(RulesTab::ALL[at % count]);
    }

    /// Opens what is under the cursor.
    pub fn open(&mut self) {
        match self.tab {
            _ if self.opened.is_some() => {}
            RulesTab::List => {
                self.opened = self.shown.get(self.roll.at()).copied();
                self.page.rewind();
                self.laid = None;
            }
            RulesTab::Problems => {}
            RulesTab::Totals => {
                let at = self.totals.cursor();
                if let Some(search) = at.and_then(|at| self.choices.get(at)).cloned() {
                    self.search_for(&search);
                }
            }
            RulesTab::Coverage => {
                if let Some(cell) = self.matrix.current() {
                    let search = format!("technique:{}", cell.id);
                    self.search_for(&search);
                }
            }
        }
    }

    /// Backs out one step; returns whether there was one within the view.
    pub fn back(&mut self) -> bool {
        if self.opened.take().is_some() {
            return true;
        }
        if !self.search.value().is_empty() && self.tab == RulesTab::List {
            self.search.reset();
            let here = self.shown.get(self.roll.at()).copied();
            self.search_changed();
            self.roll.go(here.unwrap_or(0));
            return true;
        }
        false
    }

    /// Moves by lines.
    pub fn step(&mut self, by: isize) {
        let coverage = self.tab == RulesTab::Coverage;
        match self.sheet() {
            Some(sheet) => sheet.step(by),
            None if coverage => self.matrix.step(by),
            None => self.roll.step(by),
        }
    }

    /// Moves by half a page.
    pub fn page(&mut self, down: bool) {
        let coverage = self.tab == RulesTab::Coverage;
        match self.sheet() {
            Some(sheet) => sheet.page(down),
            None if coverage => self.matrix.page(down),
            None => self.roll.page(down),
        }
    }

    /// Goes to the first line, or the last.
    pub fn end(&mut self, last: bool) {
        let coverage = self.tab == RulesTab::Coverage;
        match self.sheet() {
            Some(sheet) => sheet.end(last),
            None if coverage => self.matrix.end(last),
            None => self.roll.go(if last { usize::MAX } else { 0 }),
        }
    }

    fn sheet(&mut self) -> Option<&mut Sheet> {
        match self.tab {
            _ if self.opened.is_some() => Some(&mut self.page),
            RulesTab::Problems => Some(&mut self.problems),
            RulesTab::Totals => Some(&mut self.totals),
            RulesTab::List | RulesTab::Coverage => None,
        }
    }

    /// Lays out what changed for so many columns and rows, the title's not counted.
    pub fn lay_out(&mut self, ink: Ink<'_>, columns: usize, rows: usize) {
        // The headings above the list, and what is under the cursor below it.
        self.roll.resize(rows.saturating_sub(2));
        self.matrix
            .resize(columns, rows.saturating_sub(draw::MATRIX_CHROME));
        for sheet in [&mut self.problems, &mut self.totals, &mut self.page] {
            sheet.resize(rows);
        }
        if self.laid == Some(columns) {
            return;
        }
        self.laid = Some(columns);
        #[cfg(test)]
        {
            self.layouts += 1;
        }
        self.problems.set(page::problems(&self.set, ink, columns));
        let alerts = |rule: &Rule| self.alerts.get(&rule.id).copied().unwrap_or(0);
        let (lines, choices) = totals::lines(&self.set, &alerts, ink, columns);
        self.totals.set(lines);
        self.choices = choices;
        if let Some(rule) = self.opened.and_then(|at| self.set.rules.get(at)) {
            let alerts = self.alerts.get(&rule.id).copied().unwrap_or(0);
            self.page
                .set(page::rule(rule, &self.set, alerts, ink, columns));
        }
    }
}

#[cfg(test)]
mod tests;
