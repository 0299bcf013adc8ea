//! Commands.

use super::{Parsed, Parser, is_word};
use crate::lang::Diagnostic;
use crate::lang::esql::lexer::Kind;
use crate::lang::esql::tree::{
    Assignment, Command, Measure, Name, Order, Place, Source, Stats, Unread, Verb, Written,
};
use crate::lang::ir::Number;
use crate::text::similar;

/// Commands that are read.
const COMMANDS: &[&str] = &[
    "dissect",
    "drop",
    "eval",
    "grok",
    "inline",
    "inlinestats",
    "keep",
    "limit",
    "mv_expand",
    "rename",
    "sort",
    "stats",
    "where",
];

/// Commands of ES|QL that are known and not read: kept as they are written. `lookup` and the like have a second word.
const UNREAD: &[&str] = &[
    "change_point",
    "completion",
    "enrich",
    "fork",
    "fuse",
    "insist",
    "lookup",
    "rerank",
    "sample",
    "user_agent",
];

/// Source commands beside `from`.
const SOURCES: &[&str] = &["explain", "metrics", "promql", "row", "set", "show", "ts"];

impl Parser<'_> {
    pub(super) fn source(&mut self) -> Parsed<Source> {
        let start = self.token().span.start;
        if self.take_word("from") {
            if self.is_sign("(") {
                return Ok(Source::Other(self.unread(start, "FROM".to_owned())));
            }
            return self.from();
        }
        if let Kind::Word(word) = &self.token().kind
            && SOURCES.iter().any(|known| known.eq_ignore_ascii_case(word))
        {
            let name = word.to_uppercase();
            self.at += 1;
            return Ok(Source::Other(self.unread(start, name)));
        }
        self.unknown_command(
            "`from` and the indices to read",
            SOURCES.iter().chain(&["from"]),
        )
    }

    fn from(&mut self) -> Parsed<Source> {
        let patterns = self.list(Self::index)?;
        let bracketed = self.is_sign("[") && self.next_is(|next| is_word(next, "metadata"));
        self.at += usize::from(bracketed);
        let metadata = if self.take_word("metadata") {
            self.list(Self::name)?
        } else {
            Vec::new()
        };
        if bracketed {
            self.expect_sign("]")?;
        }
        Ok(Source::From { patterns, metadata })
    }

    /// An index pattern: everything up to a comma, `metadata` or the end of the command.
    fn index(&mut self) -> Parsed<Name> {
        let start = self.token().span.start;
        if let Kind::Text(text) = &self.token().kind {
            let text = text.clone();
            self.at += 1;
            return Ok(Name {
                text,
                span: self.place(start),
            });
        }
        let ends = |parser: &Self| {
            parser.at_end()
                || parser.is_sign(",")
                || parser.is_sign("[")
                || parser.is_word("metadata")
        };
        while !ends(self) {
            self.at += 1;
        }
        let span = self.place(start);
        let text = self.written(&span.0);
        if text.is_empty() {
            return self.unexpected("an index pattern");
        }
        Ok(Name { text, span })
    }

    pub(super) fn command(&mut self) -> Parsed<Command> {
        let start = self.token().span.start;
        let Kind::Word(word) = &self.token().kind else {
            return self.unexpected("a command");
        };
        let word = word.to_lowercase();
        let known = COMMANDS.iter().chain(UNREAD);
        if !known.clone().any(|known| *known == word) {
            return self.unknown_command("a command", known);
        }
        self.at += 1;
        let verb = match word.as_str() {
            "where" => Verb::Where(self.condition()?),
            "eval" => Verb::Eval(self.list(Self::assignment)?),
            "keep" => Verb::Keep(self.list(Self::pattern)?),
            "drop" => Verb::Drop(self.list(Self::pattern)?),
            "rename" => Verb::Rename(self.list(Self::renaming)?),
            "stats" => Verb::Stats(self.stats(false)?),
            "inlinestats" => Verb::Stats(self.stats(true)?),
            "inline" => {
                if !self.take_word("stats") {
                    return self.unexpected("`stats` after `inline`");
                }
                Verb::Stats(self.stats(true)?)
            }
            "sort" => Verb::Sort(self.list(Self::order)?),
            "limit" if self.next_is(|next| is_word(next, "by")) => {
                Verb::Unread(self.unread(start, "LIMIT".to_owned()))
            }
            "limit" => Verb::Limit(self.limit()?),
            "grok" => {
                let input = self.name()?;
                let patterns = self.list(Self::text)?;
                Verb::Grok { input, patterns }
            }
            "dissect" => self.dissect()?,
            "mv_expand" => Verb::MvExpand(self.name()?),
            _ => {
                let mut name = word.to_uppercase();
                if name == "LOOKUP" && self.take_word("join") {
                    name.push_str(" JOIN");
                }
                Verb::Unread(self.unread(start, name))
            }
        };
        Ok(Command {
            verb,
            span: self.place(start),
        })
    }

    fn unknown_command<'w, T>(
        &self,
        wanted: &str,
        known: impl Iterator<Item = &'w &'w str>,
    ) -> Parsed<T> {
        let mut error = match self.unexpected::<T>(wanted) {
            Ok(read) => return Ok(read),
            Err(error) => error,
        };
        if let Kind::Word(word) = &self.token().kind {
            error.code = "E512";
            error.message = format!("`{word}` is no command");
            if let Some(near) = similar::nearest(word, known.copied()) {
                error.help = Some(format!("did you mean `{near}`?"));
            }
        }
        Err(error)
    }

    /// The text up to the next `|` outside of brackets.
    fn unread(&mut self, start: usize, name: String) -> Unread {
        let from = self.token().span.start;
        let mut open = 0_usize;
        while self.token().kind != Kind::End {
            match &self.token().kind {
                Kind::Sign("(" | "[" | "{") => open += 1,
                Kind::Sign(")" | "]" | "}") => open = open.saturating_sub(1),
                Kind::Sign("|") if open == 0 => break,
                _ => {}
            }
            self.at += 1;
        }
        let span = self.place(start);
        let rest = self.text.get(from..span.0.end).unwrap_or_default();
        Unread {
            name,
            rest: rest.trim().to_owned(),
            span,
        }
    }

    fn assignment(&mut self) -> Parsed<Assignment> {
        let back = self.at;
        let name = match self.name() {
            Ok(name) if self.is_sign("=") => Some(name),
            _ => None,
        };
        self.at = if name.is_some() { self.at + 1 } else { back };
        let value = self.condition()?;
        let written = Written(self.written(&value.span));
        Ok(Assignment {
            name,
            value,
            written,
        })
    }

    /// `a as b`, or `b = a`.
    fn renaming(&mut self) -> Parsed<(Name, Name)> {
        let first = self.pattern()?;
        if self.take_sign("=") {
            return Ok((self.pattern()?, first));
        }
        if !self.take_word("as") {
            return self.unexpected("`as` and the new name");
        }
        Ok((first, self.pattern()?))
    }

    fn stats(&mut self, inline: bool) -> Parsed<Stats> {
        let measures = if self.is_word("by") || self.at_end() {
            Vec::new()
        } else {
            self.list(Self::measure)?
        };
        let by = if self.take_word("by") {
            self.list(Self::assignment)?
        } else {
            Vec::new()
        };
        if measures.is_empty() && by.is_empty() {
            return self.unexpected("a column or `by`");
        }
        Ok(Stats {
            inline,
            measures,
            by,
        })
    }

    fn measure(&mut self) -> Parsed<Measure> {
        let column = self.assignment()?;
        let filter = if self.take_word("where") {
            Some(self.condition()?)
        } else {
            None
        };
        Ok(Measure { column, filter })
    }

    fn order(&mut self) -> Parsed<Order> {
        let key = self.condition()?;
        let descending = self.take_word("desc");
        if !descending {
            self.take_word("asc");
        }
        let nulls_first = if self.take_word("nulls") {
            if self.take_word("first") {
                Some(true)
            } else if self.take_word("last") {
                Some(false)
            } else {
                return self.unexpected("`first` or `last`");
            }
        } else {
            None
        };
        Ok(Order {
            key,
            descending,
            nulls_first,
        })
    }

    fn limit(&mut self) -> Parsed<u64> {
        if let Kind::Number(Number::Int(most)) = self.token().kind
            && let Ok(most) = u64::try_from(most)
        {
            self.at += 1;
            return Ok(most);
        }
        self.unexpected("a number of rows")
    }

    fn text(&mut self) -> Parsed<(String, Place)> {
        let Kind::Text(text) = &self.token().kind else {
            return self.unexpected("a text");
        };
        let text = text.clone();
        let span = Place(self.token().span.clone());
        self.at += 1;
        Ok((text, span))
    }

    fn dissect(&mut self) -> Parsed<Verb> {
        let input = self.name()?;
        let pattern = self.text()?;
        let mut separator = String::new();
        if let Kind::Word(word) = &self.token().kind {
            if !word.eq_ignore_ascii_case("append_separator") {
                return Err(Box::new(
                    Diagnostic::error(
                        "E510",
                        format!("`{word}` is no option of `dissect`"),
                        self.token().span.clone(),
                        "unknown option",
                    )
                    .help("the only one is `append_separator`"),
                ));
            }
            self.at += 1;
            self.expect_sign("=")?;
            separator = self.text()?.0;
        }
        Ok(Verb::Dissect {
            input,
            pattern,
            separator,
        })
    }
}
