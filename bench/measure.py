"""One measurement each: a run of accepts, of whole lives, of pgbench; latencies; instructions."""
import datetime
import json
import pathlib
import resource
import subprocess
import time

from machine import cpu_seconds, peak_memory_mb
from programs import Bursar, Failed, Peer, Programs, Psql

DRAIN_S = 120
WARM_UP_S = 2


class Meter:
    """CPU, WAL and commits between start() and stop(); `processes` are named pids, PostgreSQL's among them."""

    def __init__(self, psql: Psql, processes: dict[str, int]):
        self.psql, self.processes = psql, processes

    def start(self) -> "Meter":
        self.lsn = self.psql.value("SELECT pg_current_wal_insert_lsn()")
        self.cpu = self._cpu()
        return self

    def _cpu(self) -> dict[str, float]:
        return {name: cpu_seconds(pid) for name, pid in self.processes.items()}

    def stop(self, payments: int) -> dict:
        after = self._cpu()
        end = self.psql.value("SELECT pg_current_wal_flush_lsn()")
        # By kind of record: what a payment costs is apart from the page images that the first change of a page
        # after a checkpoint writes, and a commit is a commit that wrote something.
        records, images, commits = self.psql.rows(
            'SELECT sum(record_size), sum(fpi_size), sum(count) FILTER (WHERE "resource_manager/record_type" = '
            f"'Transaction/COMMIT') FROM pg_get_wal_stats('{self.lsn}', '{end}', true)")[0]
        figures = {f"{name}_us": (after[name] - self.cpu[name]) * 1e6 / payments for name in after}
        return figures | {"wal_bytes": int(records) / payments, "wal_image_bytes": int(images) / payments,
                          "commits": int(commits) / payments}


def accepts(programs: Programs, psql: Psql, server: Bursar, payments: int, connections: int) -> dict:
    meter = Meter(psql, {"server": server.pid, "postgres": programs.cluster.server.pid}).start()
    load = programs.load(server, payments, connections)
    figures = meter.stop(payments)
    return figures | {"per_second": payments / load["seconds"], "p99_ms": load["p99_us"] / 1000,
                      "load_us": load["cpu_seconds"] * 1e6 / payments}


def peer_accepts(programs: Programs, peer: Peer, payments: int, connections: int) -> dict:
    pids = {"server": peer.pid, "postgres": programs.cluster.server.pid}
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    load = programs.load(peer, payments, connections)
    return {f"{name}_us": (cpu_seconds(pid) - before[name]) * 1e6 / payments for name, pid in pids.items()} | {
        "per_second": payments / load["seconds"], "p99_ms": load["p99_us"] / 1000,
        "load_us": load["cpu_seconds"] * 1e6 / payments}


def whole_lives(programs: Programs, psql: Psql, server: Bursar, peers: Bursar, payments: int,
                connections: int) -> dict:
    """From the first request until the last mail and SMS are sent."""
    pids = {"server": server.pid, "postgres": programs.cluster.server.pid, "peers": peers.pid}
    hot, updates = psql.rows(QUEUE_UPDATES)[0]
    meter = Meter(psql, pids).start()
    started = time.monotonic()
    load = programs.load(server, payments, connections)
    accepted_s = time.monotonic() - started
    wait_until_all_is_sent(psql)
    seconds = time.monotonic() - started
    figures = meter.stop(payments)
    hot_after, updates_after = psql.rows(QUEUE_UPDATES)[0]
    moved = int(updates_after) - int(updates)
    return figures | {"per_second": payments / seconds, "accepts_per_second": payments / accepted_s,
                      "load_us": load["cpu_seconds"] * 1e6 / payments,
                      "hot_percent": 100 * (int(hot_after) - int(hot)) / moved if moved else 100}


QUEUE_UPDATES = "SELECT n_tup_hot_upd, n_tup_upd FROM pg_stat_user_tables WHERE relname = 'chunks'"


def wait_until_all_is_sent(psql: Psql) -> None:
    deadline = time.monotonic() + DRAIN_S
    while psql.value("SELECT EXISTS (SELECT FROM chunks) OR EXISTS (SELECT FROM messages)") != "f":
        if time.monotonic() > deadline:
            raise Failed("payments are still waiting after two minutes: "
                         + str(psql.rows("SELECT queue, reason, count(*) FROM messages GROUP BY 1, 2")))
        time.sleep(0.02)


def check_all_succeeded(psql: Psql, payments: int) -> None:
    """A figure counts only when what it counts has happened."""
    found = psql.rows("SELECT (SELECT count(*) FROM payment_intents i JOIN events e USING (payment_id)), "
                      "(SELECT count(*) FROM events WHERE type = 'succeeded'), "
                      "(SELECT count(*) FROM deliveries WHERE state = 'sent')")[0]
    if found != [str(payments), str(payments), str(2 * payments)]:
        raise Failed(f"of {payments} payments: outcomes, successes, mails and SMS are {found}")


def latency(programs: Programs, psql: Psql, server: Bursar, rate: float, seconds: int, connections: int) -> dict:
    """Requests at even distances whatever the answers do; the time counts from when a request was due. The database is
    one that has been running: past its first checkpoint, so that it writes its log into files it has, and past the page
    images that follow a checkpoint. A new cluster stops all commits for tens of milliseconds to zero each 16 MB of its
    first log files."""
    psql.rows("CHECKPOINT")
    warm_up, measured = int(rate * WARM_UP_S), int(rate * seconds)
    programs.load(server, warm_up, connections, "--rate", f"{rate:.0f}")
    since = psql.value("SELECT clock_timestamp()")
    load = programs.load(server, measured, connections, "--rate", f"{rate:.0f}")
    return {"rate": rate, "p50_ms": load["p50_us"] / 1000, "p99_ms": load["p99_us"] / 1000,
            "max_ms": load["max_us"] / 1000, "payments": warm_up + measured, "since": since}


def first_attempts(psql: Psql, ledger: pathlib.Path, since: str) -> dict:
    """Milliseconds from a payment's creation to its charge in the gateway's own ledger. Creation is before the
    commit and the ledger's time behind the call, so both ends are on the safe side."""
    created = {row[0]: float(row[1]) for row in psql.rows(
        f"SELECT payment_id, extract(epoch FROM created_at) FROM payment_intents WHERE created_at > '{since}'")}
    waits = []
    with open(ledger, encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            if entry.get("kind") == "charge" and entry.get("payment_id") in created:
                at = datetime.datetime.fromisoformat(entry["at"]).timestamp()
                waits.append((at - created[entry["payment_id"]]) * 1000)
    if len(waits) < len(created):
        raise Failed(f"{len(created)} payments, but {len(waits)} charges in {ledger}")
    waits.sort()
    return {"attempt_p50_ms": waits[len(waits) // 2], "attempt_p99_ms": waits[len(waits) * 99 // 100]}


def pgbench(programs: Programs, script: pathlib.Path, clients: int, seconds: int) -> dict:
    server = programs.cluster.server.pid
    before, children = cpu_seconds(server), resource.getrusage(resource.RUSAGE_CHILDREN)
    per_second = programs.pgbench(script, clients, seconds)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    rows = per_second * seconds
    own = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
    return {"per_second": per_second, "postgres_us": (cpu_seconds(server) - before) * 1e6 / rows,
            "load_us": own * 1e6 / rows}


def instructions(programs: Programs, requests: int, connections: int) -> float:
    """User-space instructions of the API per accepted request. The load goes in step and the server sees each step
    whole, so that the same commits are made in every run."""
    out = programs.folder / "callgrind.out"
    valgrind = ["valgrind", "--tool=callgrind", "--quiet", f"--callgrind-out-file={out}"]
    server = programs.serve("api", before=valgrind, BURSAR_API_LOOPS="1")

    def load(count: int) -> None:
        programs.load(server, count, connections, "--in-step", "--paused-pid", str(server.pid))

    def counted() -> int:
        before = set(programs.folder.glob("callgrind.out*"))
        subprocess.run(["callgrind_control", "-d", str(server.pid)], capture_output=True, check=True)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for file in set(programs.folder.glob("callgrind.out*")) - before:
                for line in file.read_text(errors="replace").splitlines():
                    if line.startswith("totals:"):
                        return int(line.split()[1])
            time.sleep(0.05)
        raise Failed("callgrind wrote no counts")

    try:
        load(requests // 4)
        counted()  # a dump begins a new count
        load(requests)
        return counted() / requests
    finally:
        server.stop()


def memory_mb(server: Bursar) -> float:
    return peak_memory_mb(server.pid)
