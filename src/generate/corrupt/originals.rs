//! Which records stay where near duplicates are removed, so that only these come again.
//!
//! `chatml-dedup --near` removes a record for which one like it stays before it. Of a record that it removes itself
//! it may keep a copy, which then is not as like that other one: the truth would name somebody who does not find it.

use std::ops::Range;

use crate::error::Result;
use crate::rules::usable::{Held, Needs, Reader, Record};
use crate::similar::sketch::Sketcher;
use crate::similar::{Conversation, Near, Scheme, Shingler, Threshold};
use crate::stream::Block;

use super::block::{Prepared, What};
use super::repeats::runs;

/// What the lines of a block, as they are written, are compared by.
#[derive(Debug, Default)]
pub(super) struct Sets {
    /// One for each line of the input: its set, and the bands of its signature. None holds no record.
    lines: Vec<Option<(Range<usize>, Range<usize>)>>,
    sets: Vec<u64>,
    bands: Vec<u32>,
}

/// Makes them, in a worker.
pub(super) struct Maker {
    reader: Reader,
    shingler: Shingler,
    scheme: Scheme,
    sketcher: Option<Sketcher>,
}

impl Maker {
    pub(super) fn new() -> Maker {
        let scheme = Scheme::jaccard(Threshold::NEAR, false);
        Maker {
            reader: Reader::new(Needs { messages: true, only_texts: true }),
            shingler: Shingler::default(),
            scheme,
            sketcher: scheme.sketcher(),
        }
    }

    /// Of the lines of a block as they are written.
    pub(super) fn sets(&mut self, block: &Block, prepared: &Prepared) -> Sets {
        self.of(&written(block, prepared))
    }

    fn of(&mut self, block: &Block) -> Sets {
        let Maker { reader, shingler, scheme, sketcher } = self;
        let (mut made, mut set) = (Sets::default(), Vec::new());
        reader.lines(block, |_, held| {
            let line = match held {
                Held::Blank | Held::TooLong | Held::Unusable(..) => None,
                Held::Record(record) => {
                    match record {
                        Record::Plain(line, turns) => {
                            runs(Conversation::Outline(line, turns), None, shingler, &mut set);
                        }
                        Record::Parsed(root, messages, _) => {
                            runs(Conversation::Messages(messages), Some(root), shingler, &mut set);
                        }
                    }
                    let from = (made.sets.len(), made.bands.len());
                    made.sets.extend_from_slice(&set);
                    if let Some(sketcher) = sketcher {
                        scheme.sign(Threshold::NEAR, sketcher, &set, &mut made.bands);
                    }
                    Some((from.0..made.sets.len(), from.1..made.bands.len()))
                }
            };
            made.lines.push(line);
        });
        made
    }
}

/// The block as it is written, but for what comes again, which would be removed. A line that is left out is blank.
fn written(block: &Block, prepared: &Prepared) -> Block {
    let mut data = Vec::with_capacity(block.data.len());
    let mut from = 0;
    for marked in &prepared.marked {
        let new: &[u8] = match &marked.what {
            What::Change(_, line) => line,
            What::TooLong => b"\n",
            What::Repeat(..) | What::Unfit | What::NoRecord(..) => continue,
        };
        data.extend_from_slice(&block.data[from..marked.span.start]);
        data.extend_from_slice(new);
        from = marked.span.end;
    }
    data.extend_from_slice(&block.data[from..]);
    let &Block { input, first, last, offset, .. } = block;
    Block { input, first, last, offset, data, cut: false }
}

/// A block of one line.
fn alone(line: &[u8]) -> Block {
    Block { input: 0, first: true, last: true, offset: 0, data: line.to_vec(), cut: false }
}

/// The records that stay so far, in the writer.
pub(super) struct Originals {
    near: Near,
    lines: u32,
    maker: Maker,
}

impl Originals {
    pub(super) fn new() -> Originals {
        let near = Near::new(Scheme::jaccard(Threshold::NEAR, false), Threshold::NEAR);
        Originals { near, lines: 0, maker: Maker::new() }
    }

    /// Which lines of the next block hold a record that stays. `spared`: a line that was to be changed and is written
    /// as it was, with its number in the block.
    pub(super) fn of(&mut self, sets: &Sets, spared: Option<(u64, &[u8])>) -> Result<Vec<bool>> {
        let own = spared.map(|(number, line)| (number, self.maker.of(&alone(line))));
        let mut stay = Vec::with_capacity(sets.lines.len());
        for (number, line) in (0..).zip(&sets.lines) {
            stay.push(match &own {
                Some((spared, own)) if *spared == number => {
                    self.stays(own.lines.first().and_then(Option::as_ref), own)?
                }
                _ => self.stays(line.as_ref(), sets)?,
            });
        }
        Ok(stay)
    }

    fn stays(&mut self, line: Option<&(Range<usize>, Range<usize>)>, sets: &Sets) -> Result<bool> {
        let Some((set, bands)) = line else { return Ok(false) };
        let (set, bands) = (&sets.sets[set.clone()], &sets.bands[bands.clone()]);
        if self.near.find(set, bands)?.is_some() {
            return Ok(false);
        }
        self.near.insert(set, bands, self.lines)?;
        self.lines = self.lines.saturating_add(1);
        Ok(true)
    }
}
