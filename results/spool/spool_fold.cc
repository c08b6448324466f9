// What keeps a lane within its bounds: the oldest of what it has loses detail, then counts.

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "results/spool/fold.h"
#include "results/spool/spool_impl.h"

namespace gaikei {
namespace {

/// Detail goes before a lane is full, a piece with every commit.
constexpr std::uint64_t kSoftPercent = 85;
/// Folded in one go, of a lane's bound, and in bytes.
constexpr std::uint64_t kShareFolded = 32;
constexpr std::uint64_t kLeastFolded = std::uint64_t{4} << 10U;
constexpr std::uint64_t kMostFolded = std::uint64_t{1} << 20U;
/// Where that saves too little, more goes together, up to this share of the bound, and in bytes: in
/// memory it takes many times that.
constexpr std::uint64_t kShareFoldedAtMost = 4;
constexpr std::uint64_t kMostFoldedTogether = std::uint64_t{4} << 20U;
/// A fold that leaves more than this of what there was saves too little.
constexpr std::uint64_t kGoodPercent = 75;
/// All that there is goes together only up to so many bytes.
constexpr std::uint64_t kMostFoldedOfAll = std::uint64_t{32} << 20U;
/// With every commit so many times is folded what is written.
constexpr std::uint64_t kFoldedAWritten = 4;
/// Steps of one call: more than it ever takes.
constexpr int kMaxSteps = 10'000;

constexpr std::size_t kLevels = static_cast<std::size_t>(FoldLevel::kTotal) + 1;

/// Percent of the bound that rows of a level may take before they are folded to the next one.
constexpr std::array<std::uint64_t, kLevels> kShares = {0, 25, 12, 12, 12};

FoldLevel Next(FoldLevel level) {
  return level == FoldLevel::kTotal ? level
                                    : static_cast<FoldLevel>(static_cast<unsigned>(level) + 1);
}

/// The log is full detail, whatever its rows were folded to while they could not be written.
FoldLevel LevelOf(const RowRef& row) {
  return row.key.first == RowCache::Table::kBatch ? FoldLevel::kFull : row.head.level;
}

std::uint64_t UnitOf(const LaneBook& lane) {
  if (lane.fold_unit > 0) return lane.fold_unit;
  return std::clamp(lane.config.max_bytes / kShareFolded, kLeastFolded, kMostFolded);
}

std::uint64_t BytesOf(const std::vector<ItemRow>& rows) {
  std::uint64_t bytes = 0;
  for (const ItemRow& row : rows) bytes += row.head.size;
  return bytes;
}

}  // namespace

std::uint64_t Spool::Impl::WrittenBytes(const LaneBook& lane) const {
  const Sequence position = lane.log_position();
  const std::uint64_t unwritten =
      log.written() < log.size() ? log.BytesFrom(std::max(position, log[log.written()].head.first))
                                 : 0;
  return lane.folded_bytes() + log.BytesFrom(position) - unwritten;
}

std::optional<Spool::Impl::FoldPlan> Spool::Impl::PlanLevel(const LaneBook& lane, FoldLevel level,
                                                            FoldLevel target) const {
  const std::uint64_t unit = UnitOf(lane);
  const std::size_t rows = WrittenCount(lane);
  const Sequence handed_end = lane.handed_end();
  // The log is folded from its beginning on. What of it was handed out is kept as it is.
  std::size_t from = 0;
  while (from < rows && from < lane.folds.size() &&
         (lane.folds[from].head.level != level || lane.folds[from].head.end <= handed_end)) {
    ++from;
  }
  FoldPlan plan{from, from, target, nullptr, false};
  std::uint64_t bytes = 0;
  for (; plan.to < rows; ++plan.to) {
    const RowRef row = RowAt(lane, plan.to);
    if (LevelOf(row) != level) break;
    if (bytes > 0 && bytes + row.head.size > unit) break;
    if (row.head.end > handed_end) bytes += row.head.size;
  }
  if (bytes == 0) return std::nullopt;
  // What is there already of the level is folded with it.
  while (target > FoldLevel::kSlim && plan.from > 0 &&
         LevelOf(RowAt(lane, plan.from - 1)) == target) {
    const RowHead head = RowAt(lane, plan.from - 1).head;
    if (head.end <= handed_end || bytes + head.size > unit) break;
    bytes += head.size;
    --plan.from;
  }
  if (level == target && plan.to - plan.from < 2) return std::nullopt;
  return plan;
}

std::size_t Spool::Impl::FirstNotHanded(const LaneBook& lane) const {
  const std::size_t rows = WrittenCount(lane);
  std::size_t first = 0;
  while (first < rows && RowAt(lane, first).head.end <= lane.handed_end()) ++first;
  return first;
}

std::optional<Spool::Impl::FoldPlan> Spool::Impl::PlanDrop(const LaneBook& lane,
                                                           const char* reason) const {
  const std::size_t first = FirstNotHanded(lane);
  if (first == WrittenCount(lane)) return std::nullopt;
  // Rows of the log go from its beginning on, even where some were handed out.
  return FoldPlan{std::min(first, lane.folds.size()), first + 1, FoldLevel::kFull, reason, false};
}

std::optional<Spool::Impl::FoldPlan> Spool::Impl::PlanAll(const LaneBook& lane) const {
  // Once it has not helped, it does not until every series may have come again.
  if (lane.all_folded_at != 0 && next - lane.all_folded_at <= series.all().size()) {
    return std::nullopt;
  }
  const std::size_t first = FirstNotHanded(lane);
  FoldPlan plan{std::min(first, lane.folds.size()), first, FoldLevel::kTotal, nullptr, true};
  std::uint64_t bytes = 0;
  for (; plan.to < WrittenCount(lane); ++plan.to) {
    bytes += RowAt(lane, plan.to).head.size;
    if (bytes > kMostFoldedOfAll) break;
  }
  if (plan.to - first < 2) return std::nullopt;
  return plan;
}

std::optional<Spool::Impl::FoldPlan> Spool::Impl::PlanForSize(const LaneBook& lane) const {
  std::array<std::uint64_t, kLevels> bytes{};
  for (const FoldedRow& fold : lane.folds) {
    bytes[static_cast<std::size_t>(fold.head.level)] += fold.head.size;
  }
  const std::size_t last = lane.config.takes_rollups ? kLevels - 1 : 1;
  if (last == 1 && bytes[1] > lane.config.max_bytes / 2)
    return PlanDrop(lane, drop_reason::kFolded);
  // From the coarsest on: first those that take more than their share, then whatever there is.
  for (const bool is_needy : {false, true}) {
    for (std::size_t i = last + 1; i-- > 0;) {
      const auto level = static_cast<FoldLevel>(i);
      if (!is_needy && (i == 0 || bytes[i] <= lane.config.max_bytes * kShares[i] / 100)) continue;
      if (i == 1 && last == 1) continue;
      if (auto plan = PlanLevel(lane, level, Next(level))) return plan;
    }
    if (is_needy) break;
    if (auto plan = PlanLevel(lane, FoldLevel::kFull, FoldLevel::kSlim)) return plan;
  }
  if (lane.config.takes_rollups) {
    if (auto plan = PlanAll(lane)) return plan;
  }
  return PlanDrop(lane, drop_reason::kFolded);
}

std::optional<Spool::Impl::FoldPlan> Spool::Impl::PlanForAge(const LaneBook& lane) const {
  auto plan = PlanDrop(lane, drop_reason::kExpired);
  if (!plan) return std::nullopt;
  const WallTime oldest_kept = options.now() - lane.config.max_age;
  // The last row of the plan is the first that was not handed out.
  std::size_t end = plan->to - 1;
  while (end < WrittenCount(lane) && RowAt(lane, end).head.newest_at < oldest_kept) ++end;
  if (end < plan->to) return std::nullopt;
  plan->to = end;
  return plan;
}

/// What rows become.
struct Spool::Impl::FoldDraft {
  std::vector<SpoolItem> handed;  ///< to be kept as they are
  FoldLevel handed_level = FoldLevel::kFull;
  std::vector<SpoolItem> items;  ///< of the rest
  FoldLevel level = FoldLevel::kFull;
  std::uint64_t bytes = 0;    ///< that they take as they are
  std::uint64_t dropped = 0;  ///< samples
  Sequence log_from = 0;      ///< where the log goes on after it; 0: the log is not touched
};

RowResult<void> Spool::Impl::Draw(const LaneBook& lane, const FoldPlan& plan, const RowRef& row,
                                  FoldDraft& draft) {
  if (row.key.first == RowCache::Table::kBatch) draft.log_from = row.head.end;
  if (plan.drop_reason != nullptr && row.head.first >= lane.handed_end()) {
    const auto samples = CountFrom(lane, row, row.head.first);
    if (!samples) return tl::unexpected(samples.error());
    draft.dropped += *samples;
    draft.bytes += row.head.size;
    return {};
  }
  auto items = ReadItems(row);
  if (!items) return tl::unexpected(items.error());
  const std::uint64_t bytes_each = row.head.size / std::max<std::size_t>(items->size(), 1);
  for (SpoolItem& item : *items) {
    if (item.end <= lane.row.cursor || !IsWanted(lane, item)) {
      draft.bytes += bytes_each;
    } else if (item.end <= lane.handed_end()) {
      draft.handed.push_back(std::move(item));
      draft.handed_level = std::max(draft.handed_level, row.head.level);
    } else {
      draft.bytes += bytes_each;
      draft.level = std::max(draft.level, row.head.level);
      draft.items.push_back(std::move(item));
    }
  }
  return {};
}

std::vector<ItemRow> Spool::Impl::FoldDraftRows(const LaneBook& lane, const FoldPlan& plan,
                                                FoldDraft& draft) const {
  const FoldLevel last = lane.config.takes_rollups ? FoldLevel::kTotal : FoldLevel::kSlim;
  for (FoldLevel level = plan.target;; level = Next(level)) {
    draft.items = Fold(std::move(draft.items), level);
    draft.level = std::max(draft.level, level);
    std::vector<ItemRow> rows = MakeItemRows(draft.items, draft.level, RowLimit());
    if (level >= last || BytesOf(rows) * 100 <= draft.bytes * kGoodPercent) return rows;
  }
}

bool Spool::Impl::FoldOnce(LaneBook& lane, const FoldPlan& plan, std::uint64_t& work) {
  FoldDraft draft;
  for (std::size_t i = plan.from; i < plan.to; ++i) {
    const RowRef row = RowAt(lane, i);
    const auto drawn = Draw(lane, plan, row, draft);
    if (drawn) continue;
    if (drawn.error() == RowTrouble::kDamaged) OnLost(row);
    return drawn.error() != RowTrouble::kUnavailable;
  }
  work += draft.bytes;
  std::vector<ItemRow> rows = MakeItemRows(draft.handed, draft.handed_level, RowLimit());
  const char* drop_for = plan.drop_reason;
  if (drop_for == nullptr) {
    std::vector<ItemRow> folded = FoldDraftRows(lane, plan, draft);
    const std::uint64_t bytes = BytesOf(folded);
    const bool is_poor = bytes * 100 > draft.bytes * kGoodPercent;
    if (is_poor && plan.is_for_all) {
      lane.all_folded_at = next;
      if (bytes >= draft.bytes) return true;
    } else if (is_poor && lane.config.takes_rollups) {
      if (GrowUnit(lane) && bytes >= draft.bytes) return true;
      if (bytes >= draft.bytes) {
        // Counts are the last to go: only where one roll-up a series is too much already.
        if (const auto all = PlanAll(lane)) return FoldOnce(lane, *all, work);
        drop_for = drop_reason::kFolded;
      }
    }
    if (drop_for == nullptr) std::ranges::move(folded, std::back_inserter(rows));
  }
  if (drop_for != nullptr) {
    for (const SpoolItem& item : draft.items) draft.dropped += item.samples();
  }
  const LaneRow before = lane.row;
  lane.row.log_from = std::max(lane.row.log_from, draft.log_from);
  lane.is_changed = true;
  if (drop_for != nullptr) lane.Drop(draft.dropped, drop_for);
  if (auto done = ReplaceRows(lane, plan, rows); !done) {
    lane.row = before;
    Fail(done.error(), "fold");
    return false;
  }
  return true;
}

bool Spool::Impl::GrowUnit(LaneBook& lane) const {
  const std::uint64_t unit = UnitOf(lane);
  const std::uint64_t most =
      std::min(lane.config.max_bytes / kShareFoldedAtMost, kMostFoldedTogether);
  if (unit >= most) return false;
  lane.fold_unit = std::min(unit * 2, most);
  return true;
}

DatabaseResult<void> Spool::Impl::ReplaceRows(LaneBook& lane, const FoldPlan& plan,
                                              const std::vector<ItemRow>& rows) {
  const auto first = lane.folds.begin() + static_cast<std::ptrdiff_t>(plan.from);
  const auto last =
      lane.folds.begin() + static_cast<std::ptrdiff_t>(std::min(plan.to, lane.folds.size()));
  if (auto done = file->Begin(); !done) return done;
  if (is_unsure) {
    if (auto done = file->DropBatchesFrom(UnwrittenFrom()); !done) return done;
  }
  for (auto fold = first; fold != last; ++fold) {
    const RowCache::Key key{RowCache::Table::kFold, static_cast<std::uint64_t>(fold->id)};
    if (auto done = file->DropRow(key); !done) return done;
  }
  std::vector<FoldedRow> added;
  for (const ItemRow& row : rows) {
    added.push_back({next_fold++, row.head});
    if (auto done = file->PutFold(added.back().id, lane.row.name, row); !done) return done;
  }
  const Sequence needed = NeededFrom();
  if (auto done = WriteBooks(UnwrittenFrom(), needed); !done) return done;
  if (auto done = file->Commit(); !done) return done;
  is_unsure = false;
  for (auto fold = first; fold != last; ++fold) {
    cache.Erase({RowCache::Table::kFold, static_cast<std::uint64_t>(fold->id)});
  }
  const auto place = lane.folds.erase(first, last);
  lane.folds.insert(place, added.begin(), added.end());
  AfterBooks(needed);
  return {};
}

bool Spool::Impl::MakeRoom(std::uint64_t incoming) {
  for (LaneBook* lane : active) {
    std::uint64_t work = 0;
    for (int step = 0; step < kMaxSteps; ++step) {
      if (!file) return false;
      if (WrittenBytes(*lane) + incoming <= lane->config.max_bytes) break;
      const auto plan = PlanForSize(*lane);
      if (!plan) break;
      if (!FoldOnce(*lane, *plan, work)) return false;
    }
  }
  return file != nullptr;
}

void Spool::Impl::KeepBounds() {
  const std::uint64_t budget = std::max(written_bytes * kFoldedAWritten, kMostFolded);
  for (LaneBook* lane : active) {
    std::uint64_t work = 0;
    for (int step = 0; step < kMaxSteps && work < budget; ++step) {
      if (!file) return;
      auto plan = PlanForAge(*lane);
      if (!plan && WrittenBytes(*lane) * 100 > lane->config.max_bytes * kSoftPercent) {
        plan = PlanForSize(*lane);
      }
      if (!plan) break;
      if (!FoldOnce(*lane, *plan, work)) return;
    }
  }
}

}  // namespace gaikei
