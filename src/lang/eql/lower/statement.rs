//! Statements become IR: event queries, sequences, samples, pipes.

use super::{Lowering, ecs};
use crate::lang::eql::statement::{self, Key, PipeKind, Query as Searched, Statement, Term};
use crate::lang::eql::tree::{EventQuery, Node};
use crate::lang::ir::stateful::{Pipe, Piped, Sample, Sequence, Source, Stage};
use crate::lang::ir::{Case, Leaf, Number, Pred, Stateful, Test};
use crate::lang::{CompileError, Query};
use crate::schema::FieldRef;

/// Lowers a statement.
pub fn lower(statement: &Statement) -> Result<Query, CompileError> {
    let mut lowering = Lowering::default();
    let source = match &statement.query {
        Searched::Event(event) => Source::Events(lowering.event(event)),
        Searched::Sequence(sequence) => Source::Sequence(lowering.sequence(sequence)),
        Searched::Sample(sample) => Source::Sample(Sample {
            stages: lowering.stages(&sample.by, &sample.terms),
        }),
    };
    let pipes = statement.pipes.iter().map(|pipe| lowering.pipe(pipe));
    let pipes: Vec<_> = pipes.collect();
    if !lowering.errors.is_empty() {
        return Err(CompileError {
            diagnostics: lowering.errors,
            construct: lowering.construct,
        });
    }
    let stateful = match source {
        source if !pipes.is_empty() => Stateful::Piped(Piped { source, pipes }),
        Source::Events(select) => {
            return Ok(Query {
                select,
                ..Query::default()
            });
        }
        Source::Sequence(sequence) => Stateful::Sequence(sequence),
        Source::Sample(sample) => Stateful::Sample(sample),
    };
    Ok(Query {
        select: stateful.select(),
        stateful: Some(Box::new(stateful)),
        ..Query::default()
    })
}

impl Lowering {
    fn event(&mut self, query: &EventQuery) -> Pred {
        let category = query.category.as_ref().map(|name| {
            let leaf = Leaf {
                field: ecs("event.category"),
                test: Test::Text(name.as_str().into(), Case::Sensitive),
            };
            Pred::Leaf(leaf, query.category_span.clone())
        });
        let condition = self.condition(&query.condition);
        Pred::all(category.into_iter().chain([condition]))
    }

    fn sequence(&mut self, sequence: &statement::Sequence) -> Sequence {
        let stages = self.stages(&sequence.by, &sequence.terms);
        let until = sequence.until.as_ref();
        Sequence {
            stages,
            until: until.map(|until| self.stage(&sequence.by, until)),
            maxspan: sequence.maxspan,
        }
    }

    /// `with runs=n` gives n stages.
    fn stages(&mut self, by: &[Key], terms: &[Term]) -> Vec<Stage> {
        let mut stages = Vec::new();
        for term in terms {
            let stage = self.stage(by, term);
            stages.extend(std::iter::repeat_n(stage, term.runs));
        }
        stages
    }

    fn stage(&mut self, by: &[Key], term: &Term) -> Stage {
        Stage {
            select: self.event(&term.event),
            missing: term.missing,
            by: by.iter().chain(&term.by).map(key).collect(),
            span: term.span.clone(),
        }
    }

    fn pipe(&mut self, pipe: &statement::Pipe) -> Pipe {
        let count = match pipe.arguments.first().map(|argument| &argument.node) {
            Some(Node::Number(Number::Int(count))) => usize::try_from(*count).unwrap_or(usize::MAX),
            _ => 0,
        };
        let mut values = || {
            let values = pipe.arguments.iter().map(|argument| self.value(argument));
            values.collect()
        };
        match pipe.kind {
            PipeKind::Head => Pipe::Head(count),
            PipeKind::Tail => Pipe::Tail(count),
            PipeKind::Sort => Pipe::Sort(values()),
            PipeKind::Unique => Pipe::Unique(values()),
            PipeKind::UniqueCount => Pipe::UniqueCount(values()),
            PipeKind::Count => Pipe::Count(values()),
            PipeKind::Filter => Pipe::Filter(match pipe.arguments.first() {
                Some(condition) => self.condition(condition),
                None => Pred::Const(true),
            }),
        }
    }
}

fn key(key: &Key) -> (FieldRef, bool) {
    (ecs(&key.name), key.optional)
}
