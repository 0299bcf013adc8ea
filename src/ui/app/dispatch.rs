//! One place where every action is named: what it does is in the file of its family.

#![allow(
    clippy::match_same_arms,
    reason = "one line an action, in the order of the table"
)]

use super::App;
use crate::rule::attack::url;
use crate::ui::action::Action;
use crate::ui::detail::Tab;
use crate::ui::layout::Focus;
use crate::ui::message::Effect;
use crate::ui::pane::techniques;
use crate::ui::theme::Role;

impl App {
    /// Runs an action, from a key or from the palette.
    pub fn run(&mut self, action: Action) {
        use Action as A;
        self.doubts_leaving &= matches!(action, A::Quit | A::QuitNow);
        if self.overlay.is_some() && !self.overlay_run(action) {
            return;
        }
        match action {
            A::MoveDown => self.step(1),
            A::MoveUp => self.step(-1),
            A::PageDown => self.page(true),
            A::PageUp => self.page(false),
            A::Top => self.end(false),
            A::Bottom => self.end(true),
            A::NextPane => self.next_pane(true),
            A::PreviousPane => self.next_pane(false),
            A::NextTab => self.next_tab(true),
            A::PreviousTab => self.next_tab(false),
            A::ShowAlerts => self.focus_on(Focus::Alerts),
            A::ShowEvent => self.show_event(),
            A::ShowTechniques => self.focus_on(Focus::Techniques),
            A::ShowGuide => self.focus_on(Focus::Guide),
            A::ShowRelated => self.show_related(),
            A::ShowHistory => self.show_history(),
            A::Open => self.open(),
            A::Back => {
                self.back();
            }
            A::NextUnhandled => self.next_unhandled(true),
            A::PreviousUnhandled => self.next_unhandled(false),
            A::Filter => self.filter.editing = true,
            A::ClearFilter => self.clear_filter(),
            A::Status => self.status_menu(),
            A::Acknowledge => self.acknowledge(),
            A::Take => self.take_over(),
            A::Note => self.note(),
            A::Copy => self.copy_menu(),
            A::Undo => self.effects.push(Effect::Undo),
            A::Redo => self.effects.push(Effect::Redo),
            A::Zoom => self.zoom(),
            A::Follow => self.follow(),
            A::Help => self.help(),
            A::Palette => self.palette(),
            A::Rules => self.rules_page(),
            A::Unreadable => self.unreadable_page(),
            A::Messages => self.messages_page(),
            A::Theme => self.theme_menu(),
            A::PlainScreen => self.plain_screen(),
            A::WriteFile => self.write_file(),
            A::Mouse => self.toggle_mouse(),
            A::Repaint => self.effects.push(Effect::Repaint),
            A::Suspend => self.effects.push(Effect::Suspend),
            A::Quit => {
                if !self.back_within() {
                    self.ask_to_leave();
                }
            }
            A::QuitNow => self.ask_to_leave(),
            A::Mark => self.mark(),
            A::MarkRange => self.mark_range(),
            A::MarkAll => self.mark_all(),
            A::Sort => self.sort(),
            A::ReverseSort => self.reverse_sort(),
            A::Group => self.group(),
            A::FoldAll => self.fold_all(true),
            A::UnfoldAll => self.fold_all(false),
            A::NextEvent => self.next_event(true),
            A::PreviousEvent => self.next_event(false),
            A::SearchFields => self.search_fields(),
            A::Explain => self.explain(),
            A::Hex => self.toggle_hex(),
            A::CopyTechnique => self.copy_technique(),
            A::Tick => self.tick_step(crate::alert::StepMark::Done),
            A::NotApplicable => self.tick_step(crate::alert::StepMark::NotApplicable),
            A::SearchRules
            | A::RulesList
            | A::RulesProblems
            | A::RulesTotals
            | A::RulesCoverage
            | A::CoverageHeat
            | A::ExportLayer
            | A::RuleAlerts => {
                self.rules_page();
                self.rules_run(action);
            }
            A::CopyIndicators
            | A::CopyHash
            | A::CopyAddress
            | A::CopyDomain
            | A::CopyPath
            | A::CopyRegistry
            | A::CopyCommandLine
            | A::CopyProcess
            | A::CopyUser
            | A::CopyField
            | A::CopyEvent
            | A::CopyMarkdown
            | A::CopyLink => self.copy_directly(action),
            A::CopyDefanged | A::CopyMark => self.copy_menu(),
            A::StatusOpen
            | A::StatusAcknowledged
            | A::CloseTruePositive
            | A::CloseBenign
            | A::CloseFalsePositive
            | A::CloseDuplicate
            | A::CloseOther => self.set_status(action),
            A::CloseWithNote => self.status_menu(),
        }
    }

    fn search_fields(&mut self) {
        if !self.detail.on_event() {
            self.show_event();
        }
        self.detail.tab = Tab::Fields;
        self.detail.searching = true;
        self.stale_event = true;
    }

    fn toggle_hex(&mut self) {
        self.detail.tab = Tab::Raw;
        self.detail.hex = !self.detail.hex;
        self.detail.event.rewind();
        self.stale_event = true;
    }

    pub(super) fn toggle_mouse(&mut self) {
        self.mouse = !self.mouse;
        self.effects.push(Effect::Mouse(self.mouse));
        let said = if self.mouse {
            "The mouse works here now; hold shift to select text with the terminal."
        } else {
            "The mouse is the terminal's again."
        };
        self.say(Role::Dim, said);
    }

    fn copy_technique(&mut self) {
        let ids = techniques::ids(&self.detail);
        let at = self.detail.techniques.cursor().unwrap_or(0);
        if let Some(id) = ids.get(at) {
            self.effects.push(Effect::Copy {
                text: url(id),
                label: id.clone(),
            });
        }
    }
}
