//! Reading an evaluation set: the texts of its items.

use crate::cli::terminal::sanitize;
use crate::error::{Error, Result};
use crate::record::{Message, Parser};
use crate::similar::overlap::Overlap;
use crate::similar::words::Text;
use crate::stream::{self, Block, Flow, Inputs, Sink};

use super::config::{Config, Evaluation};
use super::places::Places;

/// Reads the items; none when there is no evaluation set. A record without the text of an item is trouble:
/// a set of which half is not looked for would look clean.
pub(super) fn load(
    inputs: Inputs,
    config: &Config,
    places: &mut Places,
) -> Result<Option<Overlap>> {
    let Some(evaluation) = &config.evaluation else { return Ok(None) };
    let names = inputs.names().to_vec();
    let overlap = Overlap::new(evaluation.ngram, evaluation.limit, config.seed);
    let mut sink = Load { overlap, places, names: &names };
    let work = |parser: &mut Parser, block: &mut Block| -> Vec<Line> {
        block.lines().map(|line| texts(parser, line.bytes, evaluation)).collect()
    };
    stream::run(inputs, config.jobs, Parser::default, work, &mut sink)?;
    if sink.overlap.is_empty() {
        let what = "no item of --decontaminate has a word, so nothing could be found";
        return Err(Error::Unfit(format!("{}: {what}", names.join(", "))));
    }
    Ok(Some(sink.overlap))
}

/// The texts of the item on a line; none of a blank line.
type Line = std::result::Result<Vec<String>, String>;

fn texts(parser: &mut Parser, line: &[u8], evaluation: &Evaluation) -> Line {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
    if line.is_empty() {
        return Ok(Vec::new());
    }
    let read = parser.parse(line, None, |document, _| {
        let root = document.root();
        let texts: Vec<String> = match &evaluation.item {
            Some(pointer) => root
                .at_pointer(pointer)
                .and_then(|v| v.as_str())
                .map(str::to_owned)
                .into_iter()
                .collect(),
            None => {
                let messages =
                    root.get("messages").into_iter().flat_map(|list| list.items()).map(Message::of);
                let users =
                    messages.filter(|m| m.role.and_then(|role| role.as_str()) == Some("user"));
                users
                    .flat_map(|m| m.texts())
                    .filter_map(|text| text.as_str())
                    .map(str::to_owned)
                    .collect()
            }
        };
        match (texts.is_empty(), &evaluation.item) {
            (false, _) => Ok(texts),
            (true, Some(pointer)) => Err(format!("no text at {pointer} (--item)")),
            (true, None) => {
                Err("no user message; say with --item where the text stands".to_owned())
            }
        }
    });
    read.unwrap_or_else(|fault| Err(format!("not JSON: {fault}")))
}

struct Load<'r> {
    overlap: Overlap,
    places: &'r mut Places,
    names: &'r [String],
}

impl Sink<Vec<Line>> for Load<'_> {
    fn accept(&mut self, block: &Block, lines: Vec<Line>) -> Result<Flow> {
        if block.first {
            self.places.begin(&self.names[block.input]);
        }
        for line in lines {
            let place = self.places.next()?;
            match line {
                Ok(texts) => {
                    self.overlap.insert(texts.iter().map(|text| Text::Decoded(text)), place)
                }
                Err(why) => {
                    let (name, line) = self.places.line(place);
                    return Err(Error::Unfit(format!("{}:{line}: {why}", sanitize(name))));
                }
            }
        }
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
}
