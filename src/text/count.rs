//! Numbers in sentences.

/// Returns `1 alert`, `2 alerts`.
#[must_use]
pub fn counted(number: usize, what: &str) -> String {
    format!(
        "{} {what}{}",
        grouped(number as u64),
        if number == 1 { "" } else { "s" }
    )
}

/// Returns the number with commas between thousands.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
