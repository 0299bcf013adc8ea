//! "Did you mean": the nearest of some known words.
//!
//! Takes a word and the words there are; gives the nearest one when it is near enough to be a slip.

/// Longest word that is compared, in characters; a longer one is no slip of the hand.
const MAX_CHARS: usize = 120;

/// Returns the candidate nearest to `word`, or `None` when none is within a third of its length.
///
/// A difference in case alone counts as nothing, so that `processes.User` finds `processes.user` first.
/// Of equally near candidates the first wins.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = lower(word);
    if wanted.is_empty() || wanted.len() > MAX_CHARS {
        return None;
    }
    let limit = (wanted.len() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (candidate, lower(candidate)))
        .filter(|(_, chars)| chars.len().abs_diff(wanted.len()) <= limit)
        .map(|(candidate, chars)| (distance(&wanted, &chars), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns whether one word becomes the other by at most `edits` edits, a swap of neighbours being one; case counts not.
#[must_use]
pub fn within(word: &str, other: &str, edits: usize) -> bool {
    let (word, other) = (lower(word), lower(other));
    word.len().max(other.len()) <= MAX_CHARS
        && word.len().abs_diff(other.len()) <= edits
        && distance(&word, &other) <= edits
}

fn lower(word: &str) -> Vec<char> {
    word.chars().flat_map(char::to_lowercase).collect()
}

/// Edit distance in which swapping two neighbours is one edit (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_nothing_else() {
        let names = ["process.name", "process.pid", "user.name", "registry.path"];
        assert_eq!(nearest("proces.name", names), Some("process.name"));
        assert_eq!(nearest("process.nmae", names), Some("process.name"));
        assert_eq!(nearest("Process.Name", names), Some("process.name"));
        assert_eq!(nearest("entirely.else", names), None);
        assert_eq!(nearest("", names), None);
        assert!(within("nmae", "Name", 1) && !within("name_x", "name", 1));
    }

    #[test]
    fn a_swap_is_one_edit() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("abcd"), &chars("abdc")), 1);
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
        assert_eq!(distance(&chars(""), &chars("ab")), 2);
    }
}
