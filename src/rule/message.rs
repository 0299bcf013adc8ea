//! Splunk risk messages: `$token$`s filled from the result row.
//!
//! Takes a template and two look-ups; gives the text, and says which tokens the row lacked. Splunk Enterprise
//! Security leaves such tokens blank without a word; here they stay visible.

/// A rendered message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    pub text: String,
    /// Tokens that neither the row nor the event could fill, in order of appearance.
    pub missing: Vec<String>,
    /// Tokens that the row lacked and the contributing event filled.
    pub filled_from_event: Vec<String>,
}

/// Fills the tokens of `template` from the row, else from the contributing event, else marks them.
pub fn render(
    template: &str,
    row: impl Fn(&str) -> Option<String>,
    event: impl Fn(&str) -> Option<String>,
) -> Rendered {
    let mut rendered = Rendered::default();
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => rendered.text.push_str(text),
            Piece::Token(name) => {
                if let Some(value) = row(name) {
                    rendered.text.push_str(&value);
                } else if let Some(value) = event(name) {
                    rendered.text.push_str(&value);
                    rendered.text.push_str(" ‹from event›");
                    note(&mut rendered.filled_from_event, name);
                } else {
                    rendered.text.push_str(&format!("‹{name}: not in result›"));
                    note(&mut rendered.missing, name);
                }
            }
        }
    }
    rendered
}

/// Returns the token names of `template`, each once, in order.
#[must_use]
pub fn tokens(template: &str) -> Vec<String> {
    let mut names = Vec::new();
    for piece in pieces(template) {
        if let Piece::Token(name) = piece {
            note(&mut names, name);
        }
    }
    names
}

enum Piece<'a> {
    Text(&'a str),
    Token(&'a str),
}

/// Splits at `$name$`; a `$` that starts no token is text.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    let mut text_end = 0;
    while let Some(at) = rest[text_end..].find('$').map(|at| at + text_end) {
        let after = &rest[at + 1..];
        match after
            .find('$')
            .map(|end| &after[..end])
            .filter(|name| is_name(name))
        {
            Some(name) => {
                if at > 0 {
                    pieces.push(Piece::Text(&rest[..at]));
                }
                pieces.push(Piece::Token(name));
                rest = &after[name.len() + 1..];
                text_end = 0;
            }
            None => text_end = at + 1,
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '{' | '}' | '@'))
}

fn note(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn a_token_is_filled_from_the_row_then_the_event_then_marked() {
        let rendered = render(
            "$parent$ started $name$ on $dest$",
            |name| (name == "name").then(|| "procdump.exe".to_owned()),
            |name| (name == "parent").then(|| "cmd.exe".to_owned()),
        );
        assert_eq!(
            rendered.text,
            "cmd.exe ‹from event› started procdump.exe on ‹dest: not in result›"
        );
        assert_eq!(rendered.missing, ["dest"]);
        assert_eq!(rendered.filled_from_event, ["parent"]);
    }

    #[test]
    fn a_dollar_that_starts_no_token_stays() {
        let rendered = render("cost 5$ and $HOST C$ on $dest$", none, |_| {
            Some("x".to_owned())
        });
        assert_eq!(rendered.text, "cost 5$ and $HOST C$ on x ‹from event›");
        assert_eq!(render("100$", none, none).text, "100$");
        assert_eq!(render("$$", none, none).text, "$$");
    }

    #[test]
    fn values_are_not_rendered_again() {
        let rendered = render("$a$", |_| Some("$b$".to_owned()), none);
        assert_eq!(rendered.text, "$b$");
    }
}
