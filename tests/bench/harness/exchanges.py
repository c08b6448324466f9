"""What truly happened between a prober and delay_server, to hold its reports against.

An exchange has three instants, in seconds of the wall's clock: when the connection came, when the request was there,
when the answer left. Here they are the server's own. A packet capture has the same three (SYN, last packet of the
request, first one of the answer), nearer to the wire: another function like `of_server` is all that it needs.
"""

import bisect
from collections import namedtuple

from harness.process import BenchError

Exchange = namedtuple("Exchange", "came asked answered")


def of_server(said):
    """By number, in order of time, from what delay_server prints at its end."""
    found = {}
    for line in said.splitlines():
        number, *instants = map(int, line.split())
        found.setdefault(number, []).append(Exchange(*(instant / 1e9 for instant in instants)))
    for exchanges in found.values():
        exchanges.sort()
    return found


def at(exchanges, number, began, ended):
    """The one exchange of that number that came between two instants."""
    mine = exchanges.get(number, [])
    index = bisect.bisect_left(mine, (began - 0.001,))
    if index == len(mine) or mine[index].came > ended:
        raise BenchError(f"the server knows nothing of exchange {number} that was reported")
    return mine[index]
