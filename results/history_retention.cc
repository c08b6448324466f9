// The part of History that forgets.

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "results/history.h"

namespace gaikei {
namespace {

/// Rows dropped in one go. Nothing waits long for it, and it drops more than arrives.
constexpr std::int64_t kRowsAtOnce = 512;
/// Goes for one call of Prune().
constexpr int kMaxGoes = 64;

/// First column of a statement's only row.
DatabaseResult<std::optional<std::int64_t>> ReadInteger(Statement& statement) {
  auto row = statement.Step();
  if (!row) return tl::unexpected(std::move(row.error()));
  std::optional<std::int64_t> value;
  if (*row) value = statement.Integer(0);
  statement.Reset();
  return value;
}

}  // namespace

DatabaseResult<void> History::ApplyLimits() {
  const auto page_size = database_.Integer("PRAGMA page_size");
  if (!page_size) return tl::unexpected(page_size.error());
  max_pages_ =
      static_cast<std::int64_t>(limits_.max_bytes) / std::max<std::int64_t>(*page_size, 512);
  // SQLite's own limit is the last resort; it never goes below what the file has already.
  const std::string limit = "PRAGMA max_page_count = " + std::to_string(max_pages_);
  if (auto done = database_.Execute(limit.c_str()); !done) return done;

  // The ring may have been longer before.
  auto shorten = database_.Prepare(
      "DELETE FROM outcome WHERE status = 'pass' AND sequence <= "
      "(SELECT max(sequence) FROM outcome AS latest WHERE latest.series = outcome.series) - ?1");
  if (!shorten) return tl::unexpected(std::move(shorten.error()));
  shorten->Bind(1, static_cast<std::int64_t>(limits_.ring));
  return shorten->Run();
}

DatabaseResult<void> History::DropForgottenSeries(WallTime now) {
  auto drop = database_.Prepare(
      "DELETE FROM series WHERE updated_at < ?1 "
      "AND NOT EXISTS (SELECT 1 FROM outcome WHERE outcome.series = series.id) "
      "AND id NOT IN (SELECT series FROM rollup)");
  if (!drop) return tl::unexpected(std::move(drop.error()));
  drop->Bind(1, std::int64_t{(now - limits_.max_age).time_since_epoch().count()});
  return drop->Run();
}

DatabaseResult<std::int64_t> History::Changes() {
  const auto value = ReadInteger(changes_);
  if (!value) return tl::unexpected(value.error());
  return value->value_or(0);
}

DatabaseResult<bool> History::IsNearlyFull() {
  const auto pages = ReadInteger(page_count_);
  if (!pages) return tl::unexpected(pages.error());
  const auto free = ReadInteger(free_count_);
  if (!free) return tl::unexpected(free.error());
  // A tenth is left for what the next batches bring.
  return pages->value_or(0) - free->value_or(0) > max_pages_ - max_pages_ / 10;
}

DatabaseResult<void> History::PruneBySize() {
  bool has_pruned = false;
  for (int go = 0; go < kMaxGoes; ++go) {
    const auto full = IsNearlyFull();
    if (!full) return tl::unexpected(full.error());
    if (!*full) break;
    has_pruned = true;
    if (auto done = drop_rollups_.Bind(1, kRowsAtOnce).Run(); !done) return done;
    const auto rollups = Changes();
    if (!rollups) return tl::unexpected(rollups.error());
    if (auto done = drop_passed_.Bind(1, kRowsAtOnce).Run(); !done) return done;
    const auto passed = Changes();
    if (!passed) return tl::unexpected(passed.error());
    if (*rollups + *passed >= kRowsAtOnce) continue;
    if (auto done = drop_failed_.Bind(1, kRowsAtOnce / 8).Run(); !done) return done;
    const auto failed = Changes();
    if (!failed) return tl::unexpected(failed.error());
    if (*rollups + *passed + *failed == 0) break;
  }
  if (!has_pruned) return {};
  // Only where the limit was higher once: otherwise free pages are used again.
  const auto pages = ReadInteger(page_count_);
  if (!pages) return tl::unexpected(pages.error());
  if (pages->value_or(0) <= max_pages_) return {};
  return database_.Execute("PRAGMA incremental_vacuum(4096)");
}

DatabaseResult<void> History::PruneByAge(WallTime now) {
  using std::chrono::duration_cast;
  const std::int64_t oldest_kept = (now - limits_.max_age).time_since_epoch().count();
  const auto outcome = ReadInteger(oldest_outcome_);
  if (!outcome) return tl::unexpected(outcome.error());
  if (*outcome && **outcome < oldest_kept) {
    if (auto done = drop_old_.Bind(1, kRowsAtOnce).Bind(2, oldest_kept).Run(); !done) return done;
  }
  const std::int64_t oldest_minute = duration_cast<std::chrono::minutes>(Span(oldest_kept)).count();
  const auto minute = ReadInteger(oldest_rollup_);
  if (!minute) return tl::unexpected(minute.error());
  if (!*minute || **minute >= oldest_minute) return {};
  return drop_old_rollups_.Bind(1, kRowsAtOnce).Bind(2, oldest_minute).Run();
}

DatabaseResult<void> History::Prune(WallTime now) {
  if (auto done = PruneByAge(now); !done) return done;
  return PruneBySize();
}

}  // namespace gaikei
