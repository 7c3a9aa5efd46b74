//! Some of the records, by chance.

use super::{folder, ids, of_kind, records, run};

#[test]
fn a_sample_has_so_many_records_in_their_order() {
    let folder = folder(&records(1000));
    for count in [0, 1, 100, 1000, 5000] {
        let got = ids(&run(&folder, &format!("--sample {count} in")).exits(0).stdout);
        assert_eq!(got.len(), count.min(1000));
        assert!(got.is_sorted());
    }
    let (few, many) = (run(&folder, "--sample 50 in"), run(&folder, "--sample 80 in"));
    assert!(ids(&few.stdout).iter().all(|id| ids(&many.stdout).contains(id)), "a larger one adds");
    assert_ne!(few.stdout, run(&folder, "--sample 50 --seed 1 in").stdout);
}

#[test]
fn a_share_takes_each_record_with_that_probability() {
    let folder = folder(&records(10_000));
    let got = ids(&run(&folder, "--sample 10% in").exits(0).stdout).len();
    assert!((850..=1150).contains(&got), "{got}");
    assert_eq!(run(&folder, "--sample 10% in").stdout, run(&folder, "--sample 0.1 in").stdout);
}

#[test]
fn every_record_is_as_likely() {
    let folder = folder(&records(20));
    let mut hits = [0; 20];
    for seed in 0..200 {
        let got = run(&folder, &format!("--sample 5 -q --seed {seed} in"));
        ids(&got.stdout).iter().for_each(|id| hits[*id as usize] += 1);
    }
    // 50 of 200 each; 5 sigma are 31.
    assert!(hits.iter().all(|hits| (19..=81).contains(hits)), "{hits:?}");
}

#[test]
fn a_limit_balances_values() {
    let kind = |id: usize| if id < 300 { "many" } else { "few" };
    let records: Vec<String> = (0..320).map(|id| of_kind(id, kind(id))).collect();
    let folder = folder(&records);
    let got = ids(&run(&folder, "--limit-per /category=50 in").exits(0).stdout);
    let many: Vec<u64> = got.iter().copied().filter(|id| *id < 300).collect();
    assert_eq!((many.len(), got.len()), (50, 70));
    assert!(many.iter().any(|id| *id > 200), "not only the first");
    let both = ids(&run(&folder, "--limit-per /category=50 --sample 30 in").exits(0).stdout);
    assert_eq!(both.len(), 30);
    assert!(both.iter().all(|id| got.contains(id)), "the sample is of what the limit leaves");
}

#[test]
fn a_sample_can_be_split() {
    let folder = folder(&records(1000));
    run(&folder, "--sample 100 --val-count 20 -d out in").exits(0);
    let (train, val) =
        (folder.get("out/training_data.jsonl"), folder.get("out/validation_data.jsonl"));
    let mut all = [ids(&train), ids(&val)].concat();
    all.sort_unstable();
    assert_eq!((ids(&val).len(), all), (20, ids(&run(&folder, "--sample 100 in").stdout)));
}
