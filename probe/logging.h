#pragma once

#include <string>

namespace gaikei {

struct LogOptions {
  bool json = false;     ///< --log-format json: one object a line
  bool quiet = false;    ///< -q: errors only
  bool verbose = false;  ///< -v: debugging too
};

/// Sends the program's log to standard error. Call once, first thing; logging itself is spdlog's
/// (spdlog::info and so on), from any thread. Standard output is never logged to: it belongs to
/// results. Foreign bytes go through Escape() before they are logged.
void SetUpLogging(const LogOptions& options);

}  // namespace gaikei
