//! chatml-gen as its users meet it, and what it is made of.

mod ask;
mod asking;
mod backend;
mod batchfile;
mod budget;
mod corrupt;
mod ends;
mod evolve;
mod from;
mod model;
mod outage;
mod plan;
mod resume;
mod run;
mod server;
mod summary;
mod terms;

use serde_json::{Value, json};

use crate::util::{Dice, Done, Folder, run as run_command};

/// Runs chatml-gen in a folder, with the arguments, of which blanks part one from the next.
#[track_caller]
fn generate(folder: &Folder, args: &str, stdin: impl AsRef<[u8]>) -> Done {
    folder.run(&args.split(' ').collect::<Vec<_>>(), stdin)
}

/// Runs another tool on the files of a folder.
#[track_caller]
fn other(folder: &Folder, tool: &str, args: &str) -> Done {
    let mut command = std::process::Command::new(crate::util::binary(tool));
    command.current_dir(folder.path("")).args(args.split(' '));
    run_command(command, "")
}

/// Clean records that are all different: short and long ones, some of several turns, some with a system message, some
/// with calls of tools.
fn records(count: usize) -> Vec<String> {
    let mut dice = Dice::new(11);
    // Words of letters alone, as prose has them.
    let mut word = || {
        let syllable = |at: usize| ["ba", "do", "ke", "lu", "mi", "no", "ra", "su", "ti", "vo"][at];
        (0..3).map(|_| syllable(dice.below(10))).collect::<String>()
    };
    let mut sentence = |count: usize| {
        let words: Vec<String> = (0..count).map(|_| word()).collect();
        format!("About {}.", words.join(" "))
    };
    let chat = |id: usize| match id % 5 {
        0 => said(&[("user", sentence(8)), ("assistant", sentence(120))]),
        1 => said(&[
            ("user", sentence(9)),
            ("assistant", sentence(5)),
            ("user", sentence(40)),
            ("assistant", sentence(80)),
        ]),
        2 => said(&[("system", sentence(5)), ("user", sentence(30)), ("assistant", sentence(60))]),
        3 => called(id, &sentence(9), &sentence(20)),
        _ => said(&[("user", format!("{} 世界 é", sentence(3))), ("assistant", sentence(30))]),
    };
    (0..count).map(chat).collect()
}

/// A record of these turns.
fn said(turns: &[(&str, String)]) -> String {
    let message = |(role, content): &(&str, String)| json!({"role": role, "content": content});
    let messages: Vec<Value> = turns.iter().map(message).collect();
    json!({"messages": messages}).to_string()
}

/// A record with a call of a tool.
fn called(id: usize, question: &str, answer: &str) -> String {
    let (call, name) = (format!("call_{id}"), "stock");
    let parameters = json!({"type": "object", "properties": {"item": {"type": "string"}}});
    json!({
        "messages": [
            {"role": "user", "content": question},
            {"role": "assistant", "content": "", "tool_calls": [{"id": call, "type": "function",
                "function": {"name": name, "arguments": "{\"item\":\"a\"}"}}]},
            {"role": "tool", "tool_call_id": call, "content": "3"},
            {"role": "assistant", "content": answer},
        ],
        "tools": [{"type": "function", "function": {"name": name, "parameters": parameters}}],
    })
    .to_string()
}
