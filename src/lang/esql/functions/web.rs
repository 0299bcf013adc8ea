//! Encodings of the web.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Kind, Known, single, text};

pub const FUNCTIONS: &[Known] = &[
    single("from_base64", (1, 1), Kind::Text, |a| {
        let bytes = LENIENT.decode(text(a, 0)?).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned().into())
    }),
    single("to_base64", (1, 1), Kind::Text, |a| {
        Some(LENIENT.encode(text(a, 0)?).into())
    }),
    single("url_decode", (1, 1), Kind::Text, |a| {
        decoded(&text(a, 0)?).map(Into::into)
    }),
    single("url_encode", (1, 1), Kind::Text, |a| {
        Some(encoded(&text(a, 0)?, "+").into())
    }),
    single("url_encode_component", (1, 1), Kind::Text, |a| {
        Some(encoded(&text(a, 0)?, "%20").into())
    }),
];

/// Padding may be missing, as Java's decoder allows.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// `+` is a space, `%xx` a byte; null when an escape is broken.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
                rest = rest.get(2..)?;
                u8::from_str_radix(digits, 16).ok()?
            }
            other => *other,
        });
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn encoded(text: &str, space: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => {
                out.push(char::from(byte));
            }
            b' ' => out.push_str(space),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::examples::check;
    use serde_json::json;

    #[test]
    fn encodings() {
        check(&[
            ("from_base64", json!(["aGVsbG8="]), json!("hello")),
            ("from_base64", json!(["aGVsbG8"]), json!("hello")),
            ("from_base64", json!(["%"]), json!(null)),
            ("to_base64", json!(["hello"]), json!("aGVsbG8=")),
            ("url_decode", json!(["a%2Fb+c%C3%A9"]), json!("a/b cé")),
            ("url_decode", json!(["a%2"]), json!(null)),
            ("url_encode", json!(["a b/é"]), json!("a+b%2F%C3%A9")),
            ("url_encode_component", json!(["a b"]), json!("a%20b")),
        ]);
    }
}
