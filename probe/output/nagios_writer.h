#pragma once

#include <cstdio>
#include <memory>

#include "probe/output/writer.h"

namespace gaikei {

/// One plugin line with performance data, whatever the number of outcomes: the worst decides. See
/// ExitCode::nagios() for what the program then exits with.
std::unique_ptr<OutcomeWriter> MakeNagiosWriter(const WriterOptions& options, std::FILE* sink);

}  // namespace gaikei
