// The part of History that forgets.

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "results/history.h"

namespace gaikei {
namespace {

/// Rows dropped in one go. Nothing waits long for it, and it drops more than arrives.
constexpr std::int64_t kRowsAtOnce = 128;
/// Goes for one call of Prune().
constexpr int kMaxGoes = 64;
/// How much less a `pass` outcome is worth than another one of its age.
constexpr double kPassedAgesFaster = 16;

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
      "DELETE FROM outcome WHERE passed = 1 AND sequence <= "
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

DatabaseResult<bool> History::IsAbove(std::int64_t pages) {
  const auto all = ReadInteger(page_count_);
  if (!all) return tl::unexpected(all.error());
  const auto free = ReadInteger(free_count_);
  if (!free) return tl::unexpected(free.error());
  return all->value_or(0) - free->value_or(0) > pages;
}

DatabaseResult<Statement*> History::NextToDrop(WallTime now) {
  struct Row {
    Statement& oldest;
    Statement& drop;
    double weight;
  };
  const Row rows[] = {{oldest_passed_, drop_passed_, kPassedAgesFaster},
                      {oldest_rollup_, drop_rollups_, 1},
                      {oldest_failed_, drop_failed_, 1}};
  Statement* next = nullptr;
  double greatest = 0;
  for (const Row& row : rows) {
    const auto at = ReadInteger(row.oldest);
    if (!at) return tl::unexpected(at.error());
    if (!*at) continue;
    // At least a second, so that the weight counts for what is new or of the future, too.
    const Span age = std::max<Span>(now - WallTime(Span(**at)), std::chrono::seconds(1));
    const double weighted = Seconds(age) * row.weight;
    if (weighted <= greatest) continue;
    greatest = weighted;
    next = &row.drop;
  }
  return next;
}

DatabaseResult<void> History::PruneBySize(WallTime now) {
  // A tenth is left for what comes next.
  const std::int64_t target = must_make_room_ ? max_pages_ / 2 : max_pages_ - max_pages_ / 10;
  must_make_room_ = false;
  bool has_pruned = false;
  for (int go = 0; go < kMaxGoes; ++go) {
    const auto above = IsAbove(target);
    if (!above) return tl::unexpected(above.error());
    if (!*above) break;
    const auto next = NextToDrop(now);
    if (!next) return tl::unexpected(next.error());
    if (*next == nullptr) break;
    if (auto done = (*next)->Bind(1, kRowsAtOnce).Run(); !done) return done;
    has_pruned = true;
  }
  if (!has_pruned) return {};
  // Only where the limit was higher once: otherwise free pages are used again.
  const auto pages = ReadInteger(page_count_);
  if (!pages) return tl::unexpected(pages.error());
  if (pages->value_or(0) <= max_pages_) return {};
  return database_.Execute("PRAGMA incremental_vacuum(4096)");
}

DatabaseResult<void> History::PruneByAge(WallTime now) {
  const std::int64_t oldest_kept = (now - limits_.max_age).time_since_epoch().count();
  const auto outcome = ReadInteger(oldest_outcome_);
  if (!outcome) return tl::unexpected(outcome.error());
  if (*outcome && **outcome < oldest_kept) {
    if (auto done = drop_old_.Bind(1, kRowsAtOnce).Bind(2, oldest_kept).Run(); !done) return done;
  }
  const auto rollup = ReadInteger(oldest_rollup_);
  if (!rollup) return tl::unexpected(rollup.error());
  if (!*rollup || **rollup >= oldest_kept) return {};
  return drop_old_rollups_.Bind(1, kRowsAtOnce).Bind(2, oldest_kept).Run();
}

DatabaseResult<void> History::Prune(WallTime now) {
  if (auto done = PruneByAge(now); !done) return done;
  return PruneBySize(now);
}

}  // namespace gaikei
