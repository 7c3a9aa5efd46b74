#!/usr/bin/env python3
"""Run chatml-gen end to end against servers, kill it at random moments, and print what it costs.

    generate.py BINARY [--kills N] [--servers PYTHON] [--only PART[,PART...]]

Parts:
  figures  against a scripted server: time until a wrong key and a dead port are told, the same bytes with 1 and with
           32 requests at a time, CPU of the tool with 256 requests in flight
  phrases  examples of phrases a second on one core, with all checks, and the memory for each
  kills    kill -9 at N random moments (200), each followed by --resume: in the end exactly as many records as wanted,
           none twice, the bytes of a run that nobody killed, and no answer asked for that is in the journal
  llmock   against llmock with 429, 500, cut, malformed, dropped and stalled answers mixed: exactly as many records, and
           its verdict on the client is clean
  llama    against llama.cpp's own server with a model of random weights: every record is valid, every fault is told

The last two need a Python that has the packages llmock, xllamacpp, gguf and numpy: PYTHON, which is this one unless
given. What is not there is said, as NOT CHECKED. The status is 1 if anything is not as it should be.
"""
import argparse
import collections
import hashlib
import http.server
import json
import os
import pathlib
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

WORDS = ["ba", "do", "ke", "lu", "mi", "no", "ra", "su", "ti", "vo"]
SEED = 11
CONCURRENCY = 8
failures = []


def check(right, what):
    print(f"  {'ok' if right else 'WRONG'}: {what}", flush=True)
    if not right:
        failures.append(what)


def prose(dice, count):
    word = lambda: "".join(dice.choice(WORDS) for _ in range(3))
    return "About " + " ".join(word() for _ in range(count)) + "."


def best(messages):
    """The answer to a request: depends on what is asked alone."""
    asked = messages[-1]["content"]
    dice = random.Random(hashlib.sha256(asked.encode()).digest())
    turn = {"user": prose(dice, 9), "assistant": prose(dice, 12)}
    return asked, json.dumps({"examples": [{"turns": [turn]}]})


class Model(http.server.ThreadingHTTPServer):
    """Answers its best after a while, and writes down what it was asked."""
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, pause=(0.0, 0.0), status=200):
        super().__init__(("127.0.0.1", 0), Answer)
        self.pause, self.status, self.log, self.lock = pause, status, [], threading.Lock()
        self.dice, self.in_flight, self.most = random.Random(SEED), 0, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # who was killed does not read its answer

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_POST(self):
        model = self.server
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        asked, text = best(body["messages"])
        with model.lock:
            model.log.append((asked, text))
            model.in_flight += 1
            model.most = max(model.most, model.in_flight)
            pause = model.dice.uniform(*model.pause)
        time.sleep(pause)
        with model.lock:
            model.in_flight -= 1
        if model.status != 200:
            answer, kind = json.dumps({"error": {"message": "no", "code": "invalid_api_key"}}), "application/json"
        elif body.get("stream"):
            chunks = [{"delta": {"content": text}, "finish_reason": None}, {"delta": {}, "finish_reason": "stop"}]
            lines = [json.dumps({"choices": [{"index": 0, **chunk}]}) for chunk in chunks]
            lines.append(json.dumps({"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 40}}))
            answer, kind = "".join(f"data: {line}\n\n" for line in lines + ["[DONE]"]), "text/event-stream"
        else:
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            answer, kind = json.dumps({"choices": [choice]}), "application/json"
        answer = answer.encode()
        self.send_response(model.status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def plan(folder, base, count, more="", backend=""):
    tables = more[more.find("["):] if "[" in more else ""
    top = more[:len(more) - len(tables)]
    (folder / "plan.toml").write_text(f"""count = {count}
seed = {SEED}
{top}
[[axis]]
name = "topic"
values = ["returns", "delivery", "gifts"]
[[axis]]
name = "order"
kind = "pattern"
pattern = "A-[0-9]{{9}}"
{tables}
[backend.main]
kind = "openai"
base_url = "{base}"
model = "m"
{backend}
""")


def command(binary, *more):
    return [binary, "run", "plan.toml", "--yes", *map(str, more)]


def run(binary, folder, *more, **how):
    return subprocess.run(command(binary, *more), cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, **how)


def messages(done):
    return done.stderr.decode(errors="replace").strip().splitlines()


def figures(binary):
    print("figures", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        wrong = Model(status=401)
        plan(folder, wrong.base, 50)
        start = time.monotonic()
        done = run(binary, folder, "-q", "--no-journal")
        took = time.monotonic() - start
        check(done.returncode == 2 and len(wrong.log) == 1 and took < 1,
              f"401: status {done.returncode} after {len(wrong.log)} request in {took:.2f} s (wanted 2, 1, under 1)")
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            dead = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        plan(folder, dead, 50)
        start = time.monotonic()
        done = run(binary, folder, "-q", "--no-journal")
        took = time.monotonic() - start
        # The waits between 7 tries, as the manual has them.
        stated = 0.25 + 0.5 + 1 + 2 + 4 + 4
        check(done.returncode == 2 and took < stated + 1,
              f"dead port: status {done.returncode} in {took:.1f} s (wanted 2, at most {stated:.1f})")
        same = Model()
        plan(folder, same.base, 300)
        one = run(binary, folder, "-q", "--no-journal", "--concurrency", 1)
        many = run(binary, folder, "-q", "--no-journal", "--concurrency", 32)
        check(one.returncode == 0 and one.stdout == many.stdout and one.stdout.count(b"\n") == 300,
              "300 records, the same bytes with 1 and with 32 requests at a time")
        # A server that thinks for half a second gives 512 answers a second to 256 requests in flight, if it can.
        slow = Model(pause=(2.4, 2.6))
        count = 1500
        plan(folder, slow.base, count, "batch = 750\nlookahead = 2", "concurrency = 256")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.monotonic()
        done = run(binary, folder, "-q", "-o", "out.jsonl")
        took = time.monotonic() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        share = cpu / count * 100
        check(done.returncode == 0 and share < 0.05,
              f"{slow.most} in flight: {count / took:.0f} answers/s, CPU {cpu:.2f} s, which is {share * 100:.1f} % of a core"
              " per 100 answers/s (wanted under 5)")


PHRASES = """
seed = 7
[task]
type = "chat"
domain = "a shop"
[system]
mode = "fixed"
prompts = ["You answer for a shop."]
[dedup]
near = 0
[[axis]]
name = "topic"
values = ["returns", "delivery", "gifts"]
[backend.phrases]
kind = "template"
[grammar]
user = [
  "{hi}, where is order {order}? I bought {a} {thing}s on {day} for {b} euros each.",
  "{hi}. How much is order {order} with {a} {thing}s at {b} euros? It was made on {day}."]
assistant = [
  "Order {order} has {a} {thing}s at {b} euros each, which is {= a * b} euros in all. It left on {day}.",
  "In all it is {= a * b} euros: {a} {thing}s at {b} euros. Order {order} was packed on {day} and is on its way."]
[grammar.slots]
a = { min = 2, max = 99 }
b = { min = 1, max = 400 }
order = { pattern = "[A-Z][0-9]{8}" }
thing = ["lamp", "chair", "table", "shelf", "mirror", "carpet"]
day = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
[grammar.rules]
hi = ["Hi", "Hello", "Good morning", "Good evening", "Dear team"]
"""


def phrases(binary):
    """Examples of phrases that a core makes in a second, all checks and exact deduplication included."""
    print("phrases", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rates, peaks = [], {}
        for count in (300_000, 30_000, 300_000, 300_000):
            (folder / "plan.toml").write_text(f"count = {count}\nmax_candidates = {2 * count}\n{PHRASES}")
            child = subprocess.Popen(command(binary, "-q", "--no-journal", "-j", 1), cwd=folder,
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            _, status, used = os.wait4(child.pid, 0)
            check(status == 0, f"{count} examples of phrases: status {status}")
            peaks[count] = used.ru_maxrss
            if count == 300_000:
                rates.append(count / (used.ru_utime + used.ru_stime))
        rate, more = max(rates), (peaks[300_000] - peaks[30_000]) / 270_000 * 1024
        # It fails at half of what is wanted, since others may use the other half of a core.
        verdict = "reached" if rate >= 200_000 else "MISSED"
        check(rate > 100_000, f"phrases: {rate / 1000:.0f} thousand examples/s a core ({verdict}: 200, at best 500)")
        # What is unique is known by 16 bytes of each, in a table that may be half empty.
        check(more < 64, f"phrases: {peaks[300_000] >> 10} MiB, {more:.0f} bytes more for each example (wanted under 64)")


def texts(journal):
    """The answers in a journal; a last line that was cut off is none."""
    kept = set()
    try:
        lines = journal.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return kept
    for line in lines:
        event = json.loads(line)
        if event["event"] == "answer":
            kept.add(event["text"])
    return kept


def kills(binary, wanted):
    print(f"kills: {wanted} with signal 9", flush=True)
    count, killed, repeated, paid_twice, rounds = 60, 0, 0, 0, 0
    dice = random.Random(SEED)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        reference = Model(pause=(0.0, 0.06))
        plan(folder, reference.base, count, "batch = 20")
        begun = time.monotonic()
        whole = run(binary, folder, "-q", "--no-journal").stdout
        lasts = time.monotonic() - begun
        wrong = []
        while killed < wanted:
            rounds += 1
            how = ["file", "append", "pipe"][rounds % 3]
            model = Model(pause=(0.0, 0.06))
            work = folder / str(rounds)
            work.mkdir()
            plan(work, model.base, count, "batch = 20")
            out, journal = work / "out.jsonl", work / "journal"
            words = ["-q", "--journal", "journal", "--concurrency", CONCURRENCY, "--fsync", "none"]
            words += ["-o", "out.jsonl"] if how == "file" else []
            for attempt in range(1000):
                kept, asked = texts(journal), len(model.log)
                stdout = open(out, "ab") if how == "append" else subprocess.PIPE
                child = subprocess.Popen(command(binary, *words, "--resume"), cwd=work, stdin=subprocess.DEVNULL,
                                         stdout=stdout, stderr=subprocess.PIPE)
                try:
                    # From before the first line of the journal to behind the last record.
                    got, told = child.communicate(timeout=dice.uniform(0, lasts) if killed < wanted else None)
                    ended = True
                except subprocess.TimeoutExpired:
                    child.send_signal(signal.SIGKILL)
                    got, told = child.communicate()
                    ended = child.returncode == 0
                    killed += child.returncode == -9
                if how == "append":
                    stdout.close()
                paid_twice += sum(text in kept for _, text in model.log[asked:])
                if ended:
                    break
            result = got if how == "pipe" else out.read_bytes()
            if child.returncode != 0 or result != whole:
                made = len(result.splitlines())
                wrong.append(f"round {rounds} ({how}): status {child.returncode}, {made} records, {told}")
            repeated += len(model.log) - len(set(model.log))
            model.shutdown()
            model.server_close()
        for line in wrong:
            print(f"    {line}")
        check(not wrong, f"{rounds} runs killed {killed} times: each in the end has {count} records, none twice, the bytes "
              "of a run that was not killed")
        check(paid_twice == 0, f"{paid_twice} answers were asked for again that were in the journal")
        check(repeated <= killed * CONCURRENCY, f"{repeated} requests that were in flight at a kill were sent again")
    print(f"  {time.monotonic() - start:.0f} s")


def port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(url, child):
    for _ in range(300):
        try:
            return urllib.request.urlopen(url, timeout=2).read()
        except OSError:
            if child.poll() is not None:
                break
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


def has(python, *modules):
    return subprocess.run([python, "-c", "import " + ", ".join(modules)], capture_output=True).returncode == 0


def llmock(binary, python):
    if not has(python, "llmock"):
        print("!!! NOT CHECKED: llmock is not installed")
        return
    print("llmock", flush=True)
    at, count = port(), 60
    script = [str(pathlib.Path(python).parent / "llmock"), "serve", "--host", "127.0.0.1", "--port", str(at),
              "--log-level", "warning", "--stream-stall-seconds", "6"]
    base = f"http://127.0.0.1:{at}"
    server = subprocess.Popen(script, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"{base}/v1/models", server)
        dice = random.Random(SEED)
        faults = [{"type": "fail", "status": 429, "retry_after": 1, "times": 1}, {"type": "fail", "status": 500, "times": 1},
                  {"type": "fail", "status": 503, "times": 1}] + \
            [{"type": "stream_fault", "kind": kind, "after_chunks": 2, "times": 1}
             for kind in ["truncate", "malformed", "disconnect", "stall"]]
        behaviors = []
        for number in range(count + 12):
            if number % 6 == 5:
                behaviors.append(faults[number // 6 % len(faults)])
            turn = {"user": prose(dice, 9), "assistant": prose(dice, 12)}
            behaviors.append({"type": "reply", "text": json.dumps({"examples": [{"turns": [turn]}]}), "times": 1})
        body = json.dumps({"behaviors": behaviors}).encode()
        headers = {"content-type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(f"{base}/_llmock/scenario", body, headers)).read()
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            plan(folder, f"{base}/v1", count, "max_candidates = 400",
                 'structured = "prompt"\nidle_timeout = "2s"\nconcurrency = 4')
            start = time.monotonic()
            done = run(binary, folder, timeout=300)
            records = done.stdout.splitlines()
            print(f"    {messages(done)[-1]}")
            check(done.returncode == 0 and len(records) == len(set(records)) == count,
                  f"{len(records)} records of {count} in {time.monotonic() - start:.0f} s")
        report = subprocess.run([script[0], "report", "--url", base], capture_output=True, text=True)
        for line in report.stdout.strip().splitlines():
            print(f"    {line}")
        check(report.returncode == 0, "the verdict of llmock is clean")
    finally:
        server.kill()
        server.wait()


# Run by the Python that has the packages: a model of two layers with weights of chance, served by llama.cpp.
LLAMA = r'''
import os, signal, sys
import gguf, numpy, xllamacpp
path, port = sys.argv[1], int(sys.argv[2])
width, heads, inner, context = 48, 4, 96, 8192
texts = ["<unk>", "<s>", "</s>"] + ["<0x%02X>" % byte for byte in range(256)] + [chr(0x2581)] + list(map(chr, range(33, 127)))
kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
kinds += [gguf.TokenType.BYTE] * 256 + [gguf.TokenType.NORMAL] * 95
chance = numpy.random.default_rng(3)
out = gguf.GGUFWriter(path, "llama")
for add, value in [
    (out.add_context_length, context), (out.add_embedding_length, width), (out.add_block_count, 2),
    (out.add_feed_forward_length, inner), (out.add_head_count, heads), (out.add_head_count_kv, heads),
    (out.add_rope_dimension_count, width // heads), (out.add_layer_norm_rms_eps, 1e-5), (out.add_vocab_size, len(texts)),
    (out.add_tokenizer_model, "llama"), (out.add_token_list, texts), (out.add_token_scores, [0.0] * len(texts)),
    (out.add_token_types, kinds), (out.add_bos_token_id, 1), (out.add_eos_token_id, 2), (out.add_unk_token_id, 0),
    (out.add_chat_template, "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:"),
]:
    add(value)
shapes = {"token_embd": (len(texts), width), "output": (len(texts), width)}
for layer in range(2):
    for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
        shapes[f"blk.{layer}.{part}"] = (width, width)
    shapes |= {f"blk.{layer}.ffn_gate": (inner, width), f"blk.{layer}.ffn_up": (inner, width),
               f"blk.{layer}.ffn_down": (width, inner)}
    for part in ("attn_norm", "ffn_norm"):
        shapes[f"blk.{layer}.{part}"] = (width,)
shapes["output_norm"] = (width,)
for name, shape in shapes.items():
    flat = numpy.ones(shape) if len(shape) == 1 else chance.normal(0, 0.3, shape)
    out.add_tensor(name + ".weight", flat.astype(numpy.float32))
out.write_header_to_file(); out.write_kv_data_to_file(); out.write_tensors_to_file(); out.close()
settings = xllamacpp.CommonParams()
settings.model.path, settings.hostnames, settings.port = path, ["127.0.0.1"], port
settings.n_parallel, settings.n_ctx = 2, context
settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(settings)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
while True:
    signal.pause()
'''


def llama(binary, python):
    if not has(python, "xllamacpp", "gguf", "numpy"):
        print("!!! NOT CHECKED: xllamacpp, gguf or numpy is not installed")
        return
    print("llama", flush=True)
    at, count = port(), 12
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        server = subprocess.Popen([python, "-c", LLAMA, str(folder / "model.gguf"), str(at)], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        try:
            wait_for(f"http://127.0.0.1:{at}/health", server)
            base = f"http://127.0.0.1:{at}/v1"
            # Words of chance are no prose: only what every record must be is asked of them. Letters of chance are
            # mostly control characters, which no record may have: the engine's grammar keeps to what can be printed.
            loose = "[dedup]\nnear = 0\n[quality]\nreject = []\n"
            backend = 'concurrency = 2\ntemperature = 1.5\nidle_timeout = "60s"\nretries = 2\n'
            plan(folder, base, count, "max_candidates = 100\n" + loose + "[prompt]\nturn_by_turn = true",
                 backend + 'max_tokens = 40\nfinish_ok = ["stop", "length"]\nbody = { grammar = "root ::= [ -~]+" }')
            start = time.monotonic()
            done = run(binary, folder, "--journal", "talk", timeout=120)
            lines = done.stdout.splitlines()
            print(f"    {messages(done)[-1]}")
            check(done.returncode == 0 and len(set(lines)) == len(lines) == count,
                  f"turn by turn: {len(lines)} records of {count} in {time.monotonic() - start:.0f} s")
            # A model of chance hardly ever ends a text: answers are cut off, by the limit or with a status of 500, and
            # none of them may become a record.
            plan(folder, base, count, "max_candidates = 12\n" + loose, backend + "max_tokens = 300")
            start = time.monotonic()
            done = run(binary, folder, "--journal", "whole", timeout=120)
            lines = done.stdout.splitlines()
            print(f"    {messages(done)[-1]}")
            check(done.returncode in (0, 1, 2) and b"panicked" not in done.stderr,
                  f"whole conversations: status {done.returncode}, {len(lines)} records of {count} in "
                  f"{time.monotonic() - start:.0f} s")
            check(all(json.loads(line)["messages"][0]["role"] == "user" for line in lines), "every record is whole")
            events = collections.Counter(json.loads(line)["event"] for line in open(folder / "whole", "rb"))
            check(events["answer"] + events["unanswered"] > 0, f"what came of the requests is in the journal: {dict(events)}")
            again = run(binary, folder, "--resume", "--journal", "whole", timeout=120)
            check(again.stdout.startswith(done.stdout), f"--resume: status {again.returncode}, the first records as before")
        finally:
            server.kill()
            server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--servers", metavar="PYTHON", default=sys.executable)
    parser.add_argument("--only", default="figures,phrases,kills,llmock,llama")
    options = parser.parse_args()
    binary = os.path.abspath(options.binary)
    for part in options.only.split(","):
        if part == "figures":
            figures(binary)
        elif part == "phrases":
            phrases(binary)
        elif part == "kills":
            kills(binary, options.kills)
        elif part == "llmock":
            llmock(binary, options.servers)
        elif part == "llama":
            llama(binary, options.servers)
        else:
            parser.error(f"no part {part}")
    sys.exit(f"{len(failures)} not as it should be" if failures else 0)


if __name__ == "__main__":
    main()
