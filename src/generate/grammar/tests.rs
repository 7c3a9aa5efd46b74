use super::reading::toml;
use super::*;
use crate::generate::draw::Purpose;

fn name(name: &str, values: &[&str]) -> Name {
    Name { name: name.into(), values: values.iter().map(|value| (*value).to_owned()).collect() }
}

fn names() -> Vec<Name> {
    vec![name("topic", &["price", "stock"]), name("who", &[]), name(NEGATIVE, &["true", "false"])]
}

fn tools() -> Vec<Value> {
    vec![serde_json::json!({"type": "function", "function": {"name": "stock", "parameters": {
        "type": "object", "properties": {"sku": {"type": "string"}, "count": {"type": "integer"},
        "note": {"type": "string"}}, "required": ["sku"]}}})]
}

const SHOP: &str = r#"
[slots]
product = [{ name = "lamp", price = "19.90" }, { name = "umbrella", price = "7.05" }]
twin = { other = "product" }
count = { min = 2, max = 5 }
weight = { min = 0.5, max = 2, step = 0.25 }
sku = { pattern = "[A-Z]{2}-[0-9]{3}" }
total = { formula = "product.price * count", decimals = 2 }
shelf = { by = "product.name", lamp = ["A", "B"], else = ["C"] }
note = ["", "fragile"]

[rules]
hello = ["Hi!", "", { text = "Hello {who},", weight = 2 }]
free = [{ text = "Shipping is free.", if = "total >= 50" }, { text = "", if = "total < 50" }, { text = "?", weight = 0.000001 }]

[[scene]]
when = { topic = "price" }
user = ["{hello} what do {count} {product.name|plural} cost {~now|today|}?"]
assistant = "{count} x {product.name} = {total} EUR; {= total / 2 : 1} each half. {free}"

[[scene]]
when = { topic = "stock" }
user = "Is {product.name|a} or {twin.name|a} ({sku}) there, {weight} kg, shelf {shelf}?"
call = [
  { tool = "stock", arguments = { sku = "{sku}", count = "{count}", "note?" = "{note}" }, result = { sku = "{sku}", left = "{count}", price = "{product.price|number}", tags = ["{product.name|upper}", 1] } },
  { tool = "stock", arguments = { sku = "X{sku}" }, result = "none {{}}", together = true },
  { tool = "stock", arguments = { sku = "later" }, result = "0" },
]
assistant = "{count} left, shelf {shelf}."

[negative]
user = "Sell me your shop!"
assistant = "I cannot do that."

[[followup]]
user = "And {twin.name|plural}?"
assistant = "{twin.price}"

[[followup]]
last = true
user = "Thanks"
assistant = "Welcome"

[[followup]]
negative = true
user = "Why?"
assistant = "It is not mine."
"#;

fn draft(grammar: &Grammar, values: &[&str], turns: u32, number: u64) -> Result<Draft, String> {
    grammar.draft(values, turns, &mut Draw::new(1, number, 0, Purpose::Grammar))
}

fn texts(draft: &Draft) -> Vec<&str> {
    let mut texts = Vec::new();
    for said in &draft.messages {
        texts.push(match said {
            Said::User(text) | Said::Assistant(text) | Said::System(text) => text.as_str(),
            Said::Result { content, .. } => content,
            Said::Calls(_) => "calls",
        });
    }
    texts
}

#[test]
fn question_and_answer_speak_of_the_same_slots() {
    let grammar = Grammar::compile(&toml(SHOP), &names(), &tools()).unwrap();
    let form = regex::Regex::new(
        r"^(?:Hi! |Hello Ann, |)what do (\d) (lamps|umbrellas) cost(?: now| today|)\?$",
    )
    .unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..2000 {
        let draft = draft(&grammar, &["price", "Ann", "false"], 1, number).unwrap();
        let texts = texts(&draft);
        let [user, assistant] = texts.as_slice() else { panic!("{draft:?}") };
        let found = form.captures(user).unwrap_or_else(|| panic!("{user}"));
        let count: u64 = found[1].parse().unwrap();
        let lamps = &found[2] == "lamps";
        let cents = count * if lamps { 1990 } else { 705 };
        // Half of a total has at most three places: rounding to one is rounding of whole numbers.
        let half = (cents * 5 + 50) / 100;
        let free = if cents >= 5000 { " Shipping is free." } else { "" };
        let wanted = format!(
            "{count} x {} = {}.{:02} EUR; {}.{} each half.{free}",
            if lamps { "lamp" } else { "umbrella" },
            cents / 100,
            cents % 100,
            half / 10,
            half % 10
        );
        assert_eq!(*assistant, wanted);
        seen.insert(user.to_string());
    }
    assert_eq!(seen.len(), 3 * 4 * 2 * 3);
}

#[test]
fn calls_carry_typed_arguments_and_their_results() {
    let grammar = Grammar::compile(&toml(SHOP), &names(), &tools()).unwrap();
    let mut noted = 0;
    for number in 0..50 {
        let draft = draft(&grammar, &["stock", "Ann", "false"], 1, number).unwrap();
        let [
            Said::User(user),
            Said::Calls(first),
            Said::Result { id, content },
            Said::Result { content: second, .. },
            Said::Calls(later),
            Said::Result { content: third, .. },
            Said::Assistant(_),
        ] = draft.messages.as_slice()
        else {
            panic!("{draft:?}")
        };
        let lamp = user.contains("Is a lamp or an umbrella");
        assert!(lamp || user.contains("Is an umbrella or a lamp"), "{user}");
        assert!(
            user.contains(if lamp { "shelf A" } else { "shelf C" })
                || lamp && user.contains("shelf B")
        );
        let sku = first[0].arguments["sku"].as_str().unwrap();
        assert!(user.contains(sku));
        let count = first[0].arguments["count"].as_u64().unwrap();
        noted += usize::from(first[0].arguments.get("note").is_some());
        let (price, shout) = if lamp { ("19.90", "LAMP") } else { ("7.05", "UMBRELLA") };
        assert_eq!(
            *content,
            format!(r#"{{"sku":"{sku}","left":{count},"price":{price},"tags":["{shout}",1]}}"#)
        );
        assert_eq!(
            (first.len(), later.len(), second.as_str(), third.as_str()),
            (2, 1, "none {}", "0")
        );
        assert_eq!(
            (first[1].arguments["sku"].as_str(), id),
            (Some(format!("X{sku}").as_str()), &first[0].id)
        );
        assert!(id.len() == 9 && first[0].id != first[1].id && first[1].id != later[0].id);
    }
    assert!((10..40).contains(&noted), "{noted}");
}

#[test]
fn further_turns_differ_and_the_last_ones_come_last() {
    let grammar = Grammar::compile(&toml(SHOP), &names(), &tools()).unwrap();
    assert_eq!(grammar.most_turns(), 3);
    for number in 0..30 {
        let three = draft(&grammar, &["price", "Ann", "false"], 3, number).unwrap();
        let texts = texts(&three);
        assert!(texts[2].starts_with("And ") && texts[4..] == ["Thanks", "Welcome"], "{texts:?}");
        let other = if texts[0].contains("lamps") { "umbrellas" } else { "lamps" };
        assert!(texts[2].contains(other));
    }
    let told = draft(&grammar, &["price", "Ann", "false"], 4, 1).unwrap_err();
    assert!(told.contains("no scene of 4 turns"), "{told}");
    let negative = draft(&grammar, &["price", "Ann", "true"], 2, 1).unwrap();
    assert_eq!(
        texts(&negative),
        ["Sell me your shop!", "I cannot do that.", "Why?", "It is not mine."]
    );
}

#[test]
fn the_same_stream_gives_the_same_draft() {
    let grammar = Grammar::compile(&toml(SHOP), &names(), &tools()).unwrap();
    let again = Grammar::compile(&toml(SHOP), &names(), &tools()).unwrap();
    for number in 0..20 {
        let values = ["stock", "Ann", "false"];
        assert_eq!(draft(&grammar, &values, 2, number), draft(&again, &values, 2, number));
    }
}

#[test]
fn followups_of_a_scene_come_in_the_order_asked_for() {
    let text = "
[[scene]]\nin_order = true\nuser = '1'\nassistant = 'a'
[[scene.followup]]\nuser = '2'\nassistant = 'b'
[[scene.followup]]\nuser = '3'\nassistant = 'c'
[[followup]]\nuser = '4'\nassistant = 'd'";
    let grammar = Grammar::compile(&toml(text), &[], &[]).unwrap();
    for number in 0..20 {
        let four = draft(&grammar, &[], 4, number).unwrap();
        assert_eq!(texts(&four), ["1", "a", "2", "b", "3", "c", "4", "d"]);
    }
}

#[test]
fn an_empty_phrase_takes_one_space_along() {
    let text = "
user = ['{e} a{e} b {e} c {e}, d {e}', ]
assistant = '''
{e}
x:
    {e} y
  z {e}
'''
[rules]\ne = ''";
    let grammar = Grammar::compile(&toml(text), &[], &[]).unwrap();
    let drafted = draft(&grammar, &[], 1, 0).unwrap();
    assert_eq!(texts(&drafted), ["a b c, d", "x:\n    y\n  z"]);
    let text =
        "user = '({inner}) [{inner}]'\nassistant = '{e}x'\n[rules]\ne = ''\ninner = '{e} x {e}'";
    let grammar = Grammar::compile(&toml(text), &[], &[]).unwrap();
    assert_eq!(texts(&draft(&grammar, &[], 1, 0).unwrap()), ["(x) [x]", "x"]);
}

#[test]
fn faults_name_the_line_and_what_may_be_meant() {
    for (text, line, part) in [
        ("user = 'a'", 1, "`assistant` is missing"),
        ("user = '{topc}'\nassistant = 'b'", 1, "did you mean `topic`?"),
        ("\nuser = 'a'\nassistant = ['b', 7]", 3, "a whole number is no phrase"),
        ("usr = 'a'", 1, "did you mean `user`?"),
        ("[rules]\nx = []\ny = ['{z}']\nz = ['{y}']", 2, "at least one phrase"),
        ("[rules]\nx = '{y}'\ny = ['{x}', 'a {x}']", 2, "`x` never ends"),
        ("[rules]\nx = [{ text = 'a', if = '1 > 0' }]", 2, "every phrase has a condition"),
        ("[rules]\nx = [{ text = 'a', wight = 2 }]", 2, "did you mean `weight`?"),
        ("[rules]\nx = { by = 'topic', price = 'a' }", 2, "nothing stands here for stock"),
        ("[rules]\nx = { by = 'topic', price = 'a', stok = 'b' }", 2, "did you mean `stock`?"),
        ("[rules]\nx = { by = 'who', a = 'a' }", 2, "`else` is missing"),
        ("[rules]\ntopic = 'a'", 2, "an axis or a slot already"),
        ("[slots]\na-b = ['x']", 2, "letters, digits and _"),
        ("[slots]\ns = ['x', 'y', 'x']", 2, "stands in the list twice"),
        ("[slots]\ns = [{ a = 'x' }, { b = 'y' }]", 2, "`a` is missing here"),
        ("[slots]\ns = [{ a = 'x' }]\n[rules]\nr = '{s}'", 4, "which field of `s`? It has a"),
        ("[slots]\ns = [{ abc = 'x' }]\n[rules]\nr = '{s.abd}'", 4, "did you mean `abc`?"),
        ("[slots]\ns = ['x']\n[rules]\nr = '{= s * 2}'", 4, "may be `x`"),
        ("[slots]\ns = { formula = 't' }\nt = [1]", 2, "stands further down"),
        ("[slots]\ns = { min = 3, max = 1 }", 2, "max is less than min"),
        ("[slots]\ns = { min = 3, max = 4, step = 0 }", 2, "step is not above 0"),
        ("[slots]\ns = { min = 3, max = 4, step = 1e-10 }", 2, "step = 1e-10 cannot be used"),
        (
            "[slots]\ns = { min = 3, max = 1e308 }",
            2,
            "max = 1e308 cannot be used; it must have at most 18 digits",
        ),
        ("[slots]\ns = { min = 0, max = 9e17, step = 1e-9 }", 2, "these are too many numbers"),
        ("[slots]\ns = { min = 1, max = \"9\" }", 2, "max is a text; it must be a number"),
        ("[slots]\ns = { min = 1 }", 2, "needs min and max"),
        ("[slots]\ns = { min = 1, max = 3, stp = 1 }", 2, "did you mean `step`?"),
        ("[slots]\ns = { pattern = '[' }", 2, "`]` is missing"),
        ("[slots]\ns = ['a', 'b']\nt = { other = 's' }\nu = { other = 's' }", 4, "too few values"),
        (
            "[slots]\ns = { by = 'topic', price = ['a'], stock = [{ a = 'b' }] }",
            2,
            "differ in kind",
        ),
        (
            "[[scene]]\nuser = 'a'\nassistant = 'b'\nwhen = { topic = 'stick' }",
            4,
            "did you mean `stock`?",
        ),
        (
            "[[scene]]\nuser = 'a'\nassistant = 'b'\nwhen = { topic = 'stock' }",
            1,
            "no scene for topic = price",
        ),
        (
            "user = 'a'\nassistant = 'b'\ncall = { tool = 'stok', result = '' }",
            3,
            "did you mean `stock`?",
        ),
        (
            "user = 'a'\nassistant = 'b'\ncall = { tool = 'stock', result = '' }",
            3,
            "needs the argument `sku`",
        ),
        (
            "user = 'a'\nassistant = 'b'\ncall = { tool = 'stock', result = '', arguments = { sku = '', cout = 1 } }",
            3,
            "did you mean `count`?",
        ),
        (
            "user = 'a'\nassistant = 'b'\ncall = { tool = 'stock', arguments = { sku = '' } }",
            3,
            "`result` is missing",
        ),
        ("user = 'a'\nassistant = 'b'", 1, "no scene with negative = true"),
        ("", 1, "there is nothing to say"),
    ] {
        let faults = Grammar::compile(&toml(text), &names(), &tools()).unwrap_err();
        let told = |fault: &Fault| {
            let hint = fault.suggestion.clone().unwrap_or_default();
            fault.line == line && format!("{}; {hint}", fault.reason).contains(part)
        };
        assert!(faults.iter().any(told), "{text}\n{faults:#?}");
    }
}

#[test]
fn what_grows_without_end_is_given_up() {
    let deep =
        "user = '{a}'\nassistant = 'b'\n[rules]\na = [{ text = '{a}', weight = 1000000 }, 'x']";
    let grammar = Grammar::compile(&toml(deep), &[], &[]).unwrap();
    assert!(draft(&grammar, &[], 1, 0).unwrap_err().contains("too often"));
    let mut wide = "user = '{r0}'\nassistant = 'b'\n[rules]\n".to_owned();
    for level in 0..40 {
        wide.push_str(&format!("r{level} = '{{r{0}}}{{r{0}}}'\n", level + 1));
    }
    wide.push_str("r40 = ''");
    let grammar = Grammar::compile(&toml(&wide), &[], &[]).unwrap();
    assert!(draft(&grammar, &[], 1, 0).unwrap_err().contains("too large"));
    let grammar = Grammar::compile(&toml("user = ' '\nassistant = 'b'"), &[], &[]).unwrap();
    assert!(draft(&grammar, &[], 1, 0).unwrap_err().contains("empty message"));
    let by_zero = "user = '{= 1 / n}'\nassistant = 'b'\n[slots]\nn = [0]";
    let grammar = Grammar::compile(&toml(by_zero), &[], &[]).unwrap();
    assert!(draft(&grammar, &[], 1, 0).unwrap_err().contains("divides by zero"));
}

#[test]
fn slots_that_are_made_of_each_other_without_end_are_told() {
    let chain = |length: usize| {
        let slots: String = (1..length)
            .map(|at| format!("s{at} = {{ formula = \"s{} + 1\" }}\n", at - 1))
            .collect();
        let text = format!(
            "user = \"{{s{last}}}\"\nassistant = \"ok\"\n[slots]\ns0 = {{ min = 1, max = 1 }}\n{slots}",
            last = length - 1
        );
        let grammar = Grammar::compile(&toml(&text), &[], &[]).unwrap();
        grammar.draft(&[], 1, &mut Draw::new(0, 0, 0, Purpose::Grammar))
    };
    assert_eq!(chain(40).unwrap().messages[0], Said::User("40".to_owned()));
    assert!(chain(200).unwrap_err().contains("too often"));
}
