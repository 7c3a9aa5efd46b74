#!/usr/bin/env python3
"""Compute the figures of chatml-stats anew, in plain Python, and compare.

    figures.py FILE [BINARY]
    figures.py --make FILE

FILE     chats of messages with role and content, as JSON lines; --make writes some, the same in every run
BINARY   default: target/release/chatml-stats of this repository

Knows the definitions (chatml-stats --list-figures) and nothing of the tool: lines, shapes, role sequences,
characters, words, tokens, percentiles, system prompts, supervision, packing, duplicates. Tokens want the package
tiktoken and its vocabulary, which it downloads; without them they are left out, and that is said.
"""

import bisect
import json
import math
import os
import random
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

# Unicode White_Space, which str.split does not follow.
WORD = re.compile("[^\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
LONE = re.compile("[\ud800-\udfff]")
NAMES = ("system", "developer", "user", "assistant", "tool", "function", "unknown")
LETTERS = dict(zip(NAMES, "SDUATF?"))
PERCENTS = (1, 5, 25, 50, 75, 90, 95, 99)
ENCODING = "o200k_base"


def messages_of(line):
    """The messages of a line as (role, text, the message); None if it is no record."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    messages = record.get("messages") if isinstance(record, dict) else None
    if not isinstance(messages, list) or not all(isinstance(m, dict) for m in messages):
        return None
    return [(m.get("role") if m.get("role") in NAMES else "unknown", text_of(m.get("content")), m) for m in messages]


def text_of(content):
    if isinstance(content, list):
        parts = [p.get("text", p.get("value")) for p in content if isinstance(p, dict) and p.get("type") == "text"]
        parts = [text for text in parts if isinstance(text, str)]
        content = "\n".join(parts)
    return LONE.sub("\ufffd", content) if isinstance(content, str) else ""


def sequence(roles):
    """Roles in letters; what repeats stands once: of units of up to four roles the one that covers most, of those
    that cover as much the shortest."""
    letters, out, at = [LETTERS[role] for role in roles], [], 0
    while at < len(letters):
        best = (0, 0, 1)
        for unit in range(1, min(4, len(letters) - at) + 1):
            times = 1
            while letters[at + times * unit:at + (times + 1) * unit] == letters[at:at + unit]:
                times += 1
            if times > 1 and unit * times > best[0]:
                best = (unit * times, unit, times)
        covered, unit, times = best
        if covered:
            group = " ".join(letters[at:at + unit])
            out.append(f"({group})x{times}" if unit > 1 else f"{group}x{times}")
            at += covered
        else:
            out.append(letters[at])
            at += 1
    return " ".join(out)


def summary(values):
    values = sorted(values)
    n, total = len(values), sum(values)
    if not n:
        return dict.fromkeys(["count", "total", "min", "max", *(f"p{p}" for p in PERCENTS)], 0) | {"mean": 0.0, "std": 0.0}
    spread = n * sum(v * v for v in values) - total * total
    out = {"count": n, "total": total, "mean": total / n, "std": math.sqrt(spread) / n, "min": values[0], "max": values[-1]}
    return out | {f"p{p}": values[-(-p * n // 100) - 1] for p in PERCENTS}


def part(count, of):
    return {"count": count, "share": count / of if of else 0.0}


def ranking(counts):
    total = sum(counts.values())
    return {"count": total, "distinct": len(counts), "error": 0, "top": {n: c for n, c in counts.items()}}


def repeats(keys):
    keys = [key for key in keys if key is not None]
    distinct = len(set(keys))
    return {"total": len(keys), "distinct": distinct, "count": len(keys) - distinct, "estimated": False,
            "rate": (len(keys) - distinct) / len(keys) if keys else 0.0}


COUNTS = ("role", "content", "name", "tool_calls", "function_call", "tool_call_id", "refusal", "reasoning_content", "reasoning", "thinking")


def canonical(messages):
    """What counts for equality, as one text: a member that is null is as if it were missing, and so is an empty list
    that is not the content."""
    def kept(key, value):
        return key in COUNTS and value is not None and (key == "content" or value != [])

    return json.dumps([{k: v for k, v in m.items() if kept(k, v)} for _, _, m in messages], sort_keys=True)


def packing(lengths, limit):
    """Best-fit decreasing: each record, by falling length, into the fullest sequence that has room."""
    rooms, sequences = [], 0
    for length in sorted((min(n, limit) for n in lengths if n), reverse=True):
        at = bisect.bisect_left(rooms, length)
        if at < len(rooms):
            room = rooms.pop(at)
        else:
            room, sequences = limit, sequences + 1
        if room > length:
            bisect.insort(rooms, room - length)
    left, over = sum(min(n, limit) for n in lengths), [n - limit for n in lengths if n > limit]
    return {"limit": limit, "sequences": sequences, "over": len(over), "lost": sum(over),
            "efficiency": left / (sequences * limit) if sequences else 0.0,
            "padded_efficiency": left / (len(lengths) * limit) if lengths else 0.0}


class Lengths:
    """Lengths in one unit."""

    def __init__(self):
        self.record, self.by_role = [], defaultdict(list)

    def add(self, roles, lengths):
        self.record.append(sum(lengths))
        for role, length in zip(roles, lengths):
            self.by_role[role].append(length)

    def figures(self):
        with_text = {role: [n for n in lengths if n] for role, lengths in self.by_role.items()}
        return {"record": summary(self.record), "query": summary(with_text.get("user", [])),
                "response": summary(with_text.get("assistant", [])),
                "by_role": {role: summary(lengths) for role, lengths in self.by_role.items()}}


def weighs(message):
    """Is a message of the assistant trained on?"""
    weights = [message.get(key) for key in ("weight", "loss_weight")]
    train = message.get("train", message.get("training"))
    return not any(w == 0 and not isinstance(w, bool) for w in weights if isinstance(w, (int, float))) and train is not False


def compute(path, encoding):
    data = Path(path).read_bytes().removeprefix(b"\xef\xbb\xbf")
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    blank = sum(not line.strip(b" \t\r") for line in lines)
    records, sizes, unusable = [], [], 0
    for line in lines:
        if line.strip(b" \t\r"):
            try:
                messages = messages_of(line.decode("utf-8"))
            except UnicodeDecodeError:
                messages = None
            if messages is None:
                unusable += 1
            else:
                records.append(messages)
                sizes.append(len(line.removesuffix(b"\r")))
    n = len(records)
    roles = [[role for role, _, _ in messages] for messages in records]
    turns = [r.count("user") for r in roles]
    first = [next((role for role in r if role not in ("system", "developer")), None) for r in roles]
    by_role = Counter(role for r in roles for role in r)
    every = sum(by_role.values())
    texts = [text for messages in records for _, text, _ in messages]
    systems = [[text for role, text, _ in m if role in ("system", "developer")] for m in records]
    systems = ["\n".join(s) for s in systems if s]
    out = {
        "input": {"lines": len(lines), "blank": blank, "unusable": unusable, "bytes": Path(path).stat().st_size},
        "records": {
            "count": n, "bytes": summary(sizes), "empty": part(sum(not r for r in roles), n),
            "single_turn": part(sum(t == 1 for t in turns), n), "multi_turn": part(sum(t > 1 for t in turns), n),
            "no_user": part(turns.count(0), n), "assistant_first": part(first.count("assistant"), n),
            "assistant_last": part(sum(r[-1:] == ["assistant"] for r in roles), n),
            "sequences": ranking(Counter(map(sequence, roles))),
        },
        "messages": {
            "count": every, "per_record": summary([len(r) for r in roles]), "turns": summary(turns),
            "by_role": {role: part(count, every) for role, count in by_role.items()},
        },
        "system": {"with": part(len(systems), n), "without": part(n - len(systems), n), "variations": len(set(systems))},
    }
    units = {"characters": map(len, texts), "words": (len(WORD.findall(text)) for text in texts)}
    if encoding:
        batches = (texts[at:at + 4096] for at in range(0, len(texts), 4096))
        threads = os.cpu_count() or 1
        units["tokens"] = (len(t) for b in batches for t in encoding.encode_ordinary_batch(b, num_threads=threads))
    of_messages = []
    for unit, lengths in units.items():
        counted, lengths = Lengths(), iter(lengths)
        of_messages = [[next(lengths) for _ in r] for r in roles]
        for r, own in zip(roles, of_messages):
            counted.add(r, own)
        out[unit] = counted.figures()
    if encoding:
        out |= training(records, of_messages)
    out["duplicates"] = repeats(canonical(messages) if messages else None for messages in records) | {
        "prompts": repeats(prompt(m) for m in records),
        "responses": repeats(next((canonical([x]) for x in reversed(m) if x[0] == "assistant"), None) for m in records),
    }
    return out


def prompt(messages):
    before = []
    for message in messages:
        if message[0] == "assistant":
            break
        before.append(message)
    return canonical(before) if before else None


def calls(message):
    """Does it call a function, beside its content or in a part of it?"""
    content = message.get("content")
    parts = [p for p in content if isinstance(p, dict)] if isinstance(content, list) else []
    listed = message.get("tool_calls")
    return (isinstance(listed, list) and bool(listed)) or isinstance(message.get("function_call"), dict) or any(
        p.get("type") == "tool_call" for p in parts)


def training(records, tokens):
    """What is trained on without a chat template, and how the records pack."""
    trained = [sum(t for (role, _, m), t in zip(ms, ts) if role == "assistant" and weighs(m)) for ms, ts in zip(records, tokens)]
    whole = [sum(ts) for ts in tokens]
    causes, only_calls = Counter(), 0
    for messages, count in zip(records, trained):
        answers = [(text, m) for role, text, m in messages if role == "assistant"]
        if count:
            continue
        if any(calls(m) and weighs(m) for _, m in answers):
            only_calls += 1
            continue
        silent = not any(text or calls(m) for text, m in answers)
        causes["no_assistant" if not answers else "empty_assistant" if silent else "not_trained"] += 1
    n = len(records)
    return {
        "supervision": {
            "tokens": sum(whole), "trained": sum(trained), "share": sum(trained) / sum(whole) if sum(whole) else 0.0,
            "per_record": summary(trained), "idle": part(sum(causes.values()), n), "idle_by_cause": dict(causes),
            "only_calls": part(only_calls, n),
            "fully": part(sum(t == w > 0 for t, w in zip(trained, whole)), n),
        },
        "training": {"packing": {str(at): packing(whole, limit) for at, limit in enumerate((2048, 4096, 8192, 32768))},
                     "tokens": 3 * sum(whole), "steps": 3 * -(-n // 8)},
    }


def compare(own, other, path, told):
    """Every figure computed here against the report's; how many there are."""
    if isinstance(own, dict):
        if path.endswith(".top"):
            other = {entry["name"]: entry["count"] for entry in other}
        elif isinstance(other, list):
            other = {str(at): value for at, value in enumerate(other)}
        missing = [key for key in own if not isinstance(other, dict) or key not in other]
        told += [f"{path}.{key}: not in the report, {own[key]!r} here" for key in missing]
        if path.endswith((".by_role", ".idle_by_cause", ".top")):
            told += [f"{path}.{key}: {other[key]!r} in the report, not here" for key in other if key not in own]
        return sum(compare(own[key], other[key], f"{path}.{key}", told) for key in own if key not in missing)
    same = math.isclose(own, other, rel_tol=1e-12, abs_tol=1e-12) if isinstance(own, float) else own == other
    if not same:
        told.append(f"{path}: {other!r} in the report, {own!r} here")
    return 1


def find_encoding():
    try:
        import tiktoken
        return tiktoken.get_encoding(ENCODING)
    except Exception as error:
        print(f"figures: NOT COMPARED: tokens, supervision, packing ({type(error).__name__}: {str(error)[:80]})", file=sys.stderr)
        return None


def make(path, count=3000):
    """Chats of all shapes: many lengths, languages, white space, escapes, equal ones, empty ones, blank lines."""
    dice = random.Random(1)
    words = [*"the a of to in is it and for on".split(), "naïve", "Straße", "日本語", "🙂", "x\u00a0y", "a\u2003b", "\u200b",
             "tab\tbed", "line\nfeed", "<|endoftext|>", "2,5 %", "don't", "\x1c", "e\u0301"]

    def text(most):
        return " ".join(dice.choice(words) + str(dice.randrange(50)) for _ in range(dice.randrange(most)))

    def message(role):
        own = {"role": role, "content": text(1500 if dice.random() < 0.01 else 60)}
        if dice.random() < 0.02:
            own |= dice.choice([{"weight": 0}, {"weight": 1}, {"train": False}, {"loss_weight": 0.0}])
        return own

    shapes = ["UA", "UA", "SUA", "UAUA", "SUAUAUA", "AU", "U", "", "DUA", "UATA", "S", "UAAU", "UA" * 9]
    roles = {letter: name for name, letter in LETTERS.items()}
    with open(path, "w", encoding="utf-8") as out:
        made = []
        for _ in range(count):
            messages = [message(roles[letter]) for letter in dice.choice(shapes)]
            line = dice.choice(made) if made and dice.random() < 0.1 else json.dumps({"messages": messages}, ensure_ascii=dice.random() < 0.5)
            made.append(line)
            out.write(line + dice.choice(["\n"] * 9 + ["\r\n", "\n\n", "\n \t\n", "\nnot json\n"]))


def main():
    if sys.argv[1:2] == ["--make"] and len(sys.argv) == 3:
        return make(sys.argv[2])
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    built = Path(__file__).resolve().parent.parent / "target/release/chatml-stats"
    binary = sys.argv[2] if len(sys.argv) == 3 else str(built)
    encoding = find_encoding()
    command = [binary, "-q", "--format", "json", "--top", "0", "--exit-zero",
               "--tokenizer", ENCODING if encoding else "none", sys.argv[1]]
    run = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if run.returncode:
        sys.exit(f"figures: {binary} ends with status {run.returncode}")
    report, told = json.loads(run.stdout), []
    own = compute(sys.argv[1], encoding)
    compared = sum(compare(value, report[key], key, told) for key, value in own.items())
    print(f"{own['records']['count']:,} records: {compared:,} figures compared, {len(told)} differ")
    for line in told[:50]:
        print(f"  {line}")
    sys.exit(1 if told else 0)


if __name__ == "__main__":
    main()
