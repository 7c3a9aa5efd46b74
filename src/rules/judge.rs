//! Judges one line: reads it, finds its kind, runs the rules of each profile, in the order of the catalogue.

use std::sync::{Mutex, PoisonError};

use crate::record::chat::{IMAGE_PARTS, part_type};
use crate::record::document::{Document, Origin};
use crate::record::parse::{Masked, is_crowded};
use crate::record::scan::{PlainRole, Scanner};
use crate::record::{Parser, Value, control};

use super::across;
use super::content::{self, Suspects};
use super::finding::{Finding, Reporter, merge, unite};
use super::kind::Kind;
use super::line::Separators;
use super::list::{List, Place};
use super::profile::Case;
use super::repair::Level;
use super::roles::Role;
use super::settings::{Settings, View};
use super::table::Rule;
use super::tools::Tools;
use super::{calls, line, loss, pairing, parts, preference, reasoning, schema, tools, turns};

/// A line to judge, without its line ending.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// It was ended by a newline.
    pub terminated: bool,
    /// It is the first of its input that is not blank.
    pub first: bool,
    /// Number of the line in its block, from 0.
    pub number: u64,
    /// Offset of the line in its block.
    pub offset: u64,
}

/// Crowded lines are judged one at a time: each may take 38 MiB besides its length.
static CROWD: Mutex<()> = Mutex::new(());

/// The bytes of a line to judge.
enum Text<'a> {
    /// To be read.
    Lent(&'a [u8]),
    /// To be read in place.
    Own(&'a mut [u8]),
}

impl Text<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Text::Lent(bytes) => bytes,
            Text::Own(bytes) => bytes,
        }
    }
}

/// What a line turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A JSON object.
    Record(Kind),
    /// Not a JSON object.
    NotARecord,
    /// The start of a file that is one JSON array (B005): the rest of the input is not JSONL.
    ArrayFile,
}

/// Judges lines; keeps its buffers from line to line.
pub struct Judge<'s> {
    settings: &'s Settings,
    parser: Parser,
    /// For JSON held in strings of the record: `messages` and `tools`.
    strings: Parser,
    /// For JSON held in strings of these: `arguments`.
    inner: Parser,
    scanner: Scanner,
    roles: Vec<Role>,
    /// Lines may be judged by their outline.
    outlines: bool,
}

impl<'s> Judge<'s> {
    /// A judge by these settings.
    pub fn new(settings: &'s Settings) -> Judge<'s> {
        Judge {
            settings,
            parser: Parser::default(),
            strings: Parser::default(),
            inner: Parser::default(),
            scanner: Scanner::new(&control::TOKENS.iter().map(|t| t.text).collect::<Vec<_>>()),
            roles: Vec::new(),
            outlines: true,
        }
    }

    /// A judge that reads every line to the end: the slow twin, which must find the same.
    pub fn thorough(settings: &'s Settings) -> Judge<'s> {
        Judge { outlines: false, ..Judge::new(settings) }
    }

    /// Judges a line: adds its findings, and its part in what shows across records.
    ///
    /// The findings of several profiles are joined. Their line and offset are those of the line in its block.
    pub fn line(
        &mut self,
        at: Line<'_>,
        block: &mut across::Block,
        findings: &mut Vec<Finding>,
    ) -> Outcome {
        self.judge(at, Text::Lent(at.bytes), block, findings)
    }

    /// Judges a line with little memory beside it: finds the same as [`line`](Judge::line), but of repairs
    /// only that there are some, without their edits.
    ///
    /// `bytes` are those of the line, which are as they were afterwards; `at.bytes` is not looked at.
    pub fn long_line(
        &mut self,
        at: Line<'_>,
        bytes: &mut [u8],
        block: &mut across::Block,
        findings: &mut Vec<Finding>,
    ) -> Outcome {
        self.judge(at, Text::Own(bytes), block, findings)
    }

    fn judge(
        &mut self,
        at: Line<'_>,
        mut text: Text<'_>,
        block: &mut across::Block,
        findings: &mut Vec<Finding>,
    ) -> Outcome {
        let known = findings.len();
        let bytes = text.bytes();
        if self.settings.is_on(Rule::X006) {
            block.line(bytes, at.number, at.offset);
        }
        let outcome = match self.plain(Line { bytes, ..at }, block, findings) {
            true => Outcome::Record(Kind::Chat),
            false => self.read(at, &mut text, block, findings),
        };
        for finding in &mut findings[known..] {
            finding.line = at.number;
            finding.offset = at.offset;
        }
        outcome
    }

    /// Judges a line by reading all of it.
    fn read(
        &mut self,
        at: Line<'_>,
        text: &mut Text<'_>,
        block: &mut across::Block,
        findings: &mut Vec<Finding>,
    ) -> Outcome {
        let settings = self.settings;
        let levels_only = matches!(text, Text::Own(_));
        let reporter = |view| Reporter::new(view, settings.repairs).levels_only(levels_only);
        let array_is_told = at.first && settings.is_on(Rule::B005);
        let separators = Separators::of(text.bytes());
        let len = text.bytes().len();
        let crowded = is_crowded(text.bytes());
        let _alone = crowded.then(|| CROWD.lock().unwrap_or_else(PoisonError::into_inner));
        let Judge { parser, strings, inner, scanner, .. } = self;
        let judge = |document: &Document<'_>, masked: &Masked| {
            let root = document.root();
            if array_is_told && is_array_of_records(root) {
                return (Outcome::ArrayFile, array_file(settings, document.line));
            }
            let kind = root.is_object().then(|| Kind::of(root));
            if let Some(kind) = kind {
                block.record(document, kind, at.number, at.offset);
                let is_image = |value: Value<'_>| {
                    value.is_object() && part_type(value).is_some_and(|t| IMAGE_PARTS.contains(&t))
                };
                block.images += u64::from(root.descendants().any(is_image));
            }
            let suspects = Suspects::of(root, |text| scanner.is_clean_text(text));
            let mut all = Vec::new();
            for view in &settings.views {
                let mut r = reporter(view);
                line::too_long(&mut r, len, settings.long_line);
                if let Some(separators) = &separators {
                    line::separators(&mut r, separators, document.line);
                }
                line::read(&mut r, document, masked);
                match kind {
                    Some(kind) => record(&mut r, settings, &suspects, root, kind, strings, inner),
                    None => line::not_object(&mut r, root),
                }
                merge(&mut all, r.finish());
            }
            (kind.map_or(Outcome::NotARecord, Outcome::Record), all)
        };
        let read = match text {
            Text::Lent(bytes) => parser.parse(bytes, None, judge),
            Text::Own(bytes) => parser.parse_in_place(bytes, judge),
        };
        let at = Line { bytes: text.bytes(), ..at };
        let (outcome, mut found) = match read {
            Ok(read) => read,
            Err(fault) if array_is_told && is_open_array(at.bytes, &fault) => {
                (Outcome::ArrayFile, array_file(settings, at.bytes))
            }
            Err(fault) => (Outcome::NotARecord, unreadable(settings, at, &fault, reporter)),
        };
        findings.append(&mut found);
        outcome
    }

    /// Judges a line of which the outline is enough: only the order of its turns is open.
    ///
    /// False, and nothing done, when the line has to be read: it is not plain, its tokens are to be
    /// counted, or a repair may be needed.
    fn plain(
        &mut self,
        at: Line<'_>,
        block: &mut across::Block,
        findings: &mut Vec<Finding>,
    ) -> bool {
        if !self.outlines || self.settings.tokens.is_some() {
            return false;
        }
        let Some(outline) = self.scanner.outline(at.bytes) else { return false };
        self.roles.clear();
        self.roles.extend(outline.turns.iter().map(|turn| match turn.role {
            PlainRole::System => Role::System,
            PlainRole::User => Role::User,
            PlainRole::Assistant => Role::Assistant,
        }));
        let mut all = Vec::new();
        for view in &self.settings.views {
            let mut r = Reporter::new(view, None);
            line::too_long(&mut r, at.bytes.len(), self.settings.long_line);
            turns::judge_outline(&mut r, &outline, &self.roles);
            if !r.findings.is_empty() {
                merge(&mut all, r.finish());
            }
        }
        if self.settings.repairs.is_some() && !all.is_empty() {
            return false;
        }
        findings.append(&mut all);
        if let Some(first) = outline.turns.first() {
            let turn = [first.object, first.role_at, first.content_at].map(|at| at as usize);
            block.plain(at.number, at.offset, outline.list as usize, turn);
        }
        true
    }
}

/// What there is to say about a line that cannot be read.
fn unreadable<'s>(
    settings: &'s Settings,
    at: Line<'_>,
    fault: &crate::record::Fault,
    reporter: impl Fn(&'s View) -> Reporter<'s>,
) -> Vec<Finding> {
    let mut all = Vec::new();
    for view in &settings.views {
        let mut r = reporter(view);
        line::too_long(&mut r, at.bytes.len(), settings.long_line);
        line::fault(&mut r, at.bytes, at.terminated, fault);
        merge(&mut all, r.finish());
    }
    all
}

/// A line that opens an array and ends inside it.
fn is_open_array(line: &[u8], fault: &crate::record::Fault) -> bool {
    line.trim_ascii_start().starts_with(b"[")
        && matches!(fault, crate::record::Fault::Syntax { eof: true, .. })
}

/// A whole array of objects that are no messages.
fn is_array_of_records(root: Value<'_>) -> bool {
    root.is_array()
        && !root.is_empty()
        && root.items().all(|item| item.is_object() && item.get("role").is_none())
}

fn array_file(settings: &Settings, line: &[u8]) -> Vec<Finding> {
    let start = line.iter().position(|b| *b == b'[').unwrap_or(0);
    let mut all = Vec::new();
    for view in &settings.views {
        let mut r = Reporter::new(view, None);
        let _ = r.line(Rule::B005, start..start + 1, || "the file is one JSON array");
        merge(&mut all, r.finish());
    }
    all
}

/// The rules about one record under one profile.
fn record(
    r: &mut Reporter<'_>,
    settings: &Settings,
    suspects: &Suspects<'_>,
    root: Value<'_>,
    kind: Kind,
    strings: &mut Parser,
    inner: &mut Parser,
) {
    content::record(r, suspects);
    if !r.view.profile.reads(kind) {
        match kind {
            Kind::Other(guess) => schema::other(r, root, guess),
            kind => schema::unread(r, root, kind),
        }
        return;
    }
    if matches!(kind, Kind::Other(_)) {
        return;
    }
    schema::record(r, root);
    let input = root.get("input").filter(|_| kind == Kind::PreferenceOpenai);
    let tool_list = root.get("tools").or_else(|| input?.get("tools"));
    let tools_text = json_string(tool_list);
    let messages_text = json_string(root.get("messages"));
    let rest = Rest { settings, root, kind, suspects };
    match (messages_text, tools_text) {
        (None, None) => {
            rest.judge(r, root.get("messages"), tool_list, inner);
        }
        (Some(messages), None) => {
            let done = decode(messages, strings, |decoded| {
                json_string_finding(r, "messages", messages, decoded);
                rest.judge(r, Some(decoded), tool_list, inner);
            });
            if !done {
                rest.judge(r, Some(messages), tool_list, inner);
            }
        }
        (None, Some(tools)) => {
            let done = decode(tools, strings, |decoded| {
                json_string_finding(r, "tools", tools, decoded);
                rest.judge(r, root.get("messages"), Some(decoded), inner);
            });
            if !done {
                rest.judge(r, root.get("messages"), Some(tools), inner);
            }
        }
        (Some(messages), Some(tools)) => {
            let mut second = Parser::default();
            let done = decode(messages, strings, |decoded_messages| {
                json_string_finding(r, "messages", messages, decoded_messages);
                let both = decode(tools, &mut second, |decoded_tools| {
                    json_string_finding(r, "tools", tools, decoded_tools);
                    rest.judge(r, Some(decoded_messages), Some(decoded_tools), inner);
                });
                if !both {
                    rest.judge(r, Some(decoded_messages), Some(tools), inner);
                }
            });
            if !done {
                rest.judge(r, Some(messages), Some(tools), inner);
            }
        }
    }
}

/// The value, when it is a string.
fn json_string(value: Option<Value<'_>>) -> Option<Value<'_>> {
    value.filter(|value| value.is_string())
}

/// Reads a string that holds a JSON array and hands the array on; false when it holds none, or too long a one.
fn decode(string: Value<'_>, parser: &mut Parser, judge: impl FnOnce(Value<'_>)) -> bool {
    let text = string.as_str().unwrap_or_default();
    if !text.trim_start().starts_with('[') || text.len() > calls::LONGEST_INNER {
        return false;
    }
    let origin = Origin { span: string.span(), pointer: string.pointer() };
    parser
        .parse(text.as_bytes(), Some(origin), |document, masked| {
            let array = document.root().is_array() && *masked == Masked::default();
            if array {
                judge(document.root());
            }
            array
        })
        .unwrap_or(false)
}

/// S019 of `messages` or `tools`.
fn json_string_finding(
    r: &mut Reporter<'_>,
    name: &'static str,
    string: Value<'_>,
    decoded: Value<'_>,
) {
    let case = if name == "tools" { Case::ToolsString } else { Case::MessagesString };
    let severity = r.case(Rule::S019, case);
    r.value_as(Rule::S019, severity, string, || format!("{name} is a string that holds an array"))
        .fix(Level::Safe, || {
            let unique = decoded.descendants().all(|v| line::repeated_key(v).is_none());
            match unique {
                true => super::repair::replace(string, decoded.document().line),
                false => Vec::new(),
            }
        });
}

/// What is judged once `messages` and `tools` are at hand, decoded where they were strings.
struct Rest<'a, 'd> {
    settings: &'a Settings,
    root: Value<'d>,
    kind: Kind,
    suspects: &'a Suspects<'d>,
}

impl Rest<'_, '_> {
    fn judge(
        &self,
        r: &mut Reporter<'_>,
        messages: Option<Value<'_>>,
        tool_list: Option<Value<'_>>,
        inner: &mut Parser,
    ) {
        let functions = self.root.get("functions").filter(|f| !f.is_null());
        let known = Tools::of(tool_list, functions);
        tools::judge(r, tool_list, functions);
        if let Some(tool_list) = tool_list {
            content::tools(r, tool_list, self.suspects);
        }
        let lists = self.lists(r, messages);
        for list in &lists {
            schema::messages(r, list);
            parts::judge(r, list);
            turns::judge(r, list);
            calls::judge(r, list, &known, inner);
            loss::judge(r, list);
            reasoning::judge(r, list);
            content::list(r, list, self.suspects);
            if let Some(limit) = &self.settings.tokens {
                loss::tokens(r, list, limit);
            }
        }
        let before = r.findings.len();
        for conversation in pairing::conversations(&lists) {
            pairing::pair(r, &conversation);
        }
        // A prompt judged once with each answer gives its own faults twice.
        unite(&mut r.findings, before);
        parts::totals(r, self.root, &lists);
        preference::judge(r, self.root, self.kind, &lists);
    }

    /// The message lists of the record; reports those that are none (S002, S003).
    fn lists<'m>(&'m self, r: &mut Reporter<'_>, messages: Option<Value<'m>>) -> Vec<List<'m>> {
        let profile = r.view.profile;
        let mut lists = Vec::new();
        let place = match self.kind {
            Kind::Chat => Place::Conversation,
            _ => Place::Prompt,
        };
        let input = self.root.get("input").filter(|_| self.kind == Kind::PreferenceOpenai);
        let input_messages = input.and_then(|input| input.get("messages"));
        for list in [messages, input_messages].into_iter().flatten() {
            if !list.is_array() {
                r.value(Rule::S002, list, || {
                    let text = list.as_str().unwrap_or_default();
                    match text.len() > calls::LONGEST_INNER {
                        true => {
                            "messages is a string longer than 16 MiB, which is not read".to_owned()
                        }
                        false => {
                            format!("messages is {}, wanted an array", schema::with_article(list))
                        }
                    }
                });
            }
        }
        let own = messages.filter(|list| list.is_array()).map(|list| (list, place));
        for (value, place) in own.into_iter().chain(preference::lists(self.root, self.kind)) {
            let is_question = place != Place::Answer;
            if value.is_array() && value.is_empty() && is_question {
                r.value(Rule::S003, value, || "the message list is empty");
            } else {
                lists.push(List::of(value, place, profile));
            }
        }
        lists
    }
}
