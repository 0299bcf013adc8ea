//! A file's bytes become text, whatever the file is.
//!
//! Takes a path and the most bytes that are read; gives text. A pipe, a device or a file without end costs no more than
//! a short one. Text may be UTF-8 or UTF-16, which Windows' editors and PowerShell write.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::files::irregular;

/// Longest export or file of indicators that is read: a Kibana export of all of Elastic's rules has about 20 MB.
pub const MAX_LINES: u64 = 64 << 20;

/// Longest TOML or YAML file that is read: the vendors' longest have less than a twentieth of it.
pub const MAX_TREE: u64 = 4 << 20;

/// Reads a file of at most `most` bytes. What became a pipe or a device since it was listed is not waited for.
///
/// # Errors
/// It cannot be read, is no regular file, or is longer ([`io::ErrorKind::FileTooLarge`]).
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let (file, length) = open(path)?;
    let mut bytes = Vec::with_capacity(length.min(most) as usize + 1);
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let said = format!("longer than {} MiB", most >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, said));
    }
    Ok(bytes)
}

/// Reads at most the first `most` bytes of a file.
///
/// # Errors
/// It cannot be read, or is no regular file.
pub fn read_start(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.0.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a regular file; gives its length too.
fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = File::options()
        .read(true)
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
        .open(path)?;
    let found = file.metadata()?;
    if found.is_file() {
        Ok((file, found.len()))
    } else {
        Err(irregular())
    }
}

/// Decodes UTF-8, or UTF-16 with a byte order mark or ASCII at its start; the mark is no part of the text.
///
/// # Errors
/// A sentence that says at which byte it is neither.
pub fn decode(bytes: Vec<u8>) -> Result<String, String> {
    let wide = match bytes.as_slice() {
        [0xff, 0xfe, ..] => Some((2, true)),
        [0xfe, 0xff, ..] => Some((2, false)),
        [1..=127, 0, 1..=127, 0, ..] => Some((0, true)),
        [0, 1..=127, 0, 1..=127, ..] => Some((0, false)),
        _ => None,
    };
    if let Some((start, little)) = wide {
        return decode_wide(&bytes[start..], start, little);
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("byte {at} is not UTF-8; save it as UTF-8")
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(text) => text.to_owned(),
        None => text,
    })
}

fn decode_wide(bytes: &[u8], start: usize, little: bool) -> Result<String, String> {
    let unit = |pair: &[u8]| {
        let pair = [pair[0], pair[1]];
        if little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        }
    };
    let units = bytes.chunks_exact(2).map(unit);
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut at = start;
    for char in char::decode_utf16(units) {
        let Ok(char) = char else {
            return Err(format!("byte {at} is not UTF-16; save it as UTF-8"));
        };
        at += char.len_utf16() * 2;
        text.push(char);
    }
    if bytes.len() % 2 == 1 {
        return Err(format!(
            "byte {at} is half a character of UTF-16; save it as UTF-8"
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_of_windows_is_text() {
        let wide = |text: &str, little: bool| -> Vec<u8> {
            let bytes = |unit: u16| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            };
            text.encode_utf16().flat_map(bytes).collect()
        };
        let text = "title: é 𝄞\r\n";
        for bytes in [
            text.as_bytes().to_vec(),
            format!("\u{feff}{text}").into_bytes(),
            wide(&format!("\u{feff}{text}"), true),
            wide(&format!("\u{feff}{text}"), false),
            wide(text, true),
            wide(text, false),
        ] {
            assert_eq!(decode(bytes).as_deref(), Ok(text));
        }
        assert_eq!(decode(Vec::new()).as_deref(), Ok(""));
    }

    #[test]
    fn what_is_no_text_says_where() {
        let said = decode(b"ab\xff".to_vec()).unwrap_err();
        assert!(said.starts_with("byte 2 is not UTF-8"), "{said}");
        let said = decode(vec![0xff, 0xfe, b'a', 0, 0x00, 0xdc]).unwrap_err();
        assert!(said.starts_with("byte 4 is not UTF-16"), "{said}");
        let said = decode(vec![0xff, 0xfe, b'a', 0, 7]).unwrap_err();
        assert!(said.starts_with("byte 4 is half"), "{said}");
    }

    #[test]
    fn what_has_no_end_is_not_read_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.yml");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        assert_eq!(
            read(&pipe, 10).unwrap_err().kind(),
            io::ErrorKind::InvalidInput
        );
        let zero = read(Path::new("/dev/zero"), 10).unwrap_err();
        assert_eq!(zero.kind(), io::ErrorKind::InvalidInput);
        let long = folder.path().join("long.yml");
        std::fs::write(&long, "12345678901").unwrap();
        assert_eq!(
            read(&long, 10).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
        assert_eq!(read(&long, 11).unwrap().len(), 11);
    }
}
