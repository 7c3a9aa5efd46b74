//! Programs as backends.

use std::time::Duration;

use chatml::generate::backend::{Class, Refusal};
use chatml::generate::plan::{Backend, BackendKind, Budget, Program};

use super::{PACE, carrier_of, failed, given_up, request, shaped};

fn program(words: &[&str]) -> Program {
    Program {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        folder: std::path::PathBuf::new(),
        json: false,
        timeout: Duration::from_secs(20),
        max_bytes: 1 << 20,
        pace: PACE,
        price: None,
    }
}

fn carrier(
    program: Program,
) -> (chatml::generate::backend::Carrier, chatml::generate::backend::Clock) {
    let backend = Backend { name: "cmd".to_owned(), kind: BackendKind::Command(program) };
    carrier_of(&[backend], &Budget::default())
}

fn shell(script: &str) -> Program {
    program(&["sh", "-c", script])
}

#[test]
fn the_prompt_goes_in_and_the_answer_comes_out() {
    let (text, _) = carrier(program(&["cat"]));
    let answer = text.ask(&request(0)).unwrap();
    assert_eq!(answer.text, "Be brief.\n\nSay something.");
    assert_eq!((answer.finish, answer.usage, answer.requests), (None, None, 1));
    assert!(text.tally().estimated && text.tally().tokens.output > 0);

    let (json, _) = carrier(Program { json: true, ..program(&["cat"]) });
    let answer = json.ask(&shaped(0)).unwrap();
    let body: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(body["messages"][0]["content"], "Be brief.");
    assert_eq!(body["response_format"]["type"], "json_schema");
}

#[test]
fn a_program_need_not_read_and_may_say_much_about_it() {
    let (carrier, _) =
        carrier(shell("exec <&-; head -c 300000 /dev/zero | tr '\\0' e >&2; echo Done."));
    let mut long = request(0);
    long.messages[1].1 = "x".repeat(1 << 20);
    assert_eq!(carrier.ask(&long).unwrap().text, "Done.");
}

#[test]
fn the_status_says_whether_to_ask_again() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "cd '{}' && if [ -e once ]; then echo Good.; else touch once; exit 75; fi",
        folder.path().display()
    );
    let (later, clock) = carrier(shell(&script));
    assert_eq!(later.ask(&request(0)).unwrap().requests, 2);
    assert!(clock.now() >= Duration::from_millis(250));
    assert_eq!(later.tally().faults.get(&Class::TryLater), Some(&1));

    let (broken, _) = carrier(shell("echo first >&2; printf 'no \\033[2J model\\n' >&2; exit 3"));
    let (class, reason) = failed(broken.ask(&request(0)));
    assert_eq!(class, Class::Program);
    assert_eq!(reason, "status 3: \"no \\u{1b}[2J model\"");

    let (killed, _) = carrier(shell("kill -9 $$"));
    assert!(failed(killed.ask(&request(0))).1.contains("signal: 9"));

    let (binary, _) = carrier(Program {
        pace: chatml::generate::plan::Pace { retries: 0, ..PACE },
        ..shell("printf '\\377'")
    });
    assert_eq!(failed(binary.ask(&request(0))).0, Class::Garbled);
}

#[test]
fn a_program_that_is_not_there_is_known_at_once() {
    let (carrier, _) = carrier(program(&["/nonexistent/program", "--key=sk-1"]));
    let given_up = given_up(carrier.ask(&request(0)));
    assert_eq!(given_up.class, Class::NoProgram);
    let message = given_up.to_string();
    assert!(message.contains("/nonexistent/program: cannot be run: "), "{message}");
    assert!(!message.contains("sk-1"), "arguments may hold secrets: {message}");
}

#[test]
fn a_program_that_fails_always_is_given_up() {
    let (carrier, _) = carrier(program(&["false"]));
    let mut refusals = 0;
    let given_up = loop {
        match carrier.ask(&request(refusals)) {
            Err(Refusal::Failed { class: Class::Program, .. }) => refusals += 1,
            other => break given_up(other),
        }
    };
    assert_eq!((refusals, given_up.class), (19, Class::Program));
}

/// A program that starts another one and never ends; the other's number is written to a file.
fn endless(folder: &tempfile::TempDir) -> Program {
    let script = format!("sleep 1000 & echo $! > '{}/id'; wait", folder.path().display());
    shell(&script)
}

/// Is the process with the number in the file gone?
fn is_gone(folder: &tempfile::TempDir) -> bool {
    let id = std::fs::read_to_string(folder.path().join("id")).unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", id.trim()));
    // Killed but not waited for yet is gone as well.
    stat.map_or(true, |stat| stat.contains(") Z "))
}

#[test]
fn a_program_that_takes_too_long_ends_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let pace = chatml::generate::plan::Pace { retries: 0, ..PACE };
    let slow = Program { timeout: Duration::from_millis(200), pace, ..endless(&folder) };
    let (carrier, _) = carrier(slow);
    let (class, reason) = failed(carrier.ask(&request(0)));
    assert_eq!((class, reason.as_str()), (Class::Silence, "no answer in 0.2 s"));
    while !is_gone(&folder) {
        std::thread::yield_now();
    }
}

#[test]
fn an_answer_is_whole_though_something_holds_the_output_of_a_program_that_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let script = format!("mkfifo {0}; cat {0} & printf hello", pipe.display());
    let (carrier, _) = carrier(shell(&script));
    assert_eq!(carrier.ask(&request(0)).unwrap().text, "hello");
    // What held it ends with this.
    drop(std::fs::File::options().write(true).open(pipe).unwrap());
}

#[test]
fn stopping_kills_programs() {
    let folder = tempfile::tempdir().unwrap();
    let (carrier, _) = carrier(endless(&folder));
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| carrier.ask(&request(0)));
        while std::fs::read_to_string(folder.path().join("id")).map_or(true, |id| id.is_empty()) {
            std::thread::yield_now();
        }
        carrier.stop();
        assert_eq!(asked.join().unwrap(), Err(Refusal::Stopped));
    });
    while !is_gone(&folder) {
        std::thread::yield_now();
    }
}

#[test]
fn an_answer_without_end_is_not_read_to_it() {
    let (carrier, _) = carrier(Program { max_bytes: 100_000, ..program(&["yes"]) });
    let (class, reason) = failed(carrier.ask(&request(0)));
    assert_eq!((class, reason.as_str()), (Class::TooLarge, "an answer of more than 100000 bytes"));
}
