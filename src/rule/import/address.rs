//! Addresses in a text.

/// Returns the addresses in a text: targets of links, and what begins with `http`.
#[must_use]
pub fn addresses(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |address: &str| {
        if !found.iter().any(|known| known == address) {
            found.push(address.to_owned());
        }
    };
    let mut rest = text;
    while let Some(at) = rest.find("http") {
        let (before, from) = rest.split_at(at);
        if !(from.starts_with("http://") || from.starts_with("https://")) {
            rest = &from[4..];
            continue;
        }
        let linked = target(before, from);
        let end = if let Some((text, target)) = linked {
            add(target);
            text
        } else {
            let end = from.find(|char: char| char.is_whitespace() || "<>\"|".contains(char));
            let end = end.unwrap_or(from.len());
            add(from[..end].trim_end_matches([',', '.', ';', ']', '\\']));
            end
        };
        rest = &from[end..];
    }
    found
}

/// Returns the target of the Markdown link that `from` lies in, right behind `before`, and where the link ends in
/// `from`.
fn target<'t>(before: &str, from: &'t str) -> Option<(usize, &'t str)> {
    let start = if before.ends_with("](") {
        0
    } else if before.ends_with('[') {
        from.find("](")? + 2
    } else {
        return None;
    };
    // Parentheses in an address come in pairs, mostly.
    let mut depth = 0_usize;
    for (at, char) in from[start..].char_indices() {
        match char {
            '(' => depth += 1,
            ')' if depth == 0 => return Some((start + at, &from[start..start + at])),
            ')' => depth -= 1,
            ' ' => return None,
            _ => {}
        }
    }
    None
}
