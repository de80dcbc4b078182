#!/usr/bin/env python3
"""Files that the binary serves: compressed once, embedded with .incbin, listed in a table with type and ETag.

usage: embed_files.py OUT [NAME=FILE …]      makes OUT/assets.S and OUT/assets.cpp (src/api/assets.hpp)
"""
import gzip
import hashlib
import pathlib
import sys

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


def main(out, entries):
    out.mkdir(parents=True, exist_ok=True)
    assembly = ["# Made by scripts/embed_files.py.", '.section .note.GNU-stack,"",@progbits', ".section .rodata"]
    externs, rows = [], []
    for number, entry in enumerate(entries):
        name, _, file = entry.partition("=")
        content = pathlib.Path(file).read_bytes()
        packed = out / f"asset_{number}.gz"
        packed.write_bytes(gzip.compress(content, 9, mtime=0))
        symbol = f"bursar_asset_{number}"
        assembly += [f".global {symbol}, {symbol}_end", f"{symbol}:", f'.incbin "{packed}"', f"{symbol}_end:"]
        externs.append(f"extern const char {symbol}[], {symbol}_end[];")
        etag = hashlib.sha256(content).hexdigest()[:16]
        kind = TYPES[pathlib.Path(name).suffix]
        rows.append(f'      {{"{name}", "{kind}", "\\"{etag}\\"", {{{symbol}, {symbol}_end}}}},')
    (out / "assets.S").write_text("\n".join(assembly) + "\n")
    table = ["  static const Asset table[] = {", *rows, "  };", "  return table;"] if rows else ["  return {};"]
    (out / "assets.cpp").write_text("\n".join([
        "// Made by scripts/embed_files.py.",
        '#include "api/assets.hpp"',
        'extern "C" {', *externs, "}",
        "namespace bursar::api {",
        "std::span<const Asset> assets() {", *table, "}",
        "}  // namespace bursar::api", ""]))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2:])
