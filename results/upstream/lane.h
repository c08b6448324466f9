#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "results/spool/spool.h"
#include "results/time.h"
#include "results/upstream/backoff.h"
#include "results/upstream/sink.h"

namespace gaikei {

/// How one upstream is served.
struct LaneOptions {
  std::string name;                       ///< of the lane in the spool
  Span every = std::chrono::seconds(15);  ///< between two deliveries where little waits
  /// Items in one delivery; points in one request of a sink that gathers.
  std::size_t max_batch = 1000;
  double drain_rate = 10'000;  ///< samples a second while a backlog is worked off
  /// Told in one line what is worth a log entry; the same thing once a minute at most,
  /// with how often it came again. May be empty.
  std::function<void(const std::string&)> on_trouble;
  /// Told in one line that a trouble is over. May be empty.
  std::function<void(const std::string&)> on_recovery;
};

/// What became of deliveries, for the metrics. They only ever grow, from the start of the process.
struct LaneCounts {
  std::uint64_t taken = 0;
  std::uint64_t retried = 0;    ///< put off, to be tried again
  std::uint64_t too_large = 0;  ///< made smaller
  std::uint64_t refused = 0;    ///< halved, or given up
  std::uint64_t forbidden = 0;  ///< paused
};

/// Takes samples from the spool to one upstream, in order, one delivery at a time.
///
/// - What little there is leaves every `every`; a full batch leaves at once. A sink that gathers is
///   given what comes as it comes, and all of it leaves every `every`.
/// - kRetry: the same delivery again after a growing pause with jitter, or after what the upstream
///   asked for; for ever, since the spool is what has bounds.
/// - kTooLarge, kRefused: half of it, until it is taken or a single item (or point, of a sink that
///   gathers) is left, which is given up as rejected.
/// - kForbidden: everything is kept; tried again every five minutes, and at once after a reload.
/// - After an outage the backlog leaves at drain_rate, or at twice what comes in where that is
/// more.
///
/// Knows no clock and no loop: Poll() is told the time. One thread.
class Lane {
 public:
  /// What is passed by reference outlives the lane.
  Lane(Spool& spool, LaneOptions options, std::unique_ptr<Sink> sink, std::uint64_t jitter_seed);
  /// Stops a delivery in flight; what it carried stays in the spool.
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /// Does what is due. Gives when it wants to be polled again; absent: when a delivery ends
  /// (`on_idle` is called then) or something was appended.
  std::optional<MonoTime> Poll(MonoTime now, WallTime wall);
  /// As Poll(), but nothing new is begun: for one that is about to be replaced.
  void Conclude(MonoTime now);
  /// Called on the spool's thread when a delivery has ended outside Poll(): poll it then.
  void OnSettled(std::function<void()> on_settled) { on_settled_ = std::move(on_settled); }
  /// What waits leaves now, and as soon as it can: the process is about to end.
  void Flush() { is_flushing_ = true; }
  /// True when nothing waits and nothing is in flight.
  bool IsEmpty() const;
  /// A delivery is in flight, or its end was not taken in yet.
  bool IsSending() const { return state_ == State::kSending; }
  /// True while the upstream cannot be had: the last delivery was put off.
  bool IsHeldUp() const { return backoff_.is_waiting() || is_forbidden_; }
  /// True while it refuses our credentials, or there is nothing of its kind at that address.
  bool IsForbidden() const { return is_forbidden_; }
  /// What the upstream said last where it did not take a delivery; empty: it took it.
  const std::string& trouble() const { return trouble_; }
  const std::string& name() const { return options_.name; }
  LaneCounts counts() const { return counts_; }
  /// Goes on counting where one of the same name ends.
  void Succeed(const Lane& predecessor) { counts_ = predecessor.counts_; }

 private:
  enum class State : std::uint8_t {
    kIdle,     ///< nothing is prepared
    kSending,  ///< a delivery is in flight
    kWaiting,  ///< one is prepared, to be sent again at not_before_
  };
  bool IsDue(MonoTime now);
  bool IsGatheredDue(MonoTime now);
  bool Begin(MonoTime now, WallTime wall);
  bool Gather(WallTime wall);
  std::size_t Take(const Spool::Backlog& backlog, const Sink::Limits& limits);
  Sink::Limits LimitsAt(WallTime wall) const;
  void SendNow();
  void OnVerdict(Verdict verdict);
  void React(const Verdict& verdict, MonoTime now);
  void OnTaken(const Verdict& verdict, MonoTime now);
  void OnTrouble(const Verdict& verdict, MonoTime now);
  void Shrink(const Verdict& verdict, MonoTime now);
  void ShrinkRequest(const Verdict& verdict, MonoTime now);
  void GiveUp(const Verdict& verdict, std::uint64_t samples, const std::string& identity,
              MonoTime now);
  void GoOn(std::uint64_t samples, MonoTime now);
  void Count(const Verdict& verdict);
  void Settle(MonoTime now);
  void Clear();
  void MeasureInflow(MonoTime now);
  void Say(const std::string& gist, const std::string& more, MonoTime now);
  LaneAccount Account() const;

  Spool& spool_;
  const LaneOptions options_;
  std::unique_ptr<Sink> sink_;
  std::function<void()> on_settled_;
  State state_ = State::kIdle;
  bool is_polling_ = false;
  std::optional<Verdict> verdict_;  ///< came since the last Poll()

  // The delivery.
  Spool::Backlog backlog_;      ///< unused where the sink gathers
  std::size_t covered_ = 0;     ///< items
  std::uint64_t samples_ = 0;   ///< of them
  Sequence end_ = 0;            ///< of the last of them; 0: there is none
  bool was_put_off_ = false;    ///< more may have come since it was complete
  bool is_full_ = false;        ///< nothing more is gathered
  Spool::Settlement result_{};  ///< so far

  std::size_t limit_;        ///< items in a delivery: halves on trouble, grows again
  std::uint64_t to_go_ = 0;  ///< samples that are to leave before the next pause of `every`
  bool is_flushing_ = false;
  std::optional<MonoTime> next_due_;  ///< absent: before the first delivery
  MonoTime not_before_{};             ///< nothing is sent before

  bool is_catching_up_ = true;           ///< more waits than one interval brings
  double inflow_ = 0;                    ///< samples a second
  std::uint64_t measured_produced_ = 0;  ///< what the account said at measured_at_
  std::optional<MonoTime> measured_at_;

  bool is_forbidden_ = false;
  Backoff backoff_;
  std::string trouble_;
  std::string said_;  ///< last thing told
  MonoTime said_at_{};
  std::uint64_t not_said_ = 0;  ///< times that it was not told again
  LaneCounts counts_;
};

}  // namespace gaikei
