//! F: functions and tools.

use chatml::rules::settings::Selection;

use crate::util::{Case, check, check_with, judge, said};

const TOOLS: &str = r#","tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"x":{"type":"integer"},"s":{"type":["string","null"]}},"required":["x"]}}}]"#;

/// A record that asks, makes these calls (members of the message), and goes on with these messages.
fn record(calls: &str, rest: &str) -> String {
    with_tools(calls, rest, TOOLS)
}

fn with_tools(calls: &str, rest: &str, tools: &str) -> String {
    format!(
        r#"{{"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":"",{calls}}}{rest}]{tools}}}"#
    )
}

/// `tool_calls` of one call with this id and these arguments.
fn call(id: &str, arguments: &str) -> String {
    format!(r#""tool_calls":[{}]"#, element(id, arguments))
}

fn element(id: &str, arguments: &str) -> String {
    format!(
        r#"{{"id":"{id}","type":"function","function":{{"name":"f","arguments":{arguments}}}}}"#
    )
}

const X: &str = r#""{\"x\":1}""#;
const RESULT: &str = r#",{"role":"tool","tool_call_id":"c1","content":"r"}"#;
const END: &str = r#",{"role":"assistant","content":"b"}"#;

#[test]
fn shape_of_calls() {
    let of = |calls: &str| record(calls, "");
    let at = "/messages/1/tool_calls";
    let f001 = |place: &str, pointer: &str| format!("F001 @{place} {at}{pointer} error");
    for (name, calls, faults) in [
        ("a call", call("c1", X), vec![]),
        ("an object", r#""tool_calls":{}"#.into(), vec![f001("2:{\"", "")]),
        ("a call is a string", r#""tool_calls":["f"]"#.into(), vec![f001("\"f\"]", "/0")]),
        (
            "no id",
            call("c1", X).replace(r#""id":"c1","#, ""),
            vec![f001(r#"{"type":"function","function":{"name":"f","arguments""#, "/0")],
        ),
        ("id is a number", call("c1", X).replace(r#""c1""#, "71"), vec![f001("71", "/0/id")]),
        (
            "another type",
            call("c1", X).replace(r#""function","#, r#""tool","#),
            vec![f001(r#""tool","#, "/0/type")],
        ),
        (
            "no type",
            call("c1", X).replace(r#""type":"function","#, ""),
            vec![f001(r#"{"id""#, "/0")],
        ),
        (
            "no function",
            r#""tool_calls":[{"id":"c1","type":"function"}]"#.into(),
            vec![f001(r#"{"id""#, "/0")],
        ),
        (
            "function is a string",
            r#""tool_calls":[{"id":"c1","type":"function","function":"g"}]"#.into(),
            vec![f001(r#""g""#, "/0/function")],
        ),
        (
            "no name",
            call("c1", X).replace(r#""name":"f","#, ""),
            vec![f001(r#"{"arguments""#, "/0/function")],
        ),
        (
            "name is a number",
            call("c1", X).replace(r#""f""#, "72"),
            vec![f001("72", "/0/function/name")],
        ),
        (
            "no arguments",
            r#""tool_calls":[{"id":"c1","type":"function","function":{"name":"f"}}]"#.into(),
            vec![f001(r#"{"name":"f"}}]"#, "/0/function")],
        ),
    ] {
        let line = of(&calls);
        let mut wanted: Vec<_> = faults.iter().map(String::as_str).collect();
        // An object is no call, so the empty content is a fault of its own, and nothing is to be learned.
        if name == "an object" {
            let found: Vec<_> = judge("default", &line).iter().map(|f| f.rule.code()).collect();
            assert_eq!(found, ["S012", "F001", "L003"]);
            wanted.clear();
            continue;
        }
        check("default", &[Case(name, &line, &wanted)]);
    }
    check(
        "default",
        &[
            Case(
                "empty",
                r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","tool_calls":[]}]}"#,
                &["F001 @[]} /messages/1/tool_calls error"],
            ),
            Case(
                "null is padding",
                r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","tool_calls":null}]}"#,
                &["S016 @null /messages/1/tool_calls warning"],
            ),
            Case(
                "in a user's message",
                &format!(
                    r#"{{"messages":[{{"role":"user","content":"a",{}}}{END}]{TOOLS}}}"#,
                    call("c1", X)
                ),
                &[r#"F001 @"tool_calls" /messages/0/tool_calls error"#],
            ),
            Case(
                "in a message without a role",
                &format!(r#"{{"messages":[{{"content":"a",{}}}]{TOOLS}}}"#, call("c1", X)),
                &[r#"S005 @{"content" /messages/0 error"#],
            ),
        ],
    );
    // TRL asks for name and arguments only.
    let bare = r#""tool_calls":[{"function":{"name":"f","arguments":{"x":1}}}]"#;
    check("trl", &[Case("bare", &of(bare), &[])]);
    check(
        "mistral",
        &[Case(
            "no type is fine, no id is not",
            r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}],"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{}}}]}"#,
            &[r#"F001 @{"function":{"name":"f","arguments /messages/1/tool_calls/0 error"#],
        )],
    );
}

#[test]
fn old_function_calls() {
    let of = |call: &str| record(&format!(r#""function_call":{call}"#), "");
    let s018 = r#"S018 @"function_call" /messages/1/function_call warning"#;
    let good = of(r#"{"name":"f","arguments":"{\"x\":1}"}"#);
    let object = of(r#"{"name":"f","arguments":{"x":1}}"#);
    let broken = of(r#"{"name":"f","arguments":"{"}"#);
    let text = of(r#""f""#);
    for (profile, severity) in [("default", "error"), ("trl", "warning")] {
        let f001 =
            format!(r#"F001 @{{"name":"f","arguments" /messages/1/function_call {severity}"#);
        let f003 = format!(r#"F003 @"{{"}} /messages/1/function_call/arguments {severity}"#);
        check(
            profile,
            &[
                Case("good", &good, &[s018]),
                Case(
                    "arguments are a string for every target: F001 and not F002",
                    &object,
                    &[s018, &f001],
                ),
                Case("F003", &broken, &[s018, &f003]),
            ],
        );
    }
    let found: Vec<_> = judge("default", text).iter().map(|f| f.rule.code()).collect();
    assert_eq!(found, ["S012", "S018", "F001", "L003"]);
}

#[test]
fn form_of_arguments() {
    let of = |arguments: &str| record(&call("c1", arguments), "");
    let at = "/messages/1/tool_calls/0/function/arguments";
    // Wanted of openai (a string), trl (an object) and default (either).
    for (arguments, openai, trl, default) in [
        (X, "", "F002", ""),
        (r#"{"x":1}"#, "F002", "", ""),
        ("null", "F002", "F002", "F002"),
        ("7", "F002", "F002", "F002"),
        ("true", "F002", "F002", "F002"),
        (r#"[{"x":1}]"#, "F002", "F002", "F002"),
        (r#""""#, "F003", "F002", "F003"),
        (r#""{""#, "F003", "F002", "F003"),
        (r#""{\"x\":NaN}""#, "F003", "F002", "F003"),
        (r#""{} {}""#, "F003", "F002", "F003"),
        (r#""\"{\\\"x\\\":1}\"""#, "F004", "F002", "F004"),
        (r#""\"[1]\"""#, "F004", "F002", "F004"),
        (r#""\"x\"""#, "F005", "F002", "F005"),
        (r#""\"\"""#, "F005", "F002", "F005"),
        (r#""7""#, "F005", "F002", "F005"),
        (r#""null""#, "F005", "F002", "F005"),
        (r#""[1]""#, "F005", "F002", "F005"),
    ] {
        let line = of(arguments);
        let place = line.find(&format!(r#""arguments":{arguments}"#)).unwrap() + 13;
        for (profile, code) in [("openai", openai), ("trl", trl), ("default", default)] {
            let found = said(&judge(profile, &line));
            // OpenAI refuses another form and takes any text; TRL's templates raise on few of them.
            let severity = match (profile, code) {
                ("default", _) | ("openai", "F002") => "error",
                _ => "warning",
            };
            let wanted = match code {
                "" => vec![],
                code => vec![format!("{code} {place} {at} {severity}")],
            };
            assert_eq!(found, wanted, "{profile} {arguments}");
        }
    }
    // Where calls are not read, their form is not judged.
    let line = of("7");
    for profile in ["bedrock", "gemma", "gemma3"] {
        assert!(judge(profile, &line).iter().all(|f| f.rule.code() != "F002"), "{profile}");
    }
    // Without F002 the text is judged.
    let ignore = Selection { ignore: vec!["F002".into()], ..Default::default() };
    check_with(
        "trl",
        &ignore,
        &[Case("F003", &of(r#""{""#), &[&format!(r#"F003 @"{{"}} {at} warning"#)])],
    );
}

#[test]
fn words_about_arguments() {
    let of = |profile: &str, arguments: &str| {
        judge(profile, record(&call("c1", arguments), "")).remove(0).message
    };
    assert_eq!(
        of("openai", r#""\"{\\\"x\\\":1}\"""#),
        "arguments are a JSON string inside a JSON string; openai trains the extra quotes and \
         backslashes; write the object once: \"{\\\"x\\\":1}\""
    );
    assert!(
        of("default", r#""\"{}\"""#)
            .contains("; the model learns the extra quotes and backslashes;")
    );
    assert!(of("openai", r#""""#).starts_with("arguments are not JSON: it is empty; "));
    assert!(
        of("openai", r#""{\"a\":""#)
            .starts_with("arguments are not JSON: the text ends, wanted a value; ")
    );
    assert!(
        of("openai", "7")
            .starts_with("arguments are a number, wanted a JSON string; openai refuses the file; ")
    );
}

#[test]
fn calls_and_results() {
    let two = format!(r#""tool_calls":[{},{}]"#, element("c1", X), element("c2", X));
    let result = |id: &str| format!(r#",{{"role":"tool","tool_call_id":"{id}","content":"r"}}"#);
    let one = call("c1", X);
    let user = r#",{"role":"user","content":"q"}"#;
    let f009 = |place: &str, pointer: &str| format!("F009 @{place} {pointer} error");
    let first = f009(r#"{"id":"c1""#, "/messages/1/tool_calls/0");
    let second = f009(r#"{"id":"c2""#, "/messages/1/tool_calls/1");
    let cases = [
        ("a call at the end", record(&one, ""), vec![]),
        ("a call and its result", record(&one, &format!("{RESULT}{END}")), vec![]),
        (
            "results in any order",
            record(&two, &format!("{}{}{END}", result("c2"), result("c1"))),
            vec![],
        ),
        (
            "no result before the next user",
            record(&one, &format!("{user}{END}")),
            vec![first.clone()],
        ),
        (
            "nor before the next answer",
            record(&one, END),
            vec![r#"T008 @2:"assistant" /messages/2/role warning"#.to_owned(), first.clone()],
        ),
        ("one of two", record(&two, &format!("{RESULT}{END}")), vec![second.clone()]),
        (
            "open at the end of the list",
            record(&two, RESULT),
            vec![r#"T003 @"tool" /messages/2/role error"#.into(), second.clone()],
        ),
        (
            "a result answered before",
            record(&one, &format!("{RESULT}{RESULT}{END}")),
            vec![r#"F008 @2:"c1","content" /messages/3/tool_call_id error"#.into()],
        ),
        (
            "a result of no call",
            record(&two, &format!("{}{}{}{END}", result("c1"), result("c2"), result("c9"))),
            vec![r#"F008 @"c9" /messages/4/tool_call_id error"#.into()],
        ),
        (
            "a result after the list is closed",
            record(&one, &format!("{RESULT}{END}{}{END}", result("c1"))),
            vec![r#"F008 @2:"c1","content" /messages/4/tool_call_id error"#.into()],
        ),
        (
            "F007 pairs with the first open call",
            record(&one, &format!(r#",{{"role":"tool","content":"r"}}{END}"#)),
            vec![r#"F007 @{"role":"tool" /messages/2 error"#.into()],
        ),
        (
            "F007 and not S016",
            record(&one, &format!(r#",{{"role":"tool","tool_call_id":null,"content":"r"}}{END}"#)),
            vec!["F007 @null /messages/2/tool_call_id error".into()],
        ),
        (
            "F007: a number",
            record(&one, &format!(r#",{{"role":"tool","tool_call_id":77,"content":"r"}}{END}"#)),
            vec!["F007 @77 /messages/2/tool_call_id error".into()],
        ),
        (
            "F007 stays when order cannot be judged",
            record(&one, r#",{"role":"tool","content":"r"},7"#),
            vec![
                "S004 @7] /messages/3 error".into(),
                r#"F007 @{"role":"tool" /messages/2 error"#.into(),
            ],
        ),
        (
            "S005: no F008 or F009",
            record(&one, r#",{"content":"r"},{"role":"tool","tool_call_id":"c8","content":"r"}"#),
            vec![r#"S005 @{"content":"r"} /messages/2 error"#.into()],
        ),
        (
            "F006",
            record(
                &format!(
                    r#""tool_calls":[{},{}]"#,
                    element("c1", X),
                    element("c1", r#""{\"x\":2}""#)
                ),
                &format!("{RESULT}{RESULT}{END}"),
            ),
            vec![r#"F006 @2:"c1","type" /messages/1/tool_calls/1/id error"#.into()],
        ),
        (
            "an old function result",
            record(
                r#""function_call":{"name":"f","arguments":"{\"x\":1}"}"#,
                &format!(r#",{{"role":"function","name":"f","content":"r"}}{END}"#),
            ),
            vec![
                r#"S018 @"function_call" /messages/1/function_call warning"#.into(),
                r#"S018 @"function","name" /messages/2/role warning"#.into(),
            ],
        ),
    ];
    for (name, line, wanted) in &cases {
        let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
        check("default", &[Case(name, line, &wanted)]);
    }
    // Where `tool` is no role, S007 tells of the result; the call has one all the same.
    let line = record(&one, &format!("{RESULT}{END}"));
    assert!(judge("gemma3", line).iter().all(|f| f.rule.code() != "F009"));
}

#[test]
fn prompt_and_answer_are_one_list() {
    let prompt = |end: &str| {
        format!(
            r#"[{{"role":"user","content":"a"}},{{"role":"assistant","content":"",{}}}{end}]"#,
            call("c1", X)
        )
    };
    let pair = |prompt: &str, chosen: &str, rejected: &str| {
        format!(r#"{{"prompt":{prompt},"chosen":[{chosen}{END}],"rejected":[{rejected}{{"role":"assistant","content":"no"}}]{TOOLS}}}"#)
            .replace("[,", "[")
    };
    let result = format!("{},", &RESULT[1..]);
    let again = format!(r#"{{"role":"assistant","content":"",{}}},{result}"#, call("c1", X));
    let open = pair(&prompt(""), RESULT, &result);
    let unanswered = pair(&prompt(""), "", "");
    let twice = pair(&prompt(RESULT), "", &again);
    let q002 = r#"Q002 @"assistant" /prompt/1/role error"#;
    check(
        "default",
        &[
            Case("a call in the prompt, its result in both answers", &open, &[q002]),
            Case(
                "F009 once, though the prompt is judged with each answer",
                &unanswered,
                &[r#"F009 @{"id":"c1" /prompt/1/tool_calls/0 error"#, q002],
            ),
            Case(
                "F006 across prompt and answer",
                &twice,
                &[r#"F006 @2:"c1","type" /rejected/0/tool_calls/0/id error"#],
            ),
        ],
    );
}

#[test]
fn calls_against_tools() {
    let of = |arguments: &str| record(&call("c1", arguments), "");
    let base = "/messages/1/tool_calls/0/function";
    let f011 = |place: &str, rest: &str| format!("F011 @{place} {base}/arguments{rest} warning");
    for (name, arguments, wanted) in [
        ("fits", r#"{"x":1}"#, vec![]),
        ("1.0 is an integer, as is 1e2", r#"{"x":1.0}"#, vec![]),
        ("1e2", r#"{"x":1e2}"#, vec![]),
        ("null is among the types", r#"{"x":1,"s":null}"#, vec![]),
        ("missing", r#"{"s":"t"}"#, vec![f011(r#"{"s""#, "")]),
        ("unknown", r#"{"x":1,"y":2}"#, vec![f011(r#""y""#, "/y")]),
        ("another type", r#"{"x":"1"}"#, vec![f011(r#""1""#, "/x")]),
        ("a fraction", r#"{"x":1.5}"#, vec![f011("1.5", "/x")]),
        ("in a string", r#""{\"x\":true}""#, vec![f011(r#""{\"x"#, "/x")]),
    ] {
        let line = of(arguments);
        let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
        check("default", &[Case(name, &line, &wanted)]);
    }
    let open = |schema: &str| {
        let tools = format!(
            r#","tools":[{{"type":"function","function":{{"name":"f","parameters":{schema}}}}}]"#
        );
        with_tools(&call("c1", r#"{"y":1}"#), "", &tools)
    };
    check(
        "default",
        &[
            Case(
                "additionalProperties",
                &open(r#"{"properties":{"x":{}},"additionalProperties":true}"#),
                &[],
            ),
            Case("empty properties", &open(r#"{"properties":{}}"#), &[]),
            Case("no schema", &open("{}"), &[]),
            Case(
                "closed",
                &open(r#"{"properties":{"x":{}},"additionalProperties":false}"#),
                &[&f011(r#""y""#, "/y")],
            ),
            Case(
                "all that is missing is one finding",
                &open(r#"{"required":["p","q","y","p"]}"#),
                &[&f011(r#"{"y""#, "")],
            ),
            Case(
                "F010",
                &with_tools(&call("c1", X).replace(r#""f""#, r#""g""#), "", TOOLS),
                &[&format!(r#"F010 @"g" {base}/name warning"#)],
            ),
            Case(
                "F012",
                &with_tools(&call("c1", X), "", ""),
                &["F012 @[{\"id /messages/1/tool_calls warning"],
            ),
            Case(
                "F012: empty",
                &with_tools(&call("c1", X), "", r#","tools":[]"#),
                &["F012 @[{\"id /messages/1/tool_calls warning"],
            ),
            Case(
                "functions count as tools",
                &with_tools(&call("c1", X), "", r#","functions":[{"name":"f"}]"#),
                &[r#"S018 @"functions" /functions warning"#],
            ),
            Case(
                "malformed tools are F013, not F012",
                &with_tools(&call("c1", X), "", r#","tools":{"f":1}"#),
                &[r#"F013 @{"f" /tools error"#],
            ),
            Case(
                "tools as a string are read",
                &with_tools(
                    &call("c1", X),
                    "",
                    r#","tools":"[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]""#,
                ),
                &[r#"S019 @"[{\"type /tools warning"#],
            ),
        ],
    );
    let missing = judge("default", open(r#"{"required":["p","q","y","p"]}"#));
    assert!(missing[0].message.starts_with(r#"2 required arguments are missing, first "p"; "#));
    // F002 is about the form and F011 about what is in it.
    check(
        "trl",
        &[Case(
            "both",
            &of(r#""{}""#),
            &[&f011(r#""{}""#, ""), &format!(r#"F002 @"{{}}" {base}/arguments warning"#)],
        )],
    );
}

#[test]
fn definitions_of_tools() {
    let of = |tools: &str| {
        format!(
            r#"{{"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":"b"}}],"tools":{tools}}}"#
        )
    };
    let tool = |function: &str| of(&format!(r#"[{{"type":"function","function":{function}}}]"#));
    let f013 = |place: &str, pointer: &str| format!("F013 @{place} /tools{pointer} error");
    for (name, line, wanted) in [
        ("good", tool(r#"{"name":"f","parameters":{}}"#), vec![]),
        ("no type", of(r#"[{"function":{"name":"f"}}]"#), vec![]),
        ("empty", of("[]"), vec![]),
        ("a number", of("7"), vec![f013("7", "")]),
        ("a string", of(r#""f""#), vec![f013(r#""f""#, "")]),
        ("a tool is a string", of(r#"["f"]"#), vec![f013(r#""f""#, "/0")]),
        (
            "another type",
            of(r#"[{"type":"x","function":{"name":"f"}}]"#),
            vec![f013(r#""x""#, "/0/type")],
        ),
        ("flat", of(r#"[{"type":"function","name":"f"}]"#), vec![f013(r#"{"type""#, "/0")]),
        ("no name", tool(r#"{"parameters":{}}"#), vec![f013(r#"{"parameters""#, "/0/function")]),
        (
            "parameters",
            tool(r#"{"name":"f","parameters":[]}"#),
            vec![f013("[]", "/0/function/parameters")],
        ),
        (
            "parameters as text",
            tool(r#"{"name":"f","parameters":"{}"}"#),
            vec![f013(r#""{}""#, "/0/function/parameters")],
        ),
        (
            "two of a name",
            of(r#"[{"function":{"name":"f"}},{"type":"function","function":{"name":"f"}}]"#),
            vec![f013(r#"{"type""#, "/1")],
        ),
        (
            "F014",
            tool(r#"{"name":"my f"}"#),
            vec![r#"F014 @"my /tools/0/function/name error"#.to_owned()],
        ),
        (
            "F014 in functions",
            of("[]").replace(r#""tools":[]"#, r#""functions":[{"name":"é"}]"#),
            vec![
                r#"S018 @"functions" /functions warning"#.to_owned(),
                r#"F014 @"é" /functions/0/name error"#.to_owned(),
            ],
        ),
        (
            "a null property is padding",
            tool(r#"{"name":"f","parameters":{"type":"object","properties":{"x":null}}}"#),
            vec!["S016 @null /tools/0/function/parameters/properties/x warning".to_owned()],
        ),
        (
            "a null elsewhere is not",
            tool(r#"{"name":"f","parameters":{"default":null,"enum":["properties",{"x":null}]}}"#),
            vec![],
        ),
    ] {
        let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
        check("default", &[Case(name, &line, &wanted)]);
    }
    check(
        "axolotl",
        &[Case("parameters as text", &tool(r#"{"name":"f","parameters":"{}"}"#), &[])],
    );
    let f = |place: &str, rest: &str| format!("F013 @{place} /tools/0/function{rest} error");
    let good = r#"{"name":"f","description":"d","parameters":{"type":"object","properties":{"x":{"type":"string"}}}}"#;
    check(
        "mistral",
        &[
            Case("good", &tool(good), &[]),
            Case(
                "no description",
                &tool(r#"{"name":"f","parameters":{}}"#),
                &[&f(r#"{"name""#, "")],
            ),
            Case(
                "no parameters",
                &tool(r#"{"name":"f","description":"d"}"#),
                &[&f(r#"{"name""#, "")],
            ),
            Case(
                "no schema",
                &tool(&good.replace(r#""string""#, r#""str""#)),
                &[&f(r#""str""#, "/parameters/properties/x/type")],
            ),
        ],
    );
}

#[test]
fn what_only_some_targets_mind() {
    let two = format!(
        r#""tool_calls":[{},{}]"#,
        element("c1", r#"{"x":1}"#),
        element("c2", r#"{"x":1}"#)
    );
    let line = record(&two, "");
    let f017 = |severity: &str| format!("F017 @[{{\"id /messages/1/tool_calls {severity}");
    check("trl", &[Case("F017 is off", &line, &[])]);
    check("llama3", &[Case("F017", &line, &[&f017("error")])]);
    check("gpt-oss", &[Case("F017", &line, &[&f017("error")])]);

    let said =
        record(&call("c1", r#"{"x":1}"#), "").replace(r#""content":"""#, r#""content":"well""#);
    let thought = said.replace(r#""content":"well""#, r#""content":"well","thinking":"t""#);
    let f016 = |severity: &str| format!(r#"F016 @"well" /messages/1/content {severity}"#);
    check("trl", &[Case("F016 is off", &said, &[])]);
    check("llama3", &[Case("F016", &said, &[&f016("warning")])]);
    check(
        "gpt-oss",
        &[
            Case("F016", &said, &[&f016("warning")]),
            Case("F016 with thinking", &thought, &[&f016("error")]),
        ],
    );
}

#[test]
fn ids_for_mistral() {
    let of = |call_id: &str, result_id: &str| {
        format!(
            r#"{{"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":null,"tool_calls":[{{"id":"{call_id}","function":{{"name":"f","arguments":"{{}}"}}}}]}},{{"role":"tool","tool_call_id":"{result_id}","content":"r"}},{{"role":"assistant","content":"b"}}],"tools":[{{"type":"function","function":{{"name":"f","description":"d","parameters":{{}}}}}}]}}"#
        )
    };
    let last = |id: &str| {
        format!(
            r#"{{"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":null,"tool_calls":[{{"id":"{id}","function":{{"name":"f","arguments":"{{}}"}}}},{{"id":"{id}","function":{{"name":"f","arguments":"{{}}"}}}}]}}],"tools":[{{"type":"function","function":{{"name":"f","description":"d","parameters":{{}}}}}}]}}"#
        )
    };
    let call = "/messages/1/tool_calls/0/id";
    check(
        "mistral",
        &[
            Case("nine characters", &of("abcDEF123", "abcDEF123"), &[]),
            Case(
                "others",
                &of("call_abcd", "call_abcd"),
                &[
                    &format!(r#"F015 @"call_abcd" {call} error"#),
                    r#"F015 @2:"call_abcd" /messages/2/tool_call_id error"#,
                ],
            ),
            Case("null passes in the last message, and twice", &last("null"), &[]),
            Case(
                "and not before",
                &of("null", "null"),
                &[
                    &format!(r#"F015 @"null" {call} error"#),
                    r#"F015 @2:"null" /messages/2/tool_call_id error"#,
                ],
            ),
        ],
    );
}
