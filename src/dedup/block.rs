//! What a worker makes of one block of lines: of every record, what it is compared by.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_128;

use crate::record::parse::Masked;
use crate::record::scan::Scanner;
use crate::record::{Document, Message, Parser, Value};
use crate::rules::kind::Kind;
use crate::similar::overlap::{Hit, Overlap, Search};
use crate::similar::sketch::Sketcher;
use crate::similar::words::{Text, to_set};
use crate::similar::{By, Key, Keyer, Shingler, conversation::Conversation, conversation::media};
use crate::stream::{Block, Line};

use super::config::{Config, Keep, Mode};
use super::note::{self, Note};
use super::rank::Rank;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// What a worker reuses from block to block.
pub(super) struct Worker<'c> {
    config: &'c Config,
    search: Option<Search<'c>>,
    scanner: Scanner,
    parser: Parser,
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
    pub note: Option<Note>,
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
            scanner: Scanner::new(&[]),
            parser: Parser::default(),
            keyer: Keyer::new(&config.by, config.normalize, config.key_seed),
            shingler: Shingler::new(config.seed),
            sketcher: config.similar.and_then(|similar| similar.scheme.sketcher()),
            set: Vec::new(),
        }
    }

    /// Works on a block.
    pub(super) fn block(&mut self, block: &Block) -> Prepared {
        let mut prepared = Prepared::default();
        for line in block.lines() {
            let first = block.first && line.start == 0;
            let what = match line {
                Line { cut: true, .. } => What::TooLong,
                _ if first && let Some(why) = other_form(line.bytes) => {
                    What::Unusable(0, why.to_owned())
                }
                _ => {
                    let bytes = &line.bytes[mark(block, line)..];
                    self.line(bytes.strip_suffix(b"\r").unwrap_or(bytes), &mut prepared)
                }
            };
            prepared.lines.push(PreparedLine { span: start(block, line)..line.end, what });
        }
        prepared
    }

    /// The lines of a block without a look at what they hold.
    pub(super) fn spans(block: &Block) -> Prepared {
        let line = |line: Line<'_>| {
            let what = match line {
                Line { cut: true, .. } => What::TooLong,
                _ if is_blank(&line.bytes[mark(block, line)..]) => What::Blank,
                _ => What::Record(Item::default()),
            };
            PreparedLine { span: start(block, line)..line.end, what }
        };
        Prepared { lines: block.lines().map(line).collect(), ..Prepared::default() }
    }

    fn line(&mut self, line: &[u8], prepared: &mut Prepared) -> What {
        if is_blank(line) {
            return What::Blank;
        }
        if self.config.outline_is_enough()
            && let Some(outline) = self.scanner.outline(line)
        {
            let mut maker = Maker {
                config: self.config,
                search: self.search.as_mut(),
                keyer: &mut self.keyer,
                shingler: &mut self.shingler,
                sketcher: self.sketcher.as_mut(),
                set: &mut self.set,
            };
            return What::Record(maker.item(
                Conversation::Outline(line, outline.turns),
                None,
                prepared,
            ));
        }
        let Worker { config, search, parser, keyer, shingler, sketcher, set, .. } = self;
        let mut maker = Maker {
            config,
            search: search.as_mut(),
            keyer,
            shingler,
            sketcher: sketcher.as_mut(),
            set,
        };
        let read = |document: &Document<'_>, masked: &Masked| {
            let root = document.root();
            let mut what = maker.record(root, prepared);
            if let What::Record(item) = &mut what {
                let whole = !config.by.iter().all(By::is_in_outline);
                let compared = if whole { Some(root) } else { root.get("messages") };
                item.tell_apart(&tokens_within(masked, compared, line), prepared);
            }
            what
        };
        match parser.parse(line, None, read) {
            Ok(what) => what,
            Err(fault) => What::Unusable(fault.at(), format!("not JSON: {fault}")),
        }
    }
}

/// What a file is that is no JSON lines, by its first line.
fn other_form(line: &[u8]) -> Option<&'static str> {
    let nul_beside_bracket = |two: &[u8]| matches!(two, [0, b'{' | b'['] | [b'{' | b'[', 0]);
    match line.strip_prefix(BOM).unwrap_or(line).trim_ascii() {
        _ if line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff") => Some(UTF_16),
        _ if line[..line.len().min(4)].windows(2).any(nul_beside_bracket) => Some(UTF_16),
        b"[" => Some("the file is one JSON array; write one record a line, as with: jq -c '.[]'"),
        b"{" => Some("the file is pretty-printed; write one record a line, as with: jq -c ."),
        _ => None,
    }
}

const UTF_16: &str = "the file is UTF-16; convert it, as with: iconv -f UTF-16 -t UTF-8";

/// A line of nothing but space, tab and CR.
fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r'))
}

/// Length of the byte order mark that a line begins with.
fn mark(block: &Block, line: Line<'_>) -> usize {
    let first = block.first && line.start == 0;
    if first && line.bytes.starts_with(BOM) { BOM.len() } else { 0 }
}

/// Where a line starts that is written: the mark of a further input would stand in the middle of the output.
fn start(block: &Block, line: Line<'_>) -> usize {
    if block.input > 0 { line.start + mark(block, line) } else { line.start }
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
    fn record(&mut self, root: Value<'_>, prepared: &mut Prepared) -> What {
        if !root.is_object() {
            let hint = if root.is_array() {
                "an array, wanted an object; one record a line: jq -c '.[]'"
            } else {
                "not an object"
            };
            return What::Unusable(root.span().start, hint.to_owned());
        }
        let list = root.get("messages");
        let messages: Vec<Message<'_>> = match list {
            Some(list) => list.items().filter(Value::is_object).map(Message::of).collect(),
            None => Vec::new(),
        };
        if self.config.needs_messages()
            && let Some(why) = no_conversation(root, &messages)
        {
            return What::Unusable(list.map_or(root.span().start, |list| list.span().start), why);
        }
        let item = self.item(Conversation::Messages(&messages), Some(root), prepared);
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
            self.set.clear();
            for at in 0..conversation.len() {
                if self.config.roles.iter().any(|role| role == conversation.role(at)) {
                    conversation.texts(at).for_each(|text| self.shingler.turn(text, self.set));
                    if let Some(beside) = conversation.beside(at) {
                        self.shingler.turn(Text::Decoded(&beside), self.set);
                    }
                }
            }
            if let Some(media) = root.and_then(media) {
                self.shingler.turn(Text::Decoded(&media), self.set);
            }
            to_set(self.set);
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
            item.note = note::place(root, pointer);
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
    let spans = masked.non_finite.iter().chain(&masked.lone_surrogates);
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

/// Why a record has nothing to compare.
fn no_conversation(root: Value<'_>, messages: &[Message<'_>]) -> Option<String> {
    let Some(list) = root.get("messages") else {
        return Some(match Kind::of(root) {
            Kind::Other(guess) => match guess.hint() {
                Some((what, advice)) => format!("{what} and has no messages; {advice}"),
                None => {
                    "the record has no messages; name a field with --by /FIELD, or use --by record"
                        .to_owned()
                }
            },
            kind => format!("the record is {} and has no messages; use --by record", kind.name()),
        });
    };
    if !list.is_array() {
        Some("messages is no array".to_owned())
    } else if list.is_empty() {
        Some("messages is empty".to_owned())
    } else if messages.len() < list.len() {
        Some("messages holds something that is no object".to_owned())
    } else {
        None
    }
}
