#pragma once

#include <functional>
#include <map>
#include <string>

namespace gaikei {

/// How much this prober does at once, over all loops.
struct LoadLimits {
  unsigned in_flight = 2000;        ///< attempts; at least 1
  unsigned in_flight_per_host = 0;  ///< attempts that ask the same host; 0: no limit
  double rate_per_host = 0;         ///< attempts a second that ask the same host; 0: no limit
  /// Attempts by the name of their kind; a kind that is not in it has no limit of its own.
  std::map<std::string, unsigned, std::less<>> in_flight_per_kind = {};

  bool operator==(const LoadLimits&) const = default;
};

}  // namespace gaikei
