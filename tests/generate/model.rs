//! A model that answers as a plan wants it, and plans that ask it.
//!
//! What it answers depends on what it is asked and on nothing else, so that a run can be compared with another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::util::{Dice, Done, Folder};

use super::server::{Act, Seen, Server, good};

/// A plan of `count` examples in cells of a topic, each with an order number of its own, for a server.
pub(super) fn plan(base: &str, count: usize, more: &str) -> String {
    plan_of(count, more, &backend("main", base))
}

/// The same with other backends.
pub(super) fn plan_of(count: usize, more: &str, backends: &str) -> String {
    let (top, tables) = match more.find('[') {
        Some(at) if more.starts_with('[') => ("", &more[at..]),
        _ => more.split_once("\n[").map_or((more, ""), |(top, _)| (top, &more[top.len()..])),
    };
    format!(
        "count = {count}\nseed = 5\n{top}\n\
         [[axis]]\nname = \"topic\"\nvalues = [\"returns\", \"delivery\", \"gifts\"]\n\
         [[axis]]\nname = \"order\"\nkind = \"pattern\"\npattern = \"A-[0-9]{{9}}\"\n{tables}\n{backends}"
    )
}

/// A server as a backend; one try for each request, so that no test waits.
pub(super) fn backend(name: &str, base: &str) -> String {
    format!(
        "[backend.{name}]\nkind = \"openai\"\nbase_url = \"{base}\"\nmodel = \"m\"\nretries = 0\n\
         price = {{ in_per_mtok = 1.0, out_per_mtok = 1.0 }}\n"
    )
}

/// A folder with this plan.
pub(super) fn folder(plan: &str) -> Folder {
    let folder = Folder::of("chatml-gen");
    folder.put("plan.toml", plan);
    folder
}

/// `chatml-gen run plan.toml --yes` with more arguments.
#[track_caller]
pub(super) fn run(folder: &Folder, more: &str) -> Done {
    folder.run(&words(more), "")
}

/// The words of [`run`].
pub(super) fn words(more: &str) -> Vec<&str> {
    let mut words = vec!["run", "plan.toml", "--yes"];
    words.extend(more.split(' ').filter(|word| !word.is_empty()));
    words
}

/// What the user is asked in a request.
pub(super) fn asked(seen: &Seen) -> &str {
    let messages = seen.body["messages"].as_array().unwrap();
    messages.last().unwrap()["content"].as_str().unwrap()
}

/// Examples that a request wants, by its schema.
pub(super) fn wanted(seen: &Seen) -> usize {
    let count = "/response_format/json_schema/schema/properties/examples/minItems";
    seen.body.pointer(count).and_then(Value::as_u64).unwrap_or(1) as usize
}

/// A number for a text.
pub(super) fn number(text: &str) -> u64 {
    text.bytes().fold(7, |number, byte| {
        (number ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3).rotate_left(5)
    })
}

/// Words of letters, as prose has them.
pub(super) fn sentence(dice: &mut Dice, count: usize) -> String {
    let syllables = ["ba", "do", "ke", "lu", "mi", "no", "ra", "su", "ti", "vo"];
    let mut word = || (0..3).map(|_| syllables[dice.below(10)]).collect::<String>();
    let words: Vec<String> = (0..count).map(|_| word()).collect();
    format!("About {}.", words.join(" "))
}

/// The answer with these examples, each a question and an answer.
pub(super) fn examples(examples: &[(String, String)]) -> String {
    let turn = |(user, assistant): &(String, String)| json!({"turns": [{"user": user, "assistant": assistant}]});
    json!({"examples": examples.iter().map(turn).collect::<Vec<_>>()}).to_string()
}

/// The answer of a model that does its best: as many examples as wanted, all different.
pub(super) fn best(seen: &Seen) -> String {
    let mut dice = Dice::new(number(asked(seen)));
    let one = |_| (sentence(&mut dice, 9), sentence(&mut dice, 12));
    examples(&(0..wanted(seen)).map(one).collect::<Vec<_>>())
}

/// A server with such a model.
pub(super) fn model() -> Server {
    Server::new(|_, seen| good(&best(seen)))
}

/// The same, in which about one answer in five repeats an earlier one and one in seven is broken.
pub(super) fn moody() -> Server {
    Server::new(|_, seen| {
        good(&match number(asked(seen)) % 35 {
            of if of % 5 == 0 => {
                examples(&vec![("Where is it?".into(), "It is on its way.".into()); wanted(seen)])
            }
            of if of % 7 == 0 => best(seen).replace('}', ""),
            _ => best(seen),
        })
    })
}

/// The records of standard output, each with messages; all different.
#[track_caller]
pub(super) fn records(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "the last line is not whole");
    let lines: Vec<&str> = text.lines().collect();
    let mut different = lines.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), lines.len(), "a record stands there twice");
    let record = |line: &&str| {
        let record: Value = serde_json::from_str(line).unwrap();
        assert!(
            record["messages"].as_array().is_some_and(|messages| messages.len() > 1),
            "{record}"
        );
        record
    };
    lines.iter().map(record).collect()
}

/// The lines of a JSONL file.
#[track_caller]
pub(super) fn lines_of(folder: &Folder, name: &str) -> Vec<Value> {
    let text = String::from_utf8(folder.get(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The lines of a journal that tell of this.
#[track_caller]
pub(super) fn told(folder: &Folder, journal: &str, event: &str) -> Vec<Value> {
    lines_of(folder, journal).into_iter().filter(|line| line["event"] == event).collect()
}

/// Counts what was asked, by its words: for a server that answers, and for the test that looks at it.
#[derive(Clone, Default)]
pub(super) struct Ledger(Arc<Mutex<HashMap<String, usize>>>);

impl Ledger {
    /// Notes a request. Says how often it was there before.
    pub(super) fn note(&self, seen: &Seen) -> usize {
        let mut asked_for = self.0.lock().unwrap();
        let times = asked_for.entry(asked(seen).to_owned()).or_default();
        *times += 1;
        *times - 1
    }

    /// Requests that were sent more than once, and how often beyond that in all.
    pub(super) fn repeated(&self) -> usize {
        self.0.lock().unwrap().values().map(|times| times - 1).sum()
    }
}

/// An act that says this, without a stream.
pub(super) fn says(text: &str) -> Act {
    super::server::at_once(text, "stop")
}
