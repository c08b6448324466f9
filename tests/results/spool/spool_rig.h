#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "results/spool/spool.h"
#include "tests/results/samples.h"

namespace gaikei::testing {

/// A directory of its own, removed at the end; in memory where the machine has such a place, since
/// hundreds of syncs are made in it.
class FastDir {
 public:
  FastDir();
  ~FastDir();
  FastDir(const FastDir&) = delete;
  FastDir& operator=(const FastDir&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A spool in a directory of its own, with a clock that stands, and what it is told and gives.
class SpoolRig {
 public:
  SpoolRig() = default;
  /// A spool in memory.
  explicit SpoolRig(std::nullptr_t) : is_in_memory_(true) {}
  ~SpoolRig();

  /// Opens it with the lanes, or says why not.
  std::string Open(std::vector<SpoolLane> lanes = {{.name = "up"}});
  /// As a process that ends well.
  void Close() { spool_.reset(); }
  /// As Close() and Open() with the lanes of last time.
  void Restart();
  Spool& spool() { return *spool_; }
  bool is_open() const { return spool_ != nullptr; }
  std::string path() const { return dir() + "/spool.db"; }
  const std::string& dir() const { return dir_.path(); }
  /// Files that were put aside.
  std::size_t CountAside() const;

  /// One that passed at the clock's time, a millisecond after the one before.
  Outcome Make(const std::string& check = "home", const std::string& region = "tokyo");
  /// Appends so many, of checks "check0", "check1", ... in turn.
  void Append(int count, int checks = 1);
  void AppendAndCommit(int count, int checks = 1);

  /// Delivers all that can be read, at most so many items at a time, and checks what is delivered:
  /// in order, none twice, of series that the lane wants. Gives it in the form of Identity().
  std::vector<std::string> Drain(const std::string& lane = "up", std::size_t at_a_time = 1000);
  /// Reads and settles the first items: so many are sent.
  std::uint64_t Send(const std::string& lane, std::size_t items);

  /// Of every lane: the equation holds, and what is spooled is what the rows say. `what` tells
  /// where.
  void Check(const std::string& what);
  LaneAccount Account(const std::string& lane = "up") { return spool_->account(lane); }
  const std::vector<std::string>& errors() const { return errors_; }

  static std::string Identity(const SpoolItem& item);

  SpoolOptions options;
  WallTime now = SampleTime();

 private:
  bool is_in_memory_ = false;
  FastDir dir_;
  std::vector<SpoolLane> lanes_;
  std::unique_ptr<Spool> spool_;
  std::vector<std::string> errors_;
  std::map<std::string, std::shared_ptr<const CheckIdentity>> checks_;
  std::uint64_t made_ = 0;
};

/// produced = sent + spooled + rejected + sum of dropped.
void ExpectBalanced(const LaneAccount& account, const std::string& what);

/// Samples that the rows of a closed or idle file hold for a lane; absent where it cannot be read,
/// or has no such lane.
std::optional<std::uint64_t> CountRows(const std::string& path, const std::string& lane,
                                       const std::function<bool(const SampleSeries&)>& selects,
                                       bool takes_rollups);

}  // namespace gaikei::testing
