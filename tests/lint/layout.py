"""Where the source files are, for the lints."""

import pathlib
import subprocess

# Each room may include those that stand behind it, never those before it.
ROOMS = ("probe", "scheduler", "checks", "results", "regions")


def sources(root, *folders):
    """The project's *.h and *.cc below the folders: those that git tracks, or all where there is no git."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "--", *folders], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)
    if listed.returncode == 0:
        paths = [root / name for name in listed.stdout.splitlines()]
    else:
        paths = [path for folder in folders for path in (root / folder).rglob("*")]
    return sorted(path for path in paths if path.suffix in (".h", ".cc") and path.is_file())
