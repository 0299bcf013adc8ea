//! Where the analyst is, kept for the next line they come in on.

use std::str::FromStr as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tui_input::Input as TextInput;

use super::App;
use crate::alert::AlertId;
use crate::ui::detail::Tab;
use crate::ui::layout::Focus;
use crate::ui::list::{Grouping, Order};
use crate::ui::message::Effect;

/// The view as it is kept; members that are missing or unknown leave the screen as it starts.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Saved {
    filter: String,
    order: Order,
    grouping: Grouping,
    cursor: Option<String>,
    /// The step of the guide that the cursor is on.
    step: Option<String>,
    focus: Focus,
    detail: Focus,
    tab: Tab,
    zoomed: bool,
}

impl App {
    /// Asks for the view to be kept, when it has changed.
    pub(super) fn save_view(&mut self) {
        let cursor = self.list.current(self.table.rows()).or(self.restore);
        let view = serde_json::to_value(Saved {
            filter: self.filter.input.value().to_owned(),
            order: self.order,
            grouping: self.grouping,
            cursor: cursor.map(|id| id.to_string()),
            step: self.step_at(cursor),
            focus: self.focus,
            detail: self.detail_focus,
            tab: self.detail.tab,
            zoomed: self.zoomed,
        });
        let Ok(view) = view else { return };
        if view != self.saved {
            self.saved = view.clone();
            self.effects.push(Effect::SaveView(view));
        }
    }

    /// Returns the step that the guide of the alert `id` stands on, or will once it is open.
    fn step_at(&self, id: Option<AlertId>) -> Option<String> {
        let open = self.detail.alert().map(|alert| alert.id);
        let coming = self.restore_step.as_ref();
        match coming.filter(|(wanted, _)| Some(*wanted) == id) {
            Some((_, step)) => Some(step.clone()),
            None if open.is_some() && open == id => Some(self.detail.step()?.id.clone()),
            None => None,
        }
    }

    /// Puts the guide's cursor where it was the last time, once that alert is open.
    pub(super) fn go_back_to_step(&mut self, id: AlertId) {
        let Some((_, step)) = self.restore_step.take_if(|(wanted, _)| *wanted == id) else {
            return;
        };
        let steps = self.detail.steps();
        if let Some(item) = steps.iter().position(|known| known.id == step) {
            self.go_to_step(item, steps.len());
        }
    }

    pub(super) fn restore_view(&mut self, view: Value) {
        let Ok(saved) = serde_json::from_value::<Saved>(view.clone()) else {
            return;
        };
        self.saved = view;
        self.order = saved.order;
        self.grouping = saved.grouping;
        self.focus = saved.focus;
        self.detail_focus = match saved.detail {
            Focus::Alerts => Focus::Event,
            detail => detail,
        };
        self.detail.tab = saved.tab;
        self.zoomed = saved.zoomed;
        self.begun = saved.cursor.is_some();
        self.restore = saved.cursor.and_then(|id| AlertId::from_str(&id).ok());
        self.restore_step = self.restore.zip(saved.step);
        self.filter.input = TextInput::new(saved.filter);
        self.stale_event = true;
        self.filter_changed();
        self.rearrange();
    }
}
