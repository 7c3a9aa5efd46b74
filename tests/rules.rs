//! The rules: for each a record that triggers it and a near miss, with the exact place.

use crate::util::{judge, said};

mod across;
mod calls;
mod content;
mod hostile;
mod loss;
mod preference;
mod profiles;
mod reasoning;
mod turns;

#[test]
fn a_good_record_has_no_finding() {
    let line =
        r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}"#;
    assert_eq!(said(&judge("default", line)), Vec::<String>::new());
}
