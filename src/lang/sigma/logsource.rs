//! A log source becomes a condition: channel and event id, or the kind of an ECS document.

use super::lower::{field, leaf};
use crate::event::FieldId;
use crate::lang::Query;
use crate::lang::ir::{Case, Comparison, Leaf, Number, Pred, Test};
use crate::schema::logsource::{Documents, Events, Found, Logsource, Source};
use crate::schema::{FieldRef, Vocabulary};

/// The record's own channel and event id: a data member may be called `Channel`, too.
const CHANNEL: &str = "System_Channel";
const EVENT_ID: &str = "System_EventID";

/// Returns a query that selects the events of a log source.
#[must_use]
pub fn query(logsource: &Logsource) -> Query {
    match logsource.find() {
        Found::Nothing(reason) => Query {
            starved: Some(reason),
            ..Query::default()
        },
        Found::Events(sources) if sources.is_empty() => Query {
            select: on(CHANNEL, Test::Exists),
            ..Query::default()
        },
        Found::Events(sources) => Query {
            select: Pred::all(sources.into_iter().map(of_source)),
            ..Query::default()
        },
    }
}

fn of_source(source: &Source) -> Pred {
    let events = source.events.iter().map(of_events);
    Pred::any(events.chain(source.documents.iter().map(of_document)))
}

fn of_events(events: &Events) -> Pred {
    let channels = events
        .channels
        .iter()
        .map(|channel| on(CHANNEL, text(channel)));
    let ids = events.ids.iter().map(|id| {
        let id = Number::Int((*id).into());
        on(EVENT_ID, Test::Number(Comparison::Equal, id))
    });
    let ids = if events.ids.is_empty() {
        Pred::Const(true)
    } else {
        Pred::any(ids)
    };
    let conditions = events
        .conditions
        .iter()
        .map(|(name, values)| Pred::any(values.iter().map(|value| on(name, text(value)))));
    Pred::all([ids, Pred::any(channels)].into_iter().chain(conditions))
}

fn of_document(document: &Documents) -> Pred {
    let ecs = |name: &str, value: &str| {
        let field = FieldRef {
            vocabulary: Vocabulary::Ecs,
            name: FieldId::of(name),
        };
        Pred::Leaf(
            Leaf {
                field,
                test: text(value),
            },
            0..0,
        )
    };
    let types = document.types.iter().map(|kind| ecs("event.type", kind));
    let kind = [
        on(CHANNEL, Test::Exists).negate(),
        ecs("event.category", &document.category),
        ecs("host.os.type", "windows"),
    ];
    Pred::all(kind.into_iter().chain(types))
}

fn on(name: &str, test: Test) -> Pred {
    leaf(field(name), test, 0..0)
}

fn text(text: &str) -> Test {
    Test::Text(Case::Insensitive.fold_text(text), Case::Insensitive)
}
