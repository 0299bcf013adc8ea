//! Lengths of time as searches write them: `1h`, `30m`, `10`.

/// Returns how many seconds it is; `None` for months, years and what is no length of time.
#[must_use]
pub fn seconds(text: &str) -> Option<u32> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u32 = if number.is_empty() {
        1
    } else {
        number.parse().ok()?
    };
    let unit = match unit {
        "" | "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 604_800,
        _ => return None,
    };
    number.checked_mul(unit).filter(|seconds| *seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn units() {
        assert_eq!(seconds("1h"), Some(3600));
        assert_eq!(seconds("30"), Some(30));
        assert_eq!(seconds("10min"), Some(600));
        assert_eq!(seconds("d"), Some(86_400));
        for text in ["1mon", "0m", "1y", "-5m", "99999999999s", "1h2m"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
