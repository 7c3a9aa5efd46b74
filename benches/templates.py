#!/usr/bin/env python3
"""Compare rendered chat templates with Jinja2, set up as the transformers library does.

    templates.py RENDER [FOLDER] [--tokenizer FILE]

RENDER is the built examples/render.rs. Renders every *.jinja file of FOLDER, the built-in templates and a list of
expressions for conversations of every shape. Fails if a text or a range of trained text differs where Jinja2
succeeds, but for KNOWN. What only Jinja2 refuses is counted: it does not iterate over None, the engine does.

With --tokenizer FILE (a tokenizer.json; needs the tokenizers package), the counts of trained tokens are compared too.
They may differ where FILE has no token for a character.

Needs jinja2.
"""
import argparse
import datetime
import glob
import json
import os
import subprocess
import sys

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

DATE = datetime.datetime(2026, 3, 7, 15, 4, 5)
REASONING = ("reasoning_content", "thinking", "reasoning")


class Marks(Extension):
    """{% generation %}: notes where its text stands in what has been rendered so far."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("note"), [], [], body).set_lineno(line)

    def note(self, caller):
        text = caller()
        start = sum(map(len, self.environment.written))
        self.environment.ranges.append((start, start + len(text)))
        return text


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Marks, loopcontrols])

    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(reason):
        raise jinja2.exceptions.TemplateError(reason)

    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = DATE.strftime
    return env


def message(given):
    known = {key: value for key, value in given.items() if value is not None}
    reasoning = next((known[key] for key in REASONING if key in known), None)
    if reasoning is not None:
        known = {"thinking": reasoning, **known, "reasoning_content": reasoning}
    return known


def reference(template, record):
    """(text, ranges in characters), or the error."""
    env = template.environment
    env.written, env.ranges = [], []
    try:
        variables = dict(record.get("chat_template_kwargs", {}))
        variables["messages"] = [message(one) for one in record["messages"]]
        variables["tools"] = record.get("tools")
        variables["documents"] = record.get("documents")
        for piece in template.generate(add_generation_prompt=False, **variables):
            env.written.append(piece)
    except Exception as error:  # whatever a template brings about
        return error
    return "".join(env.written), list(env.ranges)


def tool(name, **properties):
    parameters = {"type": "object", "properties": properties, "required": sorted(properties)[:1]}
    return {
        "type": "function",
        "function": {"name": name, "description": f"It's <{name}> & \"more\"", "parameters": parameters},
    }


TOOLS = [
    tool(
        "get_weather",
        city={"type": "string", "description": "The city, e.g. Zürich"},
        unit={"type": "string", "enum": ["c", "f"], "default": "c"},
        days={"type": "array", "items": {"type": "integer"}, "description": "days"},
        any={"type": "array", "description": "no items"},
        where={"type": "object", "properties": {"lat": {"type": "number"}}, "required": ["lat"]},
        both={"type": ["string", "null"], "nullable": True},
    ),
    tool("now"),
]


def call(arguments, identifier="call12345"):
    return {"id": identifier, "type": "function", "function": {"name": "get_weather", "arguments": arguments}}


def user(content):
    return {"role": "user", "content": content}


def assistant(content, **more):
    return {"role": "assistant", "content": content, **more}


def system(content):
    return {"role": "system", "content": content}


ARGUMENTS = {"city": "Zürich", "days": [1, 2], "deep": {"x": None, "y": True, "z": 1.5e20, "big": 12345678901234567890}}
RESULT = {"role": "tool", "name": "get_weather", "tool_call_id": "call12345", "content": '{"temperature": 21.5}'}
LONG = "word " * 400


def conversations():
    asks = [user("Weather in Zürich?"), assistant(None, tool_calls=[call(ARGUMENTS)]), RESULT, assistant("It is 21.5 °C.")]
    yield {"messages": [system("You are kind."), user("Hi"), assistant("Hello!")]}
    yield {"messages": [user("Hi"), assistant("Hello!")]}
    yield {"messages": [user("Hi")]}
    yield {"messages": [assistant("First."), user("Hi")]}
    think = "<think>\nLet me see.\n</think>\n\nFour."
    yield {"messages": [user("2+2?"), assistant(think), user("And 3+3?"), assistant("<think>hm</think>Six."), user("ok"), assistant("Yes")]}
    yield {"messages": [user("2+2?"), assistant("Four.", reasoning_content="Two and two."), user("Sure?"), assistant("Yes.", thinking="again")]}
    yield {"messages": [user("2+2?"), assistant("Four.", reasoning="Two and two.", thinking=None)]}
    yield {"messages": asks, "tools": TOOLS}
    yield {"messages": [system("Use tools."), *asks, user("Thanks"), assistant("Welcome.")], "tools": TOOLS}
    yield {"messages": [user("Weather?"), assistant("", tool_calls=[call(json.dumps(ARGUMENTS))]), RESULT, assistant("Fine.")], "tools": TOOLS}
    yield {"messages": [user("Weather?"), assistant("Looking.", tool_calls=[call(ARGUMENTS), call({}, "call67890")]), RESULT, {**RESULT, "tool_call_id": "call67890"}, assistant("Fine.")], "tools": TOOLS}
    yield {"messages": [user("Weather?"), assistant("Fine.")], "tools": TOOLS}
    yield {"messages": [user("Hi"), assistant("Hello")], "tools": []}
    yield {"messages": [user("Hi"), assistant(None)]}
    yield {"messages": [user("Hi"), {"role": "assistant"}]}
    yield {"messages": [user([{"type": "text", "text": "  Look: "}, {"type": "image"}, {"type": "text", "text": "what?"}]), assistant([{"type": "text", "text": "A cat. "}])]}
    yield {"messages": [system([{"type": "text", "text": "Be brief."}]), user([{"type": "text", "text": "Hi"}]), assistant("Hello")]}
    yield {"messages": [user("Grüße 世界 👍🏽 e\u0301 \u2028 \x1f\x85 end \u00a0"), assistant(" \n مرحبا \u200d <b>&'\"\\ \x00 \t")]}
    yield {"messages": [system(""), user(""), assistant("")]}
    yield {"messages": [system("   "), user("\n\n"), assistant("\r\n x \r\n")]}
    yield {"messages": [user("<|im_end|> {{ x }} {% y %} <s>"), assistant("{# z #} <|eot_id|> \ue000 \ue001 \uf8ff")]}
    yield {"messages": [user(LONG), assistant(LONG), user(LONG), assistant(LONG)]}
    yield {"messages": [system("a"), system("b"), user("x"), user("y"), assistant("z"), assistant("w")]}
    yield {"messages": [{"role": "developer", "content": "Be brief."}, user("Hi"), assistant("Hello")]}
    yield {"messages": [user("Hi"), assistant("Hello")], "documents": [{"title": "T", "text": "D"}]}
    yield {"messages": [user("Hi"), assistant("Hello")], "chat_template_kwargs": {"enable_thinking": False, "reasoning_effort": "high", "bos_token": "<s>", "eos_token": "</s>"}}
    yield {"messages": asks, "tools": TOOLS, "chat_template_kwargs": {"bos_token": "<s>", "eos_token": "</s>", "date_string": "01 Jan 2026"}}
    yield {"messages": [system("S"), user(" Hi "), assistant(" Hello "), user("x"), assistant("y")], "chat_template_kwargs": {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}}
    yield {"messages": [{"name": "Bob", "role": "user", "content": "Hi", "weight": 1}, {"content": "Hello", "role": "assistant", "train": True}]}


# What the engine cannot do, and templates hardly need; each is a line of EXPRESSIONS or a part of one.
KNOWN = {
    "{{ 'n: ' ~ n.f ~ n.i ~ n.t }}": "`~` writes a float of 1e16 or more without an exponent",
    "{{ '%s-%d' % ('a', 3) }}": "no `%` for strings",
    "{{ 'a b' | wordcount }}": "no filter wordcount",
}

# Each line is a template, and each {{ }} of a line without tags. M is a message, T the tools, n numbers.
EXPRESSIONS = r"""
{{ none }} {{ true }} {{ [none, true, 1.0, 'a', "it's"] }} {{ {'a': 1, 'b': [1, 'x']} }} {{ (1,) }} {{ (1, 'b') }}
{{ 1e16 }} {{ 1.5e300 }} {{ 1e-7 }} {{ 100000.0 }} {{ 0.1 + 0.2 }} {{ -0.0 }} {{ 7 / 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 2 ** 10 }}
{{ n }} {{ n.i }} {{ n.big }} {{ n.huge }} {{ n.f }} {{ n.e }} {{ n.t }} {{ n.z }} {{ n.big + 1 }}
{{ n | tojson }} {{ n | tojson(indent=2) }} {{ n | string }} {{ 'n: ' ~ n.f ~ n.i ~ n.t }}
{{ s.strip() }}|{{ s.lstrip() }}|{{ s.rstrip() }}|{{ s | trim }}|{{ 'xxaxx'.strip('x') }}|{{ '\x1f a \x1c'.strip() }}
{{ 'a,b,,c'.split(',') }} {{ ' a  b c '.split() }} {{ 'a,b,c'.split(',', 1) }} {{ ' a b c '.split(none, 1) }} {{ 'a b c'.rsplit(' ', 1) }} {{ ' a b  c '.rsplit(none, 1) }}
{{ 'a</think>b'.split('</think>')[-1] }} {{ 'a</think>b'.split('</think>')[0].split('<think>')[-1] }} {{ 'abc'.split('b')[1:] }}
{{ 'abc'.startswith('a') }} {{ 'abc'.startswith(('x', 'ab')) }} {{ 'abc'.endswith('c') }} {{ 'abc'.find('c') }} {{ 'abc'.find('z') }} {{ 'aXbX'.replace('X', '-') }} {{ 'aXbX'.replace('X', '-', 1) }}
{{ 'hello world'.title() }} {{ 'hELLO'.capitalize() }} {{ 'ß'.upper() }} {{ 'ABC'.lower() }} {{ 'a-b'.partition('-') }} {{ 'abc'.removeprefix('a') }} {{ '1'.isdigit() }} {{ ' '.isspace() }}
{{ 'a\nb\r\nc'.splitlines() }} {{ ', '.join(['a', 'b']) }} {{ 'abc'[1] }} {{ 'abc'[-1] }} {{ 'abc'[::-1] }} {{ 'abcdef'[1:4:2] }} {{ 'äöü'[1:] }}
{{ [1,2,3][::-1] }} {{ [1,2,3][:-1] }} {{ [1,2,3][-2:] }} {{ [1,2,3][1:][0] }} {{ [1,2,3][::-1][0] }} {{ [1,2,3][::2] }} {{ [1,2,3][1:] | length }} {{ [1,2,3,4][3:1:-1] }}
{{ messages[::-1][0].role }} {{ messages[1:] | length }} {{ messages[1:] is sequence }} {{ messages[-1].role }} {% for m in messages[::-1] %}{{ loop.index0 }}{{ m.role }}{% endfor %}
{% for m in messages %}{{ loop.index }}{{ loop.first }}{{ loop.last }}{{ loop.revindex }}{{ loop.length }}{{ loop.previtem.role if loop.previtem is defined }}{{ loop.nextitem.role if loop.nextitem is defined }}{% endfor %}
{% set ns = namespace(a=1, b=none) %}{% for m in messages %}{% set ns.a = ns.a + 1 %}{% set ns.b = m.role %}{% endfor %}{{ ns.a }}{{ ns.b }}{{ ns.c }}
{% set x = 1 %}{% for m in messages %}{% set x = 2 %}{% endfor %}{{ x }} {% if true %}{% set x = 3 %}{% endif %}{{ x }}
{% for k, v in M.items() %}{{ k }}={{ v }};{% endfor %}{% for k in M %}{{ k }}{% endfor %}{{ M | length }}{{ M.keys() | list }}{{ M.values() | list }}{% for k, v in M | items %}{{ k }}{% endfor %}{% for k, v in M | dictsort %}{{ k }}{% endfor %}
{{ M.get('role') }} {{ M.get('none') }} {{ M.get('none', 'd') }} {{ 'role' in M }} {{ 'items' in M }} {{ M.missing is defined }} {{ M['missing'] is defined }} {{ M.items is defined }}
{{ M.missing }}|{{ missing }}|{{ missing is defined }}|{{ missing is none }}|{{ missing | default('d') }}|{{ '' | default('d') }}|{{ '' | default('d', true) }}|{{ none | default('d') }}|{{ missing | length }}|{{ not missing }}|{{ missing ~ 'x' }}|{{ missing == '' }}|{{ missing | list }}|{{ 'x' in missing }}
{{ missing is string }}{{ missing is mapping }}{{ missing is iterable }}{{ missing is sequence }}{{ missing is number }}{{ missing is undefined }}{{ missing is boolean }}
{{ 'a' is string }}{{ 'a' is iterable }}{{ 'a' is sequence }}{{ 'a' is mapping }}{{ [] is iterable }}{{ [] is sequence }}{{ {} is mapping }}{{ {} is iterable }}{{ {} is sequence }}{{ M is mapping }}{{ M is iterable }}{{ messages is sequence }}{{ none is iterable }}{{ none is sequence }}{{ none is none }}{{ 1 is number }}{{ 1.5 is number }}{{ true is number }}{{ true is integer }}{{ 1 is integer }}{{ 1.0 is float }}{{ true is boolean }}{{ 1 is string }}{{ false is false }}{{ 0 is false }}{{ 1 is true }}{{ 1 is sameas 1 }}{{ 3 is odd }}{{ 4 is divisibleby 2 }}{{ 'a' is in ['a'] }}{{ 'a' is lower }}
{{ 'a' == 'a' }}{{ 1 == 1.0 }}{{ true == 1 }}{{ 'a' < 'b' }}{{ [1] == [1] }}{{ {'a': 1} == {'a': 1} }}{{ none == none }}{{ 'a' in 'bab' }}{{ 'c' not in ['a'] }}{{ 1 < 2 < 3 }}{{ 'x' and 'y' }}{{ '' or 'z' }}{{ not '' }}
{{ 'a' ~ 1 ~ none ~ true ~ [1] ~ 1.5 }} {{ 'a' + 'b' }} {{ [1] + [2] }} {{ 'ab' * 3 }} {{ '%s-%d' % ('a', 3) }} {{ '%s' | format('x') }} {{ '{} {}'.format('a', 1) }}
{{ T | tojson }} {{ T | tojson(indent=4) }} {{ T[0] | tojson(ensure_ascii=True) }} {{ M | tojson(sort_keys=true) }} {{ M | tojson(separators=(',', ':')) }} {{ T | tojson(indent=1, ensure_ascii=False, sort_keys=True) }} {{ [] | tojson(indent=2) }}{{ {} | tojson(indent=2) }} {{ [[], {}, [1]] | tojson(indent=2) }} {{ 'é\u2028<&>\x7f' | tojson }} {{ 'é👍\x7f' | tojson(ensure_ascii=true) }} {{ none | tojson }} {{ {'a': (1, 2)} | tojson }} {{ {1: 2, none: 3, true: 4} | tojson }}
{{ T }} {{ T[0].function.name }} {{ T[0]['function'] }} {{ T | map(attribute='function.name') | join(', ') }} {{ messages | map(attribute='role') | list }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }} {{ messages | rejectattr('role', '==', 'user') | map(attribute='content') | first }} {{ messages | selectattr('tool_calls', 'defined') | list | length }} {{ [1,none,2] | select | list }} {{ ['b','A'] | sort | join }} {{ [1,1,2] | unique | list }} {{ [3,1] | min }}{{ [3,1] | max }}{{ [1,2] | sum }}{{ [1,2,3] | last }}{{ [] | first }}{{ [1,2] | reverse | list }}{{ 'abc' | reverse }}
{{ '  a b ' | trim | upper }} {{ 'aXb' | replace('X', 'y') }} {{ 'abc' | length }} {{ 'äb' | length }} {{ 'a b' | capitalize }} {{ 'a b' | title }} {{ 3.7 | int }} {{ '3' | int }} {{ '3.5' | float }} {{ 3.14159 | round(2) }} {{ 'a\nb' | indent(2) }} {{ 'a\nb' | indent(2, true) }} {{ 'abc' | list }} {{ none | trim }} {{ 5 | trim }} {{ -3 | abs }} {{ 'x' | safe }} {{ ['a'] | join('-') }} {{ [1, none, 'a'] | join(' ') }} {{ 'a' | string }} {{ 1.0 | string }} {{ none | string }} {{ none | upper }} {{ 'a,b' | upper }} {{ range(3) | list }} {{ range(5, 1, -2) | list }} {{ dict(a=1).a }} {{ 'a b' | wordcount }} {{ 3 | default(1) }} {{ [1,2,3,4] | batch(2) | list }} {{ 10 | string | length }}
{% macro f(a, b='x') %}[{{ a }}{{ b }}{{ caller() if caller }}]{% endmacro %}{{ f(1) }}{{ f(1, b=2) }}{{ f(a='q') | trim | length }}{% call f(3) %}inner{% endcall %}{% set g %}{{ f(0) }}!{% endset %}{{ g }}{% filter upper %}abc{% endfilter %}{% with y = 3 %}{{ y }}{% endwith %}{{ y }}
{% for x in [1,2,3,4] %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 4 %}{% break %}{% endif %}{{ x }}{% else %}none{% endfor %}{% for x in [] %}{% else %}empty{% endfor %}{% for x in [1,2,3] if x > 1 %}{{ x }}{{ loop.index }}{% endfor %}{% for a, b in [(1, 2), [3, 4]] %}{{ a + b }}{% endfor %}{% for x in missing %}{% endfor %}
{% raw %}{{ a }}{% generation %}{% endraw %}{# {% generation %} #}{{ '{% generation %}' }}|{%- if true -%} a {%- endif -%} |{%+ if true %} b {% endif +%}|
{% if M.role == 'user' %}{% generation %}a{{ M.content }}{% endgeneration %}{%- generation -%}  b  {%- endgeneration -%}  {% generation %}{% endgeneration %}{% endif %}x
  {% generation %}
  a
  {% endgeneration %}
b {%- generation %} c {% endgeneration -%} d {% generation -%} e {%- endgeneration %} f
{% set v = 1 %}{% generation %}{% set v = 2 %}{{ v }}{% endgeneration %}{{ v }}{% for m in messages %}{% generation %}{{ loop.index }}{{ m.role }}{% endgeneration %}{% endfor %}
{{ strftime_now('%Y-%m-%d %d %B %b %A %a %H:%M:%S %j %p %I %y %-d %e %F %T %%') }}
{{ "a\nb\t\"q\" \\ \u00e9" }}{{ 'it''s' }}{{ messages | tojson }}{{ M['role'] }}{{ M["content"][:2] }}{{ (M.content or '')[:1] }}{{ messages[0]['role'] if messages else 'x' }}{{ 'a' if false }}{{ T is not none and T | length > 0 }}
{{ {'a': {'b': 1}}.a.b }}{{ {'items': 3}['items'] }}{{ T[0].function.parameters.properties.days['items'].type }}{{ T[0].function.parameters.properties.get('any').get('items') }}{{ [[1, 2], [3]] | sum(start=[]) }}
{{ loop is defined }}{{ messages.missing is defined }}{{ 'abc'.missing is defined }}{{ none.x is defined }}{{ (1).x is defined }}{{ messages[99] is defined }}{{ M.content.missing }}
"""


NUMBERS = '{"i": 3, "big": 123456789012345678901234567890, "huge": %s, "f": 1.5, "e": 1e22, "t": 1e16, "z": -0.0, "s": 1e-7}' % ("9" * 60)


def expression_records():
    base = {"n": "NUMBERS", "s": " \n a b \t", "T": TOOLS, "M": user("Grüß <Gott>")}
    yield {"messages": [user("Hi"), assistant("Hello"), user("Bye")], "tools": TOOLS, "chat_template_kwargs": base}


def variants(record):
    """As it is, and with the special tokens that most tokenizers give."""
    yield record
    tokens = {"bos_token": "<s>", "eos_token": "</s>", **record.get("chat_template_kwargs", {})}
    yield {**record, "chat_template_kwargs": tokens}


def load(path):
    with open(path, newline="", encoding="utf-8") as file:
        return file.read()


def built_in():
    here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src", "tokens", "templates")
    for path in sorted(glob.glob(os.path.join(here, "*.jinja"))):
        yield os.path.basename(path).removesuffix(".jinja"), load(path)


def in_bytes(text, ranges):
    return [[len(text[:start].encode()), len(text[:end].encode())] for start, end in ranges]


def trained_tokens(tokenizer, text, ranges):
    """The mask of apply_chat_template(return_assistant_tokens_mask=True), in runs."""
    encoding = tokenizer.encode(text, add_special_tokens=False)
    mask = [False] * len(encoding.ids)
    for start, end in ranges:
        first = encoding.char_to_token(start)
        last = encoding.char_to_token(end - 1) if end > 0 else None
        if first is None:
            break
        for at in range(first, last + 1 if last else len(mask)):
            mask[at] = True
    runs = []
    for trained in mask:
        if runs and runs[-1][1] == trained:
            runs[-1][0] += 1
        else:
            runs.append([1, trained])
    return runs


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("render")
    arguments.add_argument("folder", nargs="?")
    arguments.add_argument("--tokenizer")
    arguments = arguments.parse_args()
    tokenizer = None
    if arguments.tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(arguments.tokenizer)

    records = [json.dumps(record, ensure_ascii=False) for given in conversations() for record in variants(given)]
    work = [("built-in " + name, name, text, records) for name, text in built_in()]
    paths = sorted(glob.glob(os.path.join(arguments.folder, "*.jinja"))) if arguments.folder else []
    work += [(os.path.basename(path), path, load(path), records) for path in paths]
    here = os.environ.get("TMPDIR", "/tmp")
    expressions = [json.dumps(record).replace('"NUMBERS"', NUMBERS) for record in expression_records()]
    written = []
    for line in EXPRESSIONS.strip("\n").split("\n"):
        for piece in pieces(line):
            path = os.path.join(here, f"chatml-templates-{os.getpid()}-{len(written)}.jinja")
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(piece)
            written.append(path)
            work.append((f"expression {piece!r}", path, piece, expressions))
    try:
        sys.exit(compare(arguments.render, arguments.tokenizer, tokenizer, work))
    finally:
        for path in written:
            os.remove(path)


def pieces(line):
    """The {{ }} of a line one by one, so that one that is refused hides no other; a line with tags whole."""
    if "{%" in line or "{#" in line:
        return [line]
    found, start = [], None
    for at in range(len(line)):
        if start is None and line.startswith("{{ ", at):
            start = at
        elif start is not None and line.startswith(" }}", at):
            found.append(line[start : at + 3])
            start = None
    return found


def compare(render, tokenizer_path, tokenizer, work):
    names = ("equal", "both refuse", "only Jinja2 refuses", "known", "DIFFERENT", "WE REFUSE")
    counts = dict.fromkeys(names, 0)
    shown = 0
    for group in {id(item[3]): item[3] for item in work}.values():
        items = [item for item in work if item[3] is group]
        command = [render, DATE.isoformat(), tokenizer_path or "-", *(item[1] for item in items)]
        result = subprocess.run(command, input="\n".join(group).encode(), capture_output=True, check=False)
        if result.returncode:
            sys.exit(result.stderr.decode())
        answers = iter(result.stdout.splitlines())
        for label, _, text, _ in items:
            try:
                template = environment().from_string(text)
            except jinja2.TemplateSyntaxError as error:
                template = error
            ours = None
            for number, record in enumerate(group):
                if ours is None or "error" not in ours:
                    ours = json.loads(next(answers))
                wanted = template if isinstance(template, Exception) else reference(template, json.loads(record))
                verdict, detail = judge(wanted, ours, tokenizer)
                if verdict.isupper() and text in KNOWN:
                    verdict = "known"
                counts[verdict] += 1
                if verdict.isupper() and shown < 60:
                    shown += 1
                    print(f"{verdict}: {label}, conversation {number}\n{detail}")
    total = sum(counts.values())
    print(f"{len(work)} templates, {total} renderings: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    return 1 if counts["DIFFERENT"] or counts["WE REFUSE"] else 0


def judge(wanted, ours, tokenizer):
    refused = ours.get("error") or ours.get("fault")
    if isinstance(wanted, Exception):
        return ("both refuse" if refused else "only Jinja2 refuses"), None
    text, ranges = wanted
    if refused:
        return "WE REFUSE", f"    {refused}\n    {text[:300]!r}"
    if ours["text"] != text:
        at = next((i for i, (a, b) in enumerate(zip(text, ours["text"])) if a != b), min(len(text), len(ours["text"])))
        near = slice(max(0, at - 40), at + 80)
        return "DIFFERENT", f"    Jinja2 {text[near]!r}\n    ours   {ours['text'][near]!r}"
    if ours["trained"] != in_bytes(text, ranges):
        return "DIFFERENT", f"    ranges {in_bytes(text, ranges)} and {ours['trained']}"
    if tokenizer:
        runs = trained_tokens(tokenizer, text, ranges)
        if runs != ours["runs"]:
            return "DIFFERENT", f"    runs {runs} and {ours['runs']}"
    return "equal", None


if __name__ == "__main__":
    main()
