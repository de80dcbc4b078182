#!/usr/bin/env python3
"""make bench: how fast Bursar is on this machine, beside pgbench; a table on stdout, everything as JSON in a file.

    bench/bench.py BUILD_FOLDER [--rounds N] [--write-budget]

Runs of accepts, whole lives and pgbench take turns, so that what the machine does meanwhile happens to all of them; a
ratio is the median over the rounds. Fails when the API needs more instructions per request than bench/budget.json
allows. docs/performance.md says what each figure means.
"""
import argparse
import json
import pathlib
import signal
import statistics
import sys
import tempfile
import time

import machine
import measure
import report
from programs import Bursar, Cluster, Failed, Programs, Psql

HERE = pathlib.Path(__file__).resolve().parent
BUDGET = HERE / "budget.json"
SCRIPT = HERE / "single_row.sql"
CONNECTIONS_TRIED = (64, 128, 256, 512)
PEER_CONNECTIONS = 64
ACCEPTS, LIVES, PGBENCH_S, PEER_ACCEPTS = 50_000, 20_000, 4, 1_500
LATENCY_S = 4
COUNTED_REQUESTS, COUNTED_CONNECTIONS = 1_600, 32
TOKENS = 16


def median(runs: list[dict]) -> dict:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def best_clients(programs: Programs) -> int:
    """Whoever uses pgbench tries a few numbers of clients and keeps the best."""
    tried = {clients: programs.pgbench(SCRIPT, clients, 2) for clients in (8, 16, 32, 64)}
    return max(tried, key=tried.get)


def best_connections(programs: Programs, server: Bursar) -> int:
    """As with pgbench: group commit answers more callers at once when there are more."""
    tried = {count: programs.load(server, 15_000, count)["seconds"] for count in CONNECTIONS_TRIED}
    return min(tried, key=tried.get)


def run(arguments: argparse.Namespace, folder: pathlib.Path) -> dict:
    results = {"machine": machine.facts(HERE.parent, folder)}
    started = time.monotonic()
    cluster = Cluster(folder)
    stack = [cluster]
    try:
        admin = Psql(cluster, "postgres")
        admin.rows("CREATE DATABASE bursar")
        programs = Programs(arguments.build.resolve(), folder, cluster)
        programs.verb("migrate")
        admin.rows("CREATE DATABASE single_rows TEMPLATE bursar")
        admin.rows("CREATE DATABASE peer TEMPLATE bursar")
        admin.close()
        psql = Psql(cluster, "bursar")
        psql.rows("CREATE EXTENSION pg_walinspect")
        programs.mint_tokens(TOKENS)
        peers = programs.devtools()
        stack.append(peers)
        results |= rounds(arguments, programs, psql, peers, stack)
        results["instructions_per_accept"] = measure.instructions(programs, COUNTED_REQUESTS, COUNTED_CONNECTIONS)
        psql.close()
    finally:
        for one in reversed(stack):
            one.stop()
    results["seconds"] = time.monotonic() - started
    return results


def rounds(arguments, programs, psql, peers, stack) -> dict:
    clients = best_clients(programs)
    api = programs.serve("api")
    stack.append(api)
    ready_s = api.said_after_s
    connections = best_connections(programs, api)
    psql.rows("DELETE FROM chunks")
    fastapi = programs.fastapi()
    stack.append(fastapi)
    accepts, lives, singles, peer = [], [], [], []
    paid = 0

    def accept():
        accepts.append(measure.accepts(programs, psql, api, ACCEPTS, connections))
        # Its payments wait for nobody here; the rounds of whole lives begin with an empty queue.
        psql.rows("DELETE FROM chunks")

    def pgbench():
        singles.append(measure.pgbench(programs, SCRIPT, clients, PGBENCH_S))

    def peer_accept():
        peer.append(measure.peer_accepts(programs, fastapi, PEER_ACCEPTS, PEER_CONNECTIONS))

    for number in range(arguments.rounds):
        turns = (pgbench, accept, peer_accept)
        for one in turns if number % 2 else reversed(turns):
            one()
    fastapi.stop()
    stack.remove(fastapi)
    half = statistics.median(run["per_second"] for run in accepts) / 2
    accept_latency = measure.latency(programs, psql, api, half, LATENCY_S, connections)
    api_memory = measure.memory_mb(api)
    api.stop()
    stack.remove(api)
    psql.rows("DELETE FROM chunks")
    psql.rows("TRUNCATE payment_intents")
    everyone = programs.serve("api,executor,notifier,scheduler")
    stack.append(everyone)
    beside = []

    def life():
        nonlocal paid
        lives.append(measure.whole_lives(programs, psql, everyone, peers, LIVES, connections))
        paid += LIVES

    def pgbench_beside():
        beside.append(measure.pgbench(programs, SCRIPT, clients, PGBENCH_S))

    for number in range(arguments.rounds):
        for one in (life, pgbench_beside) if number % 2 else (pgbench_beside, life):
            one()
    half = statistics.median(run["per_second"] for run in lives) / 2
    life_latency = measure.latency(programs, psql, everyone, half, LATENCY_S, connections)
    paid += life_latency["payments"]
    measure.wait_until_all_is_sent(psql)
    life_latency |= measure.first_attempts(psql, peers.ledger, life_latency["since"])
    measure.check_all_succeeded(psql, paid)
    all_memory = measure.memory_mb(everyone)
    everyone.stop()
    stack.remove(everyone)

    def ratio(ours: list[dict], theirs: list[dict]) -> float:
        return statistics.median(one["per_second"] / other["per_second"] for one, other in zip(ours, theirs))

    return {
        "accepts": median(accepts) | {"ratio": ratio(accepts, singles), "ratio_to_peer": ratio(accepts, peer),
                                      "runs": accepts},
        "peer": median(peer) | {"runs": peer},
        "whole_lives": median(lives) | {"ratio": ratio(lives, beside), "runs": lives},
        "pgbench": median(singles + beside) | {"clients": clients, "runs": singles, "runs_beside_lives": beside},
        "accept_latency": accept_latency, "life_latency": life_latency,
        "memory_mb": {"api": api_memory, "all_roles": all_memory}, "ready_s": ready_s,
        "connections": connections, "rounds": arguments.rounds}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write-budget", action="store_true", help="what was counted becomes the budget")
    arguments = parser.parse_args()
    budget = json.loads(BUDGET.read_text())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    with tempfile.TemporaryDirectory(prefix="bursar-bench-", dir="/var/tmp") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        try:
            results = run(arguments, folder)
        except Failed as failure:
            print(f"bench: {failure}", file=sys.stderr)
            return 1
    (arguments.build / "bench.json").write_text(json.dumps(results, indent=2) + "\n")
    if arguments.write_budget:
        budget["instructions_per_accept"] = round(results["instructions_per_accept"])
        BUDGET.write_text(json.dumps(budget, indent=2) + "\n")
    print(report.table(results, budget))
    return report.verdict(results, budget)


if __name__ == "__main__":
    sys.exit(main())
