#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "results/database.h"
#include "results/outcome.h"
#include "results/tally.h"
#include "results/time.h"

namespace gaikei {

/// How much is kept.
struct HistoryLimits {
  std::size_t ring = 120;                      ///< latest outcomes of a series kept in full
  Span max_age = std::chrono::hours(24 * 30);  ///< of everything
  std::uint64_t max_bytes = std::uint64_t{1}
                            << 30U;  ///< of the database, its log beside it not counted
};

/// The history in one SQLite database: the writing side. One thread at a time; the recorder
/// (results/recorder.h) is the only user.
///
/// An outcome that is not `pass`, or is so at a further attempt alone, stays until age or size
/// drives it out; one that is `pass` leaves when it is no longer among the latest `ring` of its
/// series. Every call that changes something happens inside a transaction (Begin, Commit,
/// Rollback).
class History {
 public:
  /// Opens the file, or begins a new one; ":memory:" for one in memory. An error with is_corrupt()
  /// tells that the file is damaged or somebody else's.
  static DatabaseResult<History> Open(const std::string& path, const HistoryLimits& limits,
                                      WallTime now);

  DatabaseResult<void> Begin();
  DatabaseResult<void> Commit();
  void Rollback();

  DatabaseResult<void> Append(const Outcome& outcome, std::string_view json);
  /// Adds to the totals of a series since ever.
  DatabaseResult<void> AddTotals(const SeriesTally& more, WallTime now);
  /// Adds to the roll-up of one minute (minutes since 1970); phases are left out of it.
  DatabaseResult<void> AddRollup(const SeriesTally& more, std::int64_t minute);
  DatabaseResult<std::vector<SeriesTally>> Totals();

  /// Drops some of what is too old, and as much as it takes to get below the limit of size. For the
  /// size the oldest goes first, whereby a `pass` outcome ages sixteen times as fast as one that is
  /// not, and as a roll-up.
  DatabaseResult<void> Prune(WallTime now);
  /// The next Prune() makes more room than usual: a transaction did not fit.
  void MakeRoom() { must_make_room_ = true; }

  Database& database() { return database_; }

 private:
  struct Series {
    std::int64_t id = 0;
    std::int64_t last_sequence = 0;
  };

  explicit History(Database database) : database_(std::move(database)) {}
  DatabaseResult<void> PrepareAll();
  DatabaseResult<void> ApplyLimits();
  DatabaseResult<void> DropForgottenSeries(WallTime now);
  DatabaseResult<Series*> FindSeries(const std::string& check, const std::string& region,
                                     const std::string& kind);
  DatabaseResult<bool> IsAbove(std::int64_t pages);
  DatabaseResult<Statement*> NextToDrop(WallTime now);
  DatabaseResult<void> PruneBySize(WallTime now);
  DatabaseResult<void> PruneByAge(WallTime now);

  Database database_;
  HistoryLimits limits_;
  std::int64_t max_pages_ = 0;
  bool must_make_room_ = false;
  /// By check, NUL, region. Emptied by a rollback, which may take rows of `series` back.
  std::unordered_map<std::string, Series> series_;

  Statement find_series_, add_series_, last_sequence_;
  Statement append_, leave_ring_;
  Statement read_totals_, write_totals_, read_rollup_, write_rollup_;
  Statement oldest_outcome_, oldest_passed_, oldest_failed_, oldest_rollup_;
  Statement page_count_, free_count_;
  Statement drop_passed_, drop_failed_, drop_rollups_, drop_old_, drop_old_rollups_;
};

}  // namespace gaikei
