"""The manual: every configuration that it shows is one."""

import glob
import os
import re
import unittest

from support import Case

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def examples():
    """(file, line, text) of all that is shown as TOML and has tables: what has none are keys alone."""
    for path in [os.path.join(ROOT, "README.md"), *sorted(glob.glob(os.path.join(ROOT, "docs", "*.md")))]:
        with open(path) as file:
            manual = file.read()
        for match in re.finditer(r"^```toml\n(.*?)^```$", manual, re.M | re.S):
            if re.search(r"^\s*\[", match[1], re.M):
                yield os.path.relpath(path, ROOT), manual.count("\n", 0, match.start()) + 1, match[1]


class Manual(Case):
    def test_every_configuration_in_it_is_valid(self):
        os.chmod(self.write("secret", "x"), 0o600)
        shown = list(examples())
        self.assertGreater(len(shown), 30)
        for file, line, text in shown:
            with self.subTest(file=file, line=line):
                secrets = {name: "x" for name in re.findall(r'\{ env = "(\w+)" \}', text)}
                here = re.sub(r'\{ file = "[^"]*" \}', '{ file = "%s" }' % self.path("secret"), text)
                done = self.gaikei("validate", "-c", self.write("gaikei.toml", here), env=secrets)
                self.assertEqual((done.returncode, done.stderr), (0, ""), text)


if __name__ == "__main__":
    unittest.main()
