//! Arguments of a command: `option=value` pairs and the rest.

use crate::lang::ir::Comparison;
use crate::lang::spl::command::Call;
use crate::lang::spl::lexer::{self, Kind, Token};
use crate::lang::spl::problem::{Parsed, no_option, wrong};

/// Arguments told apart.
pub struct Arguments {
    /// Name in small letters, the name's token, the value's.
    options: Vec<(String, Token, Token)>,
    /// In order, commas left out.
    pub rest: Vec<Token>,
    /// Names of the options that the command has asked for.
    asked: Vec<String>,
}

/// Reads the arguments of `call`.
pub fn read(call: &Call<'_>) -> Parsed<Arguments> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let mut found = Arguments {
        options: Vec::new(),
        rest: Vec::new(),
        asked: Vec::new(),
    };
    let mut rest = tokens.as_slice();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if let ([equal, value, tail @ ..], Some(name)) = (tail, first.bare())
            && equal.kind == Kind::Operator(Comparison::Equal)
            && value.word().is_some()
        {
            let name = name.to_ascii_lowercase();
            found.options.push((name, first.clone(), value.clone()));
            rest = tail;
        } else if first.kind != Kind::Comma {
            found.rest.push(first.clone());
        }
    }
    Ok(found)
}

impl Arguments {
    /// Returns the value of an option and removes it.
    pub fn take(&mut self, name: &str) -> Option<Token> {
        self.asked.push(name.to_owned());
        let at = self.options.iter().position(|(known, ..)| known == name)?;
        Some(self.options.remove(at).2)
    }

    /// Returns the text of an option and removes it.
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.take(name)?.word().map(str::to_owned)
    }

    /// Returns whether an option is on, and removes it.
    pub fn flag(&mut self, name: &str, default: bool) -> bool {
        match self.text(name).map(|text| text.to_ascii_lowercase()) {
            Some(text) => matches!(text.as_str(), "t" | "true" | "1" | "yes"),
            None => default,
        }
    }

    /// Returns the number of an option and removes it.
    pub fn number(&mut self, name: &str) -> Parsed<Option<usize>> {
        let Some(token) = self.take(name) else {
            return Ok(None);
        };
        match token.word().and_then(|word| word.parse().ok()) {
            Some(number) => Ok(Some(number)),
            None => Err(wrong("a number is missing", &token.span, "here")),
        }
    }

    /// Fails at an option that was not taken.
    pub fn finish(&self, command: &str) -> Parsed<()> {
        match self.options.first() {
            None => Ok(()),
            Some((name, token, _)) => {
                let known = self.asked.iter().map(String::as_str);
                Err(no_option(command, name, &token.span, known))
            }
        }
    }

    /// Returns the words of the rest; anything else is an error.
    pub fn words(&self) -> Parsed<Vec<&str>> {
        words(&self.rest)
    }
}

/// Returns the words of `tokens`; anything else is an error.
pub fn words(tokens: &[Token]) -> Parsed<Vec<&str>> {
    tokens
        .iter()
        .map(|token| {
            token
                .word()
                .ok_or_else(|| wrong("a name is missing", &token.span, "expected here"))
        })
        .collect()
}
