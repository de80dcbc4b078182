"""What this machine is, and how much CPU a process and its children have used."""
import os
import pathlib
import platform
import re
import subprocess
import tempfile

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
POSTGRES = pathlib.Path("/usr/lib/postgresql/15/bin")


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    return found.group(1).strip() if found else "unknown"


def facts(root: pathlib.Path, folder: pathlib.Path) -> dict:
    """`folder` is where the database will be: its file system and disk count."""
    git = ["git", "-c", "safe.directory=*", "-C", str(root)]
    commit = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True).stdout.strip()
    changed = subprocess.run([*git, "status", "--porcelain", "--untracked-files=no", "--", "src", "bench", "cmake"],
                             capture_output=True, text=True).stdout.strip()
    version = subprocess.run([POSTGRES / "postgres", "--version"], capture_output=True, text=True).stdout
    filesystem = subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True).stdout.strip()
    return {
        "cpu": _first(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text()),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": int(_first(r"^MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())) // 1024,
        "kernel": platform.release(),
        "file_system": filesystem,
        "fsync_us": fsync_us(folder),
        "postgresql": _first(r"(\d+\.\d+)", version),
        "commit": commit + ("+changes" if changed else ""),
        "load_before": os.getloadavg()[0],
    }


def fsync_us(folder: pathlib.Path) -> dict:
    """Microseconds of one 8 kB write made durable, for the two methods that PostgreSQL would choose from."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        test = subprocess.Popen([POSTGRES / "pg_test_fsync", "-s", "1", "-f", file.name], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True)
        found = {}
        # Its first block is one 8 kB write; the others say nothing that is wanted here.
        for line in test.stdout:
            if match := re.match(r"\s+(fdatasync|fsync)\s.*ops/sec\s+(\d+) usecs/op", line):
                found[match.group(1)] = int(match.group(2))
            if len(found) == 2:
                break
        test.kill()
        test.wait()
    return found


def _stat(pid: int) -> list[str] | None:
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    except OSError:
        return None


def cpu_seconds(pid: int) -> float:
    """Of the process, its living descendants, and the children it has waited for."""
    children: dict[int, list[int]] = {}
    stats = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(int(entry))):
            stats[int(entry)] = fields
            children.setdefault(int(fields[1]), []).append(int(entry))
    ticks, left = 0, [pid]
    while left:
        one = left.pop()
        if one in stats:  # utime, stime, and those of children that ended
            ticks += sum(int(number) for number in stats[one][11:15])
            left += children.get(one, [])
    return ticks * TICK_S


def peak_memory_mb(pid: int) -> float:
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(_first(r"^VmHWM:\s*(\d+)", status)) / 1024
