//! Sequences, samples and pipes.

use super::{Kind, Parsed, Parser};
use crate::lang::Diagnostic;
use crate::lang::eql::statement::{Key, Pipe, PipeKind, Query, Sample, Sequence, Statement, Term};
use crate::lang::eql::tree::{EventQuery, Expr, Node};
use crate::lang::ir::Number;
use crate::text::similar;

/// Most times that `with runs` repeats an event (Elasticsearch's limit).
const MAX_RUNS: i64 = 100;

/// Most events of a sample (Elasticsearch's limit).
const MAX_SAMPLE: usize = 5;

/// Units of `maxspan` and their nanoseconds.
const UNITS: [(&str, i64); 5] = [
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

impl Parser {
    /// A whole text.
    pub(super) fn statement(&mut self) -> Parsed<Statement> {
        let query = if self.begins("sequence") {
            Query::Sequence(self.sequence()?)
        } else if self.begins("sample") {
            Query::Sample(self.sample()?)
        } else {
            Query::Event(self.event()?)
        };
        let mut pipes = Vec::new();
        while self.take_sign("|") {
            pipes.push(self.pipe()?);
        }
        if self.token().kind == Kind::End {
            return Ok(Statement { query, pipes });
        }
        self.unexpected(match query {
            Query::Event(_) => "`and`, `or`, `|` or the end of the query",
            Query::Sequence(_) => "`[`, `![`, `until`, `|` or the end of the query",
            Query::Sample(_) => "`[` or the end of the query",
        })
    }

    /// Whether the text is the statement called `word`, and not an event category of that name.
    pub(super) fn begins(&self, word: &str) -> bool {
        self.is_word(word) && !self.next_is(|next| *next == Kind::Word("where".into()))
    }

    fn sequence(&mut self) -> Parsed<Sequence> {
        let span = self.advance().span;
        let by = self.keys()?;
        let mut maxspan = None;
        if self.take_word("with") {
            maxspan = Some(self.maxspan()?);
            let late = self.token().span.clone();
            if !self.keys()?.is_empty() {
                self.report(
                    Diagnostic::error("E131", "`by` stands behind `with`", late, "too late")
                        .help("write `sequence by ... with maxspan=...`"),
                );
            }
        }
        let terms = self.terms()?;
        let until = if self.take_word("until") {
            let until = self.term()?;
            if until.missing || until.runs > 1 {
                self.report(Diagnostic::error(
                    "E132",
                    "`until` takes one plain event",
                    until.span.clone(),
                    "neither `!` nor `runs` stands here",
                ));
            }
            Some(until)
        } else {
            None
        };
        let sequence = Sequence {
            by,
            maxspan,
            terms,
            until,
            span,
        };
        self.check_sequence(&sequence);
        Ok(sequence)
    }

    fn check_sequence(&mut self, sequence: &Sequence) {
        let span = || sequence.span.clone();
        let events: usize = sequence.terms.iter().map(|term| term.runs).sum();
        if events < 2 {
            let error = Diagnostic::error("E133", "a sequence has two events or more", span(), "");
            self.report(error.help("add one, or write `with runs=2` behind the one there is"));
        }
        let missing = sequence.terms.iter().find(|term| term.missing);
        if sequence.terms.iter().all(|term| term.missing) {
            let label = "only absent events";
            let text = "a sequence has an event that happens";
            self.report(Diagnostic::error("E134", text, span(), label));
        }
        if let (Some(missing), None) = (missing, sequence.maxspan) {
            let error = Diagnostic::error(
                "E135",
                "an absent event needs a `maxspan`",
                missing.span.clone(),
                "absent until when?",
            );
            self.report(error.help("write `sequence with maxspan=5m`"));
        }
        self.check_keys(sequence.terms.iter().chain(&sequence.until));
    }

    /// Each term has as many keys of its own as the first.
    fn check_keys<'a>(&mut self, terms: impl Iterator<Item = &'a Term>) {
        let mut terms = terms;
        let Some(first) = terms.next() else { return };
        for term in terms.filter(|term| term.by.len() != first.by.len()) {
            let (wanted, found) = (first.by.len(), term.by.len());
            self.report(
                Diagnostic::error(
                    "E136",
                    "the events join by different numbers of keys",
                    term.span.clone(),
                    format!("has {found} of its own"),
                )
                .label(first.span.clone(), format!("has {wanted}")),
            );
        }
    }

    fn sample(&mut self) -> Parsed<Sample> {
        let span = self.advance().span;
        let by = self.keys()?;
        let terms = self.terms()?;
        if by.is_empty() && terms.first().is_none_or(|term| term.by.is_empty()) {
            let error = Diagnostic::error("E137", "a sample has a key", span.clone(), "no `by`");
            self.report(error.help("write `sample by host.id`"));
        }
        if !(2..=MAX_SAMPLE).contains(&terms.len()) {
            self.report(Diagnostic::error(
                "E138",
                format!("a sample has two to {MAX_SAMPLE} events"),
                span.clone(),
                format!("has {}", terms.len()),
            ));
        }
        for term in terms.iter().filter(|term| term.missing || term.runs > 1) {
            self.report(Diagnostic::error(
                "E139",
                "a sample takes plain events",
                term.span.clone(),
                "neither `!` nor `runs` stands here",
            ));
        }
        self.check_keys(terms.iter());
        Ok(Sample { by, terms, span })
    }

    /// `by` and its fields, or nothing.
    fn keys(&mut self) -> Parsed<Vec<Key>> {
        let mut keys = Vec::new();
        if !self.take_word("by") {
            return Ok(keys);
        }
        loop {
            let key = self.sum()?;
            match key.node {
                Node::Field { name, optional } => keys.push(Key {
                    name,
                    optional,
                    span: key.span,
                }),
                _ => self.report(
                    Diagnostic::error("E140", "events join by fields", key.span, "not a field")
                        .help("Elasticsearch joins by the value of a field only"),
                ),
            }
            if !self.take_sign(",") {
                return Ok(keys);
            }
        }
    }

    /// `maxspan=5m`, behind `with`.
    fn maxspan(&mut self) -> Parsed<i64> {
        if !self.take_word("maxspan") {
            return self.unexpected("`maxspan`");
        }
        self.expect_sign("=")?;
        let start = self.token().span.start;
        let Kind::Number(number) = self.token().kind else {
            return self.unexpected("a length of time such as `5m`");
        };
        self.at += 1;
        let unit = match &self.token().kind {
            Kind::Word(unit) if self.token().span.start == self.last_end() => Some(unit.clone()),
            _ => None,
        };
        self.at += usize::from(unit.is_some());
        let factor = unit
            .as_deref()
            .and_then(|unit| UNITS.iter().find(|(name, _)| *name == unit));
        let nanos = match (number, factor) {
            (Number::Int(count), Some((_, factor))) if count > 0 => count.checked_mul(*factor),
            _ => None,
        };
        nanos.ok_or_else(|| {
            let label = if factor.is_some() {
                "a whole number above zero"
            } else {
                "a unit is missing"
            };
            let span = start..self.last_end();
            let error = Diagnostic::error("E141", "this is no length of time", span, label);
            Box::new(error.help("units are ms, s, m, h and d: `maxspan=5m`"))
        })
    }

    fn terms(&mut self) -> Parsed<Vec<Term>> {
        let mut terms = Vec::new();
        let opens = |parser: &Self| {
            let bracket = |next: &Kind| *next == Kind::Sign("[");
            parser.is_sign("[") || (parser.is_sign("!") && parser.next_is(bracket))
        };
        while opens(self) {
            terms.push(self.term()?);
        }
        if terms.is_empty() {
            return self.unexpected("an event: `[category where condition]`");
        }
        Ok(terms)
    }

    fn term(&mut self) -> Parsed<Term> {
        let start = self.token().span.start;
        let missing = self.take_sign("!");
        self.expect_sign("[")?;
        let at = self.at;
        let event = match self.event() {
            Ok(event) => event,
            Err(error) => {
                self.report(*error);
                self.skip(at);
                nothing()
            }
        };
        if !self.take_sign("]") {
            let error = self.unexpected::<()>("`and`, `or` or `]`");
            if let Err(error) = error {
                self.report(*error);
            }
            self.skip_to_bracket();
        }
        let span = start..self.last_end();
        let by = self.keys()?;
        let runs = if self.take_word("with") {
            self.runs()?
        } else {
            1
        };
        if self.is_word("fork") {
            return self.unexpected("`by`, `with runs=` or the next event");
        }
        Ok(Term {
            event,
            missing,
            by,
            runs,
            span,
        })
    }

    /// `runs=3`, behind `with`.
    fn runs(&mut self) -> Parsed<usize> {
        if !self.take_word("runs") {
            return self.unexpected("`runs`");
        }
        self.expect_sign("=")?;
        let token = self.token().clone();
        let runs = match token.kind {
            Kind::Number(Number::Int(runs)) if (1..=MAX_RUNS).contains(&runs) => runs,
            Kind::Number(_) => {
                self.at += 1;
                self.report(Diagnostic::error(
                    "E142",
                    format!("`runs` is a whole number from 1 to {MAX_RUNS}"),
                    token.span,
                    "not one",
                ));
                return Ok(1);
            }
            _ => return self.unexpected("a number"),
        };
        self.at += 1;
        Ok(runs as usize)
    }

    fn pipe(&mut self) -> Parsed<Pipe> {
        let token = self.advance();
        let name = match &token.kind {
            Kind::Word(name) => name.as_str(),
            _ => "",
        };
        let Some(kind) = PipeKind::ALL.into_iter().find(|kind| kind.as_str() == name) else {
            let error = Diagnostic::error("E150", "no such pipe", token.span, "unknown");
            let names = PipeKind::ALL.map(PipeKind::as_str);
            let help = match similar::nearest(name, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("pipes are {}", names.join(", ")),
            };
            return Err(Box::new(error.help(help)));
        };
        let mut arguments = Vec::new();
        while !self.is_sign("|") && self.token().kind != Kind::End {
            arguments.push(self.or());
            // The older engine lets commas be left out.
            self.take_sign(",");
        }
        let pipe = Pipe {
            kind,
            arguments,
            span: token.span.start..self.last_end(),
        };
        self.check_pipe(&pipe);
        Ok(pipe)
    }

    fn check_pipe(&mut self, pipe: &Pipe) {
        let count = |node: &Node| matches!(node, Node::Number(Number::Int(count)) if *count > 0);
        let arguments = &pipe.arguments;
        let wrong = match pipe.kind {
            PipeKind::Head | PipeKind::Tail => (arguments.len() != 1 || !count(&arguments[0].node))
                .then_some("takes one whole number above zero"),
            PipeKind::Filter => (arguments.len() != 1).then_some("takes one condition"),
            PipeKind::Sort | PipeKind::Unique | PipeKind::UniqueCount => {
                arguments.is_empty().then_some("takes fields or values")
            }
            PipeKind::Count => None,
        };
        if let Some(wrong) = wrong {
            let text = format!("`{}` {wrong}", pipe.kind.as_str());
            self.report(Diagnostic::error("E151", text, pipe.span.clone(), ""));
        }
    }
}

/// What stands for an event query that did not parse.
fn nothing() -> EventQuery {
    EventQuery {
        category: None,
        category_span: 0..0,
        condition: Expr {
            node: Node::Bool(true),
            span: 0..0,
        },
    }
}
