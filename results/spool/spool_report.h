#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/spool/spool.h"

namespace gaikei {

/// What a spool holds, by upstream.
struct SpoolStatus {
  struct Lane {
    LaneAccount account;
    bool is_filtered = false;  ///< it takes some of the checks only
    /// Which ones is known: the selection that was given is the one that counts were made by.
    bool is_selection_known = true;
    std::optional<WallTime> gone_at;  ///< since when no upstream has that name; absent: one has
  };
  std::vector<Lane> lanes;       ///< sorted by name
  std::uint64_t file_bytes = 0;  ///< of spool.db and its log
  /// Something could not be read: what is told is what could be.
  bool is_damaged = false;
};

/// What a look at everything in a spool has found.
struct SpoolCheck {
  std::vector<std::string> faults;  ///< one line each, escaped; the first thousand
  std::vector<std::string> notes;   ///< what could not be judged, likewise
  std::uint64_t rows = 0;           ///< of items, that were read
  std::uint64_t samples = 0;        ///< in them, each counted once for the log and for each fold
};

/// Looks into a spool.db without changing it, also while a daemon writes it: no state directory
/// need be held. Every call sees what was committed when it began. Texts of errors are one line,
/// escaped. One thread.
class SpoolReport {
 public:
  /// Which series an upstream wants, by its name. One that is not there may want any.
  using Selections = std::map<std::string, std::function<bool(const SampleSeries&)>>;

  /// Why there is nothing to look into.
  struct NoReport {
    std::string text;
    /// There is a file, and nothing of it can be read: it is damaged, cut off or not ours.
    bool is_damage = false;
  };
  static tl::expected<std::unique_ptr<SpoolReport>, NoReport> Open(const std::string& state_dir,
                                                                   Selections selections);
  ~SpoolReport();

  const std::string& path() const;
  SpoolStatus Status();
  /// Gives what waits for an upstream, in order, as ToJson() (item_json.h) wants it, until `take`
  /// returns false. Rows that are damaged are left out, and told at the end as an error. What is
  /// delivered meanwhile by a daemon may be left out.
  tl::expected<void, std::string> Dump(const std::string& lane,
                                       const std::function<bool(const SpoolItem&)>& take);
  /// Reads everything and compares it with its checksums and counts. Takes a while.
  SpoolCheck Check();

 private:
  struct Impl;
  explicit SpoolReport(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei
