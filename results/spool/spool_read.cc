// Reading rows, and what is found damaged while doing so.

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "results/spool/sample_codec.h"
#include "results/spool/spool_impl.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// A row that could not be read so often is given up: one bad sector must not hold a lane up for
/// ever.
constexpr int kMaxFailures = 3;
/// Rows that one call looks at without finding anything wanted.
constexpr std::size_t kMaxSkipped = 20'000;
/// An upstream is given this share of its lane's bound at most, since it is not folded meanwhile.
constexpr std::uint64_t kShareHanded = 4;

}  // namespace

std::size_t Spool::Impl::RowCount(const LaneBook& lane) const {
  return lane.folds.size() + log.size() - log.Find(lane.log_position());
}

std::size_t Spool::Impl::WrittenCount(const LaneBook& lane) const {
  const std::size_t in_log = log.Find(lane.log_position());
  return lane.folds.size() + std::max(log.written(), in_log) - in_log;
}

RowRef Spool::Impl::RowAt(const LaneBook& lane, std::size_t i) const {
  if (i < lane.folds.size()) {
    const FoldedRow& fold = lane.folds[i];
    return {{RowCache::Table::kFold, static_cast<std::uint64_t>(fold.id)}, fold.head, nullptr};
  }
  const LogRow& row = log[log.Find(lane.log_position()) + i - lane.folds.size()];
  return {{RowCache::Table::kBatch, row.head.first}, row.head, row.unwritten};
}

bool Spool::Impl::IsWanted(const LaneBook& lane, const SpoolItem& item) const {
  if (!lane.Takes(item)) return false;
  if (!lane.config.selects) return true;
  const KnownSeries* known = series.Find(item.series().id);
  return known != nullptr && lane.Wants(*known);
}

std::optional<std::vector<SpoolItem>> Spool::Impl::Decode(const RowRef& row,
                                                          std::string_view bytes) {
  bool is_unknown = false;
  auto items = DecodeItems(bytes, [&](std::int64_t id) -> std::shared_ptr<const SampleSeries> {
    if (const KnownSeries* known = series.Find(id)) return known->series;
    is_unknown = true;
    return unknown;
  });
  if (!items || items->empty()) return std::nullopt;
  std::uint64_t samples = 0;
  Sequence end = row.head.first;
  for (const SpoolItem& item : *items) {
    if (item.sequence < end || item.end <= item.sequence) return std::nullopt;
    end = item.end;
    samples += item.samples();
  }
  if (end > row.head.end || samples != row.head.samples) return std::nullopt;
  if (is_unknown) {
    std::erase_if(*items, [&](const SpoolItem& item) { return &item.series() == unknown.get(); });
    if (!std::exchange(has_lost_series, true)) {
      for (LaneBook* lane : active) lane->needs_recount = true;
    }
  }
  return items;
}

SpoolFile* Spool::Impl::Readable() const { return file ? file.get() : source.get(); }

RowTrouble Spool::Impl::OnReadError(const RowRef& row, const DatabaseError& error) {
  // One that was put aside is read as far as it can be.
  if (!file && source) return RowTrouble::kDamaged;
  if (IsDamage(error)) {
    return BeginAnew(error) ? RowTrouble::kMoved : RowTrouble::kUnavailable;
  }
  Report(error, "read");
  return ++failures[row.key] < kMaxFailures ? RowTrouble::kUnavailable : RowTrouble::kDamaged;
}

RowResult<std::vector<SpoolItem>> Spool::Impl::ReadItems(const RowRef& row) {
  SpoolFile::Bytes read;
  if (row.unwritten) {
    read.bytes = row.unwritten->bytes;
  } else {
    SpoolFile* const from = Readable();
    if (from == nullptr) return tl::unexpected(RowTrouble::kUnavailable);
    auto found = from->ReadRow(row.key);
    if (!found) return tl::unexpected(OnReadError(row, found.error()));
    if (!*found) return tl::unexpected(RowTrouble::kDamaged);
    read = std::move(**found);
    failures.erase(row.key);
  }
  if (Crc32(read.bytes) != row.head.crc) return tl::unexpected(RowTrouble::kDamaged);
  auto items = Decode(row, read.bytes);
  if (!items) return tl::unexpected(RowTrouble::kDamaged);
  return std::move(*items);
}

RowResult<std::shared_ptr<const DecodedRow>> Spool::Impl::ReadRow(const RowRef& row) {
  if (auto found = cache.Find(row.key)) return found;
  auto items = ReadItems(row);
  if (!items) return tl::unexpected(items.error());
  std::shared_ptr<const DecodedRow> decoded =
      std::make_shared<const DecodedRow>(DecodedRow{std::move(*items)});
  cache.Put(row.key, decoded);
  return decoded;
}

RowResult<std::vector<SeriesCount>> Spool::Impl::CountsOf(const RowRef& row) {
  if (const auto cached = cache.Find(row.key)) return CountSeries(cached->items);
  std::optional<std::vector<SeriesCount>> found;
  if (row.unwritten) {
    found = DecodeCounts(row.unwritten->counts);
  } else {
    SpoolFile* const from = Readable();
    if (from == nullptr) return tl::unexpected(RowTrouble::kUnavailable);
    auto read = from->ReadCounts(row.key);
    if (!read) return tl::unexpected(OnReadError(row, read.error()));
    if (!*read) return tl::unexpected(RowTrouble::kDamaged);
    found = DecodeCounts(**read);
  }
  if (found) return std::move(*found);
  // The items may be sound where only their numbers are damaged.
  const auto decoded = ReadRow(row);
  if (!decoded) return tl::unexpected(decoded.error());
  return CountSeries((*decoded)->items);
}

RowResult<std::uint64_t> Spool::Impl::CountFrom(const LaneBook& lane, const RowRef& row,
                                                Sequence position) {
  const bool is_whole = position <= row.head.first;
  if (is_whole && lane.TakesAllOf(row.head) && !has_lost_series) return row.head.samples;
  if (is_whole) {
    const auto counts_of = CountsOf(row);
    if (!counts_of) return tl::unexpected(counts_of.error());
    return lane.CountOf(*counts_of, series);
  }
  const auto decoded = ReadRow(row);
  if (!decoded) return tl::unexpected(decoded.error());
  std::uint64_t samples = 0;
  for (const SpoolItem& item : (*decoded)->items) {
    if (item.end > position && IsWanted(lane, item)) samples += item.samples();
  }
  return samples;
}

void Spool::Impl::OnLost(const RowRef& row) {
  Report({SQLITE_CORRUPT, "damaged rows are left out"}, "read");
  cache.Erase(row.key);
  failures.erase(row.key);
  if (!row.unwritten) lost_rows.push_back(row.key);
  const bool is_log = row.key.first == RowCache::Table::kBatch;
  if (is_log) log.Erase(row.head.first);
  for (auto& [name, lane] : lanes) {
    if (is_log && lane.log_position() >= row.head.end) continue;
    if (!is_log && std::erase_if(lane.folds, [&](const FoldedRow& fold) {
                     return static_cast<std::uint64_t>(fold.id) == row.key.second;
                   }) == 0) {
      continue;
    }
    lane.ForgetHanded(row.head);
    lane.found_at = 0;
    lane.needs_recount = true;
    lane.is_changed = true;
  }
}

bool Spool::Impl::TryRecount(LaneBook& lane, const char* reason) {
  std::uint64_t found = 0;
  std::uint64_t waiting = 0;
  for (std::size_t i = 0; i < RowCount(lane); ++i) {
    const RowRef row = RowAt(lane, i);
    const auto samples = CountFrom(lane, row, std::max(lane.row.cursor, row.head.first));
    if (!samples) {
      if (samples.error() == RowTrouble::kDamaged) OnLost(row);
      if (samples.error() == RowTrouble::kUnavailable) lane.needs_recount = true;
      return samples.error() == RowTrouble::kUnavailable;
    }
    found += *samples;
    if (row.unwritten) waiting += *samples;
  }
  for (const SpoolItem& item : open_items) {
    if (item.end <= lane.row.cursor || !IsWanted(lane, item)) continue;
    found += item.samples();
    waiting += item.samples();
  }
  lane.unwritten = waiting;
  if (found < lane.row.spooled) lane.Drop(lane.row.spooled - found, reason);
  if (found > lane.row.spooled) lane.Produce(found - lane.row.spooled);
  return true;
}

void Spool::Impl::Recount(LaneBook& lane, const char* reason) {
  lane.needs_recount = false;
  const std::uint64_t before = lane.row.dropped[drop_reason::kCorrupt];
  // Each time but the last, a row less is there, or the file is another one.
  while (!TryRecount(lane, reason)) {
  }
  const std::uint64_t after = lane.row.dropped[drop_reason::kCorrupt];
  if (after == 0) lane.row.dropped.erase(drop_reason::kCorrupt);
  if (after == before) return;
  untold_losses[lane.row.name] += after - before;
  counts.corrupt += after - before;
}

void Spool::Impl::FinishCall() {
  for (LaneBook* lane : active) {
    if (lane->needs_recount && Readable() != nullptr) Recount(*lane, drop_reason::kCorrupt);
  }
  if (untold_losses.empty()) return;
  std::string text;
  for (const auto& [lane, samples] : std::exchange(untold_losses, {})) {
    text += fmt::format("{} {} of {}", text.empty() ? "" : ",", samples, lane);
  }
  Say(fmt::format("samples are lost, and count as dropped:{}", text));
}

void Spool::Impl::SkipUnwanted(LaneBook& lane) {
  if (!lane.config.selects && !log.has_folded()) return;
  for (std::size_t skipped = 0; skipped < kMaxSkipped && RowCount(lane) > 0; ++skipped) {
    if (lane.found_at == lane.row.cursor) return;
    const RowRef row = RowAt(lane, 0);
    // Whoever needs the items of a row that cannot be read finds out what is wrong with it.
    const auto has_some = HasWanted(lane, row);
    if (!has_some) return;
    if (*has_some) {
      lane.found_at = lane.row.cursor;
      return;
    }
    lane.MoveTo(row.head.end);
  }
}

RowResult<bool> Spool::Impl::HasWanted(const LaneBook& lane, const RowRef& row) {
  const auto row_counts = CountsOf(row);
  if (!row_counts) return tl::unexpected(row_counts.error());
  if (!lane.TakesSome(*row_counts, series)) return false;
  if (lane.row.cursor <= row.head.first) return true;
  // Part of it has been delivered: is there anything in the rest?
  const auto decoded = ReadRow(row);
  if (!decoded) return tl::unexpected(decoded.error());
  return std::ranges::any_of((*decoded)->items, [&](const SpoolItem& item) {
    return item.end > lane.row.cursor && IsWanted(lane, item);
  });
}

std::size_t Spool::Impl::RowIndexAt(const LaneBook& lane, Sequence position) const {
  const auto fold = std::ranges::upper_bound(lane.folds, position, {},
                                             [](const FoldedRow& row) { return row.head.end; });
  if (fold != lane.folds.end()) return static_cast<std::size_t>(fold - lane.folds.begin());
  const Sequence in_log = std::max(position, lane.log_position());
  return lane.folds.size() + log.Find(in_log) - log.Find(lane.log_position());
}

bool Spool::Impl::ReadFrom(LaneBook& lane, std::size_t max_items, std::size_t max_bytes,
                           Sequence from, Backlog& backlog, std::size_t& bytes) {
  backlog = {};
  bytes = 0;
  const Sequence position = std::max(lane.row.cursor, from);
  const std::size_t rows = counts.is_degraded ? RowCount(lane) : WrittenCount(lane);
  for (std::size_t i = RowIndexAt(lane, position); i < rows; ++i) {
    const RowRef row = RowAt(lane, i);
    if (i > 0 && lane.config.selects) {
      if (const auto has_some = HasWanted(lane, row); has_some && !*has_some) continue;
    }
    const auto decoded = ReadRow(row);
    if (!decoded) {
      if (decoded.error() == RowTrouble::kUnavailable) return true;
      if (decoded.error() == RowTrouble::kDamaged) OnLost(row);
      return false;
    }
    const auto& items = (*decoded)->items;
    const std::size_t bytes_each = row.head.size / std::max<std::size_t>(items.size(), 1);
    bool has_some = false;
    for (const SpoolItem& item : items) {
      if (item.end <= position || !IsWanted(lane, item)) continue;
      if (backlog.items.size() >= max_items || (bytes >= max_bytes && !backlog.items.empty())) {
        return true;
      }
      if (!has_some) backlog.owners.push_back(*decoded);
      has_some = true;
      backlog.items.push_back(&item);
      bytes += bytes_each;
    }
  }
  return true;
}

Spool::Backlog Spool::Impl::Read(LaneBook& lane, std::size_t max_items, std::size_t max_bytes,
                                 Sequence from) {
  if (counts.is_degraded) Seal();
  SkipUnwanted(lane);
  std::uint64_t room = lane.config.max_bytes / kShareHanded;
  if (from > lane.row.cursor) room -= std::min(room, lane.handed_bytes);
  Backlog backlog;
  backlog.is_cut = room == 0;
  if (backlog.is_cut) return backlog;
  max_bytes = std::min<std::size_t>(max_bytes, room);
  std::size_t bytes = 0;
  while (!ReadFrom(lane, max_items, max_bytes, from, backlog, bytes)) {
  }
  const std::size_t bytes_each = bytes / std::max<std::size_t>(backlog.items.size(), 1);
  for (const SpoolItem* item : backlog.items) {
    if (item->end > lane.handed_end()) lane.Hand({item->end, item->samples(), bytes_each});
  }
  FinishCall();
  return backlog;
}

std::optional<std::string> Spool::Impl::LoadState(LaneBook& lane, std::int64_t of_series) {
  const auto changed = lane.changed_states.find(of_series);
  if (changed != lane.changed_states.end()) {
    if (changed->second.empty()) return std::nullopt;
    return changed->second;
  }
  SpoolFile* const from = Readable();
  if (from == nullptr || has_stale_states) return std::nullopt;
  auto state = from->ReadState(lane.row.name, of_series);
  if (state) return std::move(*state);
  if (file == nullptr) return std::nullopt;
  if (IsDamage(state.error())) {
    BeginAnew(state.error());
  } else {
    Report(state.error(), "read");
  }
  return std::nullopt;
}

}  // namespace gaikei
