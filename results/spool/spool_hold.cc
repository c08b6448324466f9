// What is held in memory while nothing can be written, and how it stays within its bound.

#include <algorithm>
#include <set>

#include "results/spool/fold.h"
#include "results/spool/spool_impl.h"

namespace gaikei {
namespace {

/// Folded in one go: what it takes in memory while that goes on is many times more.
constexpr std::uint64_t kFoldedAtOnce = std::uint64_t{2} << 20U;

/// Items that are folded together, or stay as they are together.
struct Part {
  std::vector<SpoolItem> items;
  bool is_handed = false;
  FoldLevel level = FoldLevel::kFull;  ///< of the rows that they come from
  std::uint64_t bytes = 0;
};

}  // namespace

void Spool::Impl::HoldWithinBounds() {
  if (log.unwritten_bytes() + OpenBytes() <= options.max_unwritten_bytes) return;
  Seal();
  for (const FoldLevel level :
       {FoldLevel::kSlim, FoldLevel::kMinute, FoldLevel::kHour, FoldLevel::kTotal}) {
    if (log.unwritten_bytes() <= options.max_unwritten_bytes / 2) break;
    FoldUnwritten(level);
  }
}

void Spool::Impl::FoldUnwritten(FoldLevel level) {
  std::map<std::string, std::uint64_t> before;
  for (const LaneBook* lane : active) before[lane->row.name] = CountWaiting(*lane, log.written());
  // Positions of lanes stay between items, and what was handed out stays as it is.
  std::set<Sequence> borders;
  for (const auto& [name, lane] : lanes) {
    borders.insert(lane.row.cursor);
    borders.insert(lane.handed_end());
  }
  const auto is_handed = [&](const SpoolItem& item) {
    return std::ranges::any_of(active, [&](const LaneBook* lane) {
      return item.end > lane->row.cursor && item.end <= lane->handed_end();
    });
  };

  std::vector<ItemRow> rows;
  Part part;
  const auto finish = [&] {
    if (part.items.empty()) return;
    if (!part.is_handed) {
      part.items = Fold(std::move(part.items), level);
      part.level = std::max(part.level, level);
    }
    for (ItemRow& row : MakeItemRows(part.items, part.level, RowLimit())) {
      rows.push_back(std::move(row));
    }
    part = {};
  };
  Sequence end = 0;
  for (std::size_t i = log.written(); i < log.size(); ++i) {
    const RowRef row{{RowCache::Table::kBatch, log[i].head.first}, log[i].head, log[i].unwritten};
    cache.Erase(row.key);
    auto items = ReadItems(row);
    if (!items) continue;  // its samples show in the difference below
    if (part.bytes + row.head.size > kFoldedAtOnce) finish();
    part.bytes += row.head.size;
    for (SpoolItem& item : *items) {
      const auto border = borders.lower_bound(end);
      const bool is_at_border = border != borders.end() && *border <= item.sequence;
      if (is_at_border || is_handed(item) != part.is_handed) finish();
      end = item.end;
      part.is_handed = is_handed(item);
      part.level = std::max(part.level, row.head.level);
      part.items.push_back(std::move(item));
    }
  }
  finish();
  log.ReplaceUnwritten(std::move(rows));
  for (LaneBook* lane : active) {
    const std::uint64_t had = before[lane->row.name];
    const std::uint64_t has = CountWaiting(*lane, log.written());
    if (has >= had) continue;
    lane->Drop(had - has, drop_reason::kDisk);
    lane->unwritten -= std::min(lane->unwritten, had - has);
  }
}

}  // namespace gaikei
