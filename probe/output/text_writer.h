#pragma once

#include <cstdio>
#include <memory>

#include "probe/output/writer.h"

namespace gaikei {

/// For people at a terminal: a page for each outcome (verdict, waterfall of the phases, evidence,
/// why it failed), or a line each where options.compact.
std::unique_ptr<OutcomeWriter> MakeTextWriter(const WriterOptions& options, std::FILE* sink);

}  // namespace gaikei
