//! What a run depends on beside its plan: options and files. A run that goes on is the run that was begun, or says why
//! it cannot be.

use super::model::{
    Ledger, backend, best, folder, lines_of, model, moody, plan, plan_of, records, run, told,
};
use super::resume::run_onto;
use super::server::{Server, good};

/// What a journal accepted: the slot and the line of the output.
fn accepted(folder: &crate::util::Folder, journal: &str) -> Vec<(u64, u64)> {
    let number = |line: &serde_json::Value, name: &str| line[name].as_u64().unwrap();
    let all = told(folder, journal, "accept");
    all.iter().map(|line| (number(line, "slot"), number(line, "number"))).collect()
}

#[test]
fn the_first_examples_are_those_of_the_whole_run() {
    for per_request in [1, 2] {
        let server = moody();
        let more = format!("max_candidates = 90\nbatch = 7\n[prompt]\nper_request = {per_request}");
        let folder = folder(&plan(&server.base(), 12, &more));
        let whole = run(&folder, "--no-journal").exits(0).stdout.clone();
        for limit in [1, 5, 8, 11] {
            let begin = format!("--journal j{limit} --limit {limit}");
            let asked = server.seen().len();
            run(&folder, &(begin + &format!(" -o f{limit}"))).exits(0);
            let (part, most) = (folder.get(&format!("f{limit}")), server.seen().len() - asked);
            assert!(whole.starts_with(&part) && records(&part).len() == limit);
            assert!(most <= 2 * limit + 2, "{most} requests for {limit} examples");
            let name = format!("data{limit}.jsonl");
            folder.put(&name, &part);
            let done = run_onto(&folder, &name, &format!("--journal j{limit} --resume"));
            assert_eq!(folder.get(&name), whole, "{}", done.exits(0));
            let mut slots: Vec<u64> = Vec::new();
            for (at, (slot, number)) in accepted(&folder, &format!("j{limit}")).iter().enumerate() {
                assert_eq!(*number, at as u64 + 1, "the line of the output");
                slots.push(*slot);
            }
            slots.sort_unstable();
            assert!(slots.iter().copied().eq(0..12), "each example once: {slots:?}");
        }
    }
}

#[test]
fn a_run_goes_on_in_the_batches_in_which_it_was_begun() {
    let server = moody();
    let folder = folder(&plan(&server.base(), 12, "max_candidates = 90"));
    let whole = run(&folder, "--no-journal --batch 3").exits(0).stdout.clone();
    run(&folder, "--batch 3 --limit 5").exits(0);
    let asked = server.seen().len();
    run(&folder, "--resume --batch 4").exits(2).says("batches of 3; leave --batch out").writes("");
    assert_eq!(server.seen().len(), asked);
    run(&folder, "--resume").exits(0).writes(&whole);
    run(&folder, "--resume --batch 3").exits(0).writes(&whole);
    let reviews = told(&folder, "plan.toml.journal", "batch");
    let numbers: Vec<u64> = reviews.iter().map(|line| line["batch"].as_u64().unwrap()).collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len() as u64), "each once: {numbers:?}");
}

#[test]
fn a_folder_is_gone_on_with_wherever_its_journal_is() {
    let server = moody();
    let folder = folder(&plan(&server.base(), 6, "max_candidates = 90"));
    run(&folder, "-d out --journal j --limit 3").exits(0);
    run(&folder, "-d ./out --resume --journal other").exits(2).says("--force replaces it");
    run(&folder, "-d ./out --resume --journal ./j").exits(0);
    let info = String::from_utf8(folder.get("out/run.json")).unwrap();
    assert!(info.contains("\"records_written\":6"), "{info}");
}

#[test]
fn a_run_does_not_go_on_with_other_seeds() {
    let ledger = Ledger::default();
    let notes = ledger.clone();
    let server = Server::new(move |_, seen| {
        notes.note(seen);
        good(&best(seen))
    });
    let folder = folder(&plan(&server.base(), 6, "[prompt.few_shot]\nk = 1"));
    let seed = |text: &str| {
        format!(
            "{{\"messages\":[{{\"role\":\"user\",\"content\":\"{text}\"}},{{\"role\":\"assistant\",\"content\":\"Yes.\"}}]}}\n"
        )
    };
    folder.put("seeds.jsonl", seed("Is it open?"));
    run(&folder, "--seeds seeds.jsonl --limit 2").exits(0);
    let before = (server.seen().len(), lines_of(&folder, "plan.toml.journal"));
    run(&folder, "--resume").exits(2).says("--seeds").says("--adopt").writes("");
    folder.put("seeds.jsonl", seed("Is it closed?"));
    run(&folder, "--resume --seeds seeds.jsonl").exits(2).says("has changed since").writes("");
    assert_eq!((server.seen().len(), lines_of(&folder, "plan.toml.journal")), before);
    folder.put("seeds.jsonl", seed("Is it open?"));
    run(&folder, "--resume --seeds seeds.jsonl").exits(0);
    assert_eq!((server.seen().len(), ledger.repeated()), (6, 0));
}

#[test]
fn a_changed_plan_uses_what_still_fits_if_it_is_told_to() {
    let ledger = Ledger::default();
    let notes = ledger.clone();
    let server = Server::new(move |_, seen| {
        notes.note(seen);
        good(&best(seen))
    });
    let folder = folder(&plan(&server.base(), 10, ""));
    run(&folder, "").exits(0);
    // The same prompts: more of them.
    folder.put("plan.toml", plan(&server.base(), 10, "name = \"another\""));
    run(&folder, "--resume").exits(2).says("--adopt").writes("");
    let done = run(&folder, "--resume --adopt");
    assert_eq!((records(&done.exits(0).stdout).len(), server.seen().len()), (10, 10));
    // Now it is the journal of this plan.
    run(&folder, "--resume").exits(0).writes(&done.stdout);
    assert_eq!(server.seen().len(), 10);
}

#[test]
fn who_makes_the_examples_and_at_what_cost_can_be_corrected() {
    let server = model();
    let folder =
        folder(&plan_of(6, "", "[backend.main]\nkind = \"command\"\ncommand = \"/no/such\"\n"));
    run(&folder, "").exits(2).says("then go on with --resume").writes("");
    folder.put(
        "plan.toml",
        plan_of(6, "max_candidates = 7\n[budget]\ntokens = 1", &backend("a", &server.base())),
    );
    run(&folder, "--resume --concurrency 1").exits(1).says("go on with --resume");
    let corrected = plan_of(6, "", &backend("b", &server.base()));
    folder.put("plan.toml", format!("# with a comment\n{corrected}\n[budget]\nusd = 9"));
    let done = run(&folder, "--resume");
    assert_eq!((records(&done.exits(0).stdout).len(), server.seen().len()), (6, 6));
    run(&folder, "--no-journal").exits(0).writes(&done.stdout);
}

#[test]
fn recordings_are_no_matter_of_what_is_made() {
    let server = model();
    let folder = folder(&plan(&server.base(), 6, ""));
    let whole = run(&folder, "--journal all").exits(0).stdout.clone();
    let all = String::from_utf8(folder.get("all")).unwrap();
    let some: Vec<&str> = all.lines().take(4).collect();
    folder.put("recorded", some.join("\n") + "\n");
    let replay = "[backend.a]\nkind = \"replay\"\nfile = \"recorded\"\n";
    folder.put("plan.toml", plan_of(6, "", replay));
    run(&folder, "--journal j").exits(2).says("record the answers");
    folder.put("recorded", &all);
    run(&folder, "--journal j --resume").exits(0).writes(&whole);
}

#[test]
fn a_journal_that_is_missing_is_told_before_all_is_paid_for_again() {
    let server = model();
    let folder = folder(&plan(&server.base(), 3, ""));
    run(&folder, "").exits(0);
    let other =
        "out.jsonl.journal: there is no such journal to go on with, but plan.toml.journal is there";
    run(&folder, "--resume -o out.jsonl").exits(2).says(other);
    run(&folder, "--resume --journal plan.toml.journal -o out.jsonl").exits(0);
    assert_eq!(server.seen().len(), 3);
    std::fs::remove_file(folder.path("plan.toml.journal")).unwrap();
    run(&folder, "--resume").exits(0).says("no such journal to go on with; the run begins");
}
