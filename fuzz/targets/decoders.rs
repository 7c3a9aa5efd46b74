//! No archive, however damaged, does more than end with an error behind what could be unpacked, for every size
//! of blocks. How much of a damaged block of xz comes out depends on the room for it, but never what.

#![no_main]

use std::io::{Seek as _, Write as _};

use chatml::error::Result;
use chatml::stream::{Block, Flow, Inputs, Reading, Sink, run_naive};
use libfuzzer_sys::fuzz_target;

/// The first bytes of gzip, zstd and xz: with one of these before it any input is taken for an archive.
const MAGIC: [&[u8]; 4] = [b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b""];

/// More than this is not unpacked.
const MOST: usize = 1 << 20;

#[derive(Default)]
struct Collect(Vec<u8>);

impl Sink<()> for Collect {
    fn accept(&mut self, block: &Block, (): ()) -> Result<Flow> {
        self.0.extend_from_slice(&block.data);
        Ok(if self.0.len() > MOST { Flow::Stop } else { Flow::Continue })
    }

    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
}

fuzz_target!(|data: &[u8]| {
    let [kind, packed @ ..] = data else { return };
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(MAGIC[usize::from(kind % 4)]).expect("room for it");
    file.write_all(packed).expect("room for it");
    let mut unpacked = |block_bytes: usize| {
        let reading = Reading { block_bytes, max_line_bytes: 2 * MOST, ..Reading::default() };
        file.rewind().expect("a seekable file");
        let handle = file.try_clone().expect("a second handle");
        let inputs = Inputs::of_file(handle, "fuzz", &reading).expect("a readable file");
        let mut sink = Collect::default();
        let result = run_naive(inputs, || (), |(), _| (), &mut sink);
        // Where exactly damage shows may depend on the room that the decoder has.
        (sink.0, result.is_ok())
    };
    let (large, small) = (unpacked(1 << 16), unpacked(7));
    if large.0.len().max(small.0.len()) < MOST {
        assert_eq!(large.1, small.1);
        assert!(large.0.starts_with(&small.0) || small.0.starts_with(&large.0));
    }
});
