#!/usr/bin/env python3
"""Checks docs/security.md against the record of a test run, tests.xml in a build folder.

    scripts/security_map.py BUILD_FOLDER [MAP]      exit 1 and a line per fault; MAP instead of docs/security.md

A table whose last column is called "Held by" is a map: each row names one to three tests, or says in words why there is
none. Where that column is called "Then fails", words are not enough. Every named test is in the record and ran; one that
was skipped counts only beside another of its row that ran, or where the row says "skipped without the public vectors".
The map answers API1 to API10 of the OWASP API Security Top 10 and every item of levels 1 and 2 of ASVS 5.0, each once.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEST = re.compile(r"`([A-Z]\w+\.[A-Z]\w+)`")
ITEM = re.compile(r"\b(\d+)\.(\d+)\.(\d+)(?:–(\d+)\.(\d+)\.(\d+))?")
ALLOWS_SKIPPED = "skipped without the public vectors"
TESTS_MAX = 3
REASON_WORDS_MIN = 4

# The level of every item of ASVS 5.0, by section: the first digit is that of item 1.
ASVS_LEVELS = dict(entry.split("=") for entry in """
    1.1=22 1.2=1111122223 1.3=112222222223 1.4=222 1.5=123 2.1=122 2.2=112 2.3=12223 2.4=23 3.1=3 3.2=113 3.3=12223
    3.4=11222233 3.5=11122333 3.6=3 3.7=22333 4.1=12233 4.2=23333 4.3=22 4.4=1222 5.1=2 5.2=112333 5.3=113 5.4=222
    6.1=122 6.2=111111112222 6.3=11223333 6.4=112233 6.5=22222333 6.6=2223 6.7=33 6.8=2222 7.1=222 7.2=1111 7.3=22
    7.4=11222 7.5=223 7.6=22 8.1=1233 8.2=1123 8.3=133 8.4=23 9.1=111 9.2=1222 10.1=22 10.2=223 10.3=22223
    10.4=1111122222233333 10.5=22222 10.6=22 10.7=222 11.1=2233 11.2=22233 11.3=11233 11.4=1222 11.5=23 11.6=23 11.7=33
    12.1=12233 12.2=11 12.3=22223 13.1=2333 13.2=222223 13.3=2233 13.4=1222233 14.1=22 14.2=12223333 14.3=122
    15.1=12233 15.2=12233 15.3=1222222 15.4=3333 16.1=2 16.2=22222 16.3=2222 16.4=222 16.5=2223 17.1=23 17.2=22223333
    17.3=22""".split())


def asvs_items(levels):
    return {f"{section}.{number}" for section, all_levels in ASVS_LEVELS.items()
            for number, level in enumerate(all_levels, 1) if level in levels}


class Row:
    def __init__(self, line, head, cells):
        self.line, self.cells = line, cells
        self.needs_test = head[-1] == "Then fails"
        self.is_whole = len(cells) == len(head) and all(cells)
        self.is_asvs = head[0].startswith("ASVS")
        self.tests = TEST.findall(cells[-1])


def rows_of(text):
    """The rows of the tables that are maps."""
    rows, head, previous = [], None, []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            head, previous = None, []
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]
        if all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            head = previous if previous and previous[-1] in ("Held by", "Then fails") else None
        elif head:
            rows.append(Row(number, head, cells))
        previous = cells
    return rows


def record_of(folder):
    """Test name → whether it ran; a test with parameters ran when one of its instances did."""
    record = {}
    if not (folder / "tests.xml").is_file():
        sys.exit(f"security map: {folder} has no tests.xml; run the tests first: make test")
    for case in xml.etree.ElementTree.parse(folder / "tests.xml").iter("testcase"):
        parts = case.get("name").split(" ")[0].split("/")
        name = next((part for part in parts if TEST.fullmatch(f"`{part}`")), parts[0])
        record[name] = record.get(name, False) or case.get("status") in ("run", "fail")
    return record


def complaints_about(row, record):
    if not row.is_whole:
        return ["a cell is empty, missing or too much"]
    if not row.tests:
        if row.needs_test:
            return ["names no test that then fails"]
        words = re.findall(r"\w+", row.cells[-1])
        return ["has neither a test nor a reason"] if len(words) < REASON_WORDS_MIN else []
    if len(row.tests) > TESTS_MAX:
        return [f"names {len(row.tests)} tests, {TESTS_MAX} are allowed: keep those that fail when the promise breaks"]
    unknown = [f"{test} is no test of this run: name one that proves the promise"
               for test in row.tests if test not in record]
    ran = [test for test in row.tests if record.get(test)]
    if unknown or ran or ALLOWS_SKIPPED in row.cells[-1]:
        return unknown
    return [f"nothing of {', '.join(row.tests)} ran"]


def asvs_complaints(rows):
    known, named = asvs_items("123"), []
    for row in rows:
        for first in ITEM.finditer(row.cells[0]) if row.is_asvs else []:
            a, b, c, *end = (int(part) for part in first.groups() if part)
            last = end[2] if end else c
            named += [(row.line, f"{a}.{b}.{number}") for number in range(c, last + 1)]
            if end and (end[:2] != [a, b] or last <= c):
                yield row.line, f"{first.group()} is no range within a section"
    numbers = [number for _, number in named]
    for line, number in named:
        if number not in known:
            yield line, f"ASVS 5.0 has no item {number}"
    for number in sorted(set(numbers)):
        if numbers.count(number) > 1:
            yield [line for line, other in named if other == number][1], f"item {number} is answered twice"
    for number in sorted(asvs_items("12") - set(numbers)):
        yield 0, f"item {number} of ASVS 5.0 is not answered"


def top_ten_complaints(rows):
    for number in range(1, 11):
        if sum(row.cells[0].split(":")[0] == f"API{number}" for row in rows) != 1:
            yield 0, f"API{number} of the OWASP API Security Top 10 is not answered once"


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    page = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else ROOT / "docs" / "security.md"
    rows, record = rows_of(page.read_text(encoding="utf-8")), record_of(pathlib.Path(sys.argv[1]))
    faults = [(row.line, fault) for row in rows for fault in complaints_about(row, record)]
    faults += [*asvs_complaints(rows), *top_ten_complaints(rows)]
    for line, fault in sorted(faults):
        print(f"{page}:{line}: {fault}" if line else f"{page}: {fault}", file=sys.stderr)
    if faults:
        sys.exit(1)
    tests = {test for row in rows for test in row.tests}
    print(f"security map: {len(rows)} rows, {sum(bool(row.tests) for row in rows)} with tests, {len(tests)} tests, "
          f"{sum(record[test] for test in tests)} of them ran")


main()
