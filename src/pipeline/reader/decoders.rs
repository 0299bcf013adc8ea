//! The decoders of the files that are being read.
//!
//! Takes a turn; gives the decoder that goes on with it, made anew from its saved state where none is at hand. Few
//! are kept, since each may hold a record of [`MAX_RECORD`](crate::decode::MAX_RECORD) bytes.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use crate::decode::Decoder;
use crate::source::FileId;
use crate::source::follow::Turn;

/// Decoders kept. One that was let go costs one read of 128 KiB.
const MAX_DECODERS: usize = 16;

/// Decoders kept that may hold more than [`HEAVY`] bytes.
const MAX_HEAVY: usize = 2;

/// Bytes of unfinished record that make a decoder heavy.
pub(super) const HEAVY: u64 = 1 << 20;

#[derive(Debug)]
struct Kept {
    file: FileId,
    life: u64,
    path: Arc<Path>,
    decoder: Decoder,
    heavy: bool,
}

/// Decoders, the most recently used last.
#[derive(Debug, Default)]
pub(super) struct Decoders(VecDeque<Kept>);

impl Decoders {
    /// Returns the decoder that goes on where `turn` begins.
    pub(super) fn take(&mut self, turn: &Turn) -> Decoder {
        let at = self.0.iter().position(|kept| kept.file == turn.file);
        let kept = at.and_then(|at| self.0.remove(at));
        match kept {
            // The decoder names the path in every record, so it goes with its name.
            Some(kept) if kept.life == turn.life && kept.path == turn.path => kept.decoder,
            _ => Decoder::new(Arc::clone(&turn.path), turn.state.clone()),
        }
    }

    /// Keeps the decoder after `turn`.
    pub(super) fn keep(&mut self, turn: &Turn, decoder: Decoder, heavy: bool) {
        self.0.push_back(Kept {
            file: turn.file,
            life: turn.life,
            path: Arc::clone(&turn.path),
            decoder,
            heavy,
        });
        if self.0.iter().filter(|kept| kept.heavy).count() > MAX_HEAVY
            && let Some(at) = self.0.iter().position(|kept| kept.heavy)
        {
            self.0.remove(at);
        }
        if self.0.len() > MAX_DECODERS {
            self.0.pop_front();
        }
    }
}
