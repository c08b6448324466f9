#pragma once

#include <cstdio>
#include <memory>

#include "probe/output/writer.h"

namespace gaikei {

/// One outcome a line, schema gaikei.outcome/1 (docs/outcome.md).
std::unique_ptr<OutcomeWriter> MakeJsonWriter(const WriterOptions& options, std::FILE* sink);

}  // namespace gaikei
