#pragma once

#include <cstdio>
#include <memory>

#include "probe/output/writer.h"

namespace gaikei {

/// The Prometheus text format, as a scrape of /metrics would see these outcomes.
std::unique_ptr<OutcomeWriter> MakePrometheusWriter(const WriterOptions& options, std::FILE* sink);

}  // namespace gaikei
