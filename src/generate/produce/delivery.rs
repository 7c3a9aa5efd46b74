//! Where accepted examples go.
//!
//! A run that is resumed makes its examples again from the start. Into a file that is written as a whole they all
//! go again. Standard output may be a file that holds the first of them already, as `>>` leaves it: these are not
//! written twice, and that they are the same is looked at first.

use std::fs::File;
use std::io::{BufReader, Read};

use crate::error::{Error, Result};
use crate::stream::Output;

/// The output of a run.
pub(in crate::generate) struct Delivery {
    output: Output,
    /// What standard output holds already and is still to be compared.
    held: Option<BufReader<File>>,
    /// Bytes of it that are left.
    left: u64,
}

impl Delivery {
    /// To `output`, which holds nothing yet.
    pub(in crate::generate) fn new(output: Output) -> Delivery {
        Delivery { output, held: None, left: 0 }
    }

    /// To standard output, which may be a file with the first examples in it.
    pub(in crate::generate) fn resumed(output: Output) -> Result<Delivery> {
        let mut delivery = Delivery::new(output);
        // Through /proc the file is opened anew: standard output itself cannot be read.
        if let Ok(file) = File::open("/proc/self/fd/1")
            && let Ok(metadata) = file.metadata()
            && metadata.is_file()
        {
            delivery.left = metadata.len();
            delivery.held = Some(BufReader::new(file));
        }
        Ok(delivery)
    }

    /// Writes an accepted example, or as much of it as is not there yet.
    pub(in crate::generate) fn write(&mut self, line: &[u8]) -> Result<()> {
        if self.left == 0 {
            return self.output.write(line);
        }
        let there = line.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let mut held = vec![0; there];
        let reader = self.held.as_mut().map(|held_by| held_by.read_exact(&mut held));
        if !matches!(reader, Some(Ok(()))) || held != line[..there] {
            let what =
                "standard output: holds other data than this run makes; nothing was added to it";
            return Err(Error::Unfit(what.to_owned()));
        }
        self.left -= there as u64;
        if there < line.len() { self.output.write(&line[there..]) } else { Ok(()) }
    }

    /// Hands over what was gathered.
    pub(in crate::generate) fn flush(&mut self) -> Result<()> {
        self.output.flush()
    }

    /// Ends the output of a run that ended early: what stands behind the examples may be those that are missing.
    pub(in crate::generate) fn finish(self) -> Result<()> {
        self.output.finish()
    }

    /// No more examples will ever be made: trouble if there is something behind them.
    pub(in crate::generate) fn finish_whole(self) -> Result<()> {
        let left = self.left;
        self.output.finish()?;
        match left {
            0 => Ok(()),
            left => Err(Error::Unfit(format!(
                "standard output: holds {left} more bytes behind the examples of this run; take them off"
            ))),
        }
    }
}
