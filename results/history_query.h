#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/database.h"
#include "results/reason.h"
#include "results/tally.h"
#include "results/time.h"

namespace gaikei {

/// Which outcomes are wanted; what is empty or absent does not narrow.
struct OutcomeQuery {
  std::string check = {};
  std::string region = {};
  std::optional<Status> status = std::nullopt;
  std::optional<WallTime> since = std::nullopt;  ///< scheduled at or after
  std::size_t limit = 100;
};

/// One minute of one check in one region.
struct HistoryRollup {
  WallTime minute{};
  Tally tally;  ///< without phases
};

/// Outcomes as JSON, as they were recorded; the one that arrived last comes first.
DatabaseResult<std::vector<std::string>> QueryOutcomes(Database& database,
                                                       const OutcomeQuery& query);

/// Minutes from `since` on in which something was recorded, in order.
DatabaseResult<std::vector<HistoryRollup>> QueryRollups(Database& database,
                                                        const std::string& check,
                                                        const std::string& region, WallTime since);

}  // namespace gaikei
