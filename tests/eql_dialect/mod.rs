//! Queries of the older EQL engine as Elasticsearch writes them.
//!
//! `=` is `==`; on a text both ignore case and take `*` and `?`, which is Elasticsearch's `:`, and `!=` its negation;
//! texts may stand in single quotes, and `?'...'` is a raw one; `match` and `wildcard` are functions. A vector that was
//! run without regard to case uses the `~` forms.

/// How a vector was run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Sensitive,
    Insensitive,
    Either,
}

/// Functions with a `~` form.
const CASED: [&str; 5] = [
    "between",
    "endsWith",
    "indexOf",
    "startsWith",
    "stringContains",
];

/// Returns the query in Elasticsearch's dialect.
pub fn modern(query: &str, mode: Mode) -> String {
    let mut tokens = split(query);
    equality(&mut tokens, mode);
    functions(&mut tokens, mode);
    tokens.join(" ").replace(" . ", ".").replace(" ~ ", "~ ")
}

fn is_text(token: &str) -> bool {
    token.starts_with('"')
}

fn split(query: &str) -> Vec<String> {
    let signs = ["==", "!=", "<=", ">="];
    let mut tokens = Vec::new();
    let mut rest = query.trim_start();
    while let Some(first) = rest.chars().next() {
        let raw = rest.starts_with("?'") || rest.starts_with("?\"");
        let (token, length) = if raw || first == '"' || first == '\'' {
            let open = usize::from(raw);
            let quote = rest[open..].chars().next().unwrap();
            let length = closing(&rest[open + 1..], quote, raw);
            let body = &rest[open + 1..=open + length];
            let token = match (raw, quote) {
                (true, _) => format!("\"\"\"{body}\"\"\""),
                (_, '\'') => format!("\"{}\"", body.replace('"', "\\\"")),
                _ => format!("\"{body}\""),
            };
            (token, open + length + 2)
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|char: char| !char.is_alphanumeric() && !"_.".contains(char));
            let end = end.unwrap_or(rest.len());
            (rest[..end].to_owned(), end)
        } else if let Some(sign) = signs.iter().find(|sign| rest.starts_with(**sign)) {
            ((*sign).to_owned(), sign.len())
        } else {
            (first.to_string(), first.len_utf8())
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    tokens
}

fn closing(body: &str, quote: char, raw: bool) -> usize {
    let mut escaped = false;
    for (at, char) in body.char_indices() {
        if char == quote && !escaped {
            return at;
        }
        escaped = char == '\\' && !escaped && !raw;
    }
    body.len()
}

/// `=`, `==` and `!=`.
fn equality(tokens: &mut Vec<String>, mode: Mode) {
    for token in tokens.iter_mut().filter(|token| *token == "=") {
        "==".clone_into(token);
    }
    let mut at = 0;
    while at < tokens.len() {
        let setting = at > 0 && ["maxspan", "runs", "fork"].contains(&tokens[at - 1].as_str());
        if setting && tokens[at] == "==" {
            "=".clone_into(&mut tokens[at]);
        } else if tokens[at] == "==" || tokens[at] == "!=" {
            at = compare(tokens, at, mode);
        }
        at += 1;
    }
}

/// Rewrites the comparison at `at` when one side is a text; returns where its last token is now.
fn compare(tokens: &mut Vec<String>, at: usize, mode: Mode) -> usize {
    if is_text(&tokens[at - 1]) && !is_text(&tokens[at + 1]) {
        let end = operand_end(tokens, at + 1);
        let (text, operator) = (tokens[at - 1].clone(), tokens[at].clone());
        tokens.drain(at - 1..=at);
        tokens.splice(end - 2..end - 2, [operator, text]);
        return compare(tokens, end - 2, mode);
    }
    let wild = |text: &str| text.contains(['*', '?']);
    let exact = !is_text(&tokens[at + 1]) || (mode == Mode::Sensitive && !wild(&tokens[at + 1]));
    if exact {
        return at;
    }
    let negated = tokens[at] == "!=";
    ":".clone_into(&mut tokens[at]);
    if negated {
        let start = operand_start(tokens, at - 1);
        tokens.insert(start, "not".to_owned());
        return at + 1;
    }
    at
}

/// The first token of the operand that ends at `at`.
fn operand_start(tokens: &[String], at: usize) -> usize {
    if tokens[at] != ")" {
        return at;
    }
    let mut open = 0;
    for start in (0..=at).rev() {
        match tokens[start].as_str() {
            ")" => open += 1,
            "(" => open -= 1,
            _ => {}
        }
        if open == 0 {
            return start.saturating_sub(1);
        }
    }
    at
}

/// One behind the last token of the operand that starts at `at`.
fn operand_end(tokens: &[String], at: usize) -> usize {
    if tokens.get(at + 1).map(String::as_str) != Some("(") {
        return at + 1;
    }
    let mut open = 0;
    for (end, token) in tokens.iter().enumerate().skip(at + 1) {
        match token.as_str() {
            "(" => open += 1,
            ")" => open -= 1,
            _ => {}
        }
        if open == 0 {
            return end + 1;
        }
    }
    tokens.len()
}

fn functions(tokens: &mut Vec<String>, mode: Mode) {
    let mut at = 0;
    while at < tokens.len() {
        let called = tokens.get(at + 1).map(String::as_str) == Some("(");
        let name = tokens[at].clone();
        if mode == Mode::Insensitive && called && (CASED.contains(&name.as_str()) || name == "in") {
            tokens[at].push('~');
        }
        let operator = match name.as_str() {
            "match" | "matchLite" => "regex~",
            "wildcard" => ":",
            _ => "",
        };
        if called && !operator.is_empty() {
            let end = operand_end(tokens, at) - 1;
            let comma = comma(tokens, at + 2, end);
            tokens[comma] = format!("{operator} (");
            tokens.drain(at..at + 2);
        }
        at += 1;
    }
}

/// The first comma between `from` and `end` that is in no parentheses.
fn comma(tokens: &[String], from: usize, end: usize) -> usize {
    let mut open = 0;
    for (at, token) in tokens.iter().enumerate().take(end).skip(from) {
        match token.as_str() {
            "(" => open += 1,
            ")" => open -= 1,
            "," if open == 0 => return at,
            _ => {}
        }
    }
    panic!("no arguments in {tokens:?}");
}
