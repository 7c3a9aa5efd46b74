//! Group P: content parts and media, under the default profile and where a target's form differs.

use super::marked::{expect, says, table, unmark};
use crate::util::{judge, said};

/// A record whose question has these parts.
fn asked_in(parts: &str) -> String {
    format!(
        r#"{{"messages":[{{"role":"user","content":[{parts}]}},{{"role":"assistant","content":[{{"type":"text","text":"A"}}]}}]}}"#
    )
}

/// A record whose answer has these parts.
fn answered_in(parts: &str) -> String {
    format!(
        r#"{{"messages":[{{"role":"user","content":[{{"type":"text","text":"Q"}}]}},{{"role":"assistant","content":[{parts}]}}]}}"#
    )
}

fn image(url: &str) -> String {
    format!(r#"{{"type":"image_url","image_url":{{"url":{url}}}}}"#)
}

const PNG: &str = r#""data:image/png;base64,iVBORw0KGgo=""#;

#[test]
fn a_part_is_an_object_of_a_known_type() {
    let first = "/messages/0/content/0";
    for (parts, at, words) in [
        ("§1\"Q\"", "", "a content part is a string, wanted an object"),
        ("§1null", "", "a content part is null"),
        ("§1{}", "", "the part has no type"),
        (r#"§1{"text":"Q","x":1}"#, "", "the part has text but no type"),
        (r#"§1{"text":"Q"}"#, "", "the part has text but no type"),
        (r#"{"type":§1null,"text":"Q"}"#, "/type", "part type is null, wanted a string"),
        (r#"{"type":§17}"#, "/type", "part type is a number"),
        (
            r#"{"type":§1"picture"}"#,
            "/type",
            "part type is \"picture\", wanted one of text, refusal",
        ),
        (r#"{"type":§1"Text","text":"Q"}"#, "/type", "part type is \"Text\""),
    ] {
        says("default", &asked_in(parts), &[&format!("P001 {first}{at} E")], &[words]);
    }
    for kind in ["image", "input_audio", "audio", "file", "video"] {
        expect("default", asked_in(&format!(r#"{{"type":"{kind}"}}"#)), &[]);
    }
    let empty = asked_in("").replace("[]", "§1[]");
    says("default", &empty, &["P001 /messages/0/content E"], &["content is an empty array"]);
}

#[test]
fn every_bad_part_is_told() {
    let line = asked_in(r#"§17,{"type":"text","text":"Q"},§2{},{"type":"text","text":§3null}"#);
    let expected = [
        "P001 /messages/0/content/0 E",
        "P001@2 /messages/0/content/2 E",
        "P002@3 /messages/0/content/3/text E",
    ];
    expect("default", line, &expected);
}

#[test]
fn a_list_in_the_parts_of_another_format_has_one_finding() {
    let list = |question: &str, answer: &str, rest: &str| {
        format!(
            r#"{{"messages":[{{"role":"user","content":[{question}]}},{{"role":"assistant","content":[{answer}]}}{rest}]}}"#
        )
    };
    let one = |key: &str| format!(r#"{{"{key}":"Q"}}"#);
    let typed = |kind: &str| format!(r#"{{"type":"{kind}","value":"Q"}}"#);
    let (text, value) = (one("text"), typed("text"));
    let converse = ["P001 /messages/0/content/0 E"];
    let v1 = ["P002 /messages/0/content/0 E"];
    let mark = |part: &str| format!("§1{part}");
    says(
        "default",
        &list(&mark(&text), &text, ""),
        &converse,
        &["the part has no type, as in Bedrock Converse, like 1 more;"],
    );
    let parts = format!("{text},{},{text}", one("image"));
    says("default", &list(&mark(&text), &parts, ""), &converse, &["Converse, like 3 more;"]);
    let string = r#",{"role":"user","content":"Q"},{"role":"assistant","content":"A"}"#;
    says("default", &list(&mark(&text), "", string), &converse, &["as in Bedrock Converse;"]);
    says(
        "default",
        &list(&mark(&value), &value, ""),
        &v1,
        &["the part has value instead of text, as in LLaMA-Factory v1, like 1 more;"],
    );
    // Calls and results are parts there, so that nothing can be paired.
    let calls = format!("{},{value}", typed("tool_call"));
    let result = format!(
        r#",{{"role":"tool","content":[{value}]}},{{"role":"assistant","content":[{value}]}}"#
    );
    says("default", &list(&mark(&value), &calls, &result), &v1, &["v1, like 4 more;"]);
    // One part in the usual form, and the list is in that form: each part is judged by itself.
    let usual = r#"{"type":"text","text":"A"}"#;
    let both = list(&format!("§1{text},§2{text}"), usual, "");
    expect("default", both, &["P001 /messages/0/content/0 E", "P001@2 /messages/0/content/1 E"]);
    let both = list(&format!("§1{value},§2{value}"), usual, "");
    expect("default", both, &["P002 /messages/0/content/0 E", "P002@2 /messages/0/content/1 E"]);
    // Other keys alone are not Converse.
    let other = list(&mark(&one("image")), &format!("§2{}", one("image")), "");
    expect("default", other, &["P001 /messages/0/content/0 E", "P001@2 /messages/1/content/0 E"]);
    // Axolotl reads the key value.
    expect("axolotl", list(&value, &value, ""), &[]);
}

#[test]
fn a_text_part_has_a_text() {
    let first = "/messages/0/content/0";
    for (part, at, words) in [
        (r#"§1{"type":"text"}"#, "", "the text part has no text"),
        (r#"{"type":"text","text":§1null}"#, "/text", "text is null, wanted a string"),
        (r#"{"type":"text","text":§1["Q"]}"#, "/text", "text is an array"),
        (r#"§1{"type":"text","value":"Q"}"#, "", "the text part has no text"),
    ] {
        says("default", &asked_in(part), &[&format!("P002 {first}{at} E")], &[words]);
    }
    expect("default", asked_in(r#"{"type":"text","text":"Q","x":null}"#), &[]);
}

#[test]
fn axolotl_reads_text_under_other_keys() {
    for key in ["content", "value"] {
        expect("axolotl", asked_in(&format!(r#"{{"type":"text","{key}":"Q"}}"#)), &[]);
        let odd = asked_in(&format!(r#"{{"type":"text","{key}":§15}}"#));
        says("axolotl", &odd, &[&format!("P002 /messages/0/content/0/{key} E")], &["a number"]);
    }
    expect("axolotl", asked_in(r#"§1{"type":"text"}"#), &["P002 /messages/0/content/0 W"]);
}

#[test]
fn an_image_has_a_url_that_can_be_read() {
    let first = "/messages/0/content/0";
    for (part, at, words) in [
        (r#"§1{"type":"image_url"}"#, "", "no image_url"),
        (
            r#"{"type":"image_url","image_url":§1"https://x.org/a.png"}"#,
            "/image_url",
            "a string, wanted an object with url",
        ),
        (r#"{"type":"image_url","image_url":§1{}}"#, "/image_url", "image_url has no url"),
        (
            r#"{"type":"image_url","image_url":{"url":§17}}"#,
            "/image_url/url",
            "url is a number, wanted a string",
        ),
        (&image("§1\"\""), "/image_url/url", "the url is \"\", wanted http, https or a data URL"),
        (&image("§1\"ftp://x.org/a\""), "/image_url/url", "\"ftp://x.org/a\""),
        (&image("§1\"a.png\""), "/image_url/url", "\"a.png\""),
        (
            &image("§1\"data:image/gif;base64,R0lGOA==\""),
            "/image_url/url",
            "wanted data:image/jpeg;base64,",
        ),
        (&image("§1\"data:image/png,abcd\""), "/image_url/url", "data:image/png;base64,..."),
        (&image("§1\"data:image/png;base64,\""), "/image_url/url", "holds no data"),
        (&image("§1\"data:image/png;base64,abc\""), "/image_url/url", "not well-formed base64"),
        (&image("§1\"data:image/png;base64,ab=c\""), "/image_url/url", "not well-formed base64"),
        (&image("§1\"data:image/png;base64,a===\""), "/image_url/url", "not well-formed base64"),
        (&image("§1\"data:image/png;base64,====\""), "/image_url/url", "not well-formed base64"),
        (&image("§1\"data:image/png;base64,ab-_\""), "/image_url/url", "not well-formed base64"),
        (&image("§1\"data:image/png;base64,abc\\n\""), "/image_url/url", "not well-formed base64"),
    ] {
        says("default", &asked_in(part), &[&format!("P003 {first}{at} E")], &[words]);
    }
    for url in [
        "\"https://x.org/a.png\"",
        "\"http://x.org/é😀\"",
        "\"HTTPS://x.org/a\"",
        PNG,
        "\"data:image/jpeg;base64,/9j/4A==\"",
        "\"data:image/webp;base64,UklGRg+/\"",
    ] {
        expect("default", asked_in(&image(url)), &[]);
    }
}

#[test]
fn the_detail_of_an_image_is_one_of_three_words() {
    let detail = |detail: &str| {
        asked_in(&format!(
            r#"{{"type":"image_url","image_url":{{"url":{PNG},"detail":§1{detail}}}}}"#
        ))
    };
    for bad in ["\"High\"", "null", "1", "\"\""] {
        let at = "P003 /messages/0/content/0/image_url/detail E";
        says("default", &detail(bad), &[at], &["wanted auto, low or high"]);
    }
    for fine in ["\"auto\"", "\"low\"", "\"high\""] {
        expect("default", detail(fine), &[]);
    }
}

#[test]
fn long_and_odd_urls_are_cut_between_characters() {
    for unit in ["é", "😀", "\u{2028}", "a\\u0000"] {
        for shift in 0..4 {
            let url = format!("\"data:{}{}\"", "x".repeat(shift), unit.repeat(60));
            let found = judge("default", asked_in(&image(&url)));
            let text = &found.iter().find(|f| f.rule.code() == "P003").expect("P003").message;
            super::marked::assert_wording(&found[0]);
            assert!(text.contains("\"..., wanted data:image/"), "{text}");
        }
    }
}

#[test]
fn which_urls_a_target_reads_differs() {
    let web = asked_in(&image("§1\"https://x.org/a.png\""));
    let webp = asked_in(&image("§1\"data:image/webp;base64,UklGRg==\""));
    let jpg = asked_in(&image("§1\"data:image/jpg;base64,/9j/4A==\""));
    let url = "P003 /messages/0/content/0/image_url/url E";
    says(
        "together",
        &web,
        &[url],
        &["\"https://x.org/a.png\", wanted a data URL; together refuses the file"],
    );
    says("fireworks", &web, &[url], &["wanted a data URL"]);
    expect("together", &webp, &[]);
    says("fireworks", &webp, &[url], &["wanted data:image/png;base64,"]);
    expect("fireworks", &jpg, &[]);
    for profile in ["default", "openai", "together"] {
        expect(profile, &jpg, &[url]);
    }
}

#[test]
fn images_stand_in_user_messages() {
    for part in [image(PNG), r#"{"type":"image"}"#.into()] {
        let line = answered_in(&format!("§1{part}"));
        says(
            "default",
            &line,
            &["P004 /messages/1/content/0 E"],
            &["an image stands in an assistant message"],
        );
        expect("default", asked_in(&part), &[]);
    }
    let both = answered_in(r#"§1{"type":"image_url","image_url":{"url":§2"x"}}"#);
    expect(
        "default",
        both,
        &["P003@2 /messages/1/content/0/image_url/url E", "P004 /messages/1/content/0 E"],
    );
    let user = asked_in(&image(PNG)).replace("\"user\"", "§1\"User\"");
    expect("default", user, &["S008 /messages/0/role E"]);
    // A part that the target does not know at all is one fault.
    expect("bedrock", answered_in(r#"{"type":§1"image"}"#), &["P001 /messages/1/content/0/type E"]);
}

#[test]
fn a_record_has_at_most_so_many_images() {
    let images = |count: usize, mark: &str| {
        let mut parts = vec![image(PNG); count];
        if let Some(part) = parts.get_mut(10) {
            *part = format!("{mark}{part}");
        }
        asked_in(&parts.join(","))
    };
    expect("default", images(10, ""), &[]);
    let eleven = images(11, "§1");
    says("default", &eleven, &["P005 /messages/0/content/10 W"], &["11 images, wanted at most 10"]);
    expect("azure", &eleven, &[]);
    let azure = judge("azure", images(65, ""));
    assert!(said(&azure)[0].contains("P005") && said(&azure)[0].contains("/content/64 warning"));
    assert!(judge("azure", images(64, "")).is_empty());
    // All messages count together, in lists of either kind.
    let mixed = format!(
        r#"{{"messages":[{{"role":"user","content":[{}]}},{{"role":"user","content":[§1{}]}},{{"role":"assistant","content":[{{"type":"text","text":"A"}}]}}]}}"#,
        vec![image(PNG); 10].join(","),
        r#"{"type":"image"}"#
    );
    let found = judge("default", unmark(&mixed).0);
    assert!(said(&found).iter().any(|f| f.contains("P005") && f.contains("/messages/1/content/0")));
}

#[test]
fn an_image_has_at_most_ten_mebibytes() {
    let encoded = |bytes: usize| {
        let full = bytes / 3;
        let rest = ["", "QQ==", "QUI="][bytes % 3];
        format!("\"data:image/png;base64,{}{rest}\"", "QUJD".repeat(full))
    };
    // The line itself is too long as well.
    let faults = |bytes: usize| said(&judge("default", asked_in(&image(&encoded(bytes)))));
    assert_eq!(faults(10_485_760), ["B015 1  warning"]);
    let column = asked_in(&image("\"data")).find("\"data").unwrap() + 1;
    let at = format!("P005 {column} /messages/0/content/0/image_url/url warning");
    assert_eq!(faults(10_485_761), ["B015 1  warning", &at]);
}

#[test]
fn one_list_has_contents_of_one_form() {
    let string = r#"{"role":"user","content":"Q"}"#;
    let array = r#"{"role":"user","content":[{"type":"text","text":"Q"}]}"#;
    let answer = |content: &str| format!(r#"{{"role":"assistant","content":§1{content}}}"#);
    let record = |a: &str, b: &str| format!(r#"{{"messages":[{a},{b}]}}"#);
    says(
        "default",
        &record(string, &answer(r#"[{"type":"text","text":"A"}]"#)),
        &["P006 /messages/1/content W"],
        &["an array here and a string in an earlier message"],
    );
    says(
        "default",
        &record(array, &answer("\"A\"")),
        &["P006 /messages/1/content W"],
        &["a string here and an array in an earlier message"],
    );
    expect("default", record(array, &answer(r#"[{"type":"text","text":"A"}]"#)), &[]);
    let call = r#"{"role":"assistant","content":null,"refusal":"No"}"#;
    expect("default", record(array, call), &[]);
    // Each list by itself.
    let lists = r#"{"prompt":[{"role":"user","content":"Q"}],"completion":[{"role":"assistant","content":[{"type":"text","text":"A"}]}]}"#;
    expect("default", lists, &[]);
}

#[test]
fn media_are_as_many_as_their_placeholders() {
    let with = |question: &str, media: &str| {
        format!(
            r#"{{"messages":[{{"role":"user","content":{question}}},{{"role":"assistant","content":"A"}}],{media}}}"#
        )
    };
    table(
        "default",
        &[
            (&with("\"<image> and <image>\"", r#""images":["a","b"]"#), ""),
            (&with("\"<image>\"", r#""images":§1[]"#), "P007 /images E"),
            (&with("\"Q\"", r#""images":§1["a"]"#), "P007 /images E"),
            (&with("\"Q\"", r#""images":[],"videos":[],"audios":null"#), ""),
            (&with("\"Q\"", r#""images":§1"a.png""#), "P007 /images E"),
            (&with("\"<video><audio>\"", r#""videos":["a"],"audios":["b"]"#), ""),
            (&with("\"<video>\"", r#""audios":§1["b"],"videos":["a"]"#), "P007 /audios E"),
            (&with("\"<image><Image><image >\"", r#""images":["a"]"#), ""),
            (
                &with(
                    r#"[{"type":"image"},{"type":"text","text":"<image>"}]"#,
                    r#""images":["a","b"]"#,
                )
                .replace("\"A\"", "[{\"type\":\"text\",\"text\":\"A\"}]"),
                "",
            ),
            // No column, no rule.
            (&with("\"<image>\"", r#""images":null"#), ""),
        ],
    );
    let one = with("\"Q\"", r#""images":§1["a"]"#);
    says(
        "default",
        &one,
        &["P007 /images E"],
        &["images has 1 entry, and the messages have <image> 0 times"],
    );
    let none = with("\"<image>\"", r#""images":§1[]"#);
    says(
        "default",
        &none,
        &["P007 /images E"],
        &["images has 0 entries, and the messages have <image> 1 time;"],
    );
}

#[test]
fn a_refusal_is_the_only_part_of_an_answer() {
    let refusal = r#"{"type":"refusal","refusal":"No"}"#;
    expect("default", answered_in(refusal), &[]);
    let at = "P008 /messages/1/content/0 E";
    let beside = answered_in(&format!(r#"§1{refusal},{{"type":"text","text":"A"}}"#));
    says("default", &beside, &[at], &["beside other parts"]);
    let twice = answered_in(&format!("{refusal},§1{refusal}"));
    expect("default", twice, &["P008 /messages/1/content/1 E"]);
    let asked = asked_in(&format!("§1{refusal}"));
    says(
        "default",
        &asked,
        &["P008 /messages/0/content/0 E"],
        &["a refusal part stands in a user message"],
    );
    // Where refusals are no part at all, that is the fault.
    let unknown = asked_in(r#"{"type":§1"refusal","refusal":"No"}"#);
    expect("together", unknown, &["P001 /messages/0/content/0/type E"]);
}

#[test]
fn parts_are_judged_in_every_list() {
    table(
        "default",
        &[
            (
                r#"{"prompt":[{"role":"user","content":[§17]}],"completion":[{"role":"assistant","content":[{"type":§2"x"}]}]}"#,
                "P001 /prompt/0/content/0 E; P001@2 /completion/0/content/0/type E",
            ),
            (
                r#"{"messages":§1"[{\"role\":\"user\",\"content\":[7]},{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"A\"}]}]"}"#,
                "S019 /messages W; P001 /messages/0/content/0 E",
            ),
        ],
    );
}
