//! The one table of actions.
//!
//! Everything an analyst can do has a row here: the name the settings use, a word for the footer, a sentence for help,
//! the keys it starts with and where they hold. The keymap, `?` help, the `:` palette, the footers and `docs/keys.md`
//! all come from it.

use std::fmt::Write as _;

/// Where a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// In every pane, unless the pane gives the key another meaning.
    Anywhere,
    Alerts,
    Event,
    Techniques,
    Guide,
    /// While the view of the rules is open.
    Rules,
    /// While the copy menu is open.
    CopyMenu,
    /// While the status menu is open.
    StatusMenu,
}

impl Context {
    /// Every context, in the order of help.
    pub const ALL: [Self; 8] = [
        Self::Anywhere,
        Self::Alerts,
        Self::Event,
        Self::Techniques,
        Self::Guide,
        Self::Rules,
        Self::CopyMenu,
        Self::StatusMenu,
    ];

    /// Returns the heading in help.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Anywhere => "Anywhere",
            Self::Alerts => "Alerts",
            Self::Event => "Event",
            Self::Techniques => "Techniques",
            Self::Guide => "Guide",
            Self::Rules => "Rules",
            Self::CopyMenu => "Copy menu",
            Self::StatusMenu => "Status menu",
        }
    }
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub action: Action,
    /// What the settings and the palette call it.
    pub name: &'static str,
    /// One or two words for a footer.
    pub label: &'static str,
    /// One sentence.
    pub doc: &'static str,
    pub context: Context,
    /// Keys before any remapping.
    pub keys: &'static [&'static str],
}

macro_rules! actions {
    ($($context:ident { $($variant:ident $name:literal [$($key:literal)*] $label:literal $doc:literal;)* })*) => {
        /// Something an analyst can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(#[doc = $doc] $variant,)*)*
        }

        /// The table.
        pub const TABLE: &[Entry] = &[
            $($(Entry {
                action: Action::$variant,
                name: $name,
                label: $label,
                doc: $doc,
                context: Context::$context,
                keys: &[$($key),*],
            },)*)*
        ];
    };
}

actions! {
    Anywhere {
        MoveDown "move_down" ["j" "down"] "down" "Moves to the next line.";
        MoveUp "move_up" ["k" "up"] "up" "Moves to the line before.";
        PageDown "page_down" ["ctrl-d" "pgdn"] "page down" "Moves half a page down.";
        PageUp "page_up" ["ctrl-u" "pgup"] "page up" "Moves half a page up.";
        Top "top" ["g g" "home"] "top" "Moves to the first line.";
        Bottom "bottom" ["G" "end"] "bottom" "Moves to the last line.";
        NextPane "next_pane" ["tab" "l"] "next pane" "Goes to the next pane.";
        PreviousPane "previous_pane" ["shift-tab" "h"] "previous pane" "Goes to the pane before.";
        NextTab "next_tab" ["right"] "next tab" "Shows the next tab, or the next part of the guide.";
        PreviousTab "previous_tab" ["left"] "previous tab" "Shows the tab before, or the part of the guide before.";
        ShowAlerts "show_alerts" ["0"] "alerts" "Goes to the list of alerts.";
        ShowEvent "show_event" ["1"] "event" "Goes to the event that made the rule fire.";
        ShowTechniques "show_techniques" ["2"] "techniques" "Goes to the ATT&CK techniques.";
        ShowGuide "show_guide" ["3"] "guide" "Goes to the investigation and response guide.";
        ShowRelated "show_related" ["4"] "related" "Shows the other alerts of the same host and user.";
        ShowHistory "show_history" ["5"] "history" "Shows every change made to the alert, with who and when.";
        Open "open" ["enter"] "open" "Opens what the cursor is on: an alert, a group, a step's events, a related alert.";
        Back "back" ["esc"] "back" "Backs out one step; never quits.";
        NextUnhandled "next_unhandled" ["]"] "next" "Jumps to the next alert that is still open.";
        PreviousUnhandled "previous_unhandled" ["["] "previous" "Jumps to the open alert before.";
        Filter "filter" ["/"] "filter" "Filters the alerts as you type: sev:high host:ws* status:open -rule:lsass words.";
        ClearFilter "clear_filter" ["\\"] "no filter" "Shows all alerts again.";
        Status "status" ["s"] "status" "Sets the status: open, acknowledged, or closed with a disposition.";
        Acknowledge "acknowledge" ["a"] "acknowledge" "Acknowledges the alert, or all marked ones.";
        Take "take" ["t"] "take" "Makes you the owner; takes your name off again when you are.";
        Note "note" ["n"] "note" "Writes a note on the alert, on all marked alerts, or on the guide's step.";
        Copy "copy" ["y"] "copy" "Opens the copy menu: indicators, event, command line, alert.";
        Undo "undo" ["u"] "undo" "Takes your last change back.";
        Redo "redo" ["ctrl-r"] "redo" "Makes the change again that was taken back.";
        Zoom "zoom" ["z"] "zoom" "Gives the whole screen to the pane, and gives it back.";
        Follow "follow" ["f"] "follow" "Goes to the newest alert and stays on the newest as they arrive.";
        Help "help" ["?"] "help" "Shows the keys of this view.";
        Palette "palette" [":"] "all actions" "Finds any action by name and runs it.";
        Rules "rules" ["R"] "rules" "Shows all rules: whether each runs and why not, totals, ATT&CK coverage.";
        Unreadable "unreadable" ["U"] "unreadable" "Shows the records that could not be read, with file, place and reason.";
        Messages "messages" ["M"] "messages" "Shows the messages since the start.";
        Theme "theme" ["T"] "theme" "Chooses the colours, with a live preview.";
        PlainScreen "plain_screen" ["Y"] "plain text" "Shows the pane as plain text, to select by hand with the terminal.";
        WriteFile "write_file" ["w"] "write file" "Writes the alert as Markdown into a file; in the tabs that show the event whole, the event.";
        Mouse "mouse" ["m"] "mouse" "Turns the mouse on or off; off, the terminal selects text itself.";
        Repaint "repaint" ["ctrl-l"] "repaint" "Draws the screen afresh.";
        Suspend "suspend" ["ctrl-z"] "suspend" "Goes back to the shell; fg returns.";
        Quit "quit" ["q"] "quit" "Closes what is open on top; with nothing open, leaves.";
        QuitNow "quit_now" ["ctrl-c"] "leave" "Leaves at once; asks first where a note or a change would be lost.";
    }
    Alerts {
        Mark "mark" ["space"] "mark" "Marks the alert, or its whole group, and moves on.";
        MarkRange "mark_range" ["v"] "mark range" "Starts a range at the cursor; again marks all alerts up to the cursor.";
        MarkAll "mark_all" ["ctrl-a"] "mark all" "Marks every alert in the list.";
        Sort "sort" ["o"] "sort" "Sorts by the next column: time, risk, severity, rule, host, count, status.";
        ReverseSort "reverse_sort" ["O"] "reverse" "Turns the order round.";
        Group "group" ["b"] "group" "Groups by rule, by host, or not at all.";
        FoldAll "fold_all" ["-"] "fold all" "Folds every group.";
        UnfoldAll "unfold_all" ["+"] "unfold all" "Unfolds every group.";
    }
    Event {
        NextEvent "next_event" [">" "."] "next event" "Shows the next event of the alert.";
        PreviousEvent "previous_event" ["<" ","] "event before" "Shows the event before.";
        SearchFields "search_fields" ["/"] "search" "Narrows the fields to those that hold a text.";
        Explain "explain" ["x"] "explain" "Explains the rule on this event: each condition true, false or missing, and what the event has; starts at the field under the cursor.";
        Hex "hex" ["X"] "hex" "Shows the raw bytes as hexadecimal, and back.";
    }
    Techniques {
        CopyTechnique "copy_technique" ["c"] "copy link" "Copies the address of the technique's page.";
    }
    Guide {
        Tick "tick" ["space"] "tick" "Ticks the step, or takes the tick back.";
        NotApplicable "not_applicable" ["-"] "not applicable" "Marks the step as not applicable, or takes that back.";
    }
    Rules {
        SearchRules "search_rules" ["/"] "search" "Searches the rules: words, state:never, lang:eql, sev:high, technique:T1003, -word.";
        RulesList "rules_list" ["1"] "list" "Lists the rules.";
        RulesProblems "rules_problems" ["2"] "problems" "Shows what is wrong with rule files, with the place.";
        RulesTotals "rules_totals" ["3"] "totals" "Counts the rules by language, and the reasons of those that do not run.";
        RulesCoverage "rules_coverage" ["4"] "coverage" "Shows the ATT&CK matrix: tactics across, techniques down.";
        CoverageHeat "coverage_heat" ["t"] "heat" "Changes what the matrix counts: rules that run, or alerts.";
        ExportLayer "export_layer" ["e"] "export" "Writes the matrix as a layer for the ATT&CK Navigator.";
        RuleAlerts "rule_alerts" ["a"] "its alerts" "Goes to the alerts of the rule.";
    }
    CopyMenu {
        CopyIndicators "copy_indicators" ["a"] "all indicators" "Copies every indicator of the alert, one a line.";
        CopyHash "copy_hash" ["h"] "hash" "Copies the first file hash, the longest kind first.";
        CopyAddress "copy_address" ["i"] "address" "Copies the first network address.";
        CopyDomain "copy_domain" ["o"] "domain" "Copies the first domain or URL.";
        CopyPath "copy_path" ["f"] "path" "Copies the first file path.";
        CopyRegistry "copy_registry" ["r"] "registry key" "Copies the first registry key.";
        CopyCommandLine "copy_command_line" ["c"] "command line" "Copies the command line.";
        CopyProcess "copy_process" ["p"] "process GUID" "Copies the process GUID.";
        CopyUser "copy_user" ["u"] "user" "Copies the user.";
        CopyField "copy_field" ["v"] "this value" "Copies the value under the cursor in the event.";
        CopyEvent "copy_event" ["e"] "event" "Copies the event exactly as it was logged.";
        CopyMarkdown "copy_markdown" ["m"] "alert" "Copies the alert as Markdown, for a ticket.";
        CopyLink "copy_link" ["l"] "link id" "Copies the short id that finds this alert again.";
        CopyDefanged "copy_defanged" ["d"] "defanged" "Changes between defanged (hxxp, [.]) and plain text.";
        CopyMark "copy_mark" ["space"] "mark" "Marks a line of the menu, to copy several at once with enter.";
    }
    StatusMenu {
        StatusOpen "status_open" ["o"] "open" "Opens the alert again.";
        StatusAcknowledged "status_acknowledged" ["a"] "acknowledged" "Acknowledges the alert: someone is on it.";
        CloseTruePositive "close_true_positive" ["t"] "true positive" "Closes it as a true positive: it was an attack.";
        CloseBenign "close_benign_positive" ["b"] "benign positive" "Closes it as benign: it happened and was allowed.";
        CloseFalsePositive "close_false_positive" ["f"] "false positive" "Closes it as a false positive: the rule was wrong.";
        CloseDuplicate "close_duplicate" ["d"] "duplicate" "Closes it as a duplicate of another alert.";
        CloseOther "close_other" ["x"] "other" "Closes it for another reason.";
        CloseWithNote "close_with_note" ["n"] "with a note" "Asks for a note before the status changes, or does not.";
    }
}

impl Action {
    /// Returns the row of the table.
    #[must_use]
    pub fn entry(self) -> &'static Entry {
        // The table is made from the same list as the enum, so the discriminant is the row.
        &TABLE[self as usize]
    }

    /// Returns the name the settings use.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// Returns the action called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TABLE
            .iter()
            .find(|entry| entry.name == name)
            .map(|entry| entry.action)
    }
}

/// Returns what a footer offers in `context`, the most useful first.
#[must_use]
pub const fn footer(context: Context) -> &'static [Action] {
    use Action as A;
    match context {
        Context::Alerts => &[
            A::Open,
            A::Mark,
            A::Status,
            A::Note,
            A::Copy,
            A::NextUnhandled,
            A::Filter,
            A::Help,
        ],
        Context::Event => &[
            A::NextTab,
            A::Explain,
            A::Copy,
            A::SearchFields,
            A::NextEvent,
            A::Zoom,
            A::Help,
        ],
        Context::Techniques => &[
            A::MoveDown,
            A::CopyTechnique,
            A::Zoom,
            A::NextUnhandled,
            A::Help,
        ],
        Context::Guide => &[
            A::Tick,
            A::Open,
            A::Note,
            A::Copy,
            A::Status,
            A::NextUnhandled,
            A::Filter,
            A::Help,
        ],
        Context::Anywhere => &[A::Open, A::Back, A::Status, A::NextUnhandled, A::Help],
        Context::Rules => &[
            A::Open,
            A::SearchRules,
            A::NextPane,
            A::RulesCoverage,
            A::RuleAlerts,
            A::Back,
            A::Help,
        ],
        Context::CopyMenu => &[A::Open, A::CopyMark, A::CopyDefanged, A::Back],
        Context::StatusMenu => &[A::Open, A::CloseWithNote, A::Back],
    }
}

/// Returns `docs/keys.md`.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "# Keys and actions\n\nMade from the table in `src/ui/action.rs`; do not edit by hand. \
         `watchglass keys` prints the keys that hold for you. \
         Remap an action by its name in the settings:\n\n```toml\n[keys]\nnext_unhandled = [\"]\", \"g n\"]\n```\n",
    );
    for context in Context::ALL {
        let _ = write!(
            page,
            "\n## {}\n\n| action | keys | what it does |\n|---|---|---|\n",
            context.title()
        );
        for entry in TABLE.iter().filter(|entry| entry.context == context) {
            let keys: Vec<String> = entry.keys.iter().map(|key| format!("`{key}`")).collect();
            let _ = writeln!(
                page,
                "| `{}` | {} | {} |",
                entry.name,
                keys.join(", ").replace('|', "\\|"),
                entry.doc
            );
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_is_its_own_row() {
        for (at, entry) in TABLE.iter().enumerate() {
            assert_eq!(entry.action as usize, at);
            assert_eq!(Action::named(entry.name), Some(entry.action));
        }
    }

    #[test]
    fn names_are_snake_case_and_sentences_end() {
        for entry in TABLE {
            let snake = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(entry.name.chars().all(snake), "{}", entry.name);
            assert!(entry.doc.ends_with('.'), "{}", entry.name);
            assert!(!entry.keys.is_empty(), "{}", entry.name);
        }
    }

    #[test]
    fn the_page_in_docs_is_this_table() {
        // `watchglass keys --format markdown > docs/keys.md` makes it anew.
        assert_eq!(markdown(), include_str!("../../docs/keys.md"));
    }

    #[test]
    fn the_page_holds_every_action() {
        let page = markdown();
        for entry in TABLE {
            assert!(page.contains(&format!("`{}`", entry.name)));
        }
    }
}
