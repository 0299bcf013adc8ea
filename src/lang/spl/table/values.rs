//! Commands that look at one row at a time: conditions, and columns that get another value.

use super::arguments;
use super::builder::Builder;
use super::source::rounded;
use super::subsearch;
use crate::lang::Span;
use crate::lang::ir::rows::{Extract, Name};
use crate::lang::ir::table::{Command, Edit, PathOf, Substitute};
use crate::lang::ir::{Comparison, Expr, Leaf, Number, Pred, Test};
use crate::lang::spl::command::Call;
use crate::lang::spl::lexer::{self, Kind, Token};
use crate::lang::spl::names::Names;
use crate::lang::spl::problem::{Parsed, not_runnable, wrong};
use crate::lang::spl::{duration, eval, search as searches};

/// What Splunk writes when no format is given.
const DEFAULT_FORMAT: &str = "%m/%d/%Y %H:%M:%S";

/// Notes that columns are read, and returns them as patterns.
pub fn patterns(words: &[&str], builder: &mut Builder<'_, '_>) -> Vec<Name> {
    words
        .iter()
        .map(|word| {
            builder.read_pattern(word);
            Name((*word).into())
        })
        .collect()
}

/// `search` on rows.
pub fn search(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let (tokens, subsearches) = subsearch::apart(tokens)?;
    let (node, warnings) = searches::parse(&tokens, call.arguments.end)?;
    builder.shared.warnings.extend(warnings);
    if let Some(node) = node {
        let pred = match builder.events() {
            Some(mut names) => searches::lower(&node, &mut names)?,
            None => searches::lower(&node, builder)?,
        };
        builder.filter(pred);
    }
    subsearch::add(&subsearches, builder)
}

/// `where`.
pub fn filter(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    if call.text[call.arguments.clone()].trim().is_empty() {
        return Err(wrong("`where` needs a condition", call.name_span, "here"));
    }
    let node = eval::parse(call.text, call.arguments)?;
    let pred = match builder.events() {
        Some(mut names) => eval::condition(&node, &mut names)?,
        None => eval::condition(&node, builder)?,
    };
    builder.filter(pred);
    Ok(())
}

/// `eval name = expression, ...`.
pub fn eval(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    for (name, _, node) in eval::assignments(call.text, call.arguments)? {
        let value = eval::value(&node, builder)?;
        builder.set(&name, value);
    }
    Ok(())
}

/// `regex name="..."`, `regex name!="..."` or `regex "..."`.
pub fn regex(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let tokens = lexer::lex(call.text, call.arguments)?;
    let (name, negated, source) = match tokens.as_slice() {
        [source] => ("_raw", false, source),
        [field, operator, source] if let Some(name) = field.word() => {
            let negated = match operator.kind {
                Kind::Operator(Comparison::Equal) => false,
                Kind::Operator(Comparison::NotEqual) => true,
                _ => return Err(wrong("`regex` takes `=` or `!=`", &operator.span, "here")),
            };
            (name, negated, source)
        }
        _ => {
            let message = "`regex` takes `name=\"expression\"`";
            return Err(wrong(message, call.name_span, "here"));
        }
    };
    let Some(text) = source.word() else {
        return Err(wrong(
            "a regular expression is missing",
            &source.span,
            "here",
        ));
    };
    let test = Test::Regex(eval::regex(text, &source.span)?);
    let field = match builder.events() {
        Some(mut names) => names.field(name, &source.span)?,
        None => builder.field(name, &source.span)?,
    };
    let leaf = Pred::Leaf(Leaf { field, test }, source.span.clone());
    builder.filter(if negated { leaf.negate() } else { leaf });
    Ok(())
}

/// `rex [field=name] [max_match=n] [mode=sed] "expression"`.
pub fn rex(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let name = arguments.text("field").unwrap_or_else(|| "_raw".to_owned());
    let most = arguments.number("max_match")?.unwrap_or(1);
    let mode = arguments.text("mode");
    if let Some(token) = arguments.take("offset_field") {
        return Err(not_runnable("`rex offset_field`", &token.span));
    }
    arguments.finish(call.name)?;
    let source = arguments.rest.first();
    let Some((text, span)) = source.and_then(|token| Some((token.word()?, &token.span))) else {
        let message = "`rex` needs a regular expression";
        return Err(wrong(message, call.name_span, "here"));
    };
    let field = builder.field(&name, span)?;
    if mode.is_some_and(|mode| mode.eq_ignore_ascii_case("sed")) {
        let edit = edit(text, span)?;
        builder.commands.push(Command::Substitute(Substitute {
            column: name.into(),
            edit,
        }));
        return Ok(());
    }
    let regex = eval::regex(text, span)?;
    let columns = regex.group_names();
    if columns.is_empty() {
        let message = "`rex` needs a named group";
        return Err(wrong(message, span, "`(?<name>...)` is missing"));
    }
    builder.commands.push(Command::Extract(Extract {
        field,
        regex,
        // Splunk takes 0 as all matches.
        most: if most == 0 {
            Extract::MAX_MATCHES
        } else {
            most.min(Extract::MAX_MATCHES)
        },
    }));
    for column in columns {
        builder.sets(&column);
    }
    Ok(())
}

/// Reads `s/regex/replacement/flags` and `y/characters/characters/`.
fn edit(text: &str, span: &Span) -> Parsed<Edit> {
    let broken = || wrong("this is no `s/.../.../` or `y/.../.../`", span, "here");
    let mut chars = text.trim().chars();
    let (Some(kind), Some(mark)) = (chars.next(), chars.next()) else {
        return Err(broken());
    };
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for char in chars {
        let Some(part) = parts.last_mut() else { break };
        if escaped {
            if char != mark {
                part.push('\\');
            }
            part.push(char);
            escaped = false;
        } else if char == '\\' {
            escaped = true;
        } else if char == mark {
            parts.push(String::new());
        } else {
            part.push(char);
        }
    }
    let [from, to, flags] = parts.as_slice() else {
        return Err(broken());
    };
    match kind {
        'y' => {
            let pairs: Vec<(char, char)> = from.chars().zip(to.chars()).collect();
            Ok(Edit::Characters(pairs))
        }
        's' => {
            let source = if flags.contains('i') {
                format!("(?i){from}")
            } else {
                from.clone()
            };
            let which = flags
                .trim_matches(|flag: char| !flag.is_ascii_digit())
                .parse()
                .ok();
            Ok(Edit::Replace {
                regex: eval::regex(&source, span)?,
                with: to.as_str().into(),
                which: match which {
                    None if !flags.contains('g') => Some(1),
                    which => which,
                },
            })
        }
        _ => Err(broken()),
    }
}

/// `bucket name span=length [as new]`.
pub fn bucket(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let span = arguments.take("span");
    for option in ["aligntime", "minspan"] {
        let _ = arguments.take(option);
    }
    arguments.finish(call.name)?;
    let Some(span) = span else {
        return Err(not_runnable("`bucket` without a span", call.name_span));
    };
    let Some(seconds) = span.word().and_then(duration::seconds) else {
        return Err(not_runnable("this span of `bucket`", &span.span));
    };
    let (name, new) = match arguments.rest.as_slice() {
        [name] => (name, name),
        [name, word, new] if word.is_keyword("as") => (name, new),
        _ => return Err(wrong("`bucket` needs one field", call.name_span, "here")),
    };
    let (Some(text), Some(new)) = (name.word(), new.word()) else {
        return Err(wrong("a field is missing", &name.span, "here"));
    };
    if text == "_time" {
        builder.shared.spans(seconds, &span.span);
    }
    let field = builder.field(text, &name.span)?;
    builder.set(new, rounded(Expr::Field(field), seconds));
    Ok(())
}

fn call_of(name: &str, arguments: Vec<Expr>, span: &Span) -> Parsed<Expr> {
    eval::function(name, arguments, span)
}

/// `makemv [delim="..." | tokenizer="..."] [allowempty=] [setsv=] name`.
pub fn make_list(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let delimiter = arguments.text("delim").unwrap_or_else(|| " ".to_owned());
    let empty = arguments.flag("allowempty", false);
    let single_value = arguments.flag("setsv", false);
    let tokenizer = arguments.take("tokenizer");
    arguments.finish(call.name)?;
    let (name, span) = single(&arguments.rest, call)?;
    let field = Expr::Field(builder.field(name, span)?);
    let text = |text: &str| Expr::Text(text.into());
    let mut value = match tokenizer {
        Some(token) => {
            let source = token.word().unwrap_or_default();
            eval::regex(source, &token.span)?;
            Expr::Call(eval::tokens(), vec![field, text(source)])
        }
        None => Expr::Call(
            eval::makes_list(),
            vec![field, text(&delimiter), Expr::Bool(empty)],
        ),
    };
    if single_value {
        value = call_of("mvjoin", vec![value, text(&delimiter)], span)?;
    }
    builder.set(name, value);
    Ok(())
}

/// `nomv name`: several values become lines of one.
pub fn join_list(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let arguments = arguments::read(call)?;
    let (name, span) = single(&arguments.rest, call)?;
    let field = Expr::Field(builder.field(name, span)?);
    let value = call_of("mvjoin", vec![field, Expr::Text("\n".into())], span)?;
    builder.set(name, value);
    Ok(())
}

fn single<'t>(tokens: &'t [Token], call: &Call<'_>) -> Parsed<(&'t str, &'t Span)> {
    match tokens {
        [one] if let Some(name) = one.word() => Ok((name, &one.span)),
        _ => {
            let message = format!("`{}` needs one field", call.name);
            Err(wrong(message, call.name_span, "here"))
        }
    }
}

/// `mvexpand name [limit=n]`.
pub fn expand(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let most = arguments.number("limit")?.filter(|limit| *limit > 0);
    arguments.finish(call.name)?;
    let (name, span) = single(&arguments.rest, call)?;
    builder.field(name, span)?;
    builder.commands.push(Command::Expand {
        column: name.into(),
        most,
    });
    Ok(())
}

/// `replace "a*" with "b*" ... in name ...`.
pub fn replace(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let arguments = arguments::read(call)?;
    let at = arguments
        .rest
        .iter()
        .position(|token| token.is_keyword("in"));
    let Some(at) = at else {
        return Err(not_runnable("`replace` in every field", call.name_span));
    };
    let (pairs, fields) = (&arguments.rest[..at], &arguments.rest[at + 1..]);
    for field in fields {
        let Some(name) = field.word() else { continue };
        for three in pairs.chunks(3) {
            let [from, word, to] = three else {
                return Err(wrong(
                    "`old with new` is not complete",
                    &three[0].span,
                    "here",
                ));
            };
            let (Some(from), true, Some(to)) = (from.word(), word.is_keyword("with"), to.word())
            else {
                return Err(wrong(
                    "`replace` takes `old with new`",
                    &three[0].span,
                    "here",
                ));
            };
            let source: Vec<String> = from.split('*').map(regex::escape).collect();
            let mut with = String::new();
            for (n, part) in to.split('*').enumerate() {
                if n > 0 {
                    with.push_str(&format!(r"\{n}"));
                }
                with.push_str(part);
            }
            let source = format!("(?i)^{}$", source.join("(.*)"));
            let value = Expr::Field(builder.field(name, &field.span)?);
            let parts = vec![value, Expr::Text(source.into()), Expr::Text(with.into())];
            builder.set(name, call_of("replace", parts, &field.span)?);
        }
    }
    Ok(())
}

/// `strcat [allrequired=] source ... destination`, a source being a field or a text in quotes.
pub fn concatenate(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let required = arguments.flag("allrequired", false);
    arguments.finish(call.name)?;
    let Some((last, sources)) = arguments.rest.split_last() else {
        return Err(wrong("`strcat` needs fields", call.name_span, "here"));
    };
    let (name, _) = single(std::slice::from_ref(last), call)?;
    let mut value: Option<Expr> = None;
    for source in sources {
        let part = match &source.kind {
            Kind::Word { text, quoted: true } => Expr::Text(text.as_str().into()),
            Kind::Word { text, .. } => {
                let field = Expr::Field(builder.field(text, &source.span)?);
                if required {
                    field
                } else {
                    call_of("coalesce", vec![field, Expr::Text("".into())], &source.span)?
                }
            }
            _ => return Err(wrong("a field is missing", &source.span, "expected here")),
        };
        value = Some(match value {
            None => part,
            Some(before) => Expr::Arithmetic(
                crate::lang::ir::expr::Arithmetic::Join,
                Box::new(before),
                Box::new(part),
            ),
        });
    }
    builder.set(name, value.unwrap_or(Expr::Null));
    Ok(())
}

/// `convert [timeformat="..."] function(name) [as new] ...`.
pub fn convert(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let format = arguments
        .text("timeformat")
        .unwrap_or_else(|| DEFAULT_FORMAT.to_owned());
    arguments.finish(call.name)?;
    let mut rest = arguments.rest.as_slice();
    if rest.is_empty() {
        return Err(wrong("`convert` needs a function", call.name_span, "here"));
    }
    while let [function, open, name, close, tail @ ..] = rest {
        let broken = || wrong("`convert` takes `function(name)`", &function.span, "here");
        let (Kind::Open, Some(text), Kind::Close) = (&open.kind, name.word(), &close.kind) else {
            return Err(broken());
        };
        rest = tail;
        let mut new = None;
        if let [word, to, tail @ ..] = tail
            && word.is_keyword("as")
        {
            new = to.word();
            rest = tail;
        }
        let kind = function.word().unwrap_or_default().to_ascii_lowercase();
        if text.contains('*') && (kind != "ctime" || new.is_some()) {
            return Err(not_runnable("`convert` with `*`", &name.span));
        }
        if kind == "ctime" && new.is_none() {
            builder.read_pattern(text);
            builder.commands.push(Command::TimeFormat {
                column: Name(text.into()),
                format: format.as_str().into(),
            });
            continue;
        }
        let field = Expr::Field(builder.field(text, &name.span)?);
        let span = &function.span;
        let format = Expr::Text(format.as_str().into());
        let value = match kind.as_str() {
            "ctime" => call_of("strftime", vec![field, format], span)?,
            "mktime" => call_of("strptime", vec![field, format], span)?,
            "num" => call_of("tonumber", vec![field], span)?,
            "auto" => {
                let number = call_of("tonumber", vec![field.clone()], span)?;
                call_of("coalesce", vec![number, field], span)?
            }
            "none" => field,
            "rmcomma" => {
                let parts = vec![field, Expr::Text(",".into()), Expr::Text("".into())];
                call_of("replace", parts, span)?
            }
            other => return Err(not_runnable(format!("`convert {other}()`"), span)),
        };
        builder.set(new.unwrap_or(text), value);
    }
    match rest.first() {
        None => Ok(()),
        Some(token) => Err(wrong(
            "`convert` takes `function(name)`",
            &token.span,
            "here",
        )),
    }
}

/// `xmlkv [name]`.
pub fn xml_pairs(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let _ = arguments.take("maxinputs");
    let column = arguments
        .words()?
        .first()
        .map_or("_raw", |word| word)
        .to_owned();
    builder.read(&column);
    builder.columns = None;
    builder.commands.push(Command::XmlPairs {
        column: column.into(),
    });
    Ok(())
}

/// `spath [input=] [output=] [path=] [path]`.
pub fn path(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    let mut arguments = arguments::read(call)?;
    let input = arguments.text("input").unwrap_or_else(|| "_raw".to_owned());
    let output = arguments.text("output");
    let path = arguments.text("path");
    arguments.finish(call.name)?;
    let bare = arguments.words()?.first().map(|word| (*word).to_owned());
    let path = path.or(bare);
    builder.read(&input);
    match (&output, &path) {
        (Some(name), _) | (None, Some(name)) => builder.sets(name),
        (None, None) => builder.columns = None,
    }
    builder.commands.push(Command::Path(PathOf {
        input: input.into(),
        output: output.map(String::into_boxed_str),
        path: path.map(String::into_boxed_str),
    }));
    Ok(())
}

/// `addinfo`: the end of the window, and its start an hour before.
pub fn add_info(call: &Call<'_>, builder: &mut Builder<'_, '_>) -> Parsed<()> {
    arguments::read(call)?.finish(call.name)?;
    let now = || eval::now();
    builder.set("info_max_time", now());
    builder.set("info_search_time", now());
    let hour = Expr::Number(Number::Int(3600));
    let start = Expr::Arithmetic(
        crate::lang::ir::expr::Arithmetic::Subtract,
        Box::new(now()),
        Box::new(hour),
    );
    builder.set("info_min_time", start);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sed_edits_are_read() {
        let Edit::Replace { regex, with, which } = edit(r"s/a\/(b)/x\1/g", &(0..0)).unwrap() else {
            panic!("no replacement");
        };
        assert_eq!(regex.replace("a/b a/b", &with, which), "xb xb");
        let Edit::Replace { regex, with, which } = edit("s/a/b/2", &(0..0)).unwrap() else {
            panic!("no replacement");
        };
        assert_eq!(regex.replace("a a a", &with, which), "a b a");
        assert!(edit("s/a/b", &(0..0)).is_err());
    }
}
