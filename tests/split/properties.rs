//! Whatever is asked for, the parts are the input.

use proptest::prelude::*;

use super::{folder, run};
use crate::util::asked;

/// Arguments of one kind or another.
fn args() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "--val 0.3",
        "--val 0.3 --test 0.2",
        "--val-count 3",
        "--val 0.25 --exact --stratify /category",
        "--parts a=1,b=1,c=1,d=1",
        "--val 0.5 --group near",
        "--val 0.5 --group /user --exact",
    ]);
    let files = prop::sample::select(vec![
        "",
        " --shards 3",
        " --shard-size 2r",
        " --shard-size 300",
        " --partition-by /category",
    ]);
    let order = prop::sample::select(vec!["", " --shuffle", " -j1"]);
    let seed = 0..5u64;
    (parts, files, order, seed)
        .prop_map(|(parts, files, order, seed)| format!("{parts}{files}{order} --seed {seed}"))
}

fn records() -> impl Strategy<Value = Vec<String>> {
    let record =
        (0..12usize, 0..3usize, 0..4usize, 0..1000usize).prop_map(|(prompt, kind, user, id)| {
            let more = format!(r#"{{"category":"k{kind}","user":{user},"#);
            asked(id, &format!("prompt {prompt} of them all"), &format!("answer {id}"))
                .replacen('{', &more, 1)
        });
    prop::collection::vec(record, 3..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn the_parts_are_the_input_as_a_multiset(records in records(), args in args()) {
        let folder = folder(&records);
        run(&folder, &format!("{args} -d out in")).exits(0);
        let mut written: Vec<String> = Vec::new();
        for entry in folder.path("out").read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "jsonl") {
                written.extend(std::fs::read_to_string(path).unwrap().lines().map(str::to_owned));
            }
        }
        let mut wanted = records.clone();
        wanted.sort();
        written.sort();
        prop_assert_eq!(written, wanted);
    }

    #[test]
    fn no_prompt_is_in_two_parts(records in records(), args in args()) {
        let folder = folder(&records);
        let plain = args.replace(" --partition-by /category", "");
        let plain = plain.split(" --shard").next().unwrap();
        let rows = run(&folder, &format!("{plain} --tag /part in")).exits(0).json();
        for row in &rows {
            let same = |other: &&serde_json::Value| other["messages"][0] == row["messages"][0];
            prop_assert!(rows.iter().filter(same).all(|other| other["part"] == row["part"]));
        }
    }
}
