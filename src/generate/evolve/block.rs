//! What a worker makes of one block of lines: the variants of its records.

use std::collections::HashSet;
use std::ops::Range;

use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use crate::record::insertion::{self, Insertion};
use crate::record::text::to_json;
use crate::rules::usable::{self, Held, Needs, Reader, Record};
use crate::stream::Block;

use super::config::Config;
use super::ops::{OPS, Op};
use super::seed::{self, Seed};

/// What a line comes to.
#[derive(Debug)]
pub(super) enum What {
    Blank,
    TooLong,
    /// Nothing that can be used: at this byte, for this reason.
    Unusable(usize, String),
    Record(Made),
}

/// What was made of a record.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// Whole lines: the seed, if it is wanted, and its variants.
    pub lines: Vec<u8>,
    /// By operation, the variants.
    pub counts: [u64; OPS.len()],
    /// Variants that were not there to be made.
    pub missing: u64,
    /// Where there are such: by operation, 1 if it was tried and found nothing to change, ...
    pub idle: [u64; OPS.len()],
    /// ... and 1 if it had no other variant than those that it made.
    pub spent: [u64; OPS.len()],
    /// Variants that were no others than the seed, or than one before.
    pub equal: u64,
    /// Operations were left out, since the record is not English.
    pub foreign: bool,
    /// It has tools, and so gets no slips.
    pub with_tools: bool,
}

/// The lines of a block, with their bytes in it.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    pub lines: Vec<(Range<usize>, What)>,
}

/// What a worker reuses from block to block.
pub(super) struct Worker<'c> {
    config: &'c Config,
    reader: Reader,
}

impl<'c> Worker<'c> {
    pub(super) fn new(config: &'c Config) -> Worker<'c> {
        let needs = Needs { messages: true, only_texts: false };
        Worker { config, reader: Reader::new(needs) }
    }

    /// Works on a block.
    pub(super) fn block(&mut self, block: &Block) -> Prepared {
        let mut prepared = Prepared::default();
        let config = self.config;
        self.reader.lines(block, |span, held| {
            let span = usable::without_mark(block, span);
            let what = match held {
                Held::Blank => What::Blank,
                Held::TooLong => What::TooLong,
                Held::Unusable(at, why) => What::Unusable(at, why),
                // A reader that needs more than texts parses every line.
                Held::Record(Record::Plain(..)) => What::Unusable(0, "not parsed".to_owned()),
                Held::Record(Record::Parsed(root, ..)) => {
                    let place = insertion::place(root, "/metadata/parent");
                    record(&block.data[span.clone()], place, config)
                }
            };
            prepared.lines.push((span, what));
        });
        prepared
    }
}

/// The variants of a record; `place` is where its line takes the name of its family.
fn record(line: &[u8], place: Option<Insertion>, config: &Config) -> What {
    let bare = line.trim_ascii_end();
    let record: Value = match serde_json::from_slice(bare) {
        Ok(record) => record,
        Err(error) => return What::Unusable(error.column(), format!("not strict JSON: {error}")),
    };
    let Some(place) = place else {
        return What::Unusable(0, "metadata is no object".to_owned());
    };
    let parent = seed::parent(&record, bare);
    let mut made = Made::default();
    if config.with_seeds {
        if record["metadata"]["parent"].is_string() {
            made.lines.extend_from_slice(line);
        } else {
            made.lines.extend(place.write(line, 0, &to_json(&parent)));
        }
        if !made.lines.ends_with(b"\n") {
            made.lines.push(b'\n');
        }
    }
    variants(&record, bare, &parent, config, &mut made);
    What::Record(made)
}

/// Adds the variants of a record. The operations take turns, in an order of chance, until there are enough or a
/// round of all of them brings nothing new.
fn variants(record: &Value, line: &[u8], parent: &str, config: &Config, made: &mut Made) {
    let seed = Seed::of(record);
    let known = |op: &&Op| seed.is_english || !op.needs_english();
    let mut ops: Vec<Op> = config.ops.iter().filter(known).copied().collect();
    made.foreign = ops.len() < config.ops.len();
    made.with_tools = seed.has_tools && ops.contains(&Op::Typos);
    let number = xxh3_64(line);
    let purpose = crate::generate::draw::Purpose::Phrasing;
    crate::generate::draw::Draw::new(config.seed, number, 0, purpose).shuffle(&mut ops);
    let (mut seen, mut changed) = (HashSet::new(), [false; OPS.len()]);
    let mut left = config.variants;
    for round in 0.. {
        let before = left;
        for op in ops.iter().filter(|_| left > 0).collect::<Vec<_>>() {
            if left == 0 {
                break;
            }
            let change = op.apply(&seed, (config.seed, number, round), config.typo_rate);
            let Some(change) = change else { continue };
            changed[op.place()] = true;
            let Some(variant) = seed::variant(record, change, parent, op.name()) else { continue };
            // What op made it does not make it another one.
            if !seen.insert(xxh3_64(&without_op(&variant, op.name()))) {
                made.equal += 1;
                continue;
            }
            made.lines.extend_from_slice(&variant);
            made.counts[op.place()] += 1;
            left -= 1;
        }
        if left == 0 || left == before {
            break;
        }
    }
    made.missing = left as u64;
    for (place, _) in OPS.iter().enumerate().filter(|(_, op)| left > 0 && ops.contains(op)) {
        made.idle[place] = u64::from(!changed[place]);
        made.spent[place] = u64::from(changed[place]);
    }
}

/// A variant's line without the name of the operation, which stands at its end or in its metadata.
fn without_op(line: &[u8], op: &str) -> Vec<u8> {
    let name = format!("\"op\":\"{op}\"");
    match memchr::memmem::rfind(line, name.as_bytes()) {
        Some(at) => [&line[..at], &line[at + name.len()..]].concat(),
        None => line.to_vec(),
    }
}
