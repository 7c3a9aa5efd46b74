//! The flow of `corrupt` on one page.

use crate::cli::exit::Exit;
use crate::cli::outputs::Opener;
use crate::error::Result;
use crate::generate::setup::through;
use crate::stream::{Buffering, Identities, Inputs, Output};

use super::block::Worker;
use super::config::Config;
use super::kinds;
use super::options::Options;
use super::writer::{Outputs, Writer};

/// Runs the command: the exit status is 1 when a line was no record or too long.
pub(crate) fn run(options: &Options) -> Result<Exit> {
    if options.list_kinds {
        let mut output = Output::stdout(Buffering::Block);
        output.write(kinds::list().as_bytes())?;
        output.finish()?;
        return Ok(Exit::Ok);
    }
    let config = Config::new(options)?;
    let setup = &config.setup;
    let inputs = Inputs::open(&setup.inputs, &setup.reading)?;
    let list = Identities::of_paths(setup.list.as_deref());
    let mut opener = Opener::new([&inputs], setup.buffering).and(list);
    let outputs = Outputs {
        main: opener.main(setup.output.as_deref())?,
        truth: opener.beside(config.truth.as_deref())?,
        rejects: opener.beside(setup.rejects.as_deref())?,
        report: opener.beside(setup.report.as_deref())?,
    };
    drop(opener);
    let writer = Writer::new(&config, &inputs, outputs);
    let worker = || Worker::new(&config);
    through(setup, inputs, worker, |worker, block| worker.block(block), writer)
}
