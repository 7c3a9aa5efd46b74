//! What a worker makes of one block of lines: of every record, what it is compared by.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_128;

use crate::record::insertion::{self, Insertion};
use crate::record::parse::Masked;
use crate::record::{Message, Value};
use crate::rules::usable::{self, Held, Needs, Reader, Record, Unread};
use crate::similar::overlap::{Hit, Overlap, Search};
use crate::similar::sketch::Sketcher;
use crate::similar::{By, Conversation, Key, Keyer, Shingler};
use crate::stream::Block;

use super::config::{Config, Keep, Mode};
use super::rank::Rank;

/// What a worker reuses from block to block.
pub(super) struct Worker<'c> {
    config: &'c Config,
    search: Option<Search<'c>>,
    reader: Reader,
    keyer: Keyer,
    shingler: Shingler,
    sketcher: Option<Sketcher>,
    set: Vec<u64>,
}

/// The lines of a block, and what their records are compared by.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// One for each line.
    pub lines: Vec<PreparedLine>,
    /// The sets of all records, one behind the other.
    pub sets: Vec<u64>,
    /// The bands of their signatures, likewise.
    pub bands: Vec<u32>,
    /// The texts that keys were made of, where they are wanted.
    pub texts: Vec<u8>,
}

impl Prepared {
    /// Where the first line begins: behind the byte order mark of a further input, which is not written.
    pub(super) fn start(&self) -> usize {
        self.lines.first().map_or(0, |line| line.span.start)
    }
}

/// One line.
#[derive(Debug)]
pub(super) struct PreparedLine {
    /// Its bytes in the block: with the line feed, and without the byte order mark of a further input.
    pub span: Range<usize>,
    /// What it holds.
    pub what: What,
}

/// What a line holds.
#[derive(Debug)]
pub(super) enum What {
    /// Nothing.
    Blank,
    /// No record that can be compared: at this byte, for this reason.
    Unusable(usize, String),
    /// A line over the limit, of which only the beginning is there.
    TooLong,
    /// A record.
    Record(Item),
}

/// What a record is compared by. Ranges are into the lists of its block.
#[derive(Debug, Default)]
pub(super) struct Item {
    /// None: it equals no other.
    pub key: Option<Key>,
    /// The text of the key.
    pub text: Range<usize>,
    /// The set of shingles.
    pub set: Range<usize>,
    /// The bands of its signature.
    pub bands: Range<usize>,
    /// The greater it is, the rather the record stays.
    pub rank: Rank,
    /// An item of the evaluation set stands in it.
    pub hit: Option<Hit>,
    /// Where a line number is to be written into the record.
    pub note: Option<Insertion>,
}

impl Item {
    /// Tells records apart that differ only in tokens that stand for nothing, such as halves of surrogate
    /// pairs, which are all read alike.
    fn tell_apart(&mut self, tokens: &[u8], prepared: &mut Prepared) {
        if !tokens.is_empty() {
            self.key = self.key.map(|Key(key)| Key(key ^ xxh3_128(tokens)));
            if !self.text.is_empty() {
                prepared.texts.extend_from_slice(tokens);
                self.text.end = prepared.texts.len();
            }
        }
    }
}

impl<'c> Worker<'c> {
    pub(super) fn new(config: &'c Config, evaluation: Option<&'c Overlap>) -> Worker<'c> {
        Worker {
            config,
            search: evaluation.map(Search::new),
            reader: Reader::new(Needs {
                messages: config.needs_messages(),
                only_texts: config.outline_is_enough(),
            }),
            keyer: Keyer::new(&config.by, config.normalize, config.key_seed),
            shingler: Shingler::new(config.seed),
            sketcher: config.similar.and_then(|similar| similar.scheme.sketcher()),
            set: Vec::new(),
        }
    }

    /// Works on a block.
    pub(super) fn block(&mut self, block: &Block) -> Prepared {
        let Worker { config, search, reader, keyer, shingler, sketcher, set } = self;
        let mut maker = Maker {
            config,
            search: search.as_mut(),
            keyer,
            shingler,
            sketcher: sketcher.as_mut(),
            set,
        };
        let mut prepared = Prepared::default();
        reader.lines(block, |span, held| {
            let what = match held {
                Held::Blank => What::Blank,
                Held::TooLong => What::TooLong,
                Held::Unusable(at, why) if why.ends_with("has no messages") => What::Unusable(
                    at,
                    format!("{why}; name a field with --by /FIELD, or use --by record"),
                ),
                Held::Unusable(at, why) => What::Unusable(at, why),
                Held::Record(Record::Plain(line, turns)) => What::Record(maker.item(
                    Conversation::Outline(line, turns),
                    None,
                    &mut prepared,
                )),
                Held::Record(Record::Parsed(root, messages, masked)) => {
                    maker.record(root, messages, masked, &mut prepared)
                }
            };
            prepared.lines.push(PreparedLine { span, what });
        });
        prepared
    }

    /// The lines of a block without a look at what they hold.
    pub(super) fn spans(block: &Block) -> Prepared {
        let line = |(span, what)| {
            let what = match what {
                Unread::TooLong => What::TooLong,
                Unread::Blank => What::Blank,
                Unread::Line => What::Record(Item::default()),
            };
            PreparedLine { span, what }
        };
        Prepared { lines: usable::unread(block).map(line).collect(), ..Prepared::default() }
    }
}

/// The part of a worker that makes an item of a line that was read.
struct Maker<'w, 'c> {
    config: &'c Config,
    search: Option<&'w mut Search<'c>>,
    keyer: &'w mut Keyer,
    shingler: &'w mut Shingler,
    sketcher: Option<&'w mut Sketcher>,
    set: &'w mut Vec<u64>,
}

impl Maker<'_, '_> {
    fn record(
        &mut self,
        root: Value<'_>,
        messages: &[Message<'_>],
        masked: &Masked,
        prepared: &mut Prepared,
    ) -> What {
        if self.config.needs_messages() && messages.is_empty() {
            let list = root.get("messages").unwrap_or(root);
            return What::Unusable(list.span().start, "messages is empty".to_owned());
        }
        let mut item = self.item(Conversation::Messages(messages), Some(root), prepared);
        let whole = !self.config.by.iter().all(By::is_in_outline);
        let compared = if whole { Some(root) } else { root.get("messages") };
        item.tell_apart(&tokens_within(masked, compared, root.document().line), prepared);
        match &self.config.mode {
            Mode::Annotate(pointer) if item.note.is_none() => What::Unusable(
                root.span().start,
                format!("something on the way to {pointer} is no object"),
            ),
            _ => What::Record(item),
        }
    }

    fn item(
        &mut self,
        conversation: Conversation<'_>,
        root: Option<Value<'_>>,
        prepared: &mut Prepared,
    ) -> Item {
        let mut item = Item { key: self.keyer.key(conversation, root), ..Item::default() };
        if self.config.verify && item.key.is_some() {
            item.text =
                extend(&mut prepared.texts, |texts| texts.extend_from_slice(self.keyer.text()));
        }
        if self.config.similar.is_some() {
            conversation.shingles(root, &self.config.roles, self.shingler, self.set);
            item.set = extend(&mut prepared.sets, |sets| sets.extend_from_slice(self.set));
            if let Some(sketcher) = &mut self.sketcher {
                item.bands = extend(&mut prepared.bands, |bands| sketcher.bands(self.set, bands));
            }
        }
        if let Some(search) = &mut self.search {
            let users = (0..conversation.len()).filter(|at| conversation.role(*at) == "user");
            item.hit = search
                .find(users.flat_map(|at| conversation.texts(at).map(move |text| (at, text))));
        }
        item.rank = self.rank(conversation, root);
        if let (Mode::Annotate(pointer), Some(root)) = (&self.config.mode, root) {
            item.note = insertion::place(root, pointer);
        }
        item
    }

    fn rank(&self, conversation: Conversation<'_>, root: Option<Value<'_>>) -> Rank {
        match &self.config.keep {
            Keep::First | Keep::Last => Rank::default(),
            Keep::Longest => Rank::of_count(conversation.characters()),
            Keep::MostTurns => Rank::of_count(conversation.len()),
            Keep::Largest => Rank::of_count(self.set.len()),
            Keep::Extreme { pointer, least } => {
                let value = root.and_then(|root| root.at_pointer(pointer));
                match value.and_then(|value| Rank::of_number(value.raw())) {
                    Some(rank) if *least => rank.negated(),
                    Some(rank) => rank,
                    None => Rank::NONE,
                }
            }
        }
    }
}

/// The tokens within a value that stand for nothing.
fn tokens_within(masked: &Masked, value: Option<Value<'_>>, line: &[u8]) -> Vec<u8> {
    let spans =
        masked.non_finite.iter().chain(masked.lone_surrogates.iter().map(|half| &half.span));
    let within =
        |span: &&Range<usize>| value.is_some_and(|value| value.span().contains(&span.start));
    spans.filter(within).flat_map(|span| &line[span.clone()]).copied().collect()
}

/// Lets something be added to a list and tells where it stands.
fn extend<T>(list: &mut Vec<T>, add: impl FnOnce(&mut Vec<T>)) -> Range<usize> {
    let start = list.len();
    add(list);
    start..list.len()
}
