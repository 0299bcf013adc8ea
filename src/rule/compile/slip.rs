//! Fields that no source fills and whose names look like a slip.
//!
//! Takes a compiled query and its text; gives a warning for each, with its place and the name that was probably meant.

use crate::lang::{Diagnostic, Query};
use crate::schema::{self, FieldRef, Vocabulary};
use crate::text::similar::within;

/// Returns the warnings. A field that no source fills is none in itself: rules ask for those of many products.
pub fn warnings(query: &Query, text: &str) -> Vec<Diagnostic> {
    let fields = query.fields().into_iter();
    let named = |field: &FieldRef| matches!(field.vocabulary, Vocabulary::Ecs | Vocabulary::Cim(_));
    let unfilled = fields.filter(|field| named(field) && !schema::can_fill(*field));
    let slips = unfilled.filter_map(|field| {
        let name = field.name.name();
        let meant = meant(field)?;
        let at = match field.vocabulary {
            Vocabulary::Cim(dataset) => {
                let head = format!("{}.", dataset.prefix());
                place(text, &format!("{head}{name}"))? + head.len()
            }
            _ => place(text, name)?,
        };
        let message = format!("no source that watchglass reads fills `{name}`");
        let span = at..at + name.len();
        let warning = Diagnostic::warning("R212", message, span, "never there");
        Some(warning.help(format!("did you mean `{meant}`?")))
    });
    slips.collect()
}

/// Returns a filled field that differs in one part of its name, and there only by a slip of the hand.
fn meant(field: FieldRef) -> Option<&'static str> {
    let own: Vec<&str> = field.name.name().split('.').collect();
    [1, 2].into_iter().find_map(|edits| {
        let mut names = schema::names(field.vocabulary);
        names.find(|name| is_slip(&own, name, edits))
    })
}

/// Returns whether one part of `own` is not what stands in `name`, but at most so many edits away.
fn is_slip(own: &[&str], name: &str, edits: usize) -> bool {
    let mut parts = name.split('.');
    let mut differing = None;
    for own in own {
        let Some(part) = parts.next() else {
            return false;
        };
        if *own != part && differing.replace((*own, part)).is_some() {
            return false;
        }
    }
    let Some((wrong, right)) = differing.filter(|_| parts.next().is_none()) else {
        return false;
    };
    // Of short words two edits make any other.
    let least = if edits > 1 { 6 } else { 3 };
    wrong.len() > least && within(wrong, right, edits)
}

/// Returns where `name` stands as a whole in the text.
fn place(text: &str, name: &str) -> Option<usize> {
    let part = |char: char| char.is_alphanumeric() || "._@".contains(char);
    let mut found = text.match_indices(name).map(|(at, _)| at);
    found.find(|at| !text[..*at].ends_with(part) && !text[at + name.len()..].starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::eql;

    fn found(text: &str) -> Vec<(String, String)> {
        let query = eql::compile(text).unwrap();
        let said = warnings(&query, text).into_iter();
        said.map(|one| {
            (
                text[one.labels[0].span.clone()].to_owned(),
                one.help.unwrap(),
            )
        })
        .collect()
    }

    #[test]
    fn slips_are_told_from_fields_of_other_products() {
        let meant = |name: &str, help: &str| (name.to_owned(), format!("did you mean `{help}`?"));
        assert_eq!(
            found(
                "process where process.parent.name == \"a\" or not (proces.name == \"b\" and user.nmae : \"c\")"
            ),
            [
                meant("proces.name", "process.name"),
                meant("user.nmae", "user.name")
            ]
        );
        let text = "| tstats count from datamodel=Endpoint.Processes where Processes.proces_name=a by Processes.dest";
        let query = crate::lang::spl::compile(text, &crate::lang::spl::Macros::default()).unwrap();
        let said = warnings(&query, text);
        assert_eq!(&text[said[0].labels[0].span.clone()], "proces_name");
        let name = crate::event::FieldId::of("original_file_nam");
        let vocabulary = Vocabulary::Cim(schema::Dataset::Processes);
        let field = FieldRef { vocabulary, name };
        assert_eq!(super::meant(field), Some("original_file_name"));
        for other in [
            "process.Ext.token.integrity_level_name",
            "dll.Ext.size",
            "cloud.account.id",
            "a.b",
        ] {
            assert_eq!(found(&format!("any where {other} == \"a\"")), []);
        }
    }
}
