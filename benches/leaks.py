#!/usr/bin/env python3
"""Audit chatml-split by plain Python, which knows the definitions and nothing of the tool.

usage: leaks.py BINARY FILE...

Each FILE is split three ways: by prompt alone, with --group near --complete, and by a cut behind four fifths
of its lines, which leaks most. Each time

- the parts are the lines of the input, each once, in their order and byte for byte;
- records, bytes and digests in the manifest are those of the files (digests with Python's xxhash or xxhsum);
- what --check-leak --group near --complete finds is what a comparison of all pairs finds here: equal
  conversations, equal normalised prompts with the first line that has them, and records of which .8 of the runs
  of five words are common, with the exact share;
- of what was split no prompt leaks, and with --group near nothing at all.

A record is put aside that holds calls or parts of which only the tool knows how it writes them as text; how many
are is told. The exit status is 1 at the first difference.
"""
import collections
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unicodedata

SHARE = (8, 10)
RUN = 5
MEDIA = ("images", "image", "videos", "video", "audios", "audio")
# Of scripts without spaces between words each character is a word.
ALONE = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0x20000, 0x3FFFF), (0x3005, 0x3007), (0x3021, 0x3029),
    (0xF900, 0xFAFF), (0x3031, 0x30FF), (0x31F0, 0x31FF), (0x1AFF0, 0x1B16F), (0x3105, 0x312F), (0x31A0, 0x31BF),
    (0xE00, 0xEFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F),
)
# Letters that Unicode lists among symbols.
LETTERS = ((0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189))


def within(code, ranges):
    return any(first <= code <= last for first, last in ranges)


class Kinds(dict):
    """What a character is to words: part of one (w), one by itself (a), or neither (a space)."""

    def __missing__(self, char):
        is_letter = unicodedata.category(char)[0] in "LMN" or within(ord(char), LETTERS)
        if char == "_":
            kind = "w"
        elif not is_letter:
            kind = " "
        else:
            kind = "a" if within(ord(char), ALONE) else "w"
        self[char] = kind
        return kind


KINDS = Kinds()


def fold(text):
    return unicodedata.normalize("NFKC", text.translate(LOWER)).casefold()


LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def words(text):
    """The words of a text."""
    spaced = []
    for char in fold(text):
        kind = KINDS[char]
        spaced.append(char if kind == "w" else " " if kind == " " else f" {char} ")
    return "".join(spaced).split(" ")


class Aside(Exception):
    """Only the tool knows how it writes this as text."""


def texts(message):
    content = message.get("content")
    if content is None:
        return []
    if isinstance(content, str):
        return [content]
    if isinstance(content, list) and all(isinstance(part, dict) and part.get("type") == "text" for part in content):
        return [part["text"] for part in content]
    raise Aside


def calls(message):
    """The names and arguments of calls."""
    functions = [call.get("function") for call in message.get("tool_calls") or []]
    functions = [function for function in [*functions, message.get("function_call")] if function is not None]
    said = [function.get(key) for function in functions for key in ("name", "arguments") if key in function]
    if not all(isinstance(text, str) for text in said):
        raise Aside
    return "".join(text + " " for text in said)


def normalised(text):
    found = [word for word in words(text) if word]
    return " ".join(found or fold(text).split())


def key(messages, change):
    """What is equal if messages are, when their texts are changed so."""
    rows = []
    for message in messages:
        if any(message.get(name) not in (None, []) for name in ("tool_calls", "function_call")):
            raise Aside
        others = {
            name: value
            for name, value in message.items()
            if name in ("name", "tool_call_id", "refusal", "reasoning_content", "reasoning", "thinking") and value
        }
        if others and change is not str:
            raise Aside
        rows.append((message.get("role"), tuple(change(text) for text in texts(message)), json.dumps(others)))
    return tuple(rows)


class Runs:
    """Makes runs of words, as numbers."""

    def __init__(self):
        self.numbers = {}

    def add(self, text, found):
        numbers = self.numbers
        all_words = [numbers.setdefault(word, len(numbers)) for word in words(text) if word]
        if 0 < len(all_words) < RUN:
            found.add(hash((-1, *all_words)))
        for at in range(len(all_words) - RUN + 1):
            found.add(hash(tuple(all_words[at:at + RUN])))

    def of(self, record):
        if any(record.get(name) for name in MEDIA):
            raise Aside
        found = set()
        for message in record["messages"]:
            if message.get("role") in ("user", "assistant"):
                for text in texts(message):
                    self.add(text, found)
                self.add(calls(message), found)
        return found


def lines_of(path):
    """The lines of a file that are not blank."""
    lines = pathlib.Path(path).read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip(b" \t\r")]


class Side:
    """One of two files."""

    def __init__(self, path, runs):
        self.records, self.prompts, self.sets, self.aside = {}, {}, {}, {"keys": set(), "sets": set()}
        for number, line in lines_of(path):
            record = json.loads(line)
            messages = record["messages"]
            try:
                if any(record.get(name) for name in MEDIA):
                    raise Aside
                first = [at for at, message in enumerate(messages) if message.get("role") == "assistant"]
                prompt = messages[:first[0]] if first else messages
                # Without a prompt, a record is dealt by all of its messages, as they are.
                self.prompts[number] = key(prompt, normalised) if prompt else ("none", key(messages, str))
                self.records[number] = key(messages, str)
            except Aside:
                self.aside["keys"].add(number)
            try:
                self.sets[number] = runs.of(record)
            except Aside:
                self.aside["sets"].add(number)


def first_lines(keys):
    first = {}
    for number, value in keys.items():
        first.setdefault(value, number)
    return first


def alike(one, other):
    common = len(one & other)
    return SHARE[1] * common >= SHARE[0] * (len(one) + len(other) - common) and common > 0


def near(train, val):
    """The lines of `val` that are like a line of `train`, found through the rarest elements of each set.

    Of two sets that are alike, both have one of the first elements of the other, in the order of rarity: as many as
    could be missing, and one.
    """
    count = collections.Counter()
    for sets in (train.sets, val.sets):
        for found in sets.values():
            count.update(found)

    def prefix(found):
        most = len(found) - (SHARE[0] * len(found) + SHARE[1] - 1) // SHARE[1] + 1
        return sorted(found, key=lambda run: (count[run], run))[:most]

    index = collections.defaultdict(list)
    for number, found in train.sets.items():
        for run in prefix(found) if found else []:
            index[run].append(number)
    leaks = set()
    for number, found in val.sets.items():
        candidates = {other for run in (prefix(found) if found else []) for other in index.get(run, ())}
        if any(alike(found, train.sets[other]) for other in candidates):
            leaks.add(number)
    return leaks


def fail(what):
    sys.exit(f"leaks.py: {what}")


def tool(binary, *args):
    done = subprocess.run([binary, "-q", *args], capture_output=True, check=False)
    if done.returncode not in (0, 1):
        fail(f"{' '.join(map(str, args))}: status {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done


def check_leaks(binary, one, other):
    """Compares what leaks; by kind, how many."""
    done = tool(binary, "--check-leak", "--group", "near=0.8", "--complete", "--format", "json", one, other)
    found = collections.defaultdict(dict)
    for line in done.stdout.splitlines():
        row = json.loads(line)
        if row["line"] in found[row["leak"]]:
            fail(f"{other}:{row['line']}: told twice as {row['leak']}")
        found[row["leak"]][row["line"]] = row
    if done.returncode != (1 if found else 0):
        fail(f"{other}: status {done.returncode} with {sum(map(len, found.values()))} leaks")
    runs = Runs()
    train, val = Side(one, runs), Side(other, runs)
    for leak, ours, theirs in (("record", train.records, val.records), ("prompt", train.prompts, val.prompts)):
        first = first_lines(ours)
        wanted = {number: first[value] for number, value in theirs.items() if value in first}
        is_known = lambda row: row["line"] not in val.aside["keys"] and row["other_line"] not in train.aside["keys"]
        told = {number: row["other_line"] for number, row in found[leak].items() if is_known(row)}
        # What is like a line before it that is put aside is told with that line.
        hidden = {number for number, row in found[leak].items() if not is_known(row)}
        compare(other, leak, {n: line for n, line in wanted.items() if n not in hidden}, told)
    told = {number: row for number, row in found["near"].items() if number not in val.aside["sets"]}
    hidden = {number for number, row in told.items() if row["other_line"] in train.aside["sets"]}
    wanted = near(train, val)
    compare(other, "near", dict.fromkeys(wanted - hidden), dict.fromkeys(told.keys() - hidden))
    for number in told.keys() - hidden:
        row = told[number]
        ours, theirs = train.sets[row["other_line"]], val.sets[number]
        share = len(ours & theirs) / len(ours | theirs)
        if abs(share - row["similarity"]) > 1e-9 or not alike(ours, theirs):
            fail(f"{other}:{number}: similarity to line {row['other_line']} is {share}, told {row['similarity']}")
    aside = [len(train.aside[what]) + len(val.aside[what]) for what in ("keys", "sets")]
    return {leak: len(found[leak]) for leak in ("record", "prompt", "near")}, aside


def compare(path, leak, wanted, told):
    for number in sorted(wanted.keys() | told.keys()):
        if number not in told:
            fail(f"{path}:{number}: leaks by {leak}, and that is not told")
        if number not in wanted:
            fail(f"{path}:{number}: told as a leak by {leak}, and it is none")
        if wanted[number] != told[number]:
            fail(f"{path}:{number}: {leak} of line {wanted[number]}, told line {told[number]}")


def digests(paths):
    """XXH3 with 128 bits of each file; None where nothing here can tell it."""
    try:
        import xxhash
    except ImportError:
        if not shutil.which("xxhsum"):
            return None
        done = subprocess.run(["xxhsum", "-H2", *paths], capture_output=True, check=True, text=True)
        return [line.split()[0].rpartition("_")[2] for line in done.stdout.splitlines()]
    return [xxhash.xxh3_128(pathlib.Path(path).read_bytes()).hexdigest() for path in paths]


def check_parts(source, folder, rejects):
    """Are the parts the input, and the manifest true? Returns whether digests could be checked."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    left = {part["name"]: collections.deque() for part in manifest["parts"]}
    for part in manifest["parts"]:
        total = 0
        for file in part["files"]:
            data = (folder / file["file"]).read_bytes()
            lines = data.splitlines(keepends=True) if data else []
            if b"\r" in data:
                lines = [line + b"\n" for line in data.split(b"\n")[:-1]]
            if (len(lines), len(data)) != (file["records"], file["bytes"]):
                fail(f"{file['file']}: {len(lines)} records and {len(data)} bytes, the manifest says {file}")
            left[part["name"]].extend(line.removesuffix(b"\n") for line in lines)
            total += len(lines)
        if total != part["records"]:
            fail(f"{folder}: {part['name']} has {total} records, the manifest says {part['records']}")
    rejected = collections.deque(line for _, line in lines_of(rejects))
    for number, line in lines_of(source):
        queue = next((queue for queue in (*left.values(), rejected) if queue and queue[0] == line), None)
        if queue is None:
            fail(f"{source}:{number}: in no part, or out of order")
        queue.popleft()
    if any(left.values()) or rejected:
        fail(f"{folder}: holds lines that the input does not hold")
    files = [{**file, "file": str(folder / file["file"])} for part in manifest["parts"] for file in part["files"]]
    files += [{"file": read["name"], "xxh3_128": read["xxh3_128"]} for read in manifest["inputs"]]
    real = digests([file["file"] for file in files])
    for file, digest in zip(files, real or []):
        if file["xxh3_128"] != digest:
            fail(f"{file['file']}: digest {digest}, the manifest says {file['xxh3_128']}")
    return real is not None


def audit(binary, source, folder):
    told, aside, with_digests = [], None, False
    for name, args in (("prompt", ()), ("near", ("--group", "near=0.8", "--complete"))):
        out, rejects = folder / name, folder / f"{name}.rejects"
        tool(binary, "--val", "0.2", *args, "-d", out, "--rejects", rejects, source)
        with_digests = check_parts(source, out, rejects)
        counts, aside = check_leaks(binary, out / "training_data.jsonl", out / "validation_data.jsonl")
        if counts["prompt"] or name == "near" and any(counts.values()):
            fail(f"{source}: split by {name}, and yet {counts} leak")
        told.append(f"by prompt {counts['near']} are near" if name == "prompt" else "with --group near none")
    parts = [folder / "prompt" / f"{part}_data.jsonl" for part in ("training", "validation")]
    lines = sorted(line for part in parts for _, line in lines_of(part))
    order = {line: at for at, (_, line) in reversed(list(enumerate(lines_of(source))))}
    lines.sort(key=order.__getitem__)
    cut = len(lines) * 4 // 5
    one, other = folder / "one.jsonl", folder / "other.jsonl"
    for path, some in ((one, lines[:cut]), (other, lines[cut:])):
        path.write_bytes(b"".join(line + b"\n" for line in some))
    counts, _ = check_leaks(binary, one, other)
    told.append("cut " + ", ".join(f"{count} by {leak}" for leak, count in counts.items()))
    note = f"; put aside: {aside[0]} keys, {aside[1]} sets" if any(aside) else ""
    print(f"{source}: {len(lines)} records: {'; '.join(told)}{note}{'' if with_digests else '; NO DIGESTS'}", flush=True)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    for source in sys.argv[2:]:
        with tempfile.TemporaryDirectory() as folder:
            audit(sys.argv[1], source, pathlib.Path(folder))


if __name__ == "__main__":
    main()
