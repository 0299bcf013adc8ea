//! When and where a record says it happened, for records of which no event is built.
//!
//! Takes a [`Record`]; gives an [`Outline`], or nothing when only the event can tell.

use serde_json::{Map, Value as Json};

use super::Time;
use crate::decode::{Body, Record};

/// What is told of every record, whether or not a rule reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline<'r> {
    /// When the system stamped it; Sysmon's own time, which its events go by, is at most moments away. The epoch when
    /// the record names no time.
    pub time: Time,
    /// [`super::Event::computer`].
    pub computer: &'r str,
}

impl<'r> Outline<'r> {
    /// Reads what `record` says of itself; `None` for a document of another index family than winlogbeat's.
    #[must_use]
    pub fn of(record: &'r Record) -> Option<Self> {
        let (time, computer) = match record.body() {
            Body::Windows(windows) => (
                windows.time_created.as_deref(),
                windows.computer.as_deref()?,
            ),
            Body::Document(document) => {
                let winlog = document.get("winlog")?.as_object()?;
                (text(document, "@timestamp"), text(winlog, "computer_name")?)
            }
        };
        Some(Self {
            time: time.and_then(Time::parse).unwrap_or_default(),
            computer,
        })
    }
}

fn text<'d>(members: &'d Map<String, Json>, name: &str) -> Option<&'d str> {
    members.get(name)?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::decode::{Place, WindowsRecord};
    use crate::event::Event;
    use crate::event::ecs::goldens;

    /// What Sysmon's own time and the system's may differ by.
    const APART: i64 = 5_000_000_000;

    #[test]
    fn an_outline_says_what_the_event_says() {
        let Some(data) = crate::testdata::data() else {
            return;
        };
        let mut compared = 0;
        let goldens = goldens::goldens(&data).into_iter();
        for (stem, path, _) in goldens.filter(|(_, path, _)| path.exists()) {
            for event in goldens::events(&path) {
                let outline = Outline::of(&event.record).unwrap();
                assert_eq!(outline.computer, &*event.computer, "{stem}");
                let apart = (outline.time.0 - event.time.0).abs();
                assert!(apart < APART, "{stem}: {apart} ns");
                compared += 1;
            }
        }
        assert!(compared > 200, "{compared}");
    }

    fn record(body: Body) -> Record {
        Record {
            format: crate::decode::Format::EcsJson,
            place: Place {
                path: std::path::Path::new("a").into(),
                offset: 0,
                length: 1,
                content: 0,
            },
            raw: Box::default(),
            body: body.into(),
        }
    }

    fn document(text: Json) -> Record {
        let Json::Object(members) = text else {
            unreachable!("an object was written")
        };
        record(Body::Document(members))
    }

    #[test]
    fn documents_and_records_without_a_time() {
        let shipped = document(json!({
            "@timestamp": "2026-11-24T09:00:00.5Z",
            "winlog": {"computer_name": "ws-1", "channel": "Security", "event_id": "4688"}
        }));
        let outline = Outline::of(&shipped).unwrap();
        let event = Event::from_record(shipped.clone()).unwrap();
        assert_eq!(
            (outline.time, outline.computer),
            (event.time, &*event.computer)
        );
        let other = document(json!({"@timestamp": "2026-11-24T09:00:00Z", "host.name": "ws-1"}));
        assert_eq!(Outline::of(&other), None);
        let timeless = record(Body::Windows(Box::new(WindowsRecord {
            computer: Some("ws-1".into()),
            ..WindowsRecord::default()
        })));
        assert_eq!(Outline::of(&timeless).unwrap().time, Time::default());
    }
}
