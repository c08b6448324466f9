#!/usr/bin/env python3
"""Runs clang-tidy (the checks of .clang-tidy, all fatal) over every source file of the product.

Usage: tidy.py SOURCE_DIR BUILD_DIR. It looks at what the compiler looks at, so at several files together where they are
compiled so: most of what it takes is what they include. What passed is not looked at again while it, the headers of the
project, the compile command and .clang-tidy stay the same: stamps lie in BUILD_DIR/tidy.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOMS = ("regions", "results", "checks", "scheduler", "probe")

source, build = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()


def is_of_a_room(path):
    return any(path.is_relative_to(root) and path.relative_to(root).parts[0] in ROOMS for root in (build, source))


commands, members = {}, {}
for entry in json.loads((build / "compile_commands.json").read_text()):
    path = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
    if is_of_a_room(path):
        commands[path] = entry["command"]
        together = path.is_relative_to(build)
        included = re.findall('#include "(.*)"', path.read_text()) if together else [path]
        members[path] = [pathlib.Path(name) for name in included]

# Whoever is compiled is looked at, and nobody is forgotten.
expected = {path for room in ROOMS for path in (source / room).rglob("*.cc")}
forgotten = expected - {path for paths in members.values() for path in paths}
if forgotten:
    sys.exit("not in compile_commands.json: " + ", ".join(sorted(map(str, forgotten))))

headers = hashlib.sha256((source / ".clang-tidy").read_bytes())
for room in ROOMS:
    for header in sorted((source / room).rglob("*.h")):
        headers.update(header.read_bytes())
stamps = build / "tidy"
stamps.mkdir(exist_ok=True)


def check(path):
    key = headers.copy()
    for member in members[path]:
        key.update(member.read_bytes())
    key.update(commands[path].encode())
    stamp = stamps / key.hexdigest()
    if stamp.exists():
        return None
    done = subprocess.run(["clang-tidy", "--quiet", "-p", str(build),
                           "--extra-arg=-Wno-unknown-warning-option", str(path)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode == 0:
        stamp.touch()
        return None
    return done.stdout


with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    complaints = [text for text in pool.map(check, sorted(commands)) if text]
print(*complaints, sep="\n")
print("%d files in %d runs, %d of them with complaints" % (len(expected), len(commands), len(complaints)))
sys.exit(1 if complaints else 0)
