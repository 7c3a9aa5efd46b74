//! The rules: for each a record that triggers it and a near miss, with the exact place.

mod bytes;
mod hostile;
mod marked;
mod parts;
mod profiles;
mod schema;

use crate::util::{judge, said};

#[test]
fn a_good_record_has_no_finding() {
    let line =
        r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}"#;
    assert_eq!(said(&judge("default", line)), Vec::<String>::new());
}
