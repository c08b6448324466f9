#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

struct sqlite3_vfs;

namespace gaikei::support {

/// A disk for SQLite that forgets: every database that is opened while this lives is kept in
/// memory, and what was not synced can be lost, in part or in whole. One thread; of several
/// connections to a file one is in a transaction at a time.
///
/// Names of files are durable once a log or journal beside them has been synced for the first time,
/// as the real disk layer syncs the directory then.
class CrashVfs {
 public:
  /// How much of what was not synced survives.
  enum class Loss : std::uint8_t {
    kNone,    ///< all of it: the process was killed, the machine lives
    kAll,     ///< nothing
    kRandom,  ///< some sectors of 512 bytes
  };

  CrashVfs();
  ~CrashVfs();
  CrashVfs(const CrashVfs&) = delete;
  CrashVfs& operator=(const CrashVfs&) = delete;

  /// The power is gone: files that are open work no more, and what is opened from now on is what
  /// was left.
  void Crash(Loss loss, std::mt19937_64& random);
  /// The same at the n-th write, sync, truncation or deletion from now on, which is not done any
  /// more, nor is any that follows until Crash().
  void CrashAt(std::uint64_t operation) { dies_in_ = operation; }
  /// The same now.
  void Kill() { is_dead_ = true; }
  bool is_dead() const { return is_dead_; }
  /// Writes, syncs, truncations and deletions so far.
  std::uint64_t operations() const { return operations_; }

  /// From now on writes, syncs, openings or reads fail with that code of SQLite's; 0: they succeed.
  /// What a sync that failed had to make durable never will be, however often it is synced later.
  void FailWrites(int code) { write_error_ = code; }
  void FailSyncs(int code) { sync_error_ = code; }
  void FailOpens(int code) { open_error_ = code; }
  void FailReads(int code) { read_error_ = code; }
  /// The files may take so many bytes together.
  void SetCapacity(std::optional<std::uint64_t> bytes) { capacity_ = bytes; }

  /// Bytes of a file as they are now; empty: there is none.
  std::string Content(const std::string& path) const;
  std::uint64_t size() const;

 private:
  friend struct CrashVfsCalls;
  struct Change {
    std::uint64_t offset = 0;
    std::string bytes;                        ///< written there
    std::optional<std::uint64_t> cut_off_at;  ///< or cut off there
  };
  struct Node {
    std::string now;
    std::string durable;
    std::vector<Change> unsynced;
    std::vector<std::vector<char>> shared;  ///< the index of the log
    std::set<const void*> sharers;          ///< open files that use it
    std::map<const void*, int> locks;       ///< levels, by open file
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;

  /// Counts an operation; false when it is not to be done.
  bool Do();
  static void Apply(std::string& content, const Change& change);
  static std::string Left(const Node& node, Loss loss, std::mt19937_64& random);

  std::unique_ptr<sqlite3_vfs> vfs_;
  sqlite3_vfs* real_ = nullptr;
  Names names_;
  Names durable_names_;
  std::uint64_t generation_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t dies_in_ = 0;
  bool is_dead_ = false;
  int write_error_ = 0;
  int sync_error_ = 0;
  int open_error_ = 0;
  int read_error_ = 0;
  std::optional<std::uint64_t> capacity_;
};

}  // namespace gaikei::support
