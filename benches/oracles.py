#!/usr/bin/env python3
"""Compare chatml-validate with the verdicts of real loaders.

    oracles.py BINARY SHARED [--known TSV]

SHARED holds data/oracles/verdicts_dev.jsonl and tools/compare_oracles.py. Fails if, for any profile, more than 2 %
of the judged lines are accepted though a loader refuses them, or more than 5 % are refused though it takes them.

TSV lists differences that are meant, one a line: profile, kind ("accept" or "reject"), mutation, reason, parted by
tabs; lines that start with # and a line of column names are skipped. The rows of such a mutation do not count.
Standard library only.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

MAPS = [
    "openai=openai_types,openai_spec",
    "together=together_1.5",
    "mistral=mistral_finetune",
    "trl=trl",
    "axolotl=axolotl_qwen3",
    "llama-factory=llamafactory_openai",
    "gemma=template_gemma",
    "gemma3=template_gemma3",
    "llama3=template_llama3.1",
    "qwen=template_qwen3.6",
    "gpt-oss=template_gpt-oss",
]
LIMITS = {"false accepts": 2.0, "false rejects": 5.0}


def known_differences(path):
    """(profile, kind, mutation) -> reason"""
    known = {}
    if not os.path.exists(path):
        print(f"{path} is not there: no difference is taken as meant")
        return known
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            cells = line.rstrip("\n").split("\t")
            if not line.strip() or line.startswith("#") or cells[0] == "profile":
                continue
            if len(cells) != 4 or not cells[3].strip():
                sys.exit(f"{path}:{number}: four columns are wanted, the last one a reason")
            profile, kind, mutation, reason = (cell.strip() for cell in cells)
            kinds = [name for name in LIMITS if kind.removeprefix("false ").rstrip("s") in name]
            if len(kinds) != 1 or not kind:
                sys.exit(f'{path}:{number}: kind is "accept" or "reject", not {kind!r}')
            known[profile, kinds[0], mutation] = reason
    return known


def compare(binary, shared):
    """The figures of compare_oracles.py, by profile."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "figures.json")
        command = [sys.executable, os.path.join(shared, "tools", "compare_oracles.py"), binary]
        command += [os.path.join(shared, "data", "oracles", "verdicts_dev.jsonl"), "--json", out, "--top", "0"]
        for pair in MAPS:
            command += ["--map", pair]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900, check=False)
        if done.returncode != 0:
            sys.exit(f"compare_oracles.py: status {done.returncode}\n{done.stdout.decode(errors='replace')}")
        with open(out, encoding="utf-8") as figures:
            return json.load(figures)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("shared")
    repository = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--known", default=os.path.join(repository, "tests", "data", "oracle_differences.tsv"))
    options = parser.parse_args()
    known = known_differences(options.known)
    figures = compare(os.path.abspath(options.binary), os.path.abspath(options.shared))
    met, failed = set(), []
    print(f"{'profile':<14} {'judged':>6}  {'kind':<13} {'lines':>5} {'meant':>5} {'left':>5} {'%':>6}")
    for profile, of in figures.items():
        for kind, limit in LIMITS.items():
            by = of["by_mutation"].get(kind, {})
            meant = {name: count for name, count in by.items() if (profile, kind, name) in known}
            met.update((profile, kind, name) for name in meant)
            left = sum(by.values()) - sum(meant.values())
            share = 100 * left / max(1, of["judged"])
            print(
                f"{profile:<14} {of['judged']:>6}  {kind:<13} {sum(by.values()):>5} {sum(meant.values()):>5}"
                f" {left:>5} {share:>6.2f}"
            )
            if share > limit:
                failed.append(f"{profile}: {share:.2f} % {kind}, at most {limit} % are allowed")
                rest = sorted(((count, name) for name, count in by.items() if name not in meant), reverse=True)
                for count, name in rest[:12]:
                    print(f"{'':<23}{count:>4}  {name}")
    for profile, kind, name in sorted(set(known) - met):
        print(f"no longer met: {profile}, {kind}, {name}")
    for line in failed:
        print(f"FAILED {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
