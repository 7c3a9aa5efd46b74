//! The flow of `from` on one page.

use crate::cli::exit::Exit;
use crate::cli::outputs::Opener;
use crate::error::Result;
use crate::generate::setup::Outputs;
use crate::stream::{self, Identities, Inputs};

use super::config::Config;
use super::options::Options;
use super::reader::Reader;

/// Runs the command: the exit status is 1 when parts could not be used.
pub(crate) fn run(options: &Options) -> Result<Exit> {
    let config = Config::new(options)?;
    let setup = &config.setup;
    let inputs = Inputs::open(&setup.inputs, &setup.reading)?;
    let others = setup.list.iter().chain(&config.templates_file);
    let others = Identities::of_paths(others.map(|path| path.as_path()));
    let mut opener = Opener::new([&inputs], setup.buffering).and(others);
    let outputs = Outputs::open(setup, &mut opener)?;
    drop(opener);
    let mut reader = Reader::new(&config, &inputs, outputs);
    // Where a part begins depends on all lines before it, so there is nothing for workers to do.
    match stream::run(inputs, 1, || (), |(), _| (), &mut reader) {
        Ok(()) => {
            let found = reader.finish()?;
            Ok(if found { Exit::Found.forgiven_if(setup.exit_zero) } else { Exit::Ok })
        }
        Err(trouble) => {
            reader.give_up();
            Err(trouble)
        }
    }
}
