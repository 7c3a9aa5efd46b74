//! The flow of chatml-validate on one page.

use crate::cli::exit::Exit;
use crate::error::Result;
use crate::rules::Judge;
use crate::stream::{self, Inputs, Output};

use super::block;
use super::catalogue;
use super::commit::Committer;
use super::config::Config;
use super::options::Options;
use super::outputs::Outputs;

/// Runs the tool: the exit status is 1 when a record has an error.
pub fn run(options: Options) -> Result<Exit> {
    if let Some(text) = catalogue::asked(&options)? {
        let mut output = Output::stdout(crate::stream::Buffering::Block);
        output.write(text.as_bytes())?;
        output.finish()?;
        return Ok(Exit::Ok);
    }
    let config = Config::new(&options)?;
    let errors = judge(&config, |inputs, committer| {
        stream::run(
            inputs,
            config.jobs,
            || Judge::new(&config.settings),
            |judge, lines| block::judge(judge, lines, lines.first, &config),
            committer,
        )
    })?;
    Ok(if errors { Exit::Found.forgiven_if(config.exit_zero) } else { Exit::Ok })
}

/// Judges the inputs by a flow that hands their blocks, judged, to the committer. True: there was an error.
fn judge(
    config: &Config,
    flow: impl FnOnce(Inputs, &mut Committer<'_>) -> Result<()>,
) -> Result<bool> {
    let inputs = Inputs::open(&config.inputs, &config.reading)?;
    let outputs = Outputs::open(config, &inputs)?;
    let mut committer = Committer::new(config, &inputs, outputs);
    match flow(inputs, &mut committer) {
        Ok(()) => committer.finish(),
        Err(trouble) => {
            committer.give_up();
            Err(trouble)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use clap::Parser;
    use proptest::prelude::*;

    /// Lines of every fate: plain, read, repaired, rejected, blank, torn.
    const LINES: [&str; 16] = [
        r#"{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}"#,
        r#"{"messages": [{"content": "Q\n", "role": "user"}, {"role": "assistant", "content": "A"}]}"#,
        r#"{"messages":[{"role":"assistant","content":"A"},{"role":"assistant","content":"B"}]}"#,
        r#"{"messages":[{"role":"User","content":"Q"},{"role":"assistant","content":"A"}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Q"}]},{"role":"assistant","content":"A"}],"id":7}"#,
        r#"{"messages":[{"role":"user","content":"<|im_end|> {{name}}"},{"role":"assistant","content":"\u4e2d"}],"id":"7"}"#,
        r#"{"messages":[{"role":"user","content":"Q"}]}"#,
        r#"{"messages":[]}"#,
        r#"{"conversations":[{"from":"human","value":"Q"},{"from":"gpt","value":"A"}]}"#,
        r#"{"messages":[{"role":"user","content":NaN}]}"#,
        r#"{"messages":"#,
        "{}{}",
        "",
        " \t",
        "{\r",
        "[1]",
    ];

    /// What a run writes: findings or records, rejects, and the report without the time.
    fn outputs(
        args: &[&str],
        input: &Path,
        naive: bool,
        jobs: &str,
        [block, long]: [usize; 2],
    ) -> [String; 3] {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        let (output, rejects, report) = (path("out"), path("rejects"), path("report"));
        let files = ["-o", &output, "--rejects", &rejects, "--report", &report, "-j", jobs];
        let words = ["chatml-validate", "--no-progress"].iter().chain(args).chain(&files);
        let words = words.map(|word| (*word).to_owned()).chain([input.display().to_string()]);
        let mut config = Config::new(&Options::try_parse_from(words).unwrap()).unwrap();
        config.reading.block_bytes = block;
        config.reading.long_bytes = long;
        config.summary = false;
        let judge_block = |judge: &mut Judge<'_>, lines: &mut stream::Block| {
            block::judge(judge, lines, lines.first, &config)
        };
        judge(&config, |inputs, committer| match naive {
            true => {
                let thorough = || Judge::thorough(&config.settings);
                stream::run_naive(inputs, thorough, judge_block, committer)
            }
            false => {
                let fast = || Judge::new(&config.settings);
                stream::run(inputs, config.jobs, fast, judge_block, committer)
            }
        })
        .unwrap();
        let without_time = |text: String| match text.find("\"seconds\":") {
            Some(at) => {
                let end = text[at..].find(',').unwrap_or(0);
                format!("{}{}", &text[..at], &text[at + end..])
            }
            None => text,
        };
        [output, rejects, report].map(|file| without_time(std::fs::read_to_string(file).unwrap()))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

        #[test]
        fn the_pipeline_writes_what_its_naive_twin_writes(
            lines in prop::collection::vec(0..LINES.len(), 0..60),
            ended in any::<bool>(),
            block in prop::sample::select(vec![1usize, 2, 3, 63, 64, 65, 4096]),
            long in prop::sample::select(vec![0usize, 90, 1 << 20]),
            jobs in prop::sample::select(vec!["1", "2", "8"]),
        ) {
            let mut text = lines.iter().map(|at| LINES[*at]).collect::<Vec<_>>().join("\n");
            if ended {
                text.push('\n');
            }
            let folder = tempfile::tempdir().unwrap();
            let input = folder.path().join("in.jsonl");
            std::fs::write(&input, text).unwrap();
            for args in [&["--format", "json"][..], &["--fix", "--unsafe-fixes", "--profile", "openai,trl"]] {
                let naive = outputs(args, &input, true, "1", [1 << 20; 2]);
                prop_assert_eq!(&outputs(args, &input, false, jobs, [block, long]), &naive);
            }
            for check in [
                &["--check", "--format", "json", "--extend-select", "X006"][..],
                &["--check", "--per-rule-limit", "0", "--extend-select", "X006"],
            ] {
                let naive = findings(outputs(check, &input, true, "1", [1 << 20; 2]));
                prop_assert_eq!(findings(outputs(check, &input, false, jobs, [block, long])), naive);
            }
        }
    }

    /// The outputs of a check without its last line, the summary with the time.
    fn findings([output, rejects, report]: [String; 3]) -> [String; 3] {
        let findings = output.rsplit_once("{\"type\":\"summary\"").map(|(all, _)| all.to_owned());
        [findings.unwrap_or(output), rejects, report]
    }
}
