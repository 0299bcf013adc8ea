//! `base64` and `base64offset`: the value as it looks inside Base64.
//!
//! Where in the encoded text a value begins decides how it looks; `base64offset` gives its three looks, without the
//! characters at both ends that its neighbours decide.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::glob::Glob;
use super::super::item::{Form, Refusal};
use super::Modifier;
use super::encode::plain;

pub static BASE64: Modifier = Modifier {
    name: "base64",
    apply: |item, _| {
        item.each(|form| {
            let encoded = STANDARD.encode(bytes("base64", form)?);
            Ok(vec![Form::Text(None, Glob::literal(&encoded))])
        })
    },
};

pub static BASE64OFFSET: Modifier = Modifier {
    name: "base64offset",
    apply: |item, _| {
        item.each(|form| {
            let bytes = bytes("base64offset", form)?;
            Ok((0..3)
                .map(|shift| Form::Text(None, Glob::literal(&shifted(&bytes, shift))))
                .collect())
        })
    },
};

fn bytes(name: &str, form: Form) -> Result<Vec<u8>, Refusal> {
    match form {
        Form::Bytes(bytes) => Ok(bytes),
        other => plain(name, other).map(String::into_bytes),
    }
}

/// Encodes `bytes` behind `shift` others and keeps what the value alone decides.
fn shifted(bytes: &[u8], shift: usize) -> String {
    let mut padded = vec![b' '; shift];
    padded.extend_from_slice(bytes);
    let encoded = STANDARD.encode(&padded);
    let start = [0, 2, 3][shift];
    let cut = [0, 3, 2][padded.len() % 3];
    let end = encoded.len().saturating_sub(cut);
    encoded.get(start..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{apply, apply_to, texts};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn encodes() {
        assert_eq!(texts(&apply("foobar", "base64")), ["Zm9vYmFy"]);
        assert_eq!(
            texts(&apply("foobar", "base64offset")),
            ["Zm9vYmFy", "Zvb2Jhc", "mb29iYX"]
        );
        assert_eq!(texts(&apply("foo", "wide|base64")), ["ZgBvAG8A"]);
        let contained = texts(&apply("foo", "base64offset|contains"));
        assert_eq!(contained, ["*Zm9v*", "*Zvb*", "*mb2*"]);
        assert!(apply_to(vec![Form::text("a*")], "base64").is_err());
    }

    proptest! {
        #[test]
        fn some_look_is_inside_every_encoding(before in proptest::collection::vec(any::<u8>(), 0..7), value in "[ -~]{4,12}", behind in proptest::collection::vec(any::<u8>(), 0..7)) {
            let whole: Vec<u8> = [&before[..], value.as_bytes(), &behind[..]].concat();
            let encoded = STANDARD.encode(whole);
            prop_assert!(encoded.contains(&shifted(value.as_bytes(), before.len() % 3)));
        }
    }
}
