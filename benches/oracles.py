#!/usr/bin/env python3
"""Compare chatml-validate with the verdicts of real loaders.

    oracles.py BINARY SHARED [--known TSV]

SHARED holds data/oracles/verdicts_dev.jsonl and tools/compare_oracles.py. For each profile: the lines judged, how far
tool and loader agree, and the false accepts (a loader refuses the line or harms it, the tool has no error) and false
rejects, first as counted and then without those that TSV explains.

Fails if, as counted, more than 2 % of the judged lines are false accepts or more than 5 % are false rejects, and also
if any is left that TSV does not explain.

TSV lists differences that are meant, one a line: profile, kind ("accept" or "reject"), mutation, reason, parted by
tabs; lines that start with # and a line of column names are skipped. Standard library only.
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
LIMITS = {"accept": 2.0, "reject": 5.0}


def known_differences(path):
    """(profile, kind, mutation) -> reason"""
    known = {}
    if not os.path.exists(path):
        print(f"{path} is not there: no difference is taken as meant")
        return known
    profiles = {pair.partition("=")[0] for pair in MAPS}
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            cells = line.rstrip("\n").split("\t")
            if not line.strip() or line.startswith("#") or cells[0] == "profile":
                continue
            if len(cells) != 4 or not cells[3].strip():
                sys.exit(f"{path}:{number}: four columns are wanted, the last one a reason")
            profile, kind, mutation, reason = cells
            if kind not in LIMITS:
                sys.exit(f'{path}:{number}: kind is "accept" or "reject", not {kind!r}')
            if profile not in profiles:
                sys.exit(f"{path}:{number}: no profile {profile!r} is compared")
            if (profile, kind, mutation) in known:
                sys.exit(f"{path}:{number}: {profile}, {kind}, {mutation} stands here for the second time")
            known[profile, kind, mutation] = reason
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
    print(f"{'':<14} {'':>6} {'':>7}   {'false accepts':<21}   {'false rejects':<21}")
    print(f"{'profile':<14} {'judged':>6} {'agree':>7}" + f"   {'raw':>4} {'%':>5} {'left':>4} {'%':>5}" * 2)
    for profile, of in figures.items():
        judged = max(1, of["judged"])
        row = f"{profile:<14} {of['judged']:>6} {100 * of['agree'] / judged:>6.2f}%"
        for kind, limit in LIMITS.items():
            by = of["by_mutation"].get(f"false {kind}s", {})
            meant = {name for name in by if (profile, kind, name) in known}
            met.update((profile, kind, name) for name in meant)
            raw = sum(by.values())
            left = raw - sum(by[name] for name in meant)
            row += f"   {raw:>4} {100 * raw / judged:>5.2f} {left:>4} {100 * left / judged:>5.2f}"
            if 100 * raw > limit * judged:
                failed.append(f"{profile}: {100 * raw / judged:.2f} % false {kind}s, at most {limit} % are allowed")
            for name in sorted(set(by) - meant):
                failed.append(f"{profile}: {kind} {name}, {by[name]} lines, is not in {os.path.basename(options.known)}")
        print(row)
    print(f"{len(known)} differences are meant, {len(met)} of them met")
    for profile, kind, name in sorted(set(known) - met):
        print(f"note: no longer met: {profile}, {kind}, {name}")
    for line in failed:
        print(f"FAILED {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
