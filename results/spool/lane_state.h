#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gaikei {

/// What an upstream remembers of a series, kept together with its cursor. Series 0 is the
/// upstream's own. Empty bytes: forget it.
struct LaneState {
  std::int64_t series = 0;
  std::string bytes;
};

/// Reads what was kept. Outlives its readers.
class LaneStates {
 public:
  virtual ~LaneStates() = default;
  /// Absent where nothing is kept, or it was damaged.
  virtual std::optional<std::string> Load(std::int64_t series) = 0;
};

}  // namespace gaikei
