//! `wide`, `utf16le`, `utf16be`, `utf16`: the text in UTF-16, mostly ahead of `base64`.

use super::super::item::{Applied, Form, Item, Refusal, unfit};
use super::Modifier;

pub static WIDE: Modifier = Modifier {
    name: "wide",
    apply: |item, _| encode(item, "wide", &[], u16::to_le_bytes),
};

pub static UTF16LE: Modifier = Modifier {
    name: "utf16le",
    apply: |item, _| encode(item, "utf16le", &[], u16::to_le_bytes),
};

pub static UTF16BE: Modifier = Modifier {
    name: "utf16be",
    apply: |item, _| encode(item, "utf16be", &[], u16::to_be_bytes),
};

/// Little-endian behind a byte order mark.
pub static UTF16: Modifier = Modifier {
    name: "utf16",
    apply: |item, _| encode(item, "utf16", &[0xff, 0xfe], u16::to_le_bytes),
};

fn encode(item: &mut Item, name: &str, mark: &[u8], bytes: fn(u16) -> [u8; 2]) -> Applied {
    item.each(|form| {
        let text = plain(name, form)?;
        let mut encoded = mark.to_vec();
        encoded.extend(text.encode_utf16().flat_map(bytes));
        Ok(vec![Form::Bytes(encoded)])
    })
}

/// Returns the text of a form that has no wildcard.
pub fn plain(name: &str, form: Form) -> Result<String, Refusal> {
    match form {
        Form::Text(_, glob) => glob.text().ok_or_else(|| {
            Refusal::new(
                format!("`{name}` cannot encode a wildcard"),
                format!("put `{name}` ahead of `contains`, and escape `*` and `?` that stand for themselves"),
            )
        }),
        Form::Number(number) => Ok(number.to_string()),
        other => Err(unfit(name, &other, "text")),
    }
}

/// Returns bytes as the text that a log shows of them, a character each where they are no UTF-8.
pub fn as_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{apply, apply_to};
    use super::*;

    #[test]
    fn the_specification_s_examples() {
        let bytes = |modifier| match apply("cmd", modifier).remove(0) {
            Form::Bytes(bytes) => bytes,
            other => panic!("{other:?}"),
        };
        assert_eq!(bytes("utf16le"), b"c\0m\0d\0");
        assert_eq!(bytes("wide"), b"c\0m\0d\0");
        assert_eq!(bytes("utf16be"), b"\0c\0m\0d");
        assert_eq!(bytes("utf16"), b"\xff\xfec\0m\0d\0");
        assert!(apply_to(vec![Form::text("a*")], "wide").is_err());
    }
}
