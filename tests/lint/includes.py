#!/usr/bin/env python3
"""Keeps the house in order: the direction of includes, native headers, READMEs, build lists.

Usage: includes.py SOURCE_DIR
"""

import pathlib
import re
import sys

from layout import ROOMS, sources

README_LINES = 30
NATIVE = re.compile(r"(curl/.*|ares(_\w+)?\.h|uv\.h|uv/.*|openssl/.*|ldns/.*)")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]', re.MULTILINE)


def room_of(name):
    first = name.split("/")[0]
    return first if first in ROOMS else None


# The one header that brings JSON along, for source files alone: it takes seconds to compile.
JSON = "results/json.h"


def include_faults(files):
    """`files`: texts by name. Yields one line for each include that must not be."""
    toml = []
    for name, text in sorted(files.items()):
        room = room_of(name)
        for included in INCLUDE.findall(text):
            other = room_of(included)
            if other and ROOMS.index(other) < ROOMS.index(room):
                yield f"{name}: {room} must not know {included}"
            if included.startswith("tests/"):
                yield f"{name}: the product must not know {included}"
            if NATIVE.fullmatch(included) and not name.startswith("checks/io/"):
                yield f"{name}: {included} belongs to checks/io alone"
            is_json = included.startswith("nlohmann/") or included == JSON
            if is_json and name != JSON and not name.endswith(".cc"):
                yield f"{name}: {included} in a header"
            if included == "regex":
                yield f"{name}: std::regex has no bound; use RE2"
            if included.startswith("toml++/"):
                toml.append(name)
    if len(toml) > 1 or any(name.endswith(".h") for name in toml):
        yield f"toml++ is compiled once, in one .cc, not in {', '.join(toml)}"


def readme_faults(root):
    for room in ROOMS:
        if not (root / room / "README.md").is_file():
            yield f"{room}/README.md is missing"
        for readme in sorted((root / room).rglob("README.md")):
            lines = len(readme.read_text().splitlines())
            if lines > README_LINES:
                yield f"{readme.relative_to(root)}: {lines} lines, {README_LINES} at most"


def listing_faults(root, names):
    """A .cc that no CMakeLists.txt of its folder or of one above lists is built by nobody."""
    lists = {}
    for name in names:
        if not name.endswith(".cc"):
            continue
        folder = (root / name).parent
        while folder != root:
            build = folder / "CMakeLists.txt"
            if build not in lists:
                lists[build] = set(re.split(r"[\s()]+", build.read_text())) if build.is_file() else set()
            if str((root / name).relative_to(folder)) in lists[build]:
                break
            folder = folder.parent
        else:
            yield f"{name}: listed in no CMakeLists.txt"


def self_test():
    """A lint that finds nothing must be one that would find something."""
    bad = {
        "results/a.h": '#include "checks/check.h"',
        "regions/a.cc": "#  include <curl/curl.h>",
        "checks/a.cc": "#include <ares_dns.h>",
        "checks/b.h": "#include <nlohmann/json.hpp>",
        "probe/a.cc": "#include <regex>",
        "scheduler/a.cc": '#include "tests/support/manual_clock.h"',
        "probe/b.cc": "#include <toml++/toml.h>",
        "probe/c.cc": "#include <toml++/toml.h>",
    }
    good = {
        "checks/io/a.cc": "#include <uv.h>\n#include <openssl/ssl.h>",
        "probe/a.cc": '#include "regions/region.h"\n#include <nlohmann/json.hpp>',
        "checks/a.cc": '#include "checks/io/loop/loop.h"\n#include "results/time.h"',
    }
    assert len(list(include_faults(bad))) == 7, list(include_faults(bad))
    assert not list(include_faults(good)), list(include_faults(good))


def main():
    self_test()
    root = pathlib.Path(sys.argv[1]).resolve()
    files = {str(path.relative_to(root)): path.read_text() for path in sources(root, *ROOMS)}
    if not files:
        sys.exit(f"no source files below {root}")
    faults = [*include_faults(files), *readme_faults(root), *listing_faults(root, files)]
    print(*faults, sep="\n")
    print(f"{len(files)} files, {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
