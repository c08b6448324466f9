#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "results/database.h"
#include "results/spool/lane_book.h"
#include "results/spool/row_cache.h"
#include "results/spool/spool_rows.h"

namespace gaikei {

/// What a spool.db holds, without the items. Rows of impossible contents are left out.
struct SpoolContents {
  std::uint64_t commits = 0;  ///< 0: not known
  Sequence next_sequence = 1;
  std::int64_t next_series = 1;
  std::int64_t next_fold = 1;  ///< id that no row of `fold` has
  std::vector<SeriesRow> series;
  std::map<std::string, LaneRow> lanes;
  std::vector<RowHead> batches;                         ///< by `first`, none within another
  std::map<std::string, std::vector<FoldedRow>> folds;  ///< by lane, likewise
  std::vector<RowCache::Key> damaged_rows;              ///< of `batch` and `fold`
  /// Names in damaged rows of `lane` and `lane_copy`, and in how many: 2 where it is the lane's own
  /// that is lost, 1 where that is its name.
  std::map<std::string, int> damaged_lanes;
  bool has_damaged_series = false;
  /// Sound in one place of two: to be written again.
  std::vector<std::int64_t> half_series;
  std::vector<std::string> half_lanes;
  bool is_incomplete = false;  ///< some part of a table could not be read at all
};

/// Reads all of it; an error is one of the database.
DatabaseResult<SpoolContents> LoadSpool(Database& database);

/// Reads what can be read of a damaged file.
SpoolContents SalvageSpool(Database& database);

/// Gives every state that can be read and is not damaged.
void SalvageStates(Database& database,
                   const std::function<bool(const std::string& lane, std::int64_t series,
                                            const std::string& bytes)>& take);

}  // namespace gaikei
