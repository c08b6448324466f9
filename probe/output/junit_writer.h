#pragma once

#include <cstdio>
#include <memory>

#include "probe/output/writer.h"

namespace gaikei {

/// One JUnit XML document: a testcase for each outcome, a failure for fail, an error for unknown. A
/// warn is a passed testcase that says so in system-out.
std::unique_ptr<OutcomeWriter> MakeJunitWriter(const WriterOptions& options, std::FILE* sink);

}  // namespace gaikei
