//! Renders conversations by chat templates, for comparisons with other programs.
//!
//!     render DATE TOKENIZER TEMPLATE... <RECORDS
//!
//! Writes a JSON object for each template and record: `text` with `trained`, the byte ranges that are
//! trained on, and `runs`, the counts of tokens in turn not trained and trained; or `fault`; or, for a
//! template that cannot be loaded, `error`. TOKENIZER may be `-`: then there are no runs. With `time` in
//! place of DATE nothing is written but the speed.

use std::error::Error;
use std::io::{BufWriter, Read, Write, stderr, stdin, stdout};
use std::time::{Duration, Instant};

use chatml::record::{Kind, Parser};
use chatml::tokens::Tokenizer;
use chatml::tokens::template::{Rendered, Template};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [date, tokenizer, templates @ ..] = args.as_slice() else {
        return Err("usage: render DATE TOKENIZER TEMPLATE... <RECORDS".into());
    };
    let tokenizer = if tokenizer == "-" { None } else { Some(Tokenizer::load(tokenizer)?) };
    let mut records = Vec::new();
    stdin().read_to_end(&mut records)?;
    let mut out = BufWriter::new(stdout().lock());
    for name in templates {
        if date == "time" {
            measure(&Template::load(name, None)?, tokenizer.as_ref(), &records)?;
            continue;
        }
        match Template::load(name, Some(date)) {
            Err(error) => writeln!(out, "{}", json!({ "error": error.to_string() }))?,
            Ok(template) => compare(&template, tokenizer.as_ref(), &records, &mut out)?,
        }
    }
    Ok(out.flush()?)
}

fn compare(
    template: &Template,
    tokenizer: Option<&Tokenizer>,
    records: &[u8],
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let (mut parser, mut rendered, mut runs) = (Parser::default(), Rendered::default(), Vec::new());
    for line in records.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let parsed =
            parser.parse(line, None, |document, _| template.render(document.root(), &mut rendered));
        let shown: Value = match parsed {
            Err(fault) => json!({ "fault": fault.to_string() }),
            Ok(Err(fault)) => json!({ "fault": fault.to_string() }),
            Ok(Ok(())) => {
                let ranges: Vec<[usize; 2]> =
                    rendered.trained.iter().map(|range| [range.start, range.end]).collect();
                runs.clear();
                if let Some(tokenizer) = tokenizer {
                    tokenizer.runs(&rendered, &mut runs);
                }
                let runs: Vec<Value> =
                    runs.iter().map(|run| json!([run.tokens, run.trained])).collect();
                json!({ "text": rendered.text, "trained": ranges, "runs": runs })
            }
        };
        writeln!(out, "{shown}")?;
    }
    Ok(())
}

fn measure(
    template: &Template,
    tokenizer: Option<&Tokenizer>,
    records: &[u8],
) -> Result<(), Box<dyn Error>> {
    let (mut parser, mut rendered, mut runs) = (Parser::default(), Rendered::default(), Vec::new());
    let mut spent = [Duration::ZERO; 4];
    let (mut content, mut text, mut tokens, mut trained, mut faults) = (0, 0, 0, 0, 0);
    for line in records.split(|byte| *byte == b'\n') {
        let start = Instant::now();
        let parsed = parser.parse(line, None, |document, _| {
            spent[0] += start.elapsed();
            let strings = document.nodes.iter().filter(|node| node.kind == Kind::String);
            content += strings.map(|node| node.text.len()).sum::<usize>();
            let start = Instant::now();
            let result = template.render(document.root(), &mut rendered);
            spent[1] += start.elapsed();
            result
        });
        if !matches!(parsed, Ok(Ok(()))) {
            faults += 1;
            continue;
        }
        text += rendered.text.len();
        if let Some(tokenizer) = tokenizer {
            let start = Instant::now();
            tokenizer.runs(&rendered, &mut runs);
            spent[2] += start.elapsed();
            tokens += runs.iter().map(|run| u64::from(run.tokens)).sum::<u64>();
            let of_trained = runs.iter().filter(|run| run.trained);
            trained += of_trained.map(|run| u64::from(run.tokens)).sum::<u64>();
            let start = Instant::now();
            if tokenizer.count_special(&rendered.text) as u64
                != runs.iter().map(|run| u64::from(run.tokens)).sum::<u64>()
            {
                return Err("runs and count differ".into());
            }
            spent[3] += start.elapsed();
        }
    }
    let speed = |spent: Duration| text as f64 / 1e6 / spent.as_secs_f64();
    writeln!(
        stderr(),
        "{}: {:.1} MB of records with {:.1} MB of strings, {:.1} MB rendered, {faults} faults; \
         {tokens} tokens, {trained} trained; MB/s of rendered text: parse {:.0}, render {:.0}, \
         runs {:.0}, count {:.0}",
        template.name(),
        records.len() as f64 / 1e6,
        content as f64 / 1e6,
        text as f64 / 1e6,
        speed(spent[0]),
        speed(spent[1]),
        speed(spent[2]),
        speed(spent[3]),
    )?;
    Ok(())
}
