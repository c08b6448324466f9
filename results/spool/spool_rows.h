#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "results/database.h"
#include "results/spool/fold.h"
#include "results/spool/sample.h"
#include "results/time.h"

namespace gaikei {

/// CRC-32 (ISO 3309, as zlib has it).
std::uint32_t Crc32(std::string_view bytes);

/// A row of items without them. Columns of `batch` and of `fold`.
struct RowHead {
  Sequence first = 0;  ///< of the first item
  Sequence end = 0;    ///< of the last one
  FoldLevel level = FoldLevel::kFull;
  std::uint64_t samples = 0;  ///< sum of SpoolItem::samples()
  WallTime oldest_at{};       ///< the least SpoolItem::at()
  WallTime newest_at{};       ///< the greatest
  std::uint64_t size = 0;     ///< of the columns `counts` and `bytes` together
  std::uint32_t crc = 0;      ///< of the column `bytes`

  /// What the column `head_crc` must be. `lane` is empty for a row of `batch`.
  std::uint32_t HeadCrc(std::string_view lane) const;
};

/// The columns that a RowHead is read from, in the order of ReadRowHead().
inline constexpr std::string_view kRowHeadColumns =
    "first, end, level, samples, oldest_at, newest_at, size, crc, head_crc";

/// Reads kRowHeadColumns from a statement that stands on a row, beginning at `column`. Absent where
/// they are damaged.
std::optional<RowHead> ReadRowHead(const Statement& row, int column, std::string_view lane);

/// How many samples of a series stand in a row of items.
struct SeriesCount {
  std::int64_t series = 0;
  std::uint64_t samples = 0;     ///< as a Sample each
  std::uint64_t rolled = 0;      ///< in roll-ups
  std::uint64_t departures = 0;  ///< no samples
};

/// Sorted by series.
std::vector<SeriesCount> CountSeries(std::span<const SpoolItem> items);

/// The column `counts`: what tells what was in a row whose bytes are damaged, and what saves
/// reading them where a lane wants nothing of them.
std::string EncodeCounts(std::span<const SeriesCount> counts);
/// Absent where it is damaged.
std::optional<std::vector<SeriesCount>> DecodeCounts(std::string_view bytes);

/// A row ready to be written.
struct ItemRow {
  RowHead head;
  std::string counts;
  std::string bytes;
};

/// REQUIRES: there are items.
ItemRow MakeItemRow(std::span<const SpoolItem> items, FoldLevel level);

/// The columns `account` and `crc` of `lane` and `lane_copy`.
struct LaneRow {
  std::string name;
  Sequence cursor = 1;    ///< where the next item to be delivered begins
  Sequence log_from = 1;  ///< where the log begins for it: what is before is found in `fold`
  /// Of a lane that no upstream has any more: it has nothing of what begins here or later. 0: it is
  /// in use.
  Sequence until = 0;
  WallTime gone_at{};  ///< since when, likewise
  std::uint64_t produced = 0;
  std::uint64_t sent = 0;
  std::uint64_t rejected = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t spooled = 0;
  std::map<std::string, std::uint64_t> dropped;
  std::uint64_t max_bytes = 0;  ///< SpoolLane::max_bytes
  Span max_age{0};              ///< SpoolLane::max_age
  bool takes_rollups = true;    ///< SpoolLane::takes_rollups
  bool is_filtered = false;     ///< it wants some of the series only
  std::uint64_t selection = 0;  ///< tells whether it wanted the same series before (series_book.h)

  /// produced = sent + spooled + rejected + sum of dropped.
  bool is_balanced() const;
};

std::string EncodeLane(const LaneRow& lane);
/// Absent where it is damaged.
std::optional<LaneRow> DecodeLane(std::string name, std::string_view account);
/// Reads the columns name, account, crc. Absent where they are damaged.
std::optional<LaneRow> ReadLane(const Statement& row);
/// The column `crc`.
std::uint32_t LaneCrc(std::string_view name, std::string_view account);

/// A row of `series`.
struct SeriesRow {
  std::shared_ptr<const SampleSeries> series;  ///< never null
  Sequence departed = 0;  ///< of the departure that was its last word; 0: it is present
};

/// The column `labels`.
std::string EncodeLabels(const CheckIdentity& check);
/// The column `crc`.
std::uint32_t SeriesCrc(const SampleSeries& series, Sequence departed);
/// Reads id, check_name, region, kind, target, labels, departed, crc. Absent where they are
/// damaged.
std::optional<SeriesRow> ReadSeries(const Statement& row);

/// The column `crc` of `counter`.
std::uint32_t CounterCrc(std::string_view name, std::uint64_t value);
/// The column `crc` of `state`.
std::uint32_t StateCrc(std::string_view lane, std::int64_t series, std::string_view bytes);

}  // namespace gaikei
