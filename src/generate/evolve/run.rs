//! The flow of `evolve` on one page.

use crate::cli::exit::Exit;
use crate::cli::outputs::Opener;
use crate::error::Result;
use crate::generate::setup::Outputs;
use crate::stream::{self, Identities, Inputs};

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
    let mut writer = Writer::new(&config, &inputs, outputs);
    let worker = || Worker::new(&config);
    let work = |worker: &mut Worker<'_>, block: &mut stream::Block| worker.block(block);
    match stream::run(inputs, setup.jobs, worker, work, &mut writer) {
        Ok(()) => {
            let found = writer.finish()?;
            Ok(if found { Exit::Found.forgiven_if(setup.exit_zero) } else { Exit::Ok })
        }
        Err(trouble) => {
            writer.give_up();
            Err(trouble)
        }
    }
}
