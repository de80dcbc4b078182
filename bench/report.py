"""The table and the verdict."""

# What docs/performance.md aims at: name, target, how it is read, where the number is.
TARGETS = [
    ("accepts/s ÷ pgbench single rows/s", "≥ 2", lambda r: r["accepts"]["ratio"], "{:.2f}", lambda v: v >= 2),
    ("accepts/s ÷ the same endpoint on FastAPI", "≥ 30", lambda r: r["accepts"]["ratio_to_peer"], "{:.1f}",
     lambda v: v >= 30),
    ("whole lives/s ÷ pgbench single rows/s", "≥ 0.5", lambda r: r["whole_lives"]["ratio"], "{:.2f}",
     lambda v: v >= 0.5),
    ("CPU per accept, bursar + postgres", "≤ 60 µs",
     lambda r: r["accepts"]["server_us"] + r["accepts"]["postgres_us"], "{:.0f} µs", lambda v: v <= 60),
    ("CPU per whole life, bursar + postgres", "≤ 200 µs",
     lambda r: r["whole_lives"]["server_us"] + r["whole_lives"]["postgres_us"], "{:.0f} µs", lambda v: v <= 200),
    ("WAL per whole life, without page images", "≤ 2048 B", lambda r: r["whole_lives"]["wal_bytes"], "{:.0f} B",
     lambda v: v <= 2048),
    ("commits per whole life", "≤ 0.1", lambda r: r["whole_lives"]["commits"], "{:.3f}", lambda v: v <= 0.1),
    ("queue updates that are HOT", "≥ 99 %", lambda r: r["whole_lives"]["hot_percent"], "{:.1f} %",
     lambda v: v >= 99),
    ("accept p99 at half of saturation", "≤ 15 ms", lambda r: r["accept_latency"]["p99_ms"], "{:.1f} ms",
     lambda v: v <= 15),
    ("accept → first attempt p99, half of saturation", "≤ 250 ms", lambda r: r["life_latency"]["attempt_p99_ms"],
     "{:.1f} ms", lambda v: v <= 250),
    ("memory, API process", "≤ 100 MB", lambda r: r["memory_mb"]["api"], "{:.0f} MB", lambda v: v <= 100),
    ("memory, process with all roles", "≤ 100 MB", lambda r: r["memory_mb"]["all_roles"], "{:.0f} MB",
     lambda v: v <= 100),
    ("start until it serves, migrated database", "≤ 1 s", lambda r: r["ready_s"], "{:.2f} s", lambda v: v <= 1),
]


def _rates(results: dict) -> list[str]:
    lines = [f"{'a second, µs of CPU each':<28}{'rate':>9}{'ratio':>8}{'server':>9}{'postgres':>10}{'peers':>8}"
             f"{'load':>7}{'WAL B':>8}{'images':>8}{'commits':>9}"]
    for name, key in (("accepts", "accepts"), ("whole lives", "whole_lives"),
                      (f"pgbench, {results['pgbench']['clients']} clients", "pgbench"), ("FastAPI", "peer")):
        row = results[key]

        def cell(member: str, form: str, width: int) -> str:
            return form.format(row[member]).rjust(width) if member in row else "".rjust(width)

        lines.append(f"{name:<28}" + cell("per_second", "{:.0f}", 9) + cell("ratio", "{:.2f}", 8)
                     + cell("server_us", "{:.1f}", 9) + cell("postgres_us", "{:.1f}", 10)
                     + cell("peers_us", "{:.1f}", 8) + cell("load_us", "{:.1f}", 7) + cell("wal_bytes", "{:.0f}", 8)
                     + cell("wal_image_bytes", "{:.0f}", 8) + cell("commits", "{:.3f}", 9))
    return lines


def _latencies(results: dict) -> list[str]:
    lines = []
    for name, key in (("accepts", "accept_latency"), ("all roles", "life_latency")):
        row = results[key]
        line = f"{name} at {row['rate']:.0f}/s: answered p50 {row['p50_ms']:.1f} ms, p99 {row['p99_ms']:.1f} ms"
        if "attempt_p50_ms" in row:
            line += f"; charged p50 {row['attempt_p50_ms']:.1f} ms, p99 {row['attempt_p99_ms']:.1f} ms"
        lines.append(line)
    return lines


def _budget_line(results: dict, budget: dict) -> str:
    counted, allowed = results["instructions_per_accept"], budget["instructions_per_accept"]
    return (f"instructions per accept: {counted:.0f}, budget {allowed} ± {budget['tolerance_percent']} % "
            f"({100 * (counted / allowed - 1):+.1f} %)")


def table(results: dict, budget: dict) -> str:
    machine = results["machine"]
    fsync = ", ".join(f"{name} {time} µs" for name, time in machine["fsync_us"].items())
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_mb']} MB, Linux {machine['kernel']}",
        f"{machine['file_system']}: {fsync}; PostgreSQL {machine['postgresql']}; commit {machine['commit']}; "
        f"load before {machine['load_before']:.1f}",
        f"{results['rounds']} rounds over {results['connections']} connections, medians; "
        f"{results['seconds']:.0f} s", ""]
    lines += _rates(results) + [""] + _latencies(results) + [_budget_line(results, budget), ""]
    lines.append(f"{'target':<50}{'':>10}{'seen':>12}")
    for name, target, read, form, holds in TARGETS:
        seen = read(results)
        lines.append(f"{name:<50}{target:>10}{form.format(seen):>12}  {'' if holds(seen) else 'missed'}".rstrip())
    return "\n".join(lines)


def verdict(results: dict, budget: dict) -> int:
    """Only instructions are the same on every machine and under every load, so only they decide."""
    allowed = budget["instructions_per_accept"] * (1 + budget["tolerance_percent"] / 100)
    if results["instructions_per_accept"] <= allowed:
        return 0
    print("bench: the API needs more instructions per request than bench/budget.json allows; find what became dearer, "
          "or say in the commit why the budget grows")
    return 1
