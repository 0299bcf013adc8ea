//! OSC 52 and its wrappings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// GNU screen 4.9 prints a device control string over the screen when it is longer than about 700 bytes.
const SCREEN_CHUNK: usize = 256;

/// Returns the bare sequence; `c` names the clipboard, because mosh takes no empty name.
#[must_use]
pub fn osc52(text: &str) -> Vec<u8> {
    format!("\x1b]52;c;{}\x1b\\", STANDARD.encode(text)).into_bytes()
}

/// Returns the sequence wrapped so that tmux hands it on where `allow-passthrough` is on.
#[must_use]
pub fn tmux(text: &str) -> Vec<u8> {
    let mut wrapped = b"\x1bPtmux;".to_vec();
    for byte in osc52(text) {
        if byte == 0x1b {
            wrapped.push(byte);
        }
        wrapped.push(byte);
    }
    wrapped.extend_from_slice(b"\x1b\\");
    wrapped
}

/// Returns the sequence in device control strings of at most 256 bytes, which screen strips and passes on.
///
/// The terminator is BEL here: an ESC inside would end screen's own string.
#[must_use]
pub fn screen(text: &str) -> Vec<u8> {
    let inner = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    let mut wrapped = Vec::with_capacity(inner.len() + inner.len() / SCREEN_CHUNK * 4 + 4);
    for chunk in inner.as_bytes().chunks(SCREEN_CHUNK) {
        wrapped.extend_from_slice(b"\x1bP");
        wrapped.extend_from_slice(chunk);
        wrapped.extend_from_slice(b"\x1b\\");
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tmux_doubles_every_escape() {
        assert_eq!(tmux("a"), b"\x1bPtmux;\x1b\x1b]52;c;YQ==\x1b\x1b\\\x1b\\");
    }

    #[test]
    fn screen_gets_chunks_that_join_to_the_whole() {
        let text = "indicator ".repeat(400);
        let wrapped = String::from_utf8(screen(&text)).unwrap();
        let chunks: Vec<&str> = wrapped
            .split("\x1bP")
            .skip(1)
            .map(|chunk| chunk.strip_suffix("\x1b\\").unwrap())
            .collect();
        assert!(chunks.len() > 10 && chunks.iter().all(|chunk| chunk.len() <= SCREEN_CHUNK));
        let inner = chunks.concat();
        let payload = inner
            .strip_prefix("\x1b]52;c;")
            .unwrap()
            .strip_suffix('\x07')
            .unwrap();
        assert_eq!(STANDARD.decode(payload).unwrap(), text.as_bytes());
    }
}
