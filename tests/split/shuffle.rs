//! An order of chance.

use super::{folder, ids, records, run};
use crate::util::lines;

#[test]
fn all_records_come_in_an_order_that_depends_on_the_seed_alone() {
    let folder = folder(&records(3000));
    let order = ids(&run(&folder, "--shuffle in").exits(0).stdout);
    let mut sorted = order.clone();
    sorted.sort_unstable();
    assert!(sorted.into_iter().eq(0..3000) && !order.is_sorted());
    for args in ["--shuffle -j1 in", "--shuffle --memory 1M in", "--shuffle -j2 --memory 2M in"] {
        assert_eq!(ids(&run(&folder, args).exits(0).stdout), order, "{args}");
    }
    assert_eq!(ids(&folder.run(&["--shuffle"], lines(&records(3000))).exits(0).stdout), order);
    assert_ne!(ids(&run(&folder, "--shuffle --seed 1 in").stdout), order);
}

#[test]
fn equal_records_do_not_stand_together() {
    let mut records = records(50);
    records.extend(vec![records[7].clone(); 50]);
    let order = ids(&run(&folder(&records), "--shuffle in").exits(0).stdout);
    let beside = order.windows(2).filter(|pair| pair[0] == 7 && pair[1] == 7).count();
    // 51 of 100: about 25 neighbours by chance, and 50 if they clumped.
    assert!((10..42).contains(&beside), "{beside}");
}

#[test]
fn each_part_is_shuffled() {
    let folder = folder(&records(400));
    run(&folder, "--val 0.4 -d plain in").exits(0);
    run(&folder, "--val 0.4 --shuffle -d mixed in").exits(0);
    let order = ids(&run(&folder, "--shuffle in").stdout);
    for name in ["training_data.jsonl", "validation_data.jsonl"] {
        let plain = ids(&folder.get(&format!("plain/{name}")));
        let mixed = ids(&folder.get(&format!("mixed/{name}")));
        let wanted: Vec<u64> = order.iter().copied().filter(|id| plain.contains(id)).collect();
        assert_eq!(mixed, wanted, "the order is that of the whole");
    }
}
