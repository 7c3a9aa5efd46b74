//! What a worker makes of one block of lines: of every record, what decides where it goes.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::cli::unusable::SHOWN;
use crate::record::Value;
use crate::record::insertion::{self, Insertion};
use crate::rules::usable::{self, Held, Needs, Reader, Record, Unread};
use crate::similar::sketch::Sketcher;
use crate::similar::{By, Conversation, Keyer, Normalize, Shingler};
use crate::stream::Block;

use super::config::{Config, Near, Target};
use super::strata::{Kind, value};

/// Roles whose text makes records similar: what chatml-dedup compares.
const ROLES: [&str; 2] = ["user", "assistant"];

/// A seed of its own for every purpose, so that no two choices depend on each other.
pub(super) fn seed_of(purpose: &str, seed: u64) -> u64 {
    xxh3_64_with_seed(format!("chatml-split {purpose}").as_bytes(), seed)
}

/// What a worker reuses from block to block.
pub(super) struct Worker<'c> {
    reader: Reader,
    maker: Maker<'c>,
}

/// The lines of a block.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// One for each line, or run of blank lines. Small, since a line may be.
    pub lines: Vec<Line>,
    /// The groups of all records, one behind the other: the number of the pointer, and the hash of the value.
    pub groups: Vec<(usize, u64)>,
    /// Their sets of shingles.
    pub sets: Vec<u64>,
    /// The bands of their signatures.
    pub bands: Vec<u32>,
    unusable: u64,
}

/// One line, or blank lines side by side.
#[derive(Debug)]
pub(super) struct Line {
    /// Its bytes in the block, with the line feed and without a byte order mark.
    pub span: Range<usize>,
    /// What it holds.
    pub what: What,
}

/// What a line holds.
#[derive(Debug)]
pub(super) enum What {
    /// Nothing, in so many lines.
    Blank(u32),
    /// No record that can be dealt: at this byte, for this reason; none where enough are told.
    Unusable(Option<Box<(usize, String)>>),
    /// A line over the limit, of which only the beginning is there.
    TooLong,
    /// A record.
    Record(Item),
}

/// What decides about a record.
#[derive(Debug, Default)]
pub(super) struct Item {
    /// The number of its key.
    pub u: u64,
    /// It has no key, so the number is that of its messages, or else of all of it.
    pub lacking: bool,
    /// What only some runs ask for.
    pub more: Option<Box<More>>,
}

/// What only some runs ask for of a record. Ranges are into the lists of its block.
#[derive(Debug, Default)]
pub(super) struct More {
    /// The number of its conversation, where that is compared.
    pub whole: u64,
    /// The groups that it belongs to.
    pub groups: Range<usize>,
    /// Its set of shingles.
    pub set: Range<usize>,
    /// The bands of its signature.
    pub bands: Range<usize>,
    /// Of what kind it is, where that matters.
    pub class: Option<Kind>,
    /// Its value where values are limited.
    pub limited: Option<Kind>,
    /// The value that its file is named after; none: it has none.
    pub value: Option<String>,
    /// Where the name of its part is to be written.
    pub tag: Option<Insertion>,
}

impl Prepared {
    /// Adds what the next line holds; blank lines side by side are one.
    fn push(&mut self, span: Range<usize>, mut what: What) {
        if let What::Unusable(why) = &mut what {
            self.unusable += 1;
            // Of so many the words are never told, and they take more room than a short line.
            if self.unusable > SHOWN {
                *why = None;
            }
        }
        if let (What::Blank(_), Some(Line { span: before, what: What::Blank(count) })) =
            (&what, self.lines.last_mut())
        {
            *count += 1;
            before.end = span.end;
            return;
        }
        self.lines.push(Line { span, what });
    }
}

impl<'c> Worker<'c> {
    pub(super) fn new(config: &'c Config) -> Worker<'c> {
        Worker {
            reader: Reader::new(Needs {
                messages: config.needs_messages(),
                only_texts: config.outline_is_enough(),
            }),
            maker: Maker::new(config),
        }
    }

    /// Works on a block.
    pub(super) fn block(&mut self, block: &Block) -> Prepared {
        let mut prepared = Prepared::default();
        let maker = &mut self.maker;
        self.reader.lines(block, |span, held| {
            let what = match held {
                Held::Blank => What::Blank(1),
                Held::TooLong => What::TooLong,
                Held::Unusable(at, why) if why.ends_with("has no messages") => unusable(
                    at,
                    format!("{why}; name a field with --key /FIELD, or use --key record"),
                ),
                Held::Unusable(at, why) => unusable(at, why),
                Held::Record(Record::Plain(line, turns)) => {
                    maker.record(Conversation::Outline(line, turns), None, &mut prepared)
                }
                Held::Record(Record::Parsed(root, messages, _)) => {
                    maker.record(Conversation::Messages(messages), Some(root), &mut prepared)
                }
            };
            prepared.push(usable::without_mark(block, span), what);
        });
        prepared
    }

    /// The lines of a block without a look at what they hold.
    pub(super) fn spans(block: &Block) -> Prepared {
        let mut prepared = Prepared::default();
        for (span, what) in usable::unread(block) {
            let what = match what {
                Unread::TooLong => What::TooLong,
                Unread::Blank => What::Blank(1),
                Unread::Line => What::Record(Item::default()),
            };
            prepared.push(usable::without_mark(block, span), what);
        }
        prepared
    }
}

fn unusable(at: usize, why: String) -> What {
    What::Unusable(Some(Box::new((at, why))))
}

/// The part of a worker that makes an item of a record.
struct Maker<'c> {
    config: &'c Config,
    key: Keyer,
    /// For records that lack the key.
    messages: Keyer,
    /// For those that have no messages either.
    record: Keyer,
    groups: Vec<Keyer>,
    shingler: Shingler,
    sketcher: Option<Sketcher>,
    roles: Vec<String>,
    set: Vec<u64>,
}

impl<'c> Maker<'c> {
    fn new(config: &'c Config) -> Maker<'c> {
        let seed = seed_of("key", config.seed);
        let group = |(at, pointer): (usize, &String)| {
            let seed = seed_of(&format!("group {at}"), config.seed);
            Keyer::new(&[By::Pointer(pointer.clone())], Normalize::None, seed)
        };
        Maker {
            config,
            key: Keyer::new(std::slice::from_ref(&config.key), config.normalize, seed),
            messages: Keyer::new(&[By::Messages], Normalize::None, seed),
            record: Keyer::new(&[By::Record], Normalize::None, seed),
            groups: config.groups.iter().enumerate().map(group).collect(),
            shingler: Shingler::new(seed_of("shingles", config.seed)),
            sketcher: config.near.and_then(Near::sketcher),
            roles: ROLES.map(str::to_owned).to_vec(),
            set: Vec::new(),
        }
    }

    fn record(
        &mut self,
        of: Conversation<'_>,
        root: Option<Value<'_>>,
        prepared: &mut Prepared,
    ) -> What {
        let config = self.config;
        if config.needs_messages() && of.is_empty() {
            let list = root.map(|root| root.get("messages").unwrap_or(root));
            let at = list.map_or(0, |list| list.span().start);
            return unusable(at, "messages is empty".to_owned());
        }
        let key = self.key.key(of, root);
        let lacking = key.is_none();
        let u = key.map_or_else(|| self.whole(of, root), |key| key.0 as u64);
        let more = match config.needs_more() {
            true => match self.more(of, root, prepared) {
                Ok(more) => Some(Box::new(more)),
                Err(what) => return what,
            },
            false => None,
        };
        What::Record(Item { u, lacking, more })
    }

    /// The number of the conversation, or of all of a record that has none.
    fn whole(&mut self, of: Conversation<'_>, root: Option<Value<'_>>) -> u64 {
        let key = self.messages.key(of, root).or_else(|| self.record.key(of, root));
        key.map_or(0, |key| key.0 as u64)
    }

    fn more(
        &mut self,
        of: Conversation<'_>,
        root: Option<Value<'_>>,
        prepared: &mut Prepared,
    ) -> Result<More, What> {
        let config = self.config;
        let mut more = More::default();
        if config.check_leak {
            more.whole = self.whole(of, root);
        }
        self.ties(of, root, &mut more, prepared);
        if !config.strata.is_empty() {
            more.class = Some(Kind::of(&config.strata, of, root));
        }
        if let Some(limit) = &config.limit {
            more.limited =
                Some(Kind::of_values(&[value(root, &limit.pointer).unwrap_or_default()]));
        }
        match (&config.target, root) {
            (Target::Tag(pointer), Some(root)) => match insertion::place(root, pointer) {
                Some(place) => more.tag = Some(place),
                None => {
                    let why = format!("something on the way to {pointer} is no object");
                    return Err(unusable(root.span().start, why));
                }
            },
            (Target::Folder(folder), root) => {
                more.value = folder.partition.as_ref().and_then(|pointer| value(root, pointer));
            }
            _ => {}
        }
        Ok(more)
    }

    /// What else ties the record to others.
    fn ties(
        &mut self,
        of: Conversation<'_>,
        root: Option<Value<'_>>,
        more: &mut More,
        prepared: &mut Prepared,
    ) {
        let start = prepared.groups.len();
        for (at, pointer) in self.config.groups.iter().enumerate() {
            let there = root.and_then(|root| root.at_pointer(pointer));
            if there.is_some_and(|value| !value.is_null())
                && let Some(key) = self.groups[at].key(of, root)
            {
                prepared.groups.push((at, key.0 as u64));
            }
        }
        more.groups = start..prepared.groups.len();
        if self.config.near.is_some() {
            of.shingles(root, &self.roles, &mut self.shingler, &mut self.set);
            let start = prepared.sets.len();
            prepared.sets.extend_from_slice(&self.set);
            more.set = start..prepared.sets.len();
            if let Some(sketcher) = &mut self.sketcher {
                let start = prepared.bands.len();
                sketcher.bands(&self.set, &mut prepared.bands);
                more.bands = start..prepared.bands.len();
            }
        }
    }
}
