#pragma once

#include "probe/selftest/distribution.h"
#include "results/time.h"

namespace gaikei::selftest {

/// The smallest step of the clock that everything is measured by, as two readings in a row show it.
Span ClockStep();

/// How late timers of the event loop fire, on a loop of its own and with nothing else to do. They
/// are armed for 1 ms and somewhat more, each for another span: they fire at whole milliseconds of
/// the clock, and never early.
Distribution TimerLateness(unsigned count);

}  // namespace gaikei::selftest
