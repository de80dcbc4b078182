"""The programs that take part: a PostgreSQL cluster, Bursar's processes, the load generator, pgbench."""
import base64
import json
import os
import pathlib
import re
import secrets
import shutil
import socket
import subprocess
import time
import typing
import urllib.error
import urllib.request

from machine import POSTGRES

READY_S = 60
# As `bursar up` has them, only that no checkpoint falls into one run and not into its neighbour.
SETTINGS = """
listen_addresses = ''
max_connections = 200
shared_buffers = 256MB
wal_compression = lz4
fsync = on
full_page_writes = on
synchronous_commit = on
autovacuum = on
timezone = 'UTC'
max_wal_size = 16GB
checkpoint_timeout = 1h
"""


class Failed(Exception):
    pass


def plain(folder: pathlib.Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C", "TZ": "UTC"}


class Cluster:
    """A private one. PostgreSQL refuses to run as root: then it runs as its own user."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.data = folder / "postgres"
        self.user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        self.environment = plain(folder)
        if self.user:
            shutil.chown(folder, "postgres", "postgres")
        self._run([POSTGRES / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--encoding=UTF8",
                   "--locale=C"])
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as settings:
            settings.write(SETTINGS)
        log = open(folder / "postgres.log", "ab")
        self.server = subprocess.Popen([POSTGRES / "postgres", "-D", self.data, "-k", folder], stdout=log, stderr=log,
                                       env=self.environment, **self.user)
        deadline = time.monotonic() + READY_S
        while subprocess.run([POSTGRES / "pg_isready", "-q", "-h", folder], env=self.environment).returncode != 0:
            if self.server.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"the cluster does not start; {folder}/postgres.log says why")
            time.sleep(0.05)

    def _run(self, command: list) -> None:
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, **self.user)
        if done.returncode != 0:
            raise Failed(f"{command[0]}: {done.stderr or done.stdout}")

    def url(self, database: str) -> str:
        return f"host={self.folder} user=postgres dbname={database}"

    def stop(self) -> None:
        self.server.send_signal(2)  # PostgreSQL's fast shutdown
        try:
            self.server.wait(30)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()


class Psql:
    """One session as superuser, so that asking costs the measured server next to nothing."""

    def __init__(self, cluster: Cluster, database: str):
        self.process = subprocess.Popen(
            [POSTGRES / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-F", "\t", cluster.url(database)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=cluster.environment)

    def rows(self, statement: str) -> list[list[str]]:
        self.process.stdin.write(statement + ";\n\\echo --end--\n")
        self.process.stdin.flush()
        rows = []
        for line in self.process.stdout:
            if line == "--end--\n":
                return rows
            rows.append(line.rstrip("\n").split("\t"))
        raise Failed("psql refused: " + statement)

    def value(self, statement: str) -> str:
        rows = self.rows(statement)
        return rows[0][0] if rows else ""

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class Server:
    """A process that runs until it is stopped, with a log of its own."""

    process: subprocess.Popen
    log: typing.BinaryIO

    @property
    def pid(self) -> int:
        return self.process.pid

    def text(self) -> str:
        return pathlib.Path(self.log.name).read_text(errors="replace")

    def last_words(self) -> str:
        return "\n".join(self.text().splitlines()[-5:])

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Bursar(Server):
    """One long-running `bursar` process. Its first words on stderr say where it listens."""

    def __init__(self, command: list, environment: dict[str, str], folder: pathlib.Path, ready_event: str):
        self.log = open(folder / f"bursar-{secrets.token_hex(4)}.log", "w+b")
        started = time.monotonic()
        self.process = subprocess.Popen([str(part) for part in command], env=environment, cwd=folder, stdout=self.log,
                                        stderr=self.log)
        self.event = self._wait_for(ready_event)
        self.said_after_s = time.monotonic() - started

    def _wait_for(self, event: str) -> dict:
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            for line in self.text().splitlines():
                if line.startswith("{") and f'"event":"{event}"' in line:
                    return json.loads(line)
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise Failed(f"bursar never said '{event}':\n{self.text()}")

    def port(self, name: str) -> int:
        return int(re.search(r":(\d+)", self.event[name].removeprefix("http:")).group(1))

    def wait_until_ready(self) -> None:
        url = f"http://127.0.0.1:{self.port('ops_listen')}/readyz"
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(url, timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.005)
        raise Failed("bursar does not become ready:\n" + self.text())


class Peer(Server):
    """The same endpoint on FastAPI, with a worker a core."""

    def __init__(self, programs: "Programs"):
        with socket.socket() as probe:  # uvicorn does not tell which port it chose
            probe.bind(("127.0.0.1", 0))
            self.number = probe.getsockname()[1]
        self.log = open(programs.folder / "fastapi.log", "w+b")
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-m", "uvicorn", "peer_fastapi:app", "--app-dir", pathlib.Path(__file__).parent,
             "--port", str(self.number), "--workers", str(len(os.sched_getaffinity(0))), "--loop", "uvloop", "--http",
             "httptools", "--no-access-log", "--log-level", "warning"],
            env=programs.environment | {"PEER_DATABASE_FOLDER": str(programs.folder)}, stdout=self.log,
            stderr=self.log)
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.number}/openapi.json", timeout=5):
                    return
            except OSError:
                time.sleep(0.05)
        raise Failed("FastAPI does not start:\n" + self.last_words())

    def port(self, _: str) -> int:
        return self.number


# Counted like anybody's, but out of reach: a load generator is one address and few callers.
LIMITS = "service_create=100000/s:1000000,user=100000/s:1000000,address=off"


class Programs:
    """Commands with the settings of this run."""

    def __init__(self, build: pathlib.Path, folder: pathlib.Path, cluster: Cluster):
        self.bursar, self.load_generator = build / "bursar", build / "bursar_bench"
        self.folder, self.cluster = folder, cluster
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        self.environment = plain(folder) | {
            "BURSAR_ENV": "development", "BURSAR_DATABASE_URL": cluster.url("bursar"),
            "BURSAR_JWT_KEYS": f"dev-bench:HS256:{key}", "BURSAR_LISTEN": "127.0.0.1:0",
            "BURSAR_OPS_LISTEN": "127.0.0.1:0", "BURSAR_RATE_LIMIT": LIMITS}
        self.tokens = folder / "tokens"

    def verb(self, *arguments: str) -> str:
        done = subprocess.run([self.bursar, *arguments], env=self.environment, cwd=self.folder, capture_output=True,
                              text=True)
        if done.returncode != 0:
            raise Failed(f"bursar {' '.join(arguments)}: {done.stderr}")
        return done.stdout.strip()

    def mint_tokens(self, count: int) -> None:
        minted = [self.verb("token", "mint", "--subject", f"3d5c8a10-2b7e-4f6a-8c91-{n:012x}", "--role", "service",
                            "--ttl", "15m") for n in range(count)]
        self.tokens.write_text("\n".join(minted) + "\n")

    def devtools(self) -> Bursar:
        ledgers = self.folder / f"ledgers-{secrets.token_hex(4)}"
        ledgers.mkdir()
        peers = Bursar([self.bursar, "devtools", "--gateway-listen", "127.0.0.1:0", "--smtp-listen", "127.0.0.1:0",
                        "--sinks-listen", "127.0.0.1:0", "--folder", ledgers], self.environment, self.folder,
                       "devtools_ready")
        self.environment |= {"BURSAR_GATEWAY_URL": peers.event["gateway"], "BURSAR_SMTP_URL": peers.event["smtp"],
                             "BURSAR_SMS_URL": peers.event["sms"]}
        peers.ledger = ledgers / "gateway-ledger.jsonl"
        return peers

    def serve(self, roles: str, before: list[str] | None = None, **settings: str) -> Bursar:
        server = Bursar([*(before or []), self.bursar, "serve", "--role", roles], self.environment | settings,
                        self.folder, "serving")
        server.wait_until_ready()
        return server

    def fastapi(self) -> "Peer":
        return Peer(self)

    def load(self, server: Server, requests: int, connections: int, *more: str) -> dict:
        done = subprocess.run(
            [self.load_generator, "--port", str(server.port("listen")), "--requests", str(requests), "--connections",
             str(connections), "--tokens", self.tokens, "--run", secrets.token_hex(4), *more], capture_output=True,
            text=True)
        if done.returncode != 0:
            raise Failed(f"{done.stderr}{server.last_words()}")
        figures = json.loads(done.stdout)
        if figures["others"]:
            raise Failed(f"{figures['others']} requests were not accepted: {figures}\n{server.last_words()}")
        return figures

    def pgbench(self, script: pathlib.Path, clients: int, seconds: int) -> float:
        """Transactions a second."""
        done = subprocess.run(
            [POSTGRES / "pgbench", "-n", "-M", "prepared", "-f", script, "-c", str(clients), "-j",
             str(min(clients, len(os.sched_getaffinity(0)))), "-T", str(seconds), "-h", self.folder, "-U", "postgres",
             "single_rows"], env=self.cluster.environment, capture_output=True, text=True)
        found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
        if done.returncode != 0 or not found:
            raise Failed("pgbench: " + done.stderr)
        return float(found.group(1))
