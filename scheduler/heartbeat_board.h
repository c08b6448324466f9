#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/expect/expect.h"
#include "results/heartbeat_store.h"
#include "results/outcome.h"
#include "results/secret.h"
#include "scheduler/clock.h"

namespace gaikei {

/// A job that reports to us, and what is expected of it.
struct PlannedHeartbeat {
  std::string name;  ///< that the job reports to; unique in a plan
  std::shared_ptr<const CheckIdentity> identity;
  std::string region;                      ///< of its outcomes: this prober's own
  Span every{};                            ///< > 0: a report is expected that often
  Span grace{};                            ///< how much later it may come
  Secret token;                            ///< that a report has to bear; empty: none
  std::vector<expect::Expression> expect;  ///< judged on reports that say ok
  std::vector<expect::Expression> warn;    ///< likewise
};

/// What a job says of itself.
struct HeartbeatReport {
  bool is_ok = true;
  std::optional<Span> duration;  ///< absent: it does not say
  std::string message;           ///< its own words, as they came; empty: none
};

/// What becomes of a report.
enum class ReportAnswer : std::uint8_t {
  kTaken,
  kRefused,  ///< the token is wrong or, where any heartbeat has one, there is no such name
  kUnknown,  ///< no such name, and no heartbeat has a token
};

/// What is known of one heartbeat at present.
struct HeartbeatState {
  std::shared_ptr<const CheckIdentity> identity;
  std::string region;
  Span every{};
  Span grace{};
  std::optional<WallTime> last_at;  ///< last report; absent: none is known
  WallTime late_at{};               ///< when the next one is late
};

/// Listens for heartbeats (docs/heartbeats.md): every report gives an outcome at once, silence a
/// heartbeat_missed at the moment a report is late, and another each `every` after that.
///
/// Waits by the monotonic clock; the wall clock serves the memory alone. What this prober could not
/// hear is no miss: a report that was due while no process ran is expected anew, `every` and
/// `grace` from the start; after a pause of the process or the machine (longer than kPause) what is
/// late is given kListen more, and is expected anew where the pause was longer than kShortPause.
/// Reports that were expected within such a pause have no outcome.
///
/// `sink` is called with the board's mutex held and must not call the board. Construction,
/// destruction and SetPlan() belong to the clock's thread, all else to any.
class HeartbeatBoard {
 public:
  using Sink = std::function<void(Outcome)>;

  static constexpr Span kPause = std::chrono::seconds(1);
  static constexpr Span kListen = std::chrono::seconds(10);
  static constexpr Span kShortPause = std::chrono::minutes(1);

  /// `store` null: nothing is known beyond the life of the board.
  HeartbeatBoard(Clock& clock, HeartbeatStore* store, Sink sink);
  HeartbeatBoard(const HeartbeatBoard&) = delete;
  HeartbeatBoard& operator=(const HeartbeatBoard&) = delete;

  /// Replaces what is expected. What is known of a name that stays is kept; where its `every` or
  /// `grace` has changed the next report is expected accordingly, never in the past.
  void SetPlan(std::vector<PlannedHeartbeat> plan);

  /// The report of a stranger. Takes the same time for a wrong token and for a name that is none.
  ReportAnswer Report(std::string_view name, std::string_view token, const HeartbeatReport& report);

  /// In order of name.
  std::vector<HeartbeatState> States() const;

 private:
  struct Entry {
    PlannedHeartbeat planned;
    std::optional<KnownReport> last;
    MonoTime heard{};  ///< when `last` came; means something only where there is one
    MonoTime due{};    ///< the next report is late at this moment

    Span patience() const { return planned.every + planned.grace; }
  };

  void Recall(Entry& entry, MonoTime now);
  static void Replan(Entry& entry, PlannedHeartbeat planned, MonoTime now);
  void Remember(const Entry& entry);
  void Look();
  void NoticePause(MonoTime now);
  void Excuse(Span length, bool ran_on, MonoTime now);
  void Miss(Entry& entry);
  void ArmNext(MonoTime now);
  WallTime WallAt(MonoTime time) const;

  Clock& clock_;
  HeartbeatStore* const store_;
  const Sink sink_;
  std::unique_ptr<Alarm> alarm_;  ///< the clock's thread alone

  mutable std::mutex mutex_;                           ///< guards all below
  std::map<std::string, Entry, std::less<>> entries_;  ///< by name
  Secret decoy_;                        ///< some heartbeat's token; empty: none has one
  MonoTime awaited_ = MonoTime::max();  ///< when the alarm is to ring
  Span offset_{};                       ///< of the wall clock from the monotonic one
};

}  // namespace gaikei
