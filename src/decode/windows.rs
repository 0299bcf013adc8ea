//! The one road from a Windows event's elements to a [`WindowsRecord`], whatever they were written in.
//!
//! Takes an [`Element`] tree, from event XML or `evtx_dump` JSON; gives the record.

use super::WindowsRecord;

/// An XML element, or what stands for one in JSON. Names are local names.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Builds the record of an `Event` element.
///
/// # Errors
/// What makes it no Windows event, for a person.
pub(super) fn record(event: &Element) -> Result<WindowsRecord, &'static str> {
    let system = event.child("System").ok_or("an Event without System")?;
    let mut record = WindowsRecord::default();
    let id = system
        .child("EventID")
        .ok_or("an Event without System/EventID")?;
    record.event_id = number(&id.text).ok_or("System/EventID is not a number")?;
    record.qualifiers = id.attribute("Qualifiers").and_then(number);
    read_system(system, &mut record);
    if let Some(data) = event.child("EventData") {
        record.event_data = event_data(data);
    }
    let user_data = event
        .child("UserData")
        .and_then(|user| user.children.first());
    if let Some(inner) = user_data {
        record.user_data_name = Some(inner.name.clone());
        record.user_data = user_data_of(inner);
    }
    let rendering = event.child("RenderingInfo");
    record.message = rendering.and_then(|rendering| text(rendering, "Message"));
    Ok(record)
}

fn read_system(system: &Element, record: &mut WindowsRecord) {
    let attribute = |child: &str, name: &str| {
        let value = system.child(child)?.attribute(name)?;
        (!value.is_empty()).then(|| value.to_owned())
    };
    let number_of = |child: &str| system.child(child).and_then(|child| number(&child.text));
    record.provider_name = attribute("Provider", "Name");
    record.provider_guid = attribute("Provider", "Guid");
    record.event_source_name = attribute("Provider", "EventSourceName");
    record.version = number_of("Version");
    record.level = number_of("Level");
    record.task = number_of("Task");
    record.opcode = number_of("Opcode");
    record.keywords = text(system, "Keywords");
    record.time_created = attribute("TimeCreated", "SystemTime");
    record.record_id = text(system, "EventRecordID").and_then(|id| id.trim().parse().ok());
    record.activity_id = attribute("Correlation", "ActivityID");
    record.related_activity_id = attribute("Correlation", "RelatedActivityID");
    record.process_id = attribute("Execution", "ProcessID").and_then(|id| number(&id));
    record.thread_id = attribute("Execution", "ThreadID").and_then(|id| number(&id));
    record.channel = text(system, "Channel");
    record.computer = text(system, "Computer");
    record.user_sid = attribute("Security", "UserID");
}

fn text(parent: &Element, name: &str) -> Option<String> {
    let text = &parent.child(name)?.text;
    (!text.is_empty()).then(|| text.clone())
}

/// Reads a number as Windows writes it, decimal or `0x` hexadecimal.
pub(super) fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// `EventData` in document order; a nameless `Data` is `paramN` by its place among the children.
fn event_data(data: &Element) -> Vec<(String, String)> {
    let mut pairs = Vec::with_capacity(data.children.len());
    for (place, child) in data.children.iter().enumerate() {
        let name = match (child.name.as_str(), child.attribute("Name")) {
            (_, Some(name)) if !name.is_empty() => name.to_owned(),
            ("Data", _) => format!("param{}", place + 1),
            (name, _) => name.to_owned(),
        };
        if child.children.is_empty() {
            pairs.push((name, child.text.clone()));
        } else {
            flatten(child, &name, &mut pairs);
        }
    }
    if data.children.is_empty() && !data.text.trim().is_empty() {
        pairs.push(("param1".to_owned(), data.text.clone()));
    }
    pairs
}

fn user_data_of(inner: &Element) -> Vec<(String, String)> {
    let mut pairs = Vec::with_capacity(inner.children.len());
    for child in &inner.children {
        flatten(
            child,
            child.attribute("Name").unwrap_or(&child.name),
            &mut pairs,
        );
    }
    if inner.children.is_empty() && !inner.text.trim().is_empty() {
        pairs.push((inner.name.clone(), inner.text.clone()));
    }
    pairs
}

/// Adds the leaves below `element`, their names joined with a dot.
fn flatten(element: &Element, name: &str, pairs: &mut Vec<(String, String)>) {
    if element.children.is_empty() {
        pairs.push((name.to_owned(), element.text.clone()));
    }
    for child in &element.children {
        let leaf = child.attribute("Name").unwrap_or(&child.name);
        flatten(child, &format!("{name}.{leaf}"), pairs);
    }
}
