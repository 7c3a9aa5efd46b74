#!/usr/bin/env python3
"""Count, in plain Python, what chatml-validate must find by default.

    counts.py FILE                     print "CODE findings records"
    counts.py FILE --against REPORT    compare with the tool's --report

An independent second opinion: the json module, the text of the rules, and
nothing of the tool. It knows the rules of the default profile that records
of the form {"messages":[{"role":STRING,"content":STRING},...]} can break,
and stops at a line of another form, since it cannot judge that. So it fits
the benchmark corpora, not every file.

A code that is not printed was not found. Exit status with --against: 1 if
a count differs, else 0.
"""
import argparse
import collections
import json
import re
import sys

ROLES = {"developer", "system", "user", "assistant", "tool"}
ALIASES = set(
    "human input gpt chatgpt bing bard model chatbot bot output ipython "
    "observation function_call".split())

# Found once an input: no record holds them.
OF_INPUT = {"B001", "B011", "B012", "B018", "B019", "B020"}

# Unicode White_Space. Python's \s adds U+001C to U+001F.
SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000")

TOKENS = """
<|im_start|> <|im_end|> <|im_sep|>
<|endoftext|> <|vision_start|> <|vision_end|> <|image_pad|> <|video_pad|>
<|begin_of_text|> <|end_of_text|> <|start_header_id|> <|end_header_id|>
<|eot_id|> <|eom_id|> <|python_tag|> <|finetune_right_pad_id|>
<|header_start|> <|header_end|> <|eot|> <|python_start|> <|python_end|>
<s> </s> [INST] [/INST] <<SYS>> <</SYS>>
[SYSTEM_PROMPT] [/SYSTEM_PROMPT] [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS]
[TOOL_CALLS] [TOOL_RESULTS] [/TOOL_RESULTS] [IMG]
<bos> <eos> <start_of_turn> <end_of_turn> <start_of_image> <end_of_image>
<|start|> <|end|> <|message|> <|channel|> <|constrain|> <|return|> <|call|>
<|system|> <|user|> <|assistant|>
[gMASK] <sop> <|observation|>
<|start_of_role|> <|end_of_role|>
<|endofprompt|> <|fim_prefix|> <|fim_middle|> <|fim_suffix|>
<|tool_list_start|> <|tool_list_end|> <|tool_call_start|> <|tool_call_end|>
<|tool_response_start|> <|tool_response_end|>
<BOS_TOKEN> <|START_OF_TURN_TOKEN|> <|END_OF_TURN_TOKEN|> <|SYSTEM_TOKEN|>
<|USER_TOKEN|> <|CHATBOT_TOKEN|> <|START_RESPONSE|> <|END_RESPONSE|>
<|START_THINKING|> <|END_THINKING|> <|START_ACTION|> <|END_ACTION|>
<|START_TOOL_RESULT|> <|END_TOOL_RESULT|>
<｜begin▁of▁sentence｜> <｜end▁of▁sentence｜> <｜User｜> <｜Assistant｜>
<｜tool▁calls▁begin｜> <｜tool▁calls▁end｜> <｜tool▁call▁begin｜>
<｜tool▁call▁end｜> <｜tool▁sep｜> <｜tool▁outputs▁begin｜>
<｜tool▁outputs▁end｜> <｜tool▁output▁begin｜> <｜tool▁output▁end｜>
""".split()
MARKUP = (
    "<tool_call> </tool_call> <tool_response> </tool_response> <tools> "
    "</tools>".split())
THINK = ["<think>", "</think>"]


def any_of(words):
    return re.compile("|".join(map(re.escape, words)))


def mojibake():
    """The C003 pattern: UTF-8 of two to four bytes, read as Windows-1252."""
    def char(byte):
        try:
            return bytes([byte]).decode("cp1252")
        except UnicodeDecodeError:
            return chr(byte)

    def span(low, high):
        return "[" + "".join(
            re.escape(char(b)) for b in range(low, high + 1)) + "]"

    tail = span(0x80, 0xBF)
    return re.compile("|".join([
        f"[{char(0xC2)}{char(0xC3)}]{tail}",
        f"[{char(0xE2)}{char(0xEF)}]{tail}{tail}",
        f"{char(0xF0)}{span(0x90, 0xBF)}{tail}{tail}",
    ]))


CONTROL_TOKEN = any_of(TOKENS)
CONTROL_OR_MARKUP = any_of(TOKENS + MARKUP)
QUOTED_MARKUP = any_of(MARKUP + THINK)
THINK_TAG = any_of(THINK)
HARMONY = re.compile(r"<\|channel\|>.*?<\|message\|>", re.S)
MOJIBAKE = mojibake()
INVISIBLE = re.compile(
    "[\ufeff\u200b\u2060\u00ad\u180e\u202a-\u202e\u2066-\u2069]")
UNFILLED = re.compile(
    r"\{\{[%s]*[A-Za-z_][A-Za-z0-9_]*[%s]*\}\}" % (SPACE, SPACE))
ROLE_PREFIX = re.compile(
    r"[%s]*(?:(?:system|user|assistant|human|gpt)[%s]*:"
    r"|###[%s]+(?:instruction|input|response|system|user|human|assistant)"
    r"(?![A-Za-z0-9_]))" % (SPACE, SPACE, SPACE), re.I | re.A)
FENCE = re.compile(r"[\s0-9\->*+.)]*(`{3,}|~{3,})")
BLANK = re.compile("[%s]*" % SPACE)
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
SURROGATE = re.compile("[\ud800-\udfff]")
LINE_SEPARATOR = re.compile("[\u2028\u2029\u0085]")


class Counts:
    """Findings and records of each code."""

    def __init__(self):
        self.findings = collections.Counter()
        self.records = collections.Counter()
        self.seen = set()

    def found(self, code):
        self.findings[code] += 1
        self.seen.add(code)

    def end_record(self):
        self.records.update(self.seen)
        self.seen.clear()


def judge_strings(found, strings):
    """The rules on every string value of the record."""
    for text in strings:
        if SURROGATE.search(text):
            found("B009")
        if CONTROL.search(text):
            found("B014")
        if "\ufffd" in text:
            found("C002")
        if MOJIBAKE.search(text):
            found("C003")
        if INVISIBLE.search(text):
            found("C004")


def without_code(text):
    """The lines outside of fenced code, whose fences may stand in lists and quotations."""
    lines, open_fence = [], False
    for line in text.split("\n"):
        fence = FENCE.match(line)
        if fence and not (fence[1][0] == "`" and "`" in line[fence.end():]):
            open_fence = not open_fence
            lines.append("")
        else:
            lines.append("" if open_fence else line)
    return "\n".join(lines)


def judge_content(found, role, text):
    """The rules on the content of one message."""
    assistant = role == "assistant"
    if BLANK.fullmatch(text):
        found("S012")
    harmony = HARMONY.search(text)
    if harmony:
        found("R006")
    token = CONTROL_TOKEN if assistant else CONTROL_OR_MARKUP
    # The words of a Markdown picture or link are no token.
    if token.search(HARMONY.sub("\0", text.replace("[IMG](", "\0"))):
        found("C001")
    if text == "[[dummy_message]]" or UNFILLED.search(without_code(text)):
        found("C005")
    if ROLE_PREFIX.match(text):
        found("C006")
    tags = THINK_TAG.findall(text)
    if assistant:
        if QUOTED_MARKUP.search(text):
            found("C007")
        if tags == ["</think>"]:
            found("R007")
        elif tags != THINK * (len(tags) // 2):
            found("R001")
    elif tags:
        found("R002")


def judge_turns(found, messages):
    """The rules on the order of roles, and what is left to train."""
    roles = [m["role"] for m in messages]
    trainable = any(
        m["role"] == "assistant" and not BLANK.fullmatch(m["content"])
        for m in messages)
    if "assistant" not in roles:
        found("T001")
    else:
        if roles[-1] != "assistant":
            found("T003")
        if not trainable:
            found("L003")
    block = 0
    while block < len(roles) and roles[block] in ("system", "developer"):
        block += 1
    if "user" not in roles:
        found("T002")
    elif block < len(roles) and roles[block] == "assistant":
        found("T007")
    systems = 0
    for n, role in enumerate(roles):
        before = roles[n - 1] if n else None
        if role in ("system", "developer") and n >= block:
            found("T004")
        if role == "system":
            systems += 1
            if systems > 1:
                found("T005")
        if role in ("user", "system", "developer") and role == before:
            found("T006")
        if role == "user" and before == "tool":
            found("T006")
        if role == before == "assistant":
            found("T008")


def judge(found, line, text):
    """One line that is not blank."""
    def pairs(items):
        for key, count in collections.Counter(k for k, _ in items).items():
            for _ in range(count - 1):
                found("B007")
        return dict(items)

    try:
        record = json.loads(
            text, object_pairs_hook=pairs, parse_constant=refuse)
    except ValueError as error:
        sys.exit(f"counts.py: line {line}: cannot judge: {error}")
    messages = plain(record)
    if messages is None:
        sys.exit(f"counts.py: line {line}: not of the form this can judge")
    if not messages:
        found("S003")
        return
    judge_strings(found, (m[k] for m in messages for k in m))
    odd = [m["role"] for m in messages if m["role"] not in ROLES]
    for role in odd:
        spelt = role.strip().lower()
        found("S008" if spelt in ROLES | ALIASES else "S007")
    if odd:
        sys.exit(f"counts.py: line {line}: role {odd[0]!r}: cannot judge on")
    for message in messages:
        judge_content(found, message["role"], message["content"])
    judge_turns(found, messages)


def plain(record):
    """The messages, or None when the record has another form."""
    if not isinstance(record, dict) or set(record) != {"messages"}:
        return None
    messages = record["messages"]
    if not isinstance(messages, list) or not all(
            isinstance(m, dict) and set(m) == {"role", "content"}
            and all(isinstance(v, str) for v in m.values())
            for m in messages):
        return None
    return messages


def refuse(word):
    raise ValueError(f"{word} is not JSON")


def count(path):
    """Read the file and judge every line. Returns the counts and the number
    of records."""
    counts = Counts()
    records = blanks = 0
    first_ending = last = None
    with open(path, "rb") as file:
        for number, raw in enumerate(file, 1):
            last = raw
            if number == 1 and raw.startswith(b"\xef\xbb\xbf"):
                counts.found("B001")
                raw = raw[3:]
            body = raw.removesuffix(b"\n")
            if raw.endswith(b"\n"):
                ending = b"\r\n" if body.endswith(b"\r") else b"\n"
                if first_ending is None:
                    first_ending = ending
                    if ending == b"\r\n":
                        counts.found("B012")
                elif ending != first_ending and not counts.findings["B020"]:
                    counts.found("B020")
            body = body.removesuffix(b"\r")
            if not body.strip(b" \t\r"):
                blanks += 1
                counts.seen.clear()
                continue
            counts.findings["B010"] += blanks
            blanks = 0
            if len(body) > 10_485_760:
                counts.found("B015")
            text = body.decode("utf-8")
            if LINE_SEPARATOR.search(text):
                counts.found("B013")
            judge(counts.found, number, text)
            records += 1
            counts.end_record()
    if blanks and records:
        counts.findings["B019"] += 1
    if not records:
        counts.findings["B018"] += 1
    if last is not None and not last.endswith(b"\n"):
        counts.findings["B011"] += 1
    for code in OF_INPUT | {"B010"}:
        counts.records.pop(code, None)
    counts.findings = +counts.findings
    return counts, records


def compare(counts, path):
    """Print what differs; the number of differences."""
    with open(path, encoding="utf-8") as file:
        rules = json.load(file)["rules"]
    different = 0
    for code in sorted(set(rules) | set(counts.findings)):
        ours = counts.findings[code], counts.records[code]
        theirs = rules.get(code, {})
        theirs = theirs.get("findings", 0), theirs.get("records", 0)
        if code in OF_INPUT | {"B010"}:
            ours, theirs = ours[:1], theirs[:1]
        if ours != theirs:
            different += 1
            print(f"{code} counted {ours}, reported {theirs}")
    return different


def main():
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("file")
    options.add_argument("--against", metavar="REPORT")
    options = options.parse_args()
    counts, records = count(options.file)
    if options.against:
        sys.exit(bool(compare(counts, options.against)))
    for code in sorted(counts.findings):
        held = "-" if code in OF_INPUT | {"B010"} else counts.records[code]
        print(code, counts.findings[code], held)
    print(f"counts.py: {records} records", file=sys.stderr)


if __name__ == "__main__":
    main()
