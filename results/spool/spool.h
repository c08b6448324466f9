#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "results/outcome.h"
#include "results/spool/lane_state.h"
#include "results/spool/sample.h"
#include "results/state_dir.h"
#include "results/time.h"

namespace gaikei {

/// Why samples are dropped: names in LaneAccount::dropped.
namespace drop_reason {
inline constexpr const char* kExpired = "expired";        ///< older than max_age
inline constexpr const char* kFolded = "folded";          ///< no room, not even for roll-ups
inline constexpr const char* kCorrupt = "corrupt";        ///< the file was damaged
inline constexpr const char* kDisk = "disk";              ///< the disk took nothing for too long
inline constexpr const char* kDeselected = "deselected";  ///< the upstream wants them no more
}  // namespace drop_reason

enum class SpoolSync : std::uint8_t {
  kInterval,  ///< Commit() makes durable what was appended since the one before
  kAlways,    ///< Append() does, before it returns
};

struct SpoolOptions {
  /// Where spool.db lives. Empty: in memory, gone with the process.
  std::string state_dir;
  /// Asked before every commit who has it (results/state_dir.h). Empty: this process.
  std::function<Holding()> hold;
  SpoolSync sync = SpoolSync::kInterval;
  /// Bound of each lane where the spool is in memory, whatever the lane says.
  std::uint64_t max_bytes_in_memory = std::uint64_t{64} << 20U;
  /// While the disk takes nothing: bytes of samples that are held in memory before they are folded.
  std::uint64_t max_unwritten_bytes = std::uint64_t{16} << 20U;
  /// Told in one line whatever goes wrong, on the spool's thread. May be empty.
  std::function<void(const std::string&)> on_error;
  /// The clock that age is judged by.
  std::function<WallTime()> now = WallNow;
};

/// One upstream's claim on the spool.
struct SpoolLane {
  std::string name;                                     ///< unique
  std::uint64_t max_bytes = std::uint64_t{256} << 20U;  ///< hard; beyond it detail is folded
  Span max_age = std::chrono::hours(24);                ///< older samples expire
  bool wants_json = false;                              ///< Sample::json is needed
  /// Roll-ups can be delivered. Otherwise what would become one is dropped ("folded").
  bool takes_rollups = true;
  /// Which series it wants; null: all.
  std::function<bool(const SampleSeries&)> selects = {};
};

/// What became of the samples of one lane since it exists. At every instant
/// produced = sent + spooled + rejected + sum of dropped.
struct LaneAccount {
  std::string name;
  std::uint64_t produced = 0;
  std::uint64_t sent = 0;
  std::uint64_t rejected = 0;                    ///< the upstream said no
  std::uint64_t duplicates = 0;                  ///< among `sent`: the upstream had them already
  std::map<std::string, std::uint64_t> dropped;  ///< by reason: "expired" "folded" "corrupt" "disk"
  std::uint64_t spooled = 0;
  std::uint64_t bytes = 0;                 ///< that the spooled samples take
  std::optional<WallTime> oldest_at = {};  ///< `at` of the oldest of them
  unsigned fold_level =
      0;  ///< 0 all in full, 1 some without detail, 2 by the minute, 3 by the hour, 4 in one
};

/// Where samples wait for the upstreams: one log for all, a cursor (a lane) for each.
///
/// What Commit() has returned for survives the end of the process at any instruction, and of the
/// machine. Reading gives what is committed, so that nothing is sent that could be forgotten.
///
/// Nothing here fails loudly. While the disk takes nothing, samples stay in memory, can be read all
/// the same, and are written when it does again. A file that is damaged or not ours is renamed to
/// spool.db.corrupt-TIME, what can be read of it is taken over, the rest counts as dropped. The
/// file of a newer version is left alone: the spool is in memory then, as it is where another
/// process has taken the state directory. A file that has lost its end is known by a mark beside it
/// (spool_mark.h).
///
/// One thread; Check() and Dump() for `gaikei spool` see spool_report.h.
class Spool {
 public:
  struct Counts {
    std::uint64_t errors = 0;     ///< errors of the database
    std::uint64_t put_aside = 0;  ///< files found damaged or foreign
    std::uint64_t corrupt = 0;    ///< samples of all lanes that damage took, also before the start
    bool is_degraded = false;     ///< the disk takes nothing at present
  };
  /// Items for a lane, in order, and what they live in.
  struct Backlog {
    std::vector<const SpoolItem*> items;
    std::vector<std::shared_ptr<const void>> owners;
    /// There is more, which it may not have before some of what it was given is settled.
    bool is_cut = false;
  };
  /// What became of the items up to a position.
  struct Settlement {
    Sequence end = 0;  ///< SpoolItem::end of the last item that is settled
    std::uint64_t sent = 0;
    std::uint64_t rejected = 0;
    std::uint64_t duplicates = 0;
    std::map<std::string, std::uint64_t> dropped = {};
    std::vector<LaneState> states = {};
  };

  /// The error is one line: the directory cannot be used at all. REQUIRES: the caller holds the
  /// state directory (results/state_dir.h).
  static tl::expected<std::unique_ptr<Spool>, std::string> Open(SpoolOptions options);
  /// Commits.
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// Which lanes there are from now on. A new one begins at the end of the log. One that is gone is
  /// forgotten once everything in it is older than its max_age.
  void SetLanes(std::vector<SpoolLane> lanes);
  void Append(std::span<const Outcome> outcomes);
  /// The check is no longer made in that region; nothing where none of its series is known.
  void Depart(const std::string& check, const std::string& region);
  /// Checks in regions whose last word is no departure, sorted.
  std::vector<std::pair<std::string, std::string>> Present();
  void Commit();

  /// At most so many items from the lane's cursor on, and about so many bytes of them. `from`: only
  /// those from that position on, for whoever was given what lies before and has not settled it.
  Backlog Read(const std::string& lane, std::size_t max_items, std::size_t max_bytes,
               Sequence from = 0);
  /// Moves the lane's cursor; durable, with the states, at the next Commit(). What was settled and
  /// not committed when the process ends is delivered once more.
  void Settle(const std::string& lane, Settlement settlement);
  std::optional<std::string> LoadState(const std::string& lane, std::int64_t series);

  /// Of all lanes, sorted by name. What is appended but not committed is spooled.
  std::vector<LaneAccount> accounts() const;
  /// Of one lane; empty where there is none of that name.
  LaneAccount account(const std::string& lane) const;
  Counts counts() const;
  /// False for a spool in memory, chosen or for want of a better, and while the disk takes nothing.
  bool is_durable() const;

 private:
  struct Impl;
  explicit Spool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei
