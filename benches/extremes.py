"""Inputs too large for the tests: long lines, archives that unpack to far more than they hold, many files.

usage: python3 benches/extremes.py CHATML_VALIDATE

Each case states the exit status, what must be said, the lines that must still be judged, and the most memory.
This script must stay small itself: a child's peak counts from the size of its parent.
A case that does not hold ends the run with status 1.
"""

import gzip
import os
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

MIB = 1 << 20
GOOD = b'{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}\n'
# The default of --max-line-bytes, and what the reading of one line may take beside it.
LIMIT = 256 * MIB
BESIDE = 64 * MIB


def run(tool, args, stdin=None, files=None):
    """Exit status, output and messages, peak memory in bytes."""
    command = [tool, "--check", "--no-progress", *args]
    if files:
        command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
    with tempfile.TemporaryFile() as out:
        pid = os.posix_spawnp(
            command[0],
            command,
            {**os.environ, "LC_ALL": "C"},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, stdin if stdin is not None else os.open(os.devnull, os.O_RDONLY), 0),
                (os.POSIX_SPAWN_DUP2, out.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, out.fileno(), 2),
            ],
        )
        _, status, used = os.wait4(pid, 0)
        out.seek(0)
        return os.waitstatus_to_exitcode(status), out.read().decode(), used.ru_maxrss * 1024


def expect(name, got, status, says, most):
    code, text, memory = got
    missing = [word for word in says if word not in text]
    wrong = [f"status {code}, wanted {status}"] if code != status else []
    wrong += [f"did not say {word!r}" for word in missing]
    wrong += [f"took {memory >> 20} MiB, wanted at most {most >> 20}"] if memory > most else []
    print(f"{name}: {'; '.join(wrong) or 'ok'} ({memory >> 20} MiB)")
    if wrong:
        print(text[:2000])
    return not wrong


def members(path, size, block):
    """A gzip file of `size` bytes of block, in members of 64 MiB each: quick to make, and small."""
    packer = zlib.compressobj(9, wbits=31)
    piece = block * (MIB // len(block))
    member = b"".join([*(packer.compress(piece) for _ in range(64)), packer.flush()])
    with open(path, "wb") as file:
        for _ in range(size // (64 * MIB)):
            file.write(member)


def sparse_line(path, size):
    """Good record, a line of NUL bytes, good record."""
    with open(path, "wb") as file:
        file.write(GOOD)
        file.truncate(len(GOOD) + size)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + GOOD)


def long_record(path, size):
    start, end = GOOD[:-5], GOOD[-5:]
    with open(path, "wb") as file:
        file.write(start)
        for at in range(0, size - len(GOOD), MIB):
            file.write(b"x" * min(MIB, size - len(GOOD) - at))
        file.write(end + GOOD)


def cases(tool, folder):
    path = folder / "input"
    for size, name in [(0, "0"), (64 * 1024 - 1, "64 KiB - 1"), (64 * 1024, "64 KiB"), (MIB, "1 MiB"), (100 * MIB, "100 MiB")]:
        long_record(path, max(size, len(GOOD)))
        got = run(tool, [str(path)])
        yield expect(f"a record of {name}", got, 0, ["2 records: 2 valid"], size + BESIDE)
        with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
            got = run(tool, [], cat.stdout.fileno())
        yield expect(f"a record of {name} through a pipe", got, 0, ["2 records: 2 valid"], size + BESIDE)
    for size in (1, 5):
        sparse_line(path, size << 30)
        says = ["input:2:1: error[B015]", "3 records: 2 valid"]
        got = run(tool, [str(path)])
        yield expect(f"a line of {size} GiB", got, 1, says, LIMIT + BESIDE)
        with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
            got = run(tool, [], cat.stdout.fileno())
        says[0] = "<stdin>:2:1: error[B015]"
        yield expect(f"a line of {size} GiB through a pipe", got, 1, says, LIMIT + BESIDE)
    members(path, 10 << 30, b"a")
    stored = path.stat().st_size
    with open(path, "ab") as file:
        file.write(gzip.compress(b"\n" + GOOD))
    got = run(tool, [str(path)])
    name = f"a line of 10 GiB from {stored >> 20} MiB of gzip"
    yield expect(name, got, 1, ["input:1:1: error[B015]", "2 records: 1 valid"], 300 * MIB)
    members(path, 2 << 30, GOOD[:-1].ljust(127) + b"\n")
    got = run(tool, ["-q", str(path)])
    yield expect("2 GiB of short lines from gzip", got, 0, [], BESIDE)
    path.unlink()
    many = [folder / f"{number}.jsonl" for number in range(600)]
    for one in many:
        one.write_bytes(GOOD)
    got = run(tool, [str(one) for one in many], files=100)
    yield expect("600 files, 100 of them open at most", got, 0, ["600 records: 600 valid"], BESIDE)
    yield expect("no files but these", run(tool, [str(many[0])], files=32), 0, ["1 record: 1 valid"], BESIDE)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        if not all(list(cases(sys.argv[1], Path(folder)))):
            sys.exit(1)


if __name__ == "__main__":
    main()
