#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tl/expected.hpp>

#include "results/database.h"
#include "results/time.h"

namespace gaikei {

/// What a job said when it reported last.
struct KnownReport {
  WallTime at{};
  bool was_ok = true;
  std::optional<Span> duration;  ///< absent: it did not say
  std::string message;           ///< escaped, bounded; empty: it said nothing
};

/// What is known of one heartbeat beyond the life of a process.
struct HeartbeatMemory {
  /// The next report is late `every` and `grace` after this: the last report, or the moment at
  /// which the one before it was missed, less the grace.
  WallTime counted_from{};
  std::optional<KnownReport> last;  ///< absent: nothing was ever heard
};

/// The memory of heartbeats: heartbeats.db, an SQLite database beside the history. A file of its
/// own, because the history is within a transaction most of the time, and a report has to be safe
/// from a kill before it is answered.
///
/// Nothing fails loudly: an error is told to `on_error`, and costs what it was about. A file that
/// is damaged or not ours is renamed to heartbeats.db.corrupt-TIME, and a new one begun. Where the
/// disk takes nothing at the start, it is kept in memory. Any thread.
class HeartbeatStore {
 public:
  using OnError = std::function<void(const std::string&)>;

  /// `state_dir` exists and is ours (results/state_dir.h). The error is one line.
  static tl::expected<std::unique_ptr<HeartbeatStore>, std::string> Open(
      const std::string& state_dir, OnError on_error);

  /// Absent where the name is not known.
  std::optional<HeartbeatMemory> Read(const std::string& name);
  void Write(const std::string& name, const HeartbeatMemory& memory);
  /// Forgets all others.
  void KeepOnly(const std::set<std::string>& names);

 private:
  HeartbeatStore(std::string path, OnError on_error)
      : path_(std::move(path)), on_error_(std::move(on_error)) {}
  DatabaseResult<void> TryOpen(const std::string& path);
  DatabaseResult<void> Forget(const std::set<std::string>& names);
  void Report(const DatabaseError& error, const char* doing) const;

  const std::string path_;
  const OnError on_error_;
  std::mutex mutex_;  ///< guards all below
  std::optional<Database> database_;
  Statement read_, write_, names_, forget_;
};

}  // namespace gaikei
