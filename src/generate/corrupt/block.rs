//! What a worker makes of one block of lines: of the few that are to be damaged, what is written in their place.
//!
//! Of every other line only the hash is taken, so that a run is about as fast as its reading and writing. Where near
//! duplicates are made, all are compared (`originals`).

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::generate::draw::{Draw, Purpose};
use crate::record::Parser;
use crate::similar::Shingler;
use crate::stream::{Block, Line};

use super::case::{Case, Hand};
use super::config::Config;
use super::kinds::{Kind, Row};
use super::originals::{Maker, Sets};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// What a block comes to.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// Where the bytes start that are written: behind the mark of a further input, which would stand in the middle of
    /// the output.
    pub start: usize,
    /// All lines.
    pub lines: u64,
    /// Those without a record.
    pub blank: u64,
    /// The lines that something is to be done with, in order.
    pub marked: Vec<Marked>,
    /// What all lines are compared by, where near duplicates are made.
    pub sets: Option<Sets>,
}

impl Prepared {
    /// The first line that is not left out, if it is to be changed.
    pub(super) fn first_change(&self) -> Option<&Marked> {
        let left_out = |(at, marked): &(u64, &Marked)| {
            marked.number == *at && matches!(marked.what, What::TooLong)
        };
        let (at, first) = (0..).zip(&self.marked).find(|marked| !left_out(marked))?;
        Some(first).filter(|first| first.number == at && matches!(first.what, What::Change(..)))
    }
}

/// A line that something is to be done with.
#[derive(Debug)]
pub(super) struct Marked {
    /// Its number in the block, from 0.
    pub number: u64,
    /// Its bytes in the block, with the line feed if it has one.
    pub span: Range<usize>,
    pub what: What,
}

/// What is to be done with a line.
#[derive(Debug)]
pub(super) enum What {
    /// This is written in its place.
    Change(Kind, Vec<u8>),
    /// This is written so many lines behind it.
    Repeat(Kind, Vec<u8>, u64),
    /// None of the kinds fits it.
    Unfit,
    /// It should be damaged and is no record: at this byte, for this reason.
    NoRecord(usize, String),
    /// It is over the limit, and only its beginning is there.
    TooLong,
}

/// What a worker reuses from block to block.
pub(super) struct Worker<'c> {
    config: &'c Config,
    parser: Parser,
    hand: Hand,
    /// Only where near duplicates are made.
    sets: Option<Maker>,
    /// Seeds of the hashes that choose the records, and of what is drawn for them.
    seeds: [u64; 2],
}

impl<'c> Worker<'c> {
    pub(super) fn new(config: &'c Config) -> Worker<'c> {
        let seed = |what: &str| xxh3_64_with_seed(what.as_bytes(), config.seed);
        Worker {
            config,
            parser: Parser::default(),
            hand: Hand {
                draw: Draw::new(config.seed, 0, 0, Purpose::Change),
                parser: Parser::default(),
                shingler: Shingler::default(),
            },
            sets: config.makes_near().then(Maker::new),
            seeds: [seed("chatml-gen corrupt: which"), seed("chatml-gen corrupt: how")],
        }
    }

    /// Works on a block.
    pub(super) fn block(&mut self, block: &Block) -> Prepared {
        let mut prepared = Prepared::default();
        for line in block.lines() {
            let first = block.first && line.start == 0;
            let mark = if first && line.bytes.starts_with(BOM) { BOM.len() } else { 0 };
            if block.input > 0 {
                prepared.start += mark;
            }
            let record = &line.bytes[mark..];
            let record = record.strip_suffix(b"\r").unwrap_or(record);
            if record.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
                prepared.blank += 1;
            } else if let Some(what) = self.line(&line, record, mark) {
                let span = line.start + mark..line.end;
                prepared.marked.push(Marked { number: prepared.lines, span, what });
            }
            prepared.lines += 1;
        }
        prepared.sets = self.sets.as_mut().map(|maker| maker.sets(block, &prepared));
        prepared
    }

    /// What is to be done with a line that is not blank; none: nothing.
    fn line(&mut self, line: &Line<'_>, record: &[u8], mark: usize) -> Option<What> {
        if line.cut {
            return Some(What::TooLong);
        }
        let [which, how] = self.seeds;
        if u128::from(xxh3_64_with_seed(record, which)) >= self.config.bound {
            return None;
        }
        self.hand.draw =
            Draw::new(self.config.seed, xxh3_64_with_seed(record, how), 0, Purpose::Change);
        // The carriage return, which belongs to the line ending.
        let ending = &line.bytes[mark + record.len()..];
        Some(self.damage(record, ending, mark))
    }

    fn damage(&mut self, record: &[u8], ending: &[u8], mark: usize) -> What {
        let (hand, config) = (&mut self.hand, self.config);
        let made = self.parser.parse(record, None, |document, _| {
            let case = match Case::of(record, document) {
                Ok(case) => case,
                Err(why) => return What::NoRecord(mark, why.to_owned()),
            };
            match choose(&case, &config.kinds, ending, hand) {
                None => What::Unfit,
                Some((kind, made)) => {
                    let line = [&made, ending, b"\n"].concat();
                    match kind.row().finder.is_repeat() {
                        true => {
                            let behind = hand.draw.below(config.spread as usize + 1) as u64;
                            What::Repeat(kind, line, behind)
                        }
                        false => What::Change(kind, line),
                    }
                }
            }
        });
        made.unwrap_or_else(|fault| What::NoRecord(mark + fault.at(), format!("not JSON: {fault}")))
    }
}

/// One of the kinds, each as likely, and what it makes of the record: the first by chance that fits.
fn choose(
    case: &Case<'_>,
    kinds: &[Kind],
    ending: &[u8],
    hand: &mut Hand,
) -> Option<(Kind, Vec<u8>)> {
    let mut left = kinds.to_vec();
    while !left.is_empty() {
        let kind = left.swap_remove(hand.draw.below(left.len()));
        let Row { name, make, .. } = kind.row();
        // Such a line has the ending that the others have, if any have.
        if *name == "crlf" && !ending.is_empty() {
            continue;
        }
        if let Some(made) = make(case, hand) {
            return Some((kind, made));
        }
    }
    None
}
