//! Searches in a page: told by how they begin, where no code marks show them.

use super::page::Line;

/// Commands that a search can begin with after a pipe.
const FIRST: [&str; 14] = [
    "tstats",
    "from",
    "inputlookup",
    "makeresults",
    "rest",
    "search",
    "mstats",
    "multisearch",
    "union",
    "loadjob",
    "datamodel",
    "metadata",
    "ldapsearch",
    "stats",
];

/// Fields that a search can begin with.
const FIELDS: [&str; 7] = [
    "index=",
    "index =",
    "eventtype=",
    "sourcetype=",
    "source=",
    "tag=",
    "eventcode=",
];

/// Returns whether a line begins a search.
pub fn begins(text: &str) -> bool {
    let text = text.trim_start();
    if let Some(rest) = text.strip_prefix('|') {
        let word = rest
            .trim_start()
            .split(|char: char| !char.is_ascii_alphanumeric())
            .next();
        return word.is_some_and(|word| FIRST.contains(&word)) && !rest.trim_end().ends_with('|');
    }
    if let Some(rest) = text.strip_prefix('`') {
        // A macro and what is searched in it; in prose, a macro's name stands inside a sentence.
        let Some((name, after)) = rest.split_once('`') else {
            return false;
        };
        let named = name
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || "_-(), \"=*".contains(char));
        return named
            && (after.trim().is_empty()
                || after.contains('=')
                || after.contains('|')
                || after.contains('`'));
    }
    let lower = text.to_lowercase();
    let lower = lower.trim_start_matches('(');
    FIELDS.iter().any(|field| lower.starts_with(field))
}

/// Returns the search in some lines: the first block of code, else from where one begins to where it ends.
pub fn find(lines: &[&Line]) -> Option<(String, usize)> {
    let coded = |line: &&&Line| line.code.is_some() && begins(&line.text);
    if let Some(first) = lines.iter().find(coded) {
        let block = lines.iter().filter(|line| line.code == first.code);
        let lines: Vec<&str> = block.map(|line| line.text.as_str()).collect();
        return Some((tidied(&lines), first.number));
    }
    let at = lines
        .iter()
        .position(|line| line.code.is_none() && begins(&line.text))?;
    let mut written = Vec::new();
    for line in &lines[at..] {
        let text = line.text.trim();
        let ended = text.starts_with("The SPL above")
            || text.starts_with("#### ")
            || text.starts_with("## ");
        let gap = text.is_empty() && written.len() > 1;
        if ended || gap {
            break;
        }
        written.push(line.text.as_str());
    }
    Some((tidied(&written), lines[at].number))
}

/// Takes numbers of lines off, and empty lines around.
fn tidied(lines: &[&str]) -> String {
    let is_number = |line: &&&str| {
        !line.trim().is_empty() && line.trim().bytes().all(|byte| byte.is_ascii_digit())
    };
    // A highlighter's column of numbers stands ahead of the code.
    let skipped = lines.iter().take_while(is_number).count();
    let lines: Vec<&str> = lines[skipped..]
        .iter()
        .map(|line| line.trim_end())
        .collect();
    lines.join("\n").trim().to_owned()
}

/// Returns the name that a search's own filter macro bears: `x_y_filter` is `X Y`.
pub fn named_by_filter(search: &str) -> Option<String> {
    let macros = search.split('`').skip(1).step_by(2);
    let filter = macros
        .filter_map(|name| name.strip_suffix("_filter"))
        .last()?;
    let words = filter.split('_').filter(|word| !word.is_empty());
    let words: Vec<String> = words
        .map(|word| {
            let mut chars = word.chars();
            let first = chars.next().map(|char| char.to_ascii_uppercase());
            first.into_iter().chain(chars).collect()
        })
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}
