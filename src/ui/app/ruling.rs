//! Going about in the rules view.

use std::collections::HashMap;

use tui_input::backend::crossterm::EventHandler as _;

use super::App;
use crate::rule::RuleSet;
use crate::rule::coverage::navigator::layer;
use crate::rule::news::news;
use crate::ui::action::Action;
use crate::ui::key::Key;
use crate::ui::message::Effect;
use crate::ui::overlay::Overlay;
use crate::ui::pane::techniques::counted;
use crate::ui::rules::{RulesTab, RulesView};
use crate::ui::theme::Role;

impl App {
    pub(super) fn rules_page(&mut self) {
        let view = RulesView::new(self.rules.clone(), self.alerts_by_rule());
        self.overlay = Some(Overlay::Rules(Box::new(view)));
    }

    /// Returns the number of alerts of each rule, by id; versions of one rule count together.
    fn alerts_by_rule(&self) -> HashMap<String, u64> {
        let names = &self.table.rows().names;
        let mut counts: HashMap<String, u64> = HashMap::new();
        for (rule, count) in names.rules().iter().zip(self.table.by_rule()) {
            *counts.entry(rule.id.clone()).or_default() += count;
        }
        counts
    }

    /// Says what is new about rule files: how many have problems once they are loaded first, then what each reload
    /// changed. What is wrong comes last, so that it is what stays in sight.
    pub(super) fn say_what_rules_changed(&mut self, now: &RuleSet) {
        let key = self.keymap.key(Action::Rules).unwrap_or_default();
        let said = news(&self.rules, now);
        let first = self.rules.is_pending() || self.rules.rules.is_empty();
        if first && said.iter().all(|news| !news.bad) {
            let found = now.findings.len();
            if found > 0 {
                let what = counted(found, "problem");
                let said = format!("{what} with rule files; {key} shows which.");
                self.say(Role::Warning, said);
            }
            return;
        }
        for news in said {
            // What a narrow screen cuts off comes last.
            let detail = news.detail.as_deref().unwrap_or_default();
            let (role, said) = if news.bad {
                let said = format!("{}, {key} shows it: {detail}", news.sentence);
                (Role::Warning, said)
            } else {
                (Role::Dim, format!("{}.", news.sentence))
            };
            self.say(role, said);
        }
    }

    /// Hands rules that were loaded anew, or alerts that came, to an open view.
    pub(super) fn renew_rules_view(&mut self) {
        if !matches!(self.overlay, Some(Overlay::Rules(_))) {
            return;
        }
        let (rules, alerts) = (self.rules.clone(), self.alerts_by_rule());
        if let Some(Overlay::Rules(view)) = &mut self.overlay
            && (view.alerts != alerts || !std::sync::Arc::ptr_eq(&view.set, &rules))
        {
            view.take(rules, alerts);
        }
    }

    /// Takes an action while the rules view is open; returns whether that was all.
    pub(super) fn rules_run(&mut self, action: Action) -> bool {
        use Action as A;
        let Some(Overlay::Rules(view)) = &mut self.overlay else {
            return false;
        };
        match action {
            A::SearchRules => {
                view.turn_to(RulesTab::List);
                view.searching = true;
            }
            A::RulesList => view.turn_to(RulesTab::List),
            A::RulesProblems => view.turn_to(RulesTab::Problems),
            A::RulesTotals => view.turn_to(RulesTab::Totals),
            A::RulesCoverage => view.turn_to(RulesTab::Coverage),
            A::NextTab | A::PreviousTab if view.tab == RulesTab::Coverage => {
                let by = if action == A::NextTab { 1 } else { -1 };
                view.matrix.step_column(by);
            }
            A::NextTab | A::NextPane => view.turn(true),
            A::PreviousTab | A::PreviousPane => view.turn(false),
            A::CoverageHeat => {
                view.turn_to(RulesTab::Coverage);
                view.matrix.turn_heat();
            }
            A::ExportLayer => {
                let text = format!("{:#}\n", layer(&view.matrix.coverage, view.matrix.heat));
                let name = format!("watchglass-coverage-{}.json", view.matrix.heat.word());
                self.effects.push(Effect::WriteFile { name, text });
            }
            A::RuleAlerts => self.filter_by_rule(),
            A::Open => view.open(),
            A::Back => return view.back(),
            _ => return false,
        }
        true
    }

    /// Leaves for the list of alerts, filtered by the rule that is chosen.
    fn filter_by_rule(&mut self) {
        let Some(Overlay::Rules(view)) = &self.overlay else {
            return;
        };
        let Some(rule) = view.chosen() else {
            self.say(Role::Dim, "Go to a rule of the list first.");
            return;
        };
        if view.alerts.get(&rule.id).is_none_or(|count| *count == 0) {
            self.say(Role::Dim, "This rule has given no alert.");
            return;
        }
        let name = rule.name.replace('\\', "\\\\").replace('"', "\\\"");
        self.filter.input = tui_input::Input::new(format!("rule:\"{name}\""));
        self.overlay = None;
        self.focus_on(crate::ui::layout::Focus::Alerts);
        self.filter_changed();
    }

    /// Takes a key into the search of the rules.
    pub(super) fn rules_search_key(&mut self, event: crossterm::event::KeyEvent, key: Key) {
        let Some(Overlay::Rules(view)) = &mut self.overlay else {
            return;
        };
        match key.to_string().as_str() {
            "enter" => view.searching = false,
            "esc" => {
                view.searching = false;
                view.back();
            }
            "up" => view.step(-1),
            "down" => view.step(1),
            _ => {
                view.search
                    .handle_event(&crossterm::event::Event::Key(event));
                view.search_changed();
                view.roll.go(0);
            }
        }
    }
}
