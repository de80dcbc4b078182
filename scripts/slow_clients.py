#!/usr/bin/env python3
"""What a normal client notices of thousands of slow ones; run by slow_clients.sh.

    scripts/slow_clients.py [--build build] [--connections 2000] [--seconds 60] [--plain | --tls]

Starts `bursar up`, then for each mode slowhttptest (Debian) with that many connections, anew as fast as the server ends
them. Meanwhile a normal client pays: one thread on a kept connection, one with a new connection for each payment. Fails
when one of its requests fails, when fewer than 99 % are answered within 200 ms, or when the server takes no new connection
afterwards.
"""
import argparse
import http.client
import json
import os
import pathlib
import resource
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import uuid

CUSTOMER = "0192f0c1-7b1e-7c3a-8f00-0123456789ab"
LARGE = "/docs/swagger-ui-bundle.js"
WITHIN_S = 0.2
SHARE_WITHIN = 0.99
PAUSE_S = 0.02  # between two payments of one thread: slow clients are to be noticed, not ourselves
INSTANCES = 4  # of slowhttptest, so that their ends do not fall together
AFTERWARDS = 50
LIFE_S = 20  # of an instance: one whose connections were all cut by then does not end by itself
MODES = {
    # What is sent every few seconds keeps the connection from being idle, and never ends.
    "slow heads": ["-H", "-i", "5", "-x", "24"],
    "slow bodies": ["-B", "-i", "5", "-s", "8192", "-x", "10"],
    "slow readers": ["-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "3"],
}


class Failed(Exception):
    """Something that a person must hear without a stack."""


class Server:
    """`bursar up` in a folder of its own, on free ports."""

    def __init__(self, build: pathlib.Path, folder: pathlib.Path, tls: bool):
        self.program = build / "bursar"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "BURSAR_DATA_DIR": str(folder / "data")}
        settings = {"BURSAR_RATE_LIMIT": "off", "BURSAR_LOG_LEVEL": "warning"}
        for name in ("LISTEN", "OPS_LISTEN", "GATEWAY_SIM_LISTEN", "SMTP_SINK_LISTEN", "SINKS_LISTEN"):
            settings["BURSAR_" + name] = "127.0.0.1:0"
        self.ssl = None
        if tls:
            certificate, key = self._certificate(folder)
            settings |= {"BURSAR_TLS_CERTIFICATE_FILE": certificate, "BURSAR_TLS_KEY_FILE": key}
            self.ssl = ssl.create_default_context(cafile=certificate)
        self.log = open(folder / "up.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen([self.program, "up"], env=self.environment | settings, cwd=folder,
                                        stdout=self.log, stderr=self.log)
        self._wait(folder)
        url = urllib.parse.urlsplit(self._dev_env(folder)["BURSAR_URL"])
        self.host, self.port, self.url = url.hostname, url.port, url.geturl()
        minted = subprocess.run([self.program, "token", "mint", "--subject", CUSTOMER, "--role", "customer"],
                                env=self.environment, cwd=folder, check=True, capture_output=True, text=True)
        self.token = minted.stdout.strip()

    @staticmethod
    def _certificate(folder: pathlib.Path) -> tuple[str, str]:
        certificate, key = str(folder / "certificate.pem"), str(folder / "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        return certificate, key

    def _wait(self, folder: pathlib.Path) -> None:
        end = time.monotonic() + 120
        while "Ctrl-C stops everything" not in (folder / "up.log").read_text(encoding="utf-8"):
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failed("bursar up did not start:\n" + (folder / "up.log").read_text(encoding="utf-8"))
            time.sleep(0.1)

    @staticmethod
    def _dev_env(folder: pathlib.Path) -> dict[str, str]:
        lines = (folder / "data" / "dev.env").read_text(encoding="utf-8").splitlines()
        return {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}

    def serve_pid(self) -> int:
        """The child that serves."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            if b"serve" in pathlib.Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                return int(child)
        raise Failed("bursar up has no child that serves")

    def memory_mb(self) -> int:
        status = pathlib.Path(f"/proc/{self.serve_pid()}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) // 1024

    def connect(self) -> http.client.HTTPConnection:
        if self.ssl:
            return http.client.HTTPSConnection(self.host, self.port, timeout=10, context=self.ssl)
        return http.client.HTTPConnection(self.host, self.port, timeout=10)

    def pay(self, connection: http.client.HTTPConnection) -> None:
        body = json.dumps({"user_id": CUSTOMER, "amount": 1234, "currency": "EUR"})
        connection.request("POST", "/payments", body, {"Authorization": "Bearer " + self.token,
                                                       "Idempotency-Key": str(uuid.uuid4()),
                                                       "Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 202:
            raise Failed(f"a payment was answered with {answer.status}")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        self.log.close()


class NormalClient(threading.Thread):
    """Pays until it is told to stop, and takes the time of each payment."""

    def __init__(self, server: Server, keeps: bool):
        super().__init__(daemon=True)
        self.server, self.keeps = server, keeps
        self.times: list[float] = []
        self.failures: list[str] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        connection = None
        while not self.stopped.wait(PAUSE_S):
            started = time.monotonic()
            try:
                connection = connection or self.server.connect()
                self.server.pay(connection)
                self.times.append(time.monotonic() - started)
            except (OSError, http.client.HTTPException, Failed) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                self.keeps or time.sleep(PAUSE_S)
                connection = None
            if connection and not self.keeps:
                connection.close()
                connection = None


class SlowClients:
    """slowhttptest, started anew whenever the server has ended all connections of an instance."""

    def __init__(self, server: Server, mode: str, connections: int, seconds: int):
        each = connections // INSTANCES
        target = server.url + (LARGE if mode == "slow readers" else "/payments")
        self.port = server.port
        self.command = ["slowhttptest", "-c", str(each), "-r", str(each), "-l", str(min(seconds, LIFE_S)), "-p", "5", "-v", "1",
                        "-u", target, *MODES[mode]]
        self.end = time.monotonic() + seconds
        self.running: list[subprocess.Popen] = []
        self.open: list[int] = []
        self.starts = 0

    def run(self) -> None:
        while time.monotonic() < self.end:
            self.running = [one for one in self.running if one.poll() is None]
            if len(self.running) < INSTANCES:  # one at a time: they spread
                self.running.append(subprocess.Popen(self.command, stdout=subprocess.DEVNULL,
                                                     stderr=subprocess.DEVNULL))
                self.starts += 1
            self.open.append(self._count())
            time.sleep(0.5)
        for one in self.running:
            one.kill()
            one.wait()

    def _count(self) -> int:
        """Established connections to the server, ours among them."""
        wanted = f":{self.port:04X}"
        lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
        return sum(1 for line in lines if line.split()[2].endswith(wanted) and line.split()[3] == "01")


def measure(server: Server, mode: str, connections: int, seconds: int) -> dict:
    normal = [NormalClient(server, True), NormalClient(server, False)]
    slow = SlowClients(server, mode, connections, seconds)
    for client in normal:
        client.start()
    slow.run()
    memory = server.memory_mb()
    for client in normal:
        client.stopped.set()
    for client in normal:
        client.join(20)
    afterwards = 0
    for _ in range(AFTERWARDS):
        try:
            connection = server.connect()
            server.pay(connection)
            connection.close()
            afterwards += 1
        except (OSError, http.client.HTTPException, Failed):
            pass
    times = sorted(normal[0].times + normal[1].times)
    failures = normal[0].failures + normal[1].failures
    within = sum(1 for one in times if one <= WITHIN_S)
    share = within / max(1, len(times) + len(failures))
    good = not failures and share >= SHARE_WITHIN and afterwards == AFTERWARDS and len(times) > 0
    held = statistics.median(slow.open) >= connections / 2
    return {"mode": mode, "tls": "TLS" if server.ssl else "plain", "slow": int(statistics.median(slow.open)),
            "most": max(slow.open), "paid": len(times), "failed": len(failures), "within": f"{share:.2%}",
            "p50": times[len(times) // 2] if times else 0, "p99": times[int(len(times) * 0.99)] if times else 0,
            "max": times[-1] if times else 0, "new": f"{afterwards}/{AFTERWARDS}", "mb": memory,
            "result": "ok" if good and held else "MISSED" if not good else "FEW", "failures": failures[:3]}


def show(rows: list[dict]) -> None:
    print(f"\n{'MODE':<14}{'':<7}{'SLOW':>6}{'MOST':>6}{'PAID':>7}{'FAILED':>8}{'<200 MS':>9}{'P50 MS':>8}{'P99 MS':>8}"
          f"{'MAX MS':>8}{'NEW':>7}{'RSS MB':>8}  RESULT")
    for row in rows:
        print(f"{row['mode']:<14}{row['tls']:<7}{row['slow']:>6}{row['most']:>6}{row['paid']:>7}{row['failed']:>8}"
              f"{row['within']:>9}{row['p50'] * 1e3:>8.1f}{row['p99'] * 1e3:>8.1f}{row['max'] * 1e3:>8.1f}"
              f"{row['new']:>7}{row['mb']:>8}  {row['result']}")
        for failure in row["failures"]:
            print(f"    {failure}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--seconds", type=int, default=60)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--plain", action="store_true")
    only.add_argument("--tls", action="store_true")
    arguments = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rows = []
    try:
        for tls in [False] * (not arguments.tls) + [True] * (not arguments.plain):
            with tempfile.TemporaryDirectory() as folder:
                os.chmod(folder, 0o711)  # the database's user walks through it
                server = Server(arguments.build.resolve(), pathlib.Path(folder), tls)
                try:
                    for mode in MODES:
                        print(f"slow_clients: {mode}, {'TLS' if tls else 'plain'}", file=sys.stderr)
                        rows.append(measure(server, mode, arguments.connections, arguments.seconds))
                finally:
                    server.stop()
    except Failed as failure:
        print(f"slow_clients: {failure}", file=sys.stderr)
        return 2
    show(rows)
    return 0 if all(row["result"] == "ok" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
