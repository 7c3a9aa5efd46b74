//! Cases of a rule that a target takes otherwise than the rest of it.

use super::*;

/// A record that triggers the case under this profile, and the rule.
fn trigger_case(case: Case, profile: &str) -> (&'static str, String) {
    let one = || vec![call("abcdefghi", arguments(profile))];
    let call_without = |part: &str| {
        let call = call("abcdefghi", arguments(profile)).replace(part, "");
        calling(r#","content":"b""#, &[call], "")
    };
    let tool = |tool: &str| with_key(&format!(r#""tools":{tool}"#));
    let output = |other: &str| {
        format!(
            r#"{{"input":{{"messages":[{ASK}]}},"preferred_output":[{ANSWER}],"non_preferred_output":{other}}}"#
        )
    };
    match case {
        Case::AnswerWithoutContent => ("S009", answered_by(r#"{"role":"assistant"}"#)),
        Case::TurnWithoutContent => ("S010", asked_by(r#"{"role":"user","content":null}"#)),
        Case::ScalarContent => ("S011", asked_by(r#"{"role":"user","content":7}"#)),
        Case::FunctionCall => (
            "S018",
            answering(r#""content":"b","function_call":{"name":"f","arguments":"{}"}"#),
        ),
        Case::FunctionRole => {
            ("S018", answered_by(r#"{"role":"function","name":"f","content":"r"}"#))
        }
        Case::ToolAlias => ("S008", answered_by(r#"{"role":"ipython","content":"r"}"#)),
        Case::EmptyParts => ("P001", with_part("")),
        Case::PartIsText => ("P001", with_part(r#""a""#)),
        Case::UntypedText => ("P001", with_part(r#"{"text":"a"}"#)),
        Case::SystemImage => (
            "P004",
            chat(&format!(
                r#"{{"role":"system","content":[{}]}},{ASK},{ANSWER}"#,
                image(PNG)
            )),
        ),
        Case::RefusalBeside => (
            "P008",
            answering(
                r#""content":[{"type":"text","text":"b"},{"type":"refusal","refusal":"no"}]"#,
            ),
        ),
        Case::CallsType => ("F001", answering(r#""content":"b","tool_calls":{}"#)),
        Case::CallsOutside => (
            "F001",
            asked_by(&format!(r#"{{"role":"user","content":"a","tool_calls":[{}]}}"#, one().concat())),
        ),
        Case::CallKey => ("F001", call_without(r#""name":"f","#)),
        Case::FlatCall => (
            "F001",
            answering(
                r#""content":"b","tool_calls":[{"id":"abcdefghi","type":"function","name":"f","arguments":{}}]"#,
            ),
        ),
        Case::NoFunction => (
            "F001",
            answering(r#""content":"b","tool_calls":[{"id":"abcdefghi","type":"function"}]"#),
        ),
        Case::NoArguments => {
            ("F001", call_without(&format!(r#","arguments":{}"#, arguments(profile))))
        }
        Case::AnswerArray => {
            ("S011", answering(r#""content":[{"type":"text","text":"b"}]"#))
        }
        Case::NotAnEmptyAnswer => ("S012", asked_by(r#"{"role":"user","content":""}"#)),
        Case::NullWeight => ("S016", answering(r#""content":"b","weight":null"#)),
        Case::NullKey => ("S016", answering(r#""content":"b","tool_calls":null"#)),
        Case::NameType => ("S017", asked_by(r#"{"role":"user","content":"a","name":7}"#)),
        Case::MessagesString => (
            "S019",
            r#"{"messages":"[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]"}"#.to_owned(),
        ),
        Case::ToolsString => ("S019", tool(r#""[]""#)),
        Case::AudioOrFile => ("P001", with_part(r#"{"type":"file"}"#)),
        Case::EmptyCalls => ("F001", answering(r#""content":"b","tool_calls":[]"#)),
        Case::BadArguments => {
            ("F002", calling(r#","content":"""#, &[call("abcdefghi", "7")], ""))
        }
        Case::ToolType => ("F013", tool("[7]")),
        Case::DuplicateTool => {
            let one = r#"{"type":"function","function":{"name":"f","description":"d","parameters":{}}}"#;
            ("F013", tool(&format!("[{one},{one}]")))
        }
        Case::NullDescription => (
            "F013",
            tool(r#"[{"type":"function","function":{"name":"f","description":null,"parameters":{}}}]"#),
        ),
        Case::ThinkingWithCalls => {
            ("F016", calling(r#","content":"b","thinking":"t""#, &one(), ""))
        }
        Case::WeightedImage => (
            "L002",
            asked_by(&format!(
                r#"{{"role":"user","weight":1,"content":[{}]}}"#,
                image(PNG)
            )),
        ),
        Case::EmptyAnswer => ("Q001", output("[]")),
        Case::OddAnswer => ("Q001", output(&format!("[{ANSWER},{ANSWER}]"))),
        Case::PromptEndsInAssistant => ("Q002", prompt(profile, ANSWER)),
        Case::UnreadRefusal => {
            ("S010", answering(r#""content":null,"refusal":"no""#))
        }
        Case::SystemWithoutContent => {
            ("S010", chat(&format!(r#"{{"role":"system","content":null}},{ASK},{ANSWER}"#)))
        }
        Case::TextNumber => ("P002", with_part(r#"{"type":"text","text":7}"#)),
        Case::TextNull => ("P002", with_part(r#"{"type":"text","text":null}"#)),
        Case::CallId => ("F001", call_without(r#""type":"function","#).replace("abcdefghi\"", "abcdefghi\",\"type\":7")),
        Case::ResultBehindUser => (
            "F008",
            chat(&format!(r#"{ASK},{{"role":"tool","tool_call_id":"abcdefghi","content":"r"}},{ANSWER}"#)),
        ),
        Case::PromptEndsElsewhere => ("Q002", prompt(profile, SYSTEM)),
        Case::ContentArray => {
            ("S011", asked_by(r#"{"role":"user","content":[{"type":"text","text":"a"}]}"#))
        }
        Case::DoubtfulRole => ("S007", match profile {
            "together" => {
                chat(&format!(r#"{ASK},{{"role":"tool","tool_call_id":"a","content":"r"}},{ANSWER}"#))
            }
            _ => chat(&format!(r#"{{"role":"developer","content":"s"}},{ASK},{ANSWER}"#)),
        }),
        Case::RivalInCompany => ("S015", with_key(r#""prompt":[],"completion":[]"#)),
        Case::OwnToken => {
            let token = match profile {
                "gemma" | "gemma3" => "<end_of_turn>",
                "llama3" => "<|eot_id|>",
                "gpt-oss" => "<|return|>",
                _ => "<|im_end|>",
            };
            ("C001", asked_by(&format!(r#"{{"role":"user","content":"{token}"}}"#)))
        }
        Case::ExactTokens => ("L007", chat(&format!("{ASK},{ANSWER}"))),
        Case::ContentForm => {
            let parts = asked_by(r#"{"role":"user","content":[]}"#);
            ("X001", format!("{}\n{parts}", chat(&format!("{ASK},{ANSWER}"))))
        }
    }
}

#[test]
fn cases_that_a_target_takes_otherwise() {
    #[rustfmt::skip]
    let wanted = [
        //                             def opn azu tog fir bed mis trl axo uns lla gem gm3 ll3 qwe gpt
        (Case::AnswerWithoutContent,  "E   W   W   E   E   E   E   W   W   W   E   W   W   W   W   E"),
        (Case::TurnWithoutContent,    "E   E   E   E   E   E   E   W   W   W   E   W   W   W   W   E"),
        (Case::ScalarContent,         "E   E   E   E   E   E   E   W   E   W   E   W   E   W   E   E"),
        (Case::FunctionCall,          "W   W   W   E   W   E   E   W   W   W   E   W   W   E   W   E"),
        (Case::FunctionRole,          "W   W   W   E   W   E   E   W   W   W   E   W   W   W   E   E"),
        (Case::ToolAlias,             "E   E   E   E   E   E   E   W   W   W   E   E   E   W   E   E"),
        (Case::EmptyParts,            "E   E   E   E   E   E   W   W   W   W   E   E   W   E   W   E"),
        (Case::PartIsText,            "E   E   E   E   E   E   E   W   W   W   E   E   W   E   E   E"),
        (Case::UntypedText,           "E   E   E   E   E   E   E   W   W   W   E   E   E   E   W   E"),
        (Case::SystemImage,           "E   E   E   E   E   -   -   E   W   E   E   E   E   E   E   E"),
        (Case::RefusalBeside,         "E   W   W   -   -   -   -   W   -   W   E   E   W   E   -   E"),
        (Case::CallsType,             "E   E   E   E   E   E   E   E   E   E   E   E   E   E   E   E"),
        (Case::CallsOutside,          "E   W   W   E   E   E   E   W   W   W   E   E   E   E   E   E"),
        (Case::CallKey,               "E   E   E   E   E   -   E   W   W   W   E   E   E   E   E   E"),
        (Case::FlatCall,              "E   E   E   E   E   -   E   W   W   W   E   E   E   E   W   W"),
        (Case::NoFunction,            "E   E   E   E   E   -   E   E   E   E   E   E   E   E   E   E"),
        (Case::NoArguments,           "E   E   E   E   E   -   E   E   E   E   E   E   E   E   W   E"),
        (Case::AnswerArray,           "-   -   -   -   -   -   E   -   -   W   E   E   -   E   W   E"),
        (Case::NotAnEmptyAnswer,      "W   W   W   W   W   W   W   W   W   W   W   W   W   W   W   W"),
        (Case::NullWeight,            "W   E   E   E   W   W   W   W   I   W   W   W   W   W   W   W"),
        (Case::NullKey,               "W   E   E   W   W   W   W   W   I   W   W   W   W   W   W   W"),
        (Case::NameType,              "W   E   E   W   W   W   W   W   W   W   W   W   W   W   W   W"),
        (Case::MessagesString,        "W   E   E   E   E   E   E   E   -   W   E   E   E   E   E   E"),
        (Case::ToolsString,           "W   E   E   E   E   E   E   -   -   W   -   -   -   -   -   -"),
        (Case::AudioOrFile,           "-   W   W   E   E   E   E   -   -   -   -   -   E   -   E   -"),
        (Case::EmptyCalls,            "E   W   W   W   E   E   W   W   W   W   W   W   W   E   W   E"),
        (Case::DuplicateTool,         "E   W   W   E   E   E   W   W   W   W   W   W   W   W   W   W"),
        (Case::ToolType,              "E   E   E   E   E   E   E   E   E   E   E   E   E   E   E   E"),
        (Case::NullDescription,       "-   E   E   -   -   -   E   -   -   -   -   -   -   -   -   -"),
        (Case::BadArguments,          "E   E   E   E   E   -   E   W   E   W   E   -   -   W   E   W"),
        (Case::ThinkingWithCalls,     "-   -   -   -   -   -   E   -   -   -   W   -   -   W   -   E"),
        (Case::WeightedImage,         "W   W   W   E   W   W   W   W   W   W   W   W   W   W   W   W"),
        (Case::EmptyAnswer,           "E   E   E   E   E   -   -   -   -   -   -   W   W   W   W   W"),
        (Case::OddAnswer,             "E   E   E   E   E   -   -   -   -   -   -   E   E   W   W   W"),
        (Case::PromptEndsInAssistant, "E   W   W   E   E   -   -   I   -   I   E   E   E   I   I   I"),
        (Case::UnreadRefusal,         "-   -   -   E   -   E   E   W   W   W   E   E   E   E   E   E"),
        (Case::SystemWithoutContent,  "E   E   E   E   E   E   E   E   W   E   W   W   E   W   W   W"),
        (Case::TextNumber,            "E   E   E   E   E   E   E   W   E   W   E   E   W   E   W   E"),
        (Case::TextNull,              "E   E   E   E   E   E   E   W   W   W   E   E   E   E   E   E"),
        (Case::CallId,                "E   E   E   E   E   E   E   W   W   W   W   E   E   E   E   E"),
        (Case::ResultBehindUser,      "E   W   W   E   E   -   E   W   W   W   E   -   -   W   W   E"),
        (Case::PromptEndsElsewhere,   "E   W   W   E   E   -   -   W   -   W   E   E   E   W   E   E"),
        (Case::ContentArray,          "-   -   -   -   -   -   -   -   -   W   E   E   -   E   W   E"),
        (Case::DoubtfulRole,          "-   W   W   W   E   -   E   W   W   W   E   -   E   W   E   -"),
        (Case::RivalInCompany,        "E   W   W   E   E   E   W   W   W   W   W   W   W   W   W   W"),
        (Case::OwnToken,              "W   W   W   W   W   W   W   W   W   W   W   E   E   E   E   E"),
        (Case::ExactTokens,           "E   E   E   E   E   E   E   E   E   E   E   E   E   E   E   E"),
        (Case::ContentForm,           "W   -   -   W   W   W   W   W   W   W   W   W   W   W   W   W"),
    ];
    for (case, _) in CASES {
        assert!(wanted.iter().any(|(tried, _)| tried == case), "{case:?} has no row");
    }
    for (case, row) in wanted {
        let of = |profile: &str| {
            let (code, line) = trigger_case(case, profile);
            let found = match case {
                Case::ExactTokens => judge_counted(profile, &line, true),
                Case::ContentForm => judge_together(profile, &line),
                _ => judge(profile, &line),
            };
            letter(found.iter().filter(|f| f.rule.code() == code).map(|f| f.severity).max())
        };
        let got: Vec<_> = NAMES.iter().map(|profile| of(profile)).collect();
        assert_eq!(got.join("   "), row, "{case:?}");
        let rule = Rule::find(trigger_case(case, "default").0).expect("a rule");
        let of_the_rule = PROFILES.iter().map(|p| letter(Some(p.severity(rule))));
        assert!(
            got.iter().zip(of_the_rule).any(|(case, rule)| *case != rule),
            "{case:?} is no case"
        );
    }
}

#[test]
fn what_the_user_asks_for_holds_for_cases_too() {
    let line = trigger_case(Case::EmptyCalls, "trl").1;
    let of = |selection: Selection| {
        let found = judge_with("trl", &selection, &line);
        letter(found.iter().find(|f| f.rule.code() == "F001").map(|f| f.severity))
    };
    let f001 = || vec!["F001".to_owned()];
    assert_eq!(of(Selection::default()), "W");
    assert_eq!(of(Selection { error: f001(), ..Default::default() }), "E");
    assert_eq!(of(Selection { strict: true, ..Default::default() }), "E");
    assert_eq!(of(Selection { ignore: f001(), ..Default::default() }), "-");
    assert_eq!(of(Selection { select: vec!["T".into()], ..Default::default() }), "-");
}
