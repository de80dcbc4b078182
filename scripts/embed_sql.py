#!/usr/bin/env python3
"""embed_sql.py FOLDER OUT: writes OUT/sql.hpp and OUT/sql.cpp.

FOLDER/sql/<name>.sql            one statement a file -> bursar::store::sql::<name> {name, text}
FOLDER/sql/shared/<name>.sql     a text that others include where they say {{name}}
FOLDER/migrations/<nnnn>_*.sql   -> bursar::store::sql::migrations, in order of their number
Comments at the start of a statement are for people and stay out of the binary; its name is there instead, so that
pg_stat_activity, pg_stat_statements and the server's log say which one it is.
"""
import pathlib
import re
import sys

folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
out.mkdir(parents=True, exist_ok=True)


def literal(text: str) -> str:
    return 'R"~sql~(' + text.strip() + ')~sql~"'


def body(path: pathlib.Path) -> str:
    lines = path.read_text().splitlines()
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith("--")):
        lines.pop(0)
    return "\n".join(lines).rstrip().rstrip(";")


shared = {p.stem: body(p) for p in sorted((folder / "sql" / "shared").glob("*.sql"))}


def expand(path: pathlib.Path) -> str:
    def paste(found: re.Match) -> str:
        name = found.group(1)
        if name not in shared:
            sys.exit(f"{path}: {{{{{name}}}}} names no file in sql/shared")
        return shared[name]

    return re.sub(r"\{\{(\w+)\}\}", paste, body(path))


statements = sorted((folder / "sql").glob("*.sql"))
migrations = sorted((folder / "migrations").glob("*.sql"))
header = ["// Made by scripts/embed_sql.py from the .sql files. Do not edit.", "#pragma once", "#include \"pg/statement.hpp\"", "",
          "#include <span>", "", "namespace bursar::store::sql {", ""]
source = ["// Made by scripts/embed_sql.py from the .sql files. Do not edit.", "#include \"sql.hpp\"", "", "namespace bursar::store::sql {", ""]
for path in statements:
    header.append(f"extern const pg::Statement {path.stem};")
    source.append(f"const pg::Statement {path.stem}{{\"{path.stem}\", {literal(f'/*{path.stem}*/ ' + expand(path))}}};")
header += ["", "/// Every statement, for the tests that prepare and explain them.", "extern const std::span<const pg::Statement* const> all;",
           "", "struct Migration {", "  int number;", "  std::string_view name;", "  std::string_view text;", "};",
           "/// In order of their number.", "extern const std::span<const Migration> migrations;", "", "}  // namespace bursar::store::sql"]
source += ["", "namespace {", "const pg::Statement* const statements[] = {" + ", ".join("&" + p.stem for p in statements) + "};",
           "const Migration migration_files[] = {"]
for path in migrations:
    number = int(path.name.split("_")[0])
    source.append(f"    {{{number}, \"{path.stem}\", {literal(path.read_text())}}},")
source += ["};", "}  // namespace", "const std::span<const pg::Statement* const> all{statements};",
           "const std::span<const Migration> migrations{migration_files};", "", "}  // namespace bursar::store::sql"]
for name, lines in (("sql.hpp", header), ("sql.cpp", source)):
    text, path = "\n".join(lines) + "\n", out / name
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
