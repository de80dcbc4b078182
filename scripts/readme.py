#!/usr/bin/env python3
"""Runs every shell block of README.md, in order, and compares what it prints with the output block behind it.

    scripts/readme.py              runs them; exit 1 when one fails or prints something else
    scripts/readme.py --update     writes what they print into the output blocks

A block is ```sh; the ```text block behind it is its output. The first line behind ```sh may say how it is run:

    ```sh server      stays in the foreground: it is started, and stopped at the end; its output is waited for
    ```sh soon        is asked again for a while until it prints what the document says, whatever the order of its lines
    ```sh elsewhere   not run here, because of what the sentence in front of it says; only checked by `sh -n`

Everything lives in a temporary data folder, and every port is free: http://127.0.0.1:8000 in a block means the one of
this run. In an output block ids, times and durations stand for any of their kind, … for any text on its line, and the
width of columns does not matter.
"""
import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
URL_IN_THE_README = "http://127.0.0.1:8000"
SERVER_DEADLINE_S = 1200  # `make run` may have to compile
BLOCK_DEADLINE_S = 120
SOON_S = 10
LOAD_SECONDS = "5s"  # instead of the minute that the README advises

# What stands for any of its kind, first match first. A text is matched by the pattern behind it.
KINDS = [(re.compile(kind), instead) for kind, instead in [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", r"[0-9a-f-]{36}"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", r"\S+Z"),
    (r"\d{4}-\d\d-\d\d", r"\d{4}-\d\d-\d\d"),
    (r"\b(?:pi|sms)_\w+", r"(?:pi|sms)_\w+"),
    (r"\b[0-9a-f]{32}\b", r"[0-9a-f]{32}"),
    (r"\d[\d.]* +\d[\d.]* +\d{4}-\d\d-\d\dT\S+Z", r"\d[\d.]* +\d[\d.]* +\S+Z"),  # mean and p95 of a day
    (r"acknowledged \d+, stored \d+", r"acknowledged (?P<n>\d+), stored (?P=n)"),
    (r"http://127\.0\.0\.1:\d+", r"http://127\.0\.0\.1:\d+"),
    (r"/\S+/build/bursar", r"/\S+/build/bursar"),
    (r"…", r".*"),
    (r"\s+", r"\s+"),
    (r"\d+\.\d+(?!\d| [A-Z]{3}\b)", r"\d+(?:\.\d+)?"),  # a duration or a rate, no amount of money
]]


class Block:
    def __init__(self, line, kind, text):
        self.line, self.kind, self.text = line, kind, text
        self.output_at = None  # first and last line of the expected output, without the fences
        self.expected = None


def blocks_of(lines):
    blocks, at = [], 0
    while at < len(lines):
        opened = re.fullmatch(r"```(\w*)\s*(\w*)", lines[at])
        if not opened:
            at += 1
            continue
        end = next(i for i in range(at + 1, len(lines)) if lines[i] == "```")
        body = lines[at + 1:end]
        if opened[1] == "sh":
            blocks.append(Block(at + 1, opened[2], "\n".join(body)))
        elif opened[1] == "text" and blocks:
            while body and not body[-1].strip():
                body = body[:-1]
            blocks[-1].output_at, blocks[-1].expected = (at + 1, end), body
        at = end + 1
    return blocks


def pattern_of(line):
    pattern, at = "", 0
    while at < len(line):
        kind = next(((found, instead) for regex, instead in KINDS if (found := regex.match(line, at))), None)
        pattern += kind[1] if kind else re.escape(line[at])
        at = kind[0].end() if kind else at + 1
    return pattern


def in_order_of(expected, printed):
    """The printed lines in the order of the lines that they match; those that match none come last."""
    left, sorted_lines = list(printed), []
    for line in expected:
        found = next((one for one in left if re.fullmatch(r"\s*" + pattern_of(line.strip()) + r"\s*", one)), None)
        if found is not None:
            left.remove(found)
            sorted_lines.append(found)
    return sorted_lines + left


def difference(expected, printed):
    """None when the output is as the document says, else a sentence."""
    while printed and not printed[-1].strip():
        printed = printed[:-1]
    for number, line in enumerate(expected):
        if number >= len(printed):
            return f"the output ends before: {line}"
        if not re.fullmatch(r"\s*" + pattern_of(line.strip()) + r"\s*", printed[number]):
            return f"expected: {line}\n  printed:  {printed[number]}"
    return f"there is more: {printed[len(expected)]}" if len(printed) > len(expected) else None


class Run:
    def __init__(self, folder):
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.server = None
        free = {f"BURSAR_{name}": "127.0.0.1:0"
                for name in ("LISTEN", "OPS_LISTEN", "GATEWAY_SIM_LISTEN", "SMTP_SINK_LISTEN", "SINKS_LISTEN")}
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("BURSAR_")}
        self.environment |= {"BURSAR_DATA_DIR": str(self.data)}
        self.server_environment = self.environment | free

    def start(self, text, expected):
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(["bash", "-euo", "pipefail", "-c", text], cwd=ROOT, start_new_session=True,
                                           env=self.server_environment, stdout=log, stderr=subprocess.STDOUT)
        end = time.monotonic() + SERVER_DEADLINE_S
        last = pattern_of(expected[-1].strip()) if expected else "Ctrl-C"
        while time.monotonic() < end:
            printed = self.log.read_text(errors="replace")
            if any(re.fullmatch(last, line.strip()) for line in printed.splitlines()):
                return printed
            if self.server.poll() is not None:
                raise SystemExit(f"readme: the server ended:\n{printed}")
            time.sleep(0.2)
        raise SystemExit(f"readme: after {SERVER_DEADLINE_S} s there is no banner:\n{printed}")

    def url(self):
        variables = dict(re.findall(r'^(\w+)="(.*)"$', (self.data / "dev.env").read_text(), re.MULTILINE))
        return variables["BURSAR_URL"]

    def run(self, text):
        if self.server:
            text = text.replace(URL_IN_THE_README, self.url())
        text = re.sub(r"(--run-time) \S+", rf"\1 {LOAD_SECONDS}", text)
        return subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=ROOT, env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=BLOCK_DEADLINE_S, check=False)

    def stop(self):
        if self.server is None or self.server.poll() is not None:
            return True
        os.killpg(self.server.pid, signal.SIGINT)  # as Ctrl-C does
        try:
            self.server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(self.server.pid, signal.SIGKILL)
            return False
        return True


def banner_of(printed):
    """What `make run` printed since the banner began."""
    lines = printed.splitlines()
    begin = next((i for i, line in enumerate(lines) if "Bursar is up" in line), 0)
    return lines[begin:]


def perform(run, block):
    """Returns what was printed, and what is wrong with how it went."""
    if block.kind == "elsewhere":
        checked = subprocess.run(["bash", "-n", "-c", block.text], capture_output=True, text=True, check=False)
        return None, checked.stderr
    if block.kind == "server":
        return banner_of(run.start(block.text, block.expected)), ""
    end = time.monotonic() + SOON_S
    while True:
        done = run.run(block.text)
        printed = done.stdout.splitlines()
        if block.kind == "soon":
            printed = in_order_of(block.expected or [], printed)
        wrong = f"exit code {done.returncode}:\n{done.stdout}" if done.returncode else ""
        late = wrong or difference(block.expected or [], printed)
        if block.kind != "soon" or not late or time.monotonic() > end:
            return printed, wrong
        time.sleep(0.2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="write what is printed into the document")
    parser.add_argument("document", nargs="?", default="README.md")
    arguments = parser.parse_args()
    path = ROOT / arguments.document
    lines = path.read_text().splitlines()
    # The private database runs as another user: the folder must be open to it.
    with tempfile.TemporaryDirectory(prefix="bursar-readme-") as name:
        os.chmod(name, 0o755)
        run, faults, seen, updates = Run(pathlib.Path(name)), 0, 0, []
        try:
            for block in blocks_of(lines):
                printed, wrong = perform(run, block)
                if not wrong and block.expected is not None and printed is not None:
                    wrong = difference(block.expected, printed) or ""
                    if wrong and arguments.update:
                        updates.append((block.output_at, printed))
                        wrong = ""
                faults += bool(wrong)
                seen += printed is not None
                where = f"{arguments.document}:{block.line}"
                print(f"readme: {where}: {'FAILED' if wrong else 'ok' if printed is not None else 'not run here'}"
                      + (f"\n  {wrong}" if wrong else ""), flush=True)
        finally:
            stopped = run.stop()
        if not stopped:
            faults += 1
            print("readme: the server did not stop within 60 s")
    if arguments.update:
        for (begin, end), printed in reversed(updates):
            lines[begin:end] = printed
        path.write_text("\n".join(lines) + "\n")
    print(f"readme: {seen} blocks run, {faults} failed")
    return 1 if faults or seen == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
