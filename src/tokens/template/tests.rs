// A list of one range is meant as such.
#![allow(clippy::single_range_in_vec_init)]

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::record::Parser;

/// A conversation with what templates trip over.
const RECORD: &str = r#"{"messages":[{"role":"user","content":" Grüß <Gott> & \"x\"\n"},{"role":"assistant","content":null,"reasoning":"Hm.","tool_calls":[{"function":{"name":"f","arguments":{"b":1.50,"a":[true,null,"é"]}}}]},{"role":"assistant","content":[{"type":"text","text":"Part."}],"weight":1}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"array","items":{"type":"string"}}}}],"chat_template_kwargs":{"big":123456789012345678901234567890123456789012345,"n":12345678901234567890,"e":1e22,"s":1e-7,"t":0.1,"w":" \u001f a b \u001c"}}"#;

// What is expected below was rendered by Jinja2 3.1.6, set up as in transformers 5.23.

const FIXES: [(&str, &str); 11] = [
    (
        "{{ tools | tojson }}",
        "[{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}}}}]",
    ),
    (
        "{{ messages[1].tool_calls[0].function.arguments | tojson(indent=2) }}",
        "{\n  \"b\": 1.5,\n  \"a\": [\n    true,\n    null,\n    \"é\"\n  ]\n}",
    ),
    ("{{ '<&>\\'é\\u2028\\x7f' | tojson }}", "\"<&>'é\u{2028}\u{7f}\""),
    ("{{ 'é👍' | tojson(ensure_ascii=true) }}", "\"\\u00e9\\ud83d\\udc4d\""),
    ("{{ {'b': 1, 'a': 2} | tojson(separators=(',', ':'), sort_keys=true) }}", "{\"a\":2,\"b\":1}"),
    ("{{ [[], {}] | tojson(indent=1) }}", "[\n [],\n {}\n]"),
    ("a\r\n{% if true %}\r\nb\r\n{% endif %}\rc", "a\nb\nc"),
    ("{{ messages[::-1] | map(attribute='role') | join(' ') }}", "assistant assistant user"),
    ("{{ 'abc'[::-1] }}{{ [1, 2, 3][::-1][0] }}", "cba3"),
    ("  {% if true %}\n  x\n  {% endif %}\ny", "  x\ny"),
    (
        "{{ strftime_now('%d %b %Y, %A %j %-d %H:%M %I%p %%') }}",
        "07 Mar 2026, Saturday 066 7 15:04 03PM %",
    ),
];

const PYTHON: [(&str, &str); 20] = [
    (
        "{{ none }} {{ true }} {{ [none, false, 1.0, 'a', \"it's\"] }} {{ {'a': (1,)} }}",
        "None True [None, False, 1.0, 'a', \"it's\"] {'a': (1,)}",
    ),
    (
        "{{ big }} {{ n }} {{ e }} {{ s }} {{ t + 0.2 }} {{ 1e16 }} {{ 3.0 }}",
        "123456789012345678901234567890123456789012345 12345678901234567890 1e+22 1e-07 0.30000000000000004 1e+16 3.0",
    ),
    (
        "{{ [e, s, big] }} {{ [e, s, big] | tojson }}",
        "[1e+22, 1e-07, 123456789012345678901234567890123456789012345] [1e+22, 1e-07, 123456789012345678901234567890123456789012345]",
    ),
    (
        "[{{ w.strip() }}][{{ w | trim }}][{{ 'xxaxx'.strip('x') }}][{{ ' a '.lstrip() }}]",
        "[a b][a b][a][a ]",
    ),
    (
        "{{ ' a  b c '.split() }}{{ 'a,b,,c'.split(',') }}{{ ' a b  c '.split(none, 1) }}{{ 'a b c'.rsplit(' ', 1) }}{{ 'a,b,c'.split(',', maxsplit=1) }}{{ ' a b  c '.rsplit(none, 1) }}",
        "['a', 'b', 'c']['a', 'b', '', 'c']['a', 'b  c ']['a b', 'c']['a', 'b,c'][' a b', 'c']",
    ),
    (
        "{{ 'a\\x0bb\\r\\nc\\u2028d'.splitlines() }}{{ 'a-b-c'.partition('-') }}{{ 'a-b-c'.rpartition('-') }}{{ 'abc'.removeprefix('a').removesuffix('c') }}{{ 'abc'.index('c') }}{{ [1, 2].index(2) }}",
        "['a', 'b', 'c', 'd']('a', '-', 'b-c')('a-b', '-', 'c')b21",
    ),
    (
        "{% for k, v in messages[0].items() %}{{ k }}={{ v | tojson }};{% endfor %}{{ messages[0].keys() | list }}{{ messages[0].get('x', 'd') }}{{ messages[0].get('x') }}",
        "role=\"user\";content=\" Grüß <Gott> & \\\"x\\\"\\n\";['role', 'content']dNone",
    ),
    (
        "{{ 'abc'.startswith('ab') }}{{ 'abc'.startswith(('x', 'a')) }}{{ 'abc'.endswith('b') }}",
        "TrueTrueFalse",
    ),
    (
        "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{{ loop.previtem.role if loop.previtem is defined }}>{{ loop.nextitem.role if loop.nextitem is defined }}|{% endfor %}{{ ns.n }}",
        ">assistant|user>assistant|assistant>|3",
    ),
    ("{% set x = 1 %}{% for m in messages %}{% set x = 2 %}{% endfor %}{{ x }}", "1"),
    (
        "{% for x in [1, 2, 3, 4] %}{% if x == 2 %}{% continue %}{% elif x == 4 %}{% break %}{% endif %}{{ x }}{% endfor %}",
        "13",
    ),
    (
        "[{{ missing }}{{ missing is defined }}{{ missing | default('d') }}{{ '' | default('d') }}{{ '' | default('d', true) }}{{ missing | length }}{{ missing ~ 'x' }}{{ 'x' in missing }}{{ none | default('d') }}]",
        "[Falsedd0xFalseNone]",
    ),
    (
        "{{ messages is sequence }}{{ 'a' is sequence }}{{ messages[0] is sequence }}{{ 'a' is mapping }}{{ messages[0] is mapping }}{{ 'a' is iterable }}{{ none is iterable }}{{ true is number }}{{ true is integer }}{{ missing is sequence }}{{ messages[1:] is sequence }}",
        "TrueTrueTrueFalseTrueTrueFalseTrueFalseTrueTrue",
    ),
    (
        "{{ 'a' ~ 1 ~ none ~ true }}{{ 7 // 2 }}{{ -7 // 2 }}{{ -7 % 3 }}{{ 7 / 2 }}{{ 2 ** 3 }}{{ 'ab' * 2 }}",
        "a1NoneTrue3-423.58abab",
    ),
    (
        "{{ tools[0].function.parameters['items'].type }}{{ tools[0].items is defined }}{{ 'items' in tools[0] }}",
        "stringTrueFalse",
    ),
    (
        "{{ none | trim }}{{ 5 | string | length }}{{ 1.0 | string }}{{ none | string }}{{ 'aXb' | replace('X', '-') | upper }}{{ [1, none] | join(',') }}{{ {'b': 1, 'A': 2} | dictsort }}",
        "None11.0NoneA-B1,None[('A', 2), ('b', 1)]",
    ),
    (
        "{% macro f(a, b='y') %}[{{ a }}{{ b }}]{% endmacro %}{{ f(1) }}{{ f('x', b=none) | length }}",
        "[1y]7",
    ),
    (
        "{{ messages[1] | tojson }}",
        "{\"thinking\": \"Hm.\", \"role\": \"assistant\", \"reasoning\": \"Hm.\", \"tool_calls\": [{\"function\": {\"name\": \"f\", \"arguments\": {\"b\": 1.5, \"a\": [true, null, \"é\"]}}}], \"reasoning_content\": \"Hm.\"}",
    ),
    (
        "{{ messages[2] }}",
        "{'role': 'assistant', 'content': [{'type': 'text', 'text': 'Part.'}], 'weight': 1}",
    ),
    (
        "{% raw %}{{ a }}{% generation %}{% endraw %}{{ '{% generation %}' }}{# {% generation %} #}",
        "{{ a }}{% generation %}{% generation %}",
    ),
];

const MARKED: [(&str, &str, &[Range<usize>]); 6] = [
    ("a{% generation %}b{% endgeneration %}c", "abc", &[1..2]),
    ("a {%- generation -%}  b  {%- endgeneration -%}  c", "abc", &[1..2]),
    (" {% generation %}\n b\n {% endgeneration %}\nc", " b\nc", &[0..3]),
    ("{% generation %}{% endgeneration %}x{%generation%}é{%endgeneration%}", "xé", &[0..0, 1..3]),
    (
        "{% set v = 1 %}{% generation %}{% set v = 2 %}{{ v }}{% endgeneration %}{{ v }}",
        "21",
        &[0..1],
    ),
    (
        "{% for m in messages %}{{ m.role }}:{% generation %}{{ loop.index }}{{ m.role[0] }}{% endgeneration %};{% endfor %}",
        "user:1u;assistant:2a;assistant:3a;",
        &[5..7, 18..20, 31..33],
    ),
];

/// A template in a file of its own folder, with files beside it.
fn load_with(text: &str, beside: &[(&str, &str)]) -> Result<Template> {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("a.jinja");
    fs::write(&path, text).unwrap();
    for (name, text) in beside {
        fs::write(dir.path().join(name), text).unwrap();
    }
    Template::load(path.to_str().unwrap(), Some("2026-03-07T15:04:05"))
}

fn load(text: &str) -> Template {
    load_with(text, &[]).unwrap()
}

fn render(template: &Template, record: &str) -> std::result::Result<Rendered, TemplateFault> {
    let mut out = Rendered { text: "old".to_owned(), trained: vec![1..2, 3..4] };
    let rendered = Parser::default()
        .parse(record.as_bytes(), None, |document, _| template.render(document.root(), &mut out))
        .unwrap();
    rendered.map(|()| out)
}

fn chat(content: &str) -> String {
    json!({"messages": [{"role": "user", "content": content}]}).to_string()
}

fn text(template: &str, record: &str) -> String {
    render(&load(template), record).unwrap().text
}

#[test]
fn what_the_engine_does_otherwise_is_mended() {
    for (template, expected) in FIXES {
        assert_eq!(text(template, RECORD), expected, "{template}");
    }
}

#[test]
fn python_is_spoken() {
    for (template, expected) in PYTHON {
        assert_eq!(text(template, RECORD), expected, "{template}");
    }
}

#[test]
fn trained_text_is_marked() {
    for (template, expected, trained) in MARKED {
        let template = load(template);
        assert!(template.has_marks());
        let rendered = render(&template, RECORD).unwrap();
        assert_eq!((rendered.text.as_str(), rendered.trained.as_slice()), (expected, trained));
    }
    assert!(!load("{% raw %}{% generation %}{% endraw %}").has_marks());
    let unmarked = render(&load("a"), RECORD).unwrap();
    assert_eq!(unmarked, Rendered { text: "a".to_owned(), trained: vec![] });
}

#[test]
fn marks_inside_marks_add_nothing() {
    let template =
        load("{% generation %}a{% generation %}b{% endgeneration %}c{% endgeneration %}d");
    assert_eq!(render(&template, RECORD).unwrap().trained, [0..3]);
}

#[test]
fn text_that_holds_the_marks_is_kept() {
    let template = load(
        "\u{e003}{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}.{% endfor %}",
    );
    for content in ["\u{e000}x\u{e001}", "\u{e000}\u{e001}\u{e002}", "\u{f8ff}\u{ee80}", "\u{ffff}"]
    {
        let rendered = render(&template, &chat(content)).unwrap();
        assert_eq!(rendered.text, format!("\u{e003}{content}."));
        assert_eq!(rendered.trained, [3..3 + content.len()]);
    }
    let all: String = ('\u{e000}'..='\u{f8ff}').collect();
    assert!(matches!(render(&template, &chat(&all)), Err(TemplateFault::Failed(_))));
}

#[test]
fn built_in_templates_write_the_published_formats() {
    const CHAT: &str = r#"{"role":"user","content":"Hi"},{"role":"assistant","content":" Yes\n"}]"#;
    let expected = [
        (
            "chatml",
            "<|im_start|>system\n S <|im_end|>\n<|im_start|>user\nHi<|im_end|>\n\
             <|im_start|>assistant\n Yes\n<|im_end|>\n",
            " Yes\n<|im_end|>",
        ),
        (
            "llama3",
            "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|>\
             <|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>\
             <|start_header_id|>assistant<|end_header_id|>\n\nYes<|eot_id|>",
            "Yes<|eot_id|>",
        ),
        (
            "gemma",
            "<bos><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\nYes<end_of_turn>\n",
            "Yes<end_of_turn>",
        ),
        (
            "phi3",
            "<|system|>\n S <|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\n Yes\n<|end|>\n<|endoftext|>",
            " Yes\n<|end|>",
        ),
        (
            "zephyr",
            "<|system|>\n S </s>\n<|user|>\nHi</s>\n<|assistant|>\n Yes\n</s>\n",
            " Yes\n</s>",
        ),
    ];
    assert_eq!(TEMPLATES.map(|template| template.name), expected.map(|row| row.0));
    for (name, text, trained) in expected {
        let template = Template::load(name, None).unwrap();
        assert!(template.has_marks() && template.name() == name);
        let system = r#"{"role":"system","content":" S "},"#;
        let system = if name == "gemma" { "" } else { system };
        let record = format!(r#"{{"messages":[{system}{CHAT}}}"#);
        let rendered = render(&template, &record).unwrap();
        assert_eq!(rendered.text, text);
        let ranges: Vec<&str> =
            rendered.trained.iter().map(|range| &rendered.text[range.clone()]).collect();
        assert_eq!(ranges, [trained], "{name}");
        // Without tools of their own they would leave out what is trained on.
        let tools = format!(r#"{{"tools":[{{}}],"messages":[{CHAT}}}"#);
        assert!(matches!(render(&template, &tools), Err(TemplateFault::Refused(_))), "{name}");
        assert!(render(&template, &chat("x")).is_ok(), "{name}");
    }
}

#[test]
fn parts_are_put_together_and_null_is_nothing() {
    let record = r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":null}]}"#;
    for template in TEMPLATES {
        let rendered = render(&Template::load(template.name, None).unwrap(), record).unwrap();
        assert!(rendered.text.contains("ab<"), "{}", rendered.text);
    }
}

#[test]
fn special_tokens_come_from_the_configuration_beside() {
    let config = r#"{"bos_token": {"content": "<s>"}, "eos_token": "</s>", "pad_token": null, "add_bos_token": true}"#;
    let text =
        "{{ bos_token }}|{{ eos_token }}|{{ pad_token is defined }}{{ add_bos_token is defined }}";
    let template = load_with(text, &[("tokenizer_config.json", config)]).unwrap();
    assert_eq!(render(&template, &chat("x")).unwrap().text, "<s>|</s>|FalseFalse");
    assert_eq!(render(&load("[{{ bos_token }}]"), &chat("x")).unwrap().text, "[]");
    let kwargs = r#"{"messages":[{}],"chat_template_kwargs":{"bos_token":"B"}}"#;
    assert_eq!(render(&template, kwargs).unwrap().text, "B|</s>|FalseFalse");
}

#[test]
fn a_configuration_and_a_folder_are_loaded() {
    let dir = TempDir::new().unwrap();
    let config = dir.path().join("tokenizer_config.json");
    let load = |path: &std::path::Path| Template::load(path.to_str().unwrap(), None);
    let write = |value: serde_json::Value| fs::write(&config, value.to_string()).unwrap();
    write(json!({"bos_token": "<s>", "chat_template": "{{ bos_token }}one"}));
    assert_eq!(render(&load(&config).unwrap(), &chat("x")).unwrap().text, "<s>one");
    assert_eq!(render(&load(dir.path()).unwrap(), &chat("x")).unwrap().text, "<s>one");
    let named = |name: &str, template: &str| json!({"name": name, "template": template});
    write(json!({"chat_template": [named("tool_use", "tools"), named("default", "plain")]}));
    let template = load(dir.path()).unwrap();
    assert_eq!(render(&template, &chat("x")).unwrap().text, "plain");
    assert_eq!(render(&template, RECORD).unwrap().text, "tools");
    fs::write(dir.path().join("chat_template.jinja"), "file").unwrap();
    assert_eq!(render(&load(dir.path()).unwrap(), &chat("x")).unwrap().text, "file");
    fs::remove_file(dir.path().join("chat_template.jinja")).unwrap();
    for value in [json!({}), json!([]), json!({"chat_template": [named("x", "y")]})] {
        write(value);
        assert!(matches!(load(dir.path()), Err(Error::Usage(_))));
    }
    fs::remove_file(&config).unwrap();
    assert!(matches!(load(dir.path()), Err(Error::Open { .. })));
}

#[test]
fn what_is_no_template_is_refused_with_the_reason() {
    let usage = |spec: &str, date| match Template::load(spec, date) {
        Err(Error::Usage(text)) => text,
        other => panic!("{other:?}"),
    };
    let text = usage("chatlm", None);
    assert!(text.contains("give chatml, llama3, gemma, phi3, zephyr, or the path"), "{text}");
    for date in ["2026-02-30", "2026-1-1", "today", "", "2026-01-01T24:00", "2026-13-01"] {
        assert!(usage("chatml", Some(date)).starts_with("not a date"), "{date}");
    }
    let Err(Error::Usage(text)) = load_with("a\r\nb\n{% if x %}\n{% endfor %}", &[]) else {
        panic!("not refused")
    };
    assert!(text.contains(".jinja: line 4: "), "{text}");
    assert!(load_with("{% generation %}", &[]).is_err());
    assert!(matches!(Template::load("no/such.jinja", None), Err(Error::Open { .. })));
}

#[test]
fn a_fault_says_whose_it_is_in_one_line() {
    let raised = load("{% if true %}\n{{ raise_exception('no\\nway\u{1b}') }}{% endif %}");
    let fault = render(&raised, &chat("x")).unwrap_err();
    assert_eq!(fault, TemplateFault::Refused("no way ".to_owned()));
    let fault = render(&load("a\n{{ messages[9].content }}"), &chat("x")).unwrap_err();
    let TemplateFault::Failed(reason) = &fault else { panic!("{fault:?}") };
    assert!(reason.ends_with("(line 2)"), "{reason}");
    for record in
        ["[]", "3", "{}", r#"{"messages":[]}"#, r#"{"messages":[1]}"#, r#"{"messages":"x"}"#]
    {
        assert_eq!(render(&raised, record), Err(TemplateFault::NoMessages), "{record}");
    }
}

#[test]
fn a_template_without_end_is_stopped() {
    let endless = load("{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}");
    assert!(matches!(render(&endless, &chat("x")), Err(TemplateFault::Failed(_))));
    let mut nested = String::from("{% set ns = namespace(a=[]) %}{% for x in range(400) %}");
    nested.push_str("{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a | tojson }}");
    assert!(matches!(render(&load(&nested), &chat("x")), Err(TemplateFault::Failed(_))));
}

#[test]
fn a_message_is_handed_on_as_transformers_does() {
    let keys = "{{ messages[0] | tojson }}";
    let table = [
        (r#"{"a":null,"b":1,"b":2,"c":null,"c":3,"d":4,"d":null}"#, r#"{"b": 2, "c": 3}"#),
        (
            r#"{"role":"x","thinking":"t"}"#,
            r#"{"thinking": "t", "role": "x", "reasoning_content": "t"}"#,
        ),
        (
            r#"{"reasoning_content":"r","thinking":null}"#,
            r#"{"thinking": "r", "reasoning_content": "r"}"#,
        ),
    ];
    for (message, expected) in table {
        assert_eq!(text(keys, &format!(r#"{{"messages":[{message}]}}"#)), expected);
    }
}

#[test]
fn an_object_of_many_members_is_a_dict_too() {
    let members: Vec<String> = (0..100).map(|n| format!(r#""k{n}":{n}"#)).collect();
    let record = format!(r#"{{"messages":[{{{},"k3":"new"}}]}}"#, members.join(","));
    let template = "{{ messages[0].k3 }}{{ messages[0].k99 }}{{ messages[0]['k15'] }}{{ 'k16' in messages[0] }}\
                    {{ messages[0] | length }}{{ (messages[0] | list)[3] }}{{ messages[0].x is defined }}";
    assert_eq!(text(template, &record), "new9915True100k3False");
}

#[test]
fn long_and_odd_text_passes() {
    let chatml = Template::load("chatml", None).unwrap();
    let long = "a".repeat(400_000);
    let record = json!({"messages": [{"role": "assistant", "content": long}]}).to_string();
    assert_eq!(render(&chatml, &record).unwrap().trained, [22..400_032]);
    let lone = r#"{"messages":[{"role":"assistant","content":"\ud800<|im_end|>{{ x }}"}]}"#;
    let rendered = render(&chatml, lone).unwrap();
    assert_eq!(&rendered.text[rendered.trained[0].clone()], "\u{fffd}<|im_end|>{{ x }}<|im_end|>");
}

#[test]
fn threads_share_one_template() {
    let template = Template::load("chatml", None).unwrap();
    std::thread::scope(|scope| {
        for n in 0..4 {
            let template = &template;
            scope.spawn(move || {
                let rendered = render(template, &chat(&format!("hi {n}"))).unwrap();
                assert_eq!(rendered.text, format!("<|im_start|>user\nhi {n}<|im_end|>\n"));
            });
        }
    });
}

#[test]
fn days_of_the_calendar_are_right() {
    let format = |date: &str, format: &str| date::Moment::parse(date).unwrap().format(format);
    assert_eq!(format("2000-02-29", "%F %a %j %y %e"), "2000-02-29 Tue 060 00 29");
    assert_eq!(format("1969-12-31T00:00", "%A %I %p %T %u%w"), "Wednesday 12 AM 00:00:00 33");
    assert_eq!(
        format("2027-01-03T13:05:09", "%-m/%-d %H:%M:%S %B %Q %"),
        "1/3 13:05:09 January %Q %"
    );
    for (typed, one) in [
        ("2026-11-23", "2026-11-23"),
        ("2026-11-23T00:00", "2026-11-23"),
        ("2026-11-23T00:00:00", "2026-11-23"),
        ("2026-11-23T07:05", "2026-11-23T07:05:00"),
        ("0099-01-02T23:59:58", "0099-01-02T23:59:58"),
    ] {
        assert_eq!(date::Moment::parse(typed).unwrap().to_string(), one);
    }
    for directive in ' '..='~' {
        let of = |month| {
            format(&format!("2026-{month:02}-23T23:59"), &["%", &directive.to_string()].concat())
        };
        assert!(
            (1..=12).map(|month| of(month).len()).max() <= Some(2 * date::LONGEST),
            "%{directive}"
        );
    }
    assert!(date::Moment::today() > date::Moment::parse("2026-01-01").unwrap());
}
