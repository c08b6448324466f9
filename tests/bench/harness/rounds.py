"""The same measurements in turn, several times: machines drift, so what is compared is measured side by side."""

import statistics

from harness.environment import tell
from harness.process import BenchError


class Series:
    """What the runs of one measurement gave, or why there is nothing."""

    def __init__(self, values=(), error=""):
        self.values, self.error = list(values), error

    def need(self):
        if self.error:
            raise BenchError(self.error)
        if not self.values:
            raise BenchError("no run")
        return self.values

    def median(self):
        return statistics.median(self.need())

    def over(self, other):
        """Ratio, run by run."""
        return Series([ours / theirs for ours, theirs in zip(self.need(), other.need())])

    def minus(self, other):
        return Series([ours - theirs for ours, theirs in zip(self.need(), other.need())])

    def map(self, function):
        return Series(map(function, self.values), self.error)


def rounds(env, row, **measurements):
    """Calls each measurement in turn, `env.runs` times. One that fails is not called again; the others go on."""
    series = {name: Series() for name in measurements}
    for turn in range(env.runs):
        tell(f"{row}: run {turn + 1} of {env.runs}")
        for name, measure in measurements.items():
            if series[name].error:
                continue
            try:
                series[name].values.append(measure())
            except BenchError as error:
                series[name].error = f"{name}: {error}"
                tell(f"{row}: {series[name].error}")
    return series
