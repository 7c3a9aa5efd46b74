//! Files of lines that are read beside a plan: seeds, what must not be repeated, answers that were brought.

use std::path::PathBuf;

use crate::error::Result;
use crate::rules::usable::without_mark;
use crate::stream::{self, Block, Flow, Inputs, Reading, Sink};

/// Hands the blocks of the files to `take` in order, with the name of the file. `-` is standard input; compressed
/// files are read as such.
pub fn each_block(paths: &[PathBuf], take: impl FnMut(&Block, &str) -> Result<()>) -> Result<()> {
    let inputs = Inputs::open(paths, &Reading::default())?;
    let names = inputs.names().to_vec();
    stream::run(inputs, 1, || (), |(), _| (), &mut Blocks { names, take })
}

/// A line of a file that is read beside a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'b> {
    /// It without its line feed, and without the byte order mark that a file may begin with.
    pub bytes: &'b [u8],
    /// It is longer than the limit, and only its beginning is there.
    pub cut: bool,
}

/// The lines of a block.
pub fn lines(block: &Block) -> impl Iterator<Item = Line<'_>> {
    block.lines().map(|line| {
        let span = without_mark(block, line.start..line.start + line.bytes.len());
        Line { bytes: block.data.get(span).unwrap_or_default(), cut: line.cut }
    })
}

struct Blocks<F> {
    names: Vec<String>,
    take: F,
}

impl<F: FnMut(&Block, &str) -> Result<()>> Sink<()> for Blocks<F> {
    fn accept(&mut self, block: &Block, (): ()) -> Result<Flow> {
        let name = self.names.get(block.input).map_or("", String::as_str);
        (self.take)(block, name).map(|()| Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
}
