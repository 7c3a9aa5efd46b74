//! The rules: for each a record that triggers it and a near miss, with the exact place.

mod across;
mod bytes;
mod calls;
mod conformance;
mod content;
mod hostile;
mod loss;
mod marked;
mod messages;
mod parts;
mod preference;
mod profiles;
mod reasoning;
mod schema;
mod turns;

use crate::util::{judge, said};

#[test]
fn a_good_record_has_no_finding() {
    let line =
        r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}"#;
    assert_eq!(said(&judge("default", line)), Vec::<String>::new());
}
