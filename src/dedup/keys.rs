//! Writing keys instead of records, so that an engine can bring equal keys together.

use std::fmt::Write as _;

use crate::error::Result;
use crate::stream::{Block, Flow, Sink};

use super::block::{Item, Prepared, What};
use super::config::Emit;
use super::writer::{Writer, without_mark};

/// Writes a line for each key.
pub(super) struct Keys<'r, 'c> {
    pub writer: &'r mut Writer<'c>,
    pub names: &'r [String],
    pub emit: Emit,
    pub prefix: &'r str,
}

impl Keys<'_, '_> {
    fn rows(&self, item: &Item, prepared: &Prepared, line: &[u8], place: u32) -> Vec<u8> {
        let id = format!("{}{}", self.prefix, u64::from(place) + 1);
        // A record that equals no other has its own name for a key.
        let key = item.key.map_or_else(|| format!("-{id}"), |key| format!("{:032x}", key.0));
        match self.emit {
            Emit::Records => [key.as_bytes(), b"\t", without_mark(line)].concat(),
            Emit::Ids => format!("{key}\t{id}\n").into_bytes(),
            Emit::Bands => {
                let mut rows = String::new();
                for (band, hash) in prepared.bands[item.bands.clone()].iter().enumerate() {
                    let _ = writeln!(rows, "{band:02x}{hash:08x}\t{id}"); // cannot fail
                }
                rows.into_bytes()
            }
        }
    }
}

impl Sink<Prepared> for Keys<'_, '_> {
    fn accept(&mut self, block: &Block, prepared: Prepared) -> Result<Flow> {
        if block.first {
            self.writer.places.begin(&self.names[block.input]);
        }
        for line in &prepared.lines {
            let place = self.writer.places.next()?;
            let span = line.span.clone();
            match &line.what {
                What::Record(item) => {
                    let rows = self.rows(item, &prepared, &block.data[span], place);
                    self.writer.rows(&rows)?;
                }
                other => self.writer.no_record(block, span, place, other)?,
            }
        }
        self.writer.end_of_block(block)?;
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        self.writer.flush()
    }
}
