//! The flow of `evolve` on one page.

use crate::cli::exit::Exit;
use crate::cli::outputs::Opener;
use crate::error::Result;
use crate::generate::setup::{Outputs, through};
use crate::stream::{Identities, Inputs};

use super::block::Worker;
use super::config::Config;
use super::options::Options;
use super::writer::Writer;

/// Runs the command: the exit status is 1 when lines could not be used.
pub(crate) fn run(options: &Options) -> Result<Exit> {
    let config = Config::new(options)?;
    let setup = &config.setup;
    let inputs = Inputs::open(&setup.inputs, &setup.reading)?;
    let list = Identities::of_paths(setup.list.as_deref());
    let mut opener = Opener::new([&inputs], setup.buffering).and(list);
    let outputs = Outputs::open(setup, &mut opener)?;
    drop(opener);
    let writer = Writer::new(&config, &inputs, outputs);
    let worker = || Worker::new(&config);
    through(setup, inputs, worker, |worker, block| worker.block(block), writer)
}
