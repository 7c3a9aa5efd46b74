//! The pipeline hands on the lines that its naive twin hands on, whatever the size of blocks, the limit and
//! the number of workers.

#![no_main]

use std::io::{Seek as _, Write as _};

use chatml::error::Result;
use chatml::stream::{Block, Flow, Inputs, Reading, Sink, run, run_naive};
use libfuzzer_sys::fuzz_target;

/// Offset and bytes of every line, and whether it was cut.
type Lines = Vec<(u64, Vec<u8>, bool)>;

#[derive(Default)]
struct Collect(Lines);

impl Sink<Lines> for Collect {
    fn accept(&mut self, _: &Block, lines: Lines) -> Result<Flow> {
        self.0.extend(lines);
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
}

fn lines((): &mut (), block: &mut Block) -> Lines {
    let line = |line: chatml::stream::Line<'_>| {
        (block.offset + line.start as u64, line.bytes.to_vec(), line.cut)
    };
    block.lines().map(line).collect()
}

fuzz_target!(|data: &[u8]| {
    let [block, limit, jobs, text @ ..] = data else { return };
    let reading = Reading {
        block_bytes: 1 + usize::from(*block),
        max_line_bytes: 1 + usize::from(*limit),
        ..Reading::default()
    };
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(text).expect("room for it");
    let mut inputs = || {
        // A second handle shares the offset of the first.
        file.rewind().expect("a seekable file");
        let file = file.try_clone().expect("a second handle");
        Inputs::of_file(file, "fuzz", &reading).expect("a readable file")
    };
    let (mut naive, mut fast) = (Collect::default(), Collect::default());
    let one = run_naive(inputs(), || (), lines, &mut naive).map_err(|error| error.to_string());
    let jobs = 1 + usize::from(jobs % 3);
    let two = run(inputs(), jobs, || (), lines, &mut fast).map_err(|error| error.to_string());
    assert_eq!(naive.0, fast.0);
    assert_eq!(one, two);
});
