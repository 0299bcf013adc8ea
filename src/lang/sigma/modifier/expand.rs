//! `expand`: `%name%` stands for values that the site gives it. A percent sign behind a backslash stands for itself.

use super::super::glob::Glob;
use super::super::item::{Form, Refusal, Regex, unfit};
use super::super::placeholder::Placeholders;
use super::{MAX_FORMS, Modifier};
use crate::lang::ir::pattern::Piece;
use crate::text::similar;

pub static EXPAND: Modifier = Modifier {
    name: "expand",
    apply: |item, known| {
        item.each(|form| match form {
            Form::Text(_, glob) => {
                let globs = expanded(&glob.0, known)?;
                Ok(globs
                    .into_iter()
                    .map(|glob| Form::Text(None, glob))
                    .collect())
            }
            Form::Regex(regex) => {
                let pieces = Glob::literal(&regex.source);
                let parts = parts(&pieces.0);
                let sources = combined(
                    &parts,
                    known,
                    |text| text.text().unwrap_or_default(),
                    Glob::to_regex,
                )?;
                let regex = |source: String| {
                    Form::Regex(Regex {
                        source,
                        ..regex.clone()
                    })
                };
                Ok(sources.into_iter().map(regex).collect())
            }
            other => Err(unfit("expand", &other, "text")),
        })
    },
};

/// A stretch of a value.
enum Part {
    Plain(Glob),
    Placeholder(String),
}

fn expanded(pieces: &[Piece], known: &Placeholders) -> Result<Vec<Glob>, Refusal> {
    let parts = parts(pieces);
    combined(&parts, known, Clone::clone, Clone::clone)
}

/// Splits at placeholders.
fn parts(pieces: &[Piece]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut plain = Vec::new();
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        if *piece == Piece::Char('\\') && pieces.get(at + 1) == Some(&Piece::Char('%')) {
            plain.push(Piece::Char('%'));
            at += 2;
        } else if let Some(name) = placeholder(&pieces[at..]) {
            parts.push(Part::Plain(Glob(std::mem::take(&mut plain))));
            at += name.chars().count() + 2;
            parts.push(Part::Placeholder(name));
        } else {
            plain.push(*piece);
            at += 1;
        }
    }
    parts.push(Part::Plain(Glob(plain)));
    parts
}

/// Reads the placeholder that `pieces` begin with.
fn placeholder(pieces: &[Piece]) -> Option<String> {
    let (first, rest) = pieces.split_first()?;
    let end = rest.iter().position(|piece| *piece == Piece::Char('%'))?;
    if *first != Piece::Char('%') || end == 0 {
        return None;
    }
    Glob(rest[..end].to_vec()).text()
}

/// Puts every combination of the placeholders' values together.
fn combined<T: Default + Clone + Joins>(
    parts: &[Part],
    known: &Placeholders,
    plain: impl Fn(&Glob) -> T,
    value: impl Fn(&Glob) -> T,
) -> Result<Vec<T>, Refusal> {
    let mut all = vec![T::default()];
    for part in parts {
        let choices: Vec<T> = match part {
            Part::Plain(glob) => vec![plain(glob)],
            Part::Placeholder(name) => match known.values(name) {
                Some(values) => values.map(|glob| value(&glob)).collect(),
                None => return Err(unresolved(name, known)),
            },
        };
        if all.len().saturating_mul(choices.len()) > MAX_FORMS {
            let message =
                format!("the placeholders stand for more than {MAX_FORMS} values together");
            return Err(Refusal::new(message, "use fewer placeholders in one value"));
        }
        all = all
            .iter()
            .flat_map(|start| choices.iter().map(|choice| start.clone().joined(choice)))
            .collect();
    }
    Ok(all)
}

trait Joins {
    fn joined(self, other: &Self) -> Self;
}

impl Joins for Glob {
    fn joined(mut self, other: &Self) -> Self {
        self.0.extend_from_slice(&other.0);
        self
    }
}

impl Joins for String {
    fn joined(mut self, other: &Self) -> Self {
        self.push_str(other);
        self
    }
}

fn unresolved(name: &str, known: &Placeholders) -> Refusal {
    let similar = similar::nearest(name, known.names());
    let hint = similar
        .map(|near| format!("; did you mean `%{near}%`?"))
        .unwrap_or_default();
    Refusal {
        construct: Some(format!("placeholder %{name}%")),
        ..Refusal::new(
            format!("no file gives the placeholder %{name}% values{hint}"),
            format!(
                "put a YAML file with `placeholders:` and under it `{name}: [value, ...]` beside the rules"
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{texts, with};
    use super::*;

    fn expand(text: &str, modifiers: &str) -> Result<Vec<String>, Refusal> {
        let mut known = Placeholders::default();
        known.add("Servers", ["srv*".to_owned(), "dc1".to_owned()]);
        known.add("x", ["1".to_owned()]);
        let item = with(vec![Form::text(text)], modifiers, &known)?;
        Ok(texts(&item.values[0].forms))
    }

    #[test]
    fn each_value_takes_its_place() {
        assert_eq!(expand("%servers%", "expand").unwrap(), ["srv*", "dc1"]);
        assert_eq!(
            expand("a%x%b%Servers%", "expand").unwrap(),
            ["a1bsrv*", "a1bdc1"]
        );
        assert_eq!(expand(r"\%plain%x%", "expand").unwrap(), ["%plain1"]);
        assert_eq!(
            expand("%servers%", "contains|expand").unwrap(),
            ["*srv**", "*dc1*"]
        );
        assert_eq!(expand("100%", "expand").unwrap(), ["100%"]);
    }

    #[test]
    fn an_unknown_name_is_refused() {
        let refusal = expand("%server%", "expand").unwrap_err();
        assert_eq!(refusal.construct.as_deref(), Some("placeholder %server%"));
        assert!(refusal.message.contains("%servers%"), "{}", refusal.message);
    }

    #[test]
    fn values_inside_an_expression_stand_for_themselves() {
        let found = expand("^%Servers%$", "re|expand").unwrap();
        assert!(found[0].contains("^srv.*$"), "{found:?}");
    }
}
