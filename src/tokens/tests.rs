use super::*;

fn load(name: &str) -> Tokenizer {
    Tokenizer::load(name).unwrap()
}

#[test]
fn probe() {
    let t = load("cl100k_base");
    assert_eq!(t.count("hello world"), 2);
}
