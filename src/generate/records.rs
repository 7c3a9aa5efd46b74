//! Files of lines that are read beside a plan: seeds, what must not be repeated, answers that were brought.

use std::path::PathBuf;

use crate::error::Result;
use crate::stream::{self, Block, Flow, Inputs, Reading, Sink};

/// Hands the blocks of the files to `take` in order, with the name of the file. `-` is standard input; compressed
/// files are read as such.
pub fn each_block(paths: &[PathBuf], take: impl FnMut(&Block, &str) -> Result<()>) -> Result<()> {
    let inputs = Inputs::open(paths, &Reading::default())?;
    let names = inputs.names().to_vec();
    stream::run(inputs, 1, || (), |(), _| (), &mut Blocks { names, take })
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
