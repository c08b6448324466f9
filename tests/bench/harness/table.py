"""Lines of the table, and the forms in which it is written."""

import json

from harness.process import BenchError

HEAD = ("what", "ours", "peer", "ratio", "bound", "aim", "")
WHOLE_UNITS = {"KiB": "bytes", "/s": "per second", "": ""}  # of values as they are kept: seconds of the others
UNITS = {"us": 1e6, "ms": 1e3, "s": 1, "KiB": 1 / 1024, "/s": 1, "": 1}


def number(value):
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def quantity(value, unit):
    return f"{number(value * UNITS[unit])} {unit}".strip()


def with_range(series, unit):
    """Median, and the least and largest of the runs."""
    values = series.need()
    text = quantity(series.median(), unit)
    if len(values) > 1:
        text += f" ({number(min(values) * UNITS[unit])}-{number(max(values) * UNITS[unit])})"
    return text


class Line:
    """One line. Values are in seconds, bytes, or plain numbers; `unit` is how they are shown.

    `judged` is what bound and aim are about: "ratio", "difference" or "ours". `least`: they are lower bounds.
    """

    def __init__(self, row, what, unit, ours, peer=None, peer_name="", judged="", bound=None, aim=None, least=False):
        self.row, self.what, self.unit, self.peer_name = row, what, unit, peer_name
        self.judged, self.bound, self.aim, self.least = judged, bound, aim, least
        self.ours, self.peer, self.measured, self.error = ours, peer, None, ""
        try:
            for series in (ours, peer):
                if series:
                    series.need()
            if judged == "difference":
                self.measured = ours.minus(peer)
            elif judged == "ours":
                self.measured = ours
            elif ours and peer:
                self.measured = ours.over(peer)
        except BenchError as error:
            self.error = str(error)

    @classmethod
    def failed(cls, row, what, error):
        line = cls(row, what, "", None)
        line.error = str(error)
        return line

    def keeps(self, limit):
        value = self.measured.median()
        return value >= limit if self.least else value <= limit

    @property
    def verdict(self):
        if self.error:
            return "error"
        if self.bound is None:
            return ""
        return "holds" if self.keeps(self.bound) else "falls short"

    def _limit(self, value):
        if value is None:
            return ""
        if self.judged == "ratio":
            return f"{value:g} x"
        sign = "+" if self.judged == "difference" else ""
        return sign + quantity(value, self.unit)

    def cells(self):
        def shown(series, name=""):
            if not series or series.error or not series.values:
                return name
            return " ".join(part for part in (name, with_range(series, self.unit)) if part)

        ratio = ""
        if not self.error and self.peer:
            if self.judged == "difference":
                ratio = f"{self.measured.median() * UNITS[self.unit]:+.3g} {self.unit}"
            elif self.measured:
                ratio = f"{number(self.measured.median())} x"
        return (self.what, shown(self.ours), shown(self.peer, self.peer_name), ratio, self._limit(self.bound),
                self._limit(self.aim), self.verdict)

    def data(self):
        def listed(series):
            return None if series is None else {"runs": series.values}

        entry = {"row": self.row, "what": self.what, "unit": WHOLE_UNITS.get(self.unit, "seconds"),
                 "ours": listed(self.ours), "peer": listed(self.peer), "peer_name": self.peer_name,
                 "judged": self.judged, "bound": self.bound, "aim": self.aim, "at_least": self.least,
                 "verdict": self.verdict, "error": self.error}
        if not self.error and self.measured:
            entry["measured"] = self.measured.median()
            entry["meets_aim"] = self.aim is not None and self.keeps(self.aim)
        return {name: value for name, value in entry.items() if value not in (None, "")}


def rendered(lines):
    """The table in Markdown, its columns aligned for those who read it as it is."""
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(3, *(len(row[column]) for row in rows)) for column in range(len(HEAD))]
    out = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    out.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    for line in lines:
        if line.error:
            out.append(f"error: {line.what}: {line.error}")
    return "\n".join(out)


def as_json(lines, machine):
    return json.dumps({"machine": machine, "lines": [line.data() for line in lines]}, indent=1) + "\n"
