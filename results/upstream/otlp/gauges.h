#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "results/latest.h"
#include "results/outcome.h"
#include "results/upstream/series_counters.h"

namespace gaikei::otlp {

/// A gauge of the latest outcome.
struct GaugeFamily {
  using Number = std::variant<std::int64_t, double>;

  const char* name;
  const char* description;
  const char* unit;
  /// Whether a check of that kind can have it.
  bool (*applies)(const CheckIdentity& check);
  /// Absent where this outcome does not tell.
  std::optional<Number> (*value)(const Latest& latest);
  /// Whether outcomes counted so far may have told: only then is there a stream to be ended. Right
  /// but where phases were folded away, of which it says yes.
  bool (*may_have_told)(const SeriesCounters& counters);
};

/// gaikei.success and its like; the table in gauges.cc is the list.
std::span<const GaugeFamily> GaugeFamilies();

}  // namespace gaikei::otlp
