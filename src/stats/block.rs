//! What a worker makes of one block of lines: its state, and which lines are records.

use std::ops::Range;
use std::sync::Mutex;

use crate::quality::Detector;
use crate::record::Message;
use crate::record::chat::part_type;
use crate::record::document::Kind;
use crate::rules::usable::{Held, Needs, Reader, Record};
use crate::stream::Block;
use crate::tokens::Run;
use crate::tokens::template::Rendered;

use super::audit::{self, Cause, Idle};
use super::categories::Category;
use super::chat::{Chat, Role, parsed};
use super::config::{Config, Counter, Mode};
use super::partial;
use super::place::Place;
use super::quality::Examiner;
use super::state::{Levels, State};

/// What is shared by all workers.
pub(super) struct Shared {
    /// Finds signs in texts.
    pub detector: Detector,
    /// How selective the samples of the whole have become.
    pub levels: Mutex<Levels>,
}

/// A line that could not be used.
#[derive(Debug)]
pub(super) struct Left {
    /// Its number in the block, from 0.
    pub line: u64,
    /// Its bytes in the block.
    pub span: Range<usize>,
    /// What is wrong with it, and where; none: it is too long.
    pub why: Option<(usize, String)>,
}

/// A block that was measured.
#[derive(Debug)]
pub(super) struct Part {
    /// What was measured.
    pub state: State,
    /// The records, as runs of lines side by side.
    pub records: Vec<Range<usize>>,
    /// Lines that could not be used.
    pub left: Vec<Left>,
    /// The block holds states, which are to be read.
    pub is_states: bool,
    /// The first line, from 0, with a state behind one that is none.
    pub state_behind: Option<u64>,
}

/// What a worker reuses from block to block.
pub(super) struct Worker<'c> {
    config: &'c Config,
    shared: &'c Shared,
    reader: Reader,
    measurer: Measurer<'c>,
}

impl<'c> Worker<'c> {
    pub(super) fn new(config: &'c Config, shared: &'c Shared) -> Worker<'c> {
        Worker {
            config,
            shared,
            reader: Reader::new(Needs { messages: true, only_texts: config.outline_is_enough() }),
            measurer: Measurer::new(config, &shared.detector),
        }
    }

    /// Measures a block.
    pub(super) fn block(&mut self, block: &Block) -> Part {
        let levels = self.shared.levels.lock().map_or_else(|held| *held.into_inner(), |held| *held);
        let state = State::part(&self.config.settings, levels);
        let mut part = Part {
            state,
            records: Vec::new(),
            left: Vec::new(),
            is_states: false,
            state_behind: None,
        };
        let may_be_state = self.config.mode == Mode::Compare;
        if may_be_state {
            let first = block.lines().find(|line| !partial::is_blank(line.bytes));
            part.is_states = first.is_some_and(|line| partial::is_state(line.bytes));
        }
        if part.is_states {
            return part;
        }
        let measurer = &mut self.measurer;
        self.reader.lines(block, |span, held| {
            let line = part.state.lines;
            part.state.lines += 1;
            match held {
                Held::Blank => part.state.blank += 1,
                Held::TooLong => part.leave(line, span, None),
                Held::Unusable(..) if partial::is_state(&block.data[span.clone()]) => {
                    if may_be_state {
                        part.state_behind.get_or_insert(line);
                    } else {
                        part.leave(line, span, Some((0, partial::STATE.to_owned())));
                    }
                }
                Held::Unusable(at, why) => part.leave(line, span, Some((at, why))),
                Held::Record(record) => {
                    part.state.record_bytes.add(length(&block.data[span.clone()]));
                    measurer.add(&mut part.state, &record, Place { file: 0, line });
                    part.keep(span);
                }
            }
        });
        part
    }
}

/// Bytes of a line without what ends it.
fn length(line: &[u8]) -> u64 {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line).len() as u64
}

impl Part {
    fn leave(&mut self, line: u64, span: Range<usize>, why: Option<(usize, String)>) {
        self.state.unusable += 1;
        self.left.push(Left { line, span, why });
    }

    fn keep(&mut self, span: Range<usize>) {
        match self.records.last_mut() {
            Some(last) if last.end == span.start => last.end = span.end,
            _ => self.records.push(span),
        }
    }
}

/// Measures records; the buffers are reused from record to record.
struct Measurer<'c> {
    config: &'c Config,
    chat: Chat,
    path: String,
    rendered: Rendered,
    runs: Vec<Run>,
    examiner: Option<Examiner<'c>>,
}

impl<'c> Measurer<'c> {
    fn new(config: &'c Config, detector: &'c Detector) -> Measurer<'c> {
        let settings = &config.settings;
        Measurer {
            config,
            chat: Chat::default(),
            path: String::new(),
            rendered: Rendered::default(),
            runs: Vec::new(),
            examiner: settings.quality.then(|| Examiner::new(detector, settings.examples)),
        }
    }

    fn add(&mut self, state: &mut State, record: &Record<'_>, place: Place) {
        self.chat.read(record);
        state.records += 1;
        state.empty += u64::from(self.chat.is_empty());
        state.shape.add(&self.chat);
        state.system.add(&self.chat);
        let characters = self.lengths(state);
        match parsed(record) {
            None => state.schema.add_plain(self.chat.len() as u64),
            Some((root, messages)) => {
                state.schema.add(root, &mut self.path);
                state.contents.add(root, messages);
            }
        }
        state.scripts.add(&self.chat, self.config.settings.languages);
        let tokens = self.tokens(state, record, place);
        if let Some((root, _)) = parsed(record) {
            let messages = self.chat.len() as u64;
            let of = Category { records: 1, messages, characters, tokens };
            state.categories.add(root, of);
        }
        if let (Some(examiner), Some(quality)) = (&mut self.examiner, &mut state.quality) {
            examiner.add(quality, record, &self.chat, place);
        }
    }

    /// Counts characters and words, and gives the characters of the record.
    fn lengths(&mut self, state: &mut State) -> u64 {
        let [mut characters, mut words] = [0, 0];
        for (role, text) in self.chat.messages() {
            let counts = [text.chars().count() as u64, crate::record::text::words(text) as u64];
            state.characters.by_role[role as usize].add(counts[0]);
            state.words.by_role[role as usize].add(counts[1]);
            characters += counts[0];
            words += counts[1];
        }
        state.characters.record.add(characters);
        state.words.record.add(words);
        characters
    }

    /// Counts tokens, and gives those of the record.
    fn tokens(&mut self, state: &mut State, record: &Record<'_>, place: Place) -> u64 {
        let (Some(lengths), Some(audit)) = (&mut state.tokens, &mut state.audit) else { return 0 };
        let messages = parsed(record).map(|(_, messages)| messages);
        let mut by_message: Vec<audit::Run> = Vec::with_capacity(self.chat.len());
        for (at, (role, text)) in self.chat.messages().enumerate() {
            let tokens = match &self.config.counter {
                Counter::Nothing => 0,
                Counter::Characters => text.chars().count() as u64,
                Counter::Tokenizer(tokenizer) => tokenizer.count(text) as u64,
            };
            lengths.by_role[role as usize].add(tokens);
            let message = messages.and_then(|messages| messages.get(at));
            by_message.push((tokens, role == Role::Assistant && message.is_none_or(is_trained)));
        }
        let examples = self.config.settings.examples;
        let limit = self.config.settings.max_tokens;
        let marked = match (&self.config.counter, &self.config.template) {
            (Counter::Tokenizer(tokenizer), Some(template)) if template.has_marks() => {
                Some(tokenizer)
            }
            _ => None,
        };
        let what = || idle(&self.chat, messages, marked.is_some());
        let texts: u64 = by_message.iter().map(|(tokens, _)| tokens).sum();
        let Some(template) = &self.config.template else {
            lengths.record.add(texts);
            audit.add(by_message, limit, what, place, examples);
            return texts;
        };
        let Some((root, _)) = parsed(record) else { return 0 };
        if let Err(fault) = template.render(root, &mut self.rendered) {
            audit.refuse(&fault.to_string(), place, examples);
            return 0;
        }
        if let Some(tokenizer) = marked {
            tokenizer.runs(&self.rendered, &mut self.runs);
            let runs = self.runs.iter().map(|run| (u64::from(run.tokens), run.trained));
            let whole = runs.clone().map(|(tokens, _)| tokens).sum();
            audit.add(runs, limit, what, place, examples);
            lengths.record.add(whole);
            return whole;
        }
        let whole = match &self.config.counter {
            Counter::Tokenizer(tokenizer) => tokenizer.count_special(&self.rendered.text) as u64,
            _ => self.rendered.text.chars().count() as u64,
        };
        lengths.record.add(whole);
        match whole.checked_sub(texts) {
            // What stands around the texts is taken to stand before them, since nothing says where.
            Some(around) => {
                let runs = std::iter::once((around, false)).chain(by_message);
                audit.add(runs, limit, what, place, examples);
            }
            // The template leaves texts out. The answers are taken to be there, at the end.
            None => {
                let answers: u64 = by_message.iter().filter(|run| run.1).map(|run| run.0).sum();
                let trained = answers.min(whole);
                let runs = [(whole - trained, false), (trained, true)];
                audit.add(runs, limit, what, place, examples);
            }
        }
        whole
    }
}

/// Is a message of the assistant to be trained on: unless its weight is 0 or `train` is false.
fn is_trained(message: &Message<'_>) -> bool {
    let is_zero = |raw: &[u8]| {
        std::str::from_utf8(raw).ok().and_then(|raw| raw.parse::<f64>().ok()) == Some(0.0)
    };
    let weights = [message.weight, message.loss_weight];
    let weighs_nothing = weights.into_iter().flatten().any(|weight| is_zero(weight.raw()));
    let is_left_out = message.train.is_some_and(|train| train.kind() == Kind::Bool(false));
    !weighs_nothing && !is_left_out
}

/// What a record is of which nothing is trained on.
fn idle(chat: &Chat, messages: Option<&[Message<'_>]>, has_marks: bool) -> Idle {
    let answers = || {
        let said = chat.messages().enumerate();
        said.filter(|(_, (role, _))| *role == Role::Assistant)
            .map(|(at, (_, text))| (messages.and_then(|messages| messages.get(at)), text))
    };
    let is_call = |message: Option<&Message<'_>>| message.is_some_and(calls);
    let trained_calls = || answers().any(|(of, _)| is_call(of) && of.is_none_or(is_trained));
    match answers().next() {
        None => Idle::For(Cause::NoAssistant),
        // What the template marks is known; without marks calls stand nowhere among the tokens.
        _ if !has_marks && trained_calls() => Idle::OnlyCalls,
        _ if answers().all(|(of, text)| text.is_empty() && !is_call(of)) => {
            Idle::For(Cause::EmptyAssistant)
        }
        _ if has_marks => Idle::For(Cause::NotMarked),
        _ => Idle::For(Cause::NotTrained),
    }
}

/// Does a message call a function, beside its content or in a part of it, as in LLaMA-Factory's form?
fn calls(message: &Message<'_>) -> bool {
    message.has_calls() || message.parts().any(|part| part_type(part) == Some("tool_call"))
}
