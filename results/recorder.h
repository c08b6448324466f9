#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "results/file_identity.h"
#include "results/history.h"
#include "results/history_query.h"
#include "results/outcome.h"
#include "results/state_dir.h"
#include "results/tally.h"

namespace gaikei {

struct RecorderOptions {
  /// Where the history lives (gaikei.db, beside a lock). Empty: in memory, gone with the process.
  std::string state_dir;
  HistoryLimits limits;
  /// Bound of the history in memory, in place of limits.max_bytes.
  std::uint64_t max_bytes_in_memory = std::uint64_t{64} << 20U;
  /// Told in one line whatever goes wrong later, on the thread it happens on. May be empty.
  std::function<void(const std::string&)> on_error;
  /// Told in one line when the state directory cannot be kept in, or can again. May be empty.
  std::function<void(const std::string&)> on_state_dir;
  /// The clock that age is judged by.
  std::function<WallTime()> now = WallNow;
};

/// Keeps outcomes: those that are not `pass` and the latest of each check in full, roll-ups by the
/// minute, and totals that go on over restarts. See results/history.h for what is forgotten when.
///
/// Nothing here fails loudly: an error of the database is counted, told to `on_error`, and costs
/// the outcomes since the last Commit() their place in the history (not in the totals). A file that
/// is damaged or not ours is renamed to gaikei.db.corrupt-TIME, and a new one begun. While the disk
/// takes nothing at the start, or the file has been taken away, the history is in memory; it goes
/// on in the file, with the totals, once there is one again.
///
/// Record() and Commit() belong to one thread; everything else may be called from any thread.
class Recorder {
 public:
  struct Counts {
    std::uint64_t errors = 0;     ///< errors of the database
    std::uint64_t lost = 0;       ///< outcomes that errors kept out of the history
    std::uint64_t put_aside = 0;  ///< files found damaged or foreign
  };

  /// The error is one line: the state directory cannot be used, for a reason that somebody has to
  /// mend, or another process uses it.
  static tl::expected<std::unique_ptr<Recorder>, std::string> Open(RecorderOptions options);
  /// Commits.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Appends within a transaction that stays open until Commit().
  void Record(std::span<const Outcome> outcomes);
  /// Outcomes, roll-ups and totals become durable together. Call it every half second or so.
  void Commit();

  /// Empty when the database cannot answer. What is committed is found.
  std::vector<std::string> Query(const OutcomeQuery& query);
  std::vector<HistoryRollup> Rollups(const std::string& check, const std::string& region,
                                     WallTime since);
  /// What was counted up to the last Commit(), for all checks that are remembered.
  std::vector<SeriesTally> Totals();
  Counts counts() const;
  /// What others keep in the state directory is only theirs while it is held. Null: there is none.
  const std::shared_ptr<StateDir>& state_dir() const { return state_dir_; }
  /// False for a history in memory, chosen or for want of a better. Any thread.
  bool is_durable() const { return is_durable_; }

 private:
  /// Counted since the last commit, for one check and region.
  struct Pending {
    std::string kind;
    Tally total;
    std::map<std::int64_t, Tally> minutes;
  };

  explicit Recorder(RecorderOptions options) : options_(std::move(options)) {}
  std::string OpenDatabase();
  std::string OpenInMemory();
  tl::expected<void, DatabaseError> TryOpen(const std::string& path);
  void LookAtPlace();
  void Leave();
  void TryToReturn();
  std::string PutAside();
  DatabaseResult<void> Append(std::span<const Outcome> outcomes);
  DatabaseResult<void> Write(WallTime now);
  void Count(const Outcome& outcome);
  void Report(const DatabaseError& error, const char* doing);
  void Abandon(const DatabaseError& error, const char* doing);
  template <class Rows, class Ask>
  Rows Read(const Ask& ask);

  RecorderOptions options_;
  std::shared_ptr<StateDir> state_dir_;
  std::string path_;  ///< ":memory:", where that was chosen, or the file

  std::mutex mutex_;  ///< guards everything down to pending_
  std::optional<History> history_;
  FileIdentity file_;     ///< the file that is open; none: it is in memory
  WallTime returned_at_;  ///< when that was tried last
  bool is_in_transaction_ = false;
  std::uint64_t in_transaction_ = 0;  ///< outcomes appended since Begin()
  std::map<std::pair<std::string, std::string>, Pending> pending_;

  /// A connection of its own for questions, so that a long one holds nobody up. Absent for a
  /// history in memory, which is one connection's own.
  std::mutex reader_mutex_;
  std::optional<Database> reader_;

  std::atomic<std::uint64_t> errors_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<std::uint64_t> put_aside_{0};
  std::atomic<bool> is_durable_{false};
};

}  // namespace gaikei
