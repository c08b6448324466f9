#pragma once

#include <string>

#include "results/outcome.h"

namespace gaikei {

struct JsonOptions {
  bool verbose = false;  ///< adds http.headers and http.notes
};

/// An outcome as one line of JSON (schema gaikei.outcome/1, docs/outcome.md), no line feed at the
/// end. Times RFC 3339 UTC with microseconds, spans in seconds. Pure; any thread.
std::string ToJson(const Outcome& outcome, const JsonOptions& options = {});

}  // namespace gaikei
