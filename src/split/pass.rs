//! The passes over the lines: one that deals at once, or one that gathers and one that deals.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::stream::{Block, Flow, Sink};

use super::block::{Item, Prepared, What};
use super::config::{Config, Target};
use super::deal::Dealer;
use super::destination::Destination;
use super::families::Families;
use super::group_file::Listed;
use super::intake::Intake;
use super::rows::{Row, Rows, RowsIter};
use super::strata::Kinds;
use super::tally::Tally;

/// Bytes of a line as it is written: the last one may lack its line feed.
fn written(line: &[u8]) -> usize {
    line.len() + usize::from(!line.ends_with(b"\n"))
}

/// Writes what was dealt.
pub(super) struct Delivery<'r> {
    pub config: &'r Config,
    pub dealer: &'r Dealer,
    pub destination: &'r mut Destination,
    pub tally: &'r mut Tally,
    /// Records so far.
    pub index: u64,
    /// Lines of the block that go one way and lie side by side, and their records.
    pending: Option<(u32, Range<usize>, u64)>,
}

impl<'r> Delivery<'r> {
    pub(super) fn new(
        config: &'r Config,
        dealer: &'r Dealer,
        destination: &'r mut Destination,
        tally: &'r mut Tally,
    ) -> Delivery<'r> {
        Delivery { config, dealer, destination, tally, index: 0, pending: None }
    }

    /// The next record.
    fn record(&mut self, block: &Block, span: Range<usize>, row: &Row, item: &Item) -> Result<()> {
        let index = self.index;
        self.index += 1;
        let Some(part) = self.dealer.part(row, index) else { return Ok(()) };
        self.tally.add(part, self.dealer.own_class(row), written(&block.data[span.clone()]));
        if matches!(self.config.target, Target::Only(only) if only != part) {
            return Ok(());
        }
        let more = item.more.as_deref();
        let value = more.and_then(|more| more.value.as_deref());
        let Some(way) = self.destination.way(part, value)? else { return Ok(()) };
        if let Some(tag) = more.and_then(|more| more.tag.as_ref()) {
            let name = crate::record::text::to_json(&self.config.parts.all[part].name);
            return self.line(way, index, &tag.write(&block.data[span], 0, &name));
        }
        if !self.destination.takes_runs() {
            return self.line(way, index, &block.data[span]);
        }
        match &mut self.pending {
            Some((other, range, records)) if *other == way && range.end == span.start => {
                range.end = span.end;
                *records += 1;
                Ok(())
            }
            _ => {
                self.write_pending(block)?;
                self.pending = Some((way, span, 1));
                Ok(())
            }
        }
    }

    /// Writes a line, and the line feed that the last one may lack.
    fn line(&mut self, way: u32, index: u64, line: &[u8]) -> Result<()> {
        if line.ends_with(b"\n") {
            self.destination.write(way, index, line, 1)
        } else {
            self.destination.write(way, index, &[line, b"\n"].concat(), 1)
        }
    }

    fn write_pending(&mut self, block: &Block) -> Result<()> {
        let Some((way, range, records)) = self.pending.take() else { return Ok(()) };
        let lines = &block.data[range];
        self.destination.write(way, self.index, lines, records)?;
        match lines.last() {
            Some(b'\n') => Ok(()),
            _ => self.destination.write(way, self.index, b"\n", 0),
        }
    }
}

/// One pass: where a record goes depends on it alone.
pub(super) struct Deal<'r, 'c> {
    pub intake: &'r mut Intake<'c>,
    pub delivery: Delivery<'r>,
    /// The kinds that a repeated run knew.
    pub kinds: &'r Kinds,
}

impl Sink<Prepared> for Deal<'_, '_> {
    fn accept(&mut self, block: &Block, prepared: Prepared) -> Result<Flow> {
        self.intake.begin(block);
        for line in &prepared.lines {
            if self.intake.line(block, line)?
                && let What::Record(item) = &line.what
            {
                let class = item.more.as_ref().and_then(|more| more.class.as_ref());
                let class =
                    class.map_or(0, |class| self.kinds.known(class.hash).unwrap_or(u32::MAX));
                let row = Row { u: item.u, class, value: 0 };
                self.delivery.record(block, line.span.clone(), &row, item)?;
            }
        }
        self.delivery.write_pending(block)?;
        self.intake.end(block, &prepared)?;
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        self.intake.write_messages();
        self.intake.rejects.flush()?;
        self.delivery.destination.flush()
    }
}

/// The first of two passes: remembers what decides about each record.
pub(super) struct Gather<'r, 'c> {
    pub intake: &'r mut Intake<'c>,
    pub rows: Rows,
    /// Kinds that are split each for itself.
    pub kinds: Kinds,
    /// Values that are limited.
    pub values: Kinds,
    pub families: Option<Families>,
    pub listed: Listed,
}

impl Gather<'_, '_> {
    fn row(&mut self, item: &Item, prepared: &Prepared) -> Result<Row> {
        let (mut class, mut value) = (0, 0);
        if let Some(more) = &item.more {
            if let Some(kind) = &more.class {
                class = self.kinds.number(kind, "--stratify")?;
            }
            if let Some(kind) = &more.limited {
                value = self.values.number(kind, "--limit-per")?;
            }
        }
        if let Some(families) = &mut self.families {
            families.add(item, prepared, self.listed.groups(self.intake.place()))?;
        }
        Ok(Row { u: item.u, class, value })
    }
}

impl Sink<Prepared> for Gather<'_, '_> {
    fn accept(&mut self, block: &Block, prepared: Prepared) -> Result<Flow> {
        self.intake.begin(block);
        for line in &prepared.lines {
            let is_record = self.intake.line(block, line)?;
            match &line.what {
                What::Record(item) if is_record => {
                    let row = self.row(item, &prepared)?;
                    self.rows.push(row)?;
                }
                // Runs of blank lines end where blocks do, which are others when they are read again.
                What::Blank(_) => {}
                _ => self.rows.push(Row::NONE)?,
            }
        }
        self.intake.end(block, &prepared)?;
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        self.intake.write_messages();
        self.intake.rejects.flush()
    }
}

/// The second of two passes: deals in the order of the input.
pub(super) struct Replay<'r> {
    pub delivery: Delivery<'r>,
    pub rows: RowsIter<'r>,
}

impl Replay<'_> {
    /// Did all lines come again?
    pub(super) fn finish(mut self) -> Result<()> {
        if self.rows.next().is_none() { Ok(()) } else { Err(changed()) }
    }
}

/// The lines of the second pass are not those of the first.
fn changed() -> Error {
    Error::Unfit("an input has changed while it was read; it has to be read twice".to_owned())
}

impl Sink<Prepared> for Replay<'_> {
    fn accept(&mut self, block: &Block, prepared: Prepared) -> Result<Flow> {
        for line in &prepared.lines {
            if matches!(line.what, What::Blank(_)) {
                continue;
            }
            let row = self.rows.next().ok_or_else(changed)??;
            match &line.what {
                _ if row == Row::NONE => {}
                What::Record(item) => {
                    self.delivery.record(block, line.span.clone(), &row, item)?;
                }
                _ => return Err(changed()),
            }
        }
        self.delivery.write_pending(block)?;
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        self.delivery.destination.flush()
    }
}
