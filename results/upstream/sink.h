#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "results/spool/lane_state.h"
#include "results/spool/sample.h"
#include "results/time.h"

namespace gaikei {

/// How one delivery ended.
struct Verdict {
  enum class Kind : std::uint8_t {
    kTaken,      ///< the upstream has it; what it said it did not take of it stands in `rejected`
    kRetry,      ///< not now: the same again, later
    kTooLarge,   ///< the same again, in smaller pieces
    kRefused,    ///< something in it will never be taken: found out by halving, then given up
    kForbidden,  ///< not with these credentials, or not at this address: kept, tried again slowly
  };
  Kind kind = Kind::kTaken;
  std::optional<Span> retry_after = {};  ///< what the upstream asked for; absent: nothing
  std::uint64_t rejected = 0;            ///< of a kTaken
  /// Of a kTaken, where the sink gathers: samples that the request stood for.
  std::uint64_t samples = 0;
  /// Of a kTaken: samples that the upstream says it had before, or had newer ones than.
  std::uint64_t duplicates = 0;
  /// Of a kTaken: samples that were not sent, because they are older than the upstream takes.
  std::uint64_t expired = 0;
  std::string message = {};  ///< one line, escaped, without secrets; empty: nothing to say
};

/// What an upstream makes of samples, and how it sends them: one protocol.
///
/// One delivery at a time: Prepare(), then Send() as often as it takes, then Settle() or Discard().
/// What Prepare() adds to counters is provisional until Settle(). One thread, that of the
/// upstreams.
///
/// A sink that gathers is given items as they come, long before they are due, and of a delivery
/// that is too large, or refused, makes smaller requests by itself, when it is asked to. Any other
/// is given the items of a delivery at once, and fewer of them again.
class Sink {
 public:
  struct Limits {
    /// Covered by one delivery at most. Of one that gathers: points in one request.
    std::size_t items = 1000;
    std::size_t bytes = std::size_t{4} << 20U;  ///< of its body before compression, about
    WallTime now{};
    /// Everything is to leave now: nothing is held back to wait for more (a process that ends).
    bool is_final = false;
  };
  using Done = std::function<void(Verdict)>;
  /// What one point was that is not sent, whoever it was of.
  struct GivenUp {
    std::uint64_t samples = 0;
    std::shared_ptr<const SampleSeries> series;
    WallTime scheduled_at{};  ///< of the first sample
  };

  virtual ~Sink() = default;

  /// Makes a delivery of the first items and gives how many it covers; those that it has no use for
  /// count. 0: it waits for more, or for a time to come (`items` is the whole backlog or as much of
  /// it as one delivery may have). `items` live until Settle() or Discard().
  /// Where it gathers: called with what comes next until it takes less than it is given, or Send();
  /// `items` live until it returns, and stay covered.
  virtual std::size_t Prepare(std::span<const SpoolItem* const> items, const Limits& limits) = 0;
  /// Sends what was prepared, or, where that is many requests, the next one that was not taken.
  /// `done` is called once, perhaps inside Send().
  virtual void Send(Done done) = 0;
  /// Stops a Send(): its `done` is not called any more.
  virtual void Cancel() = 0;
  /// The delivery is over, taken or given up: what it added to counters holds. Gives what changed.
  virtual std::vector<LaneState> Settle() = 0;
  /// The delivery will be prepared anew: what it added is taken back.
  virtual void Discard() = 0;

  virtual bool Gathers() const { return false; }
  /// After kTaken, where it gathers: the delivery has more requests.
  virtual bool HasMore() const { return false; }
  /// After kTooLarge or kRefused, where it gathers: makes the request smaller. False: it is of a
  /// single point.
  virtual bool Halve() { return false; }
  /// That point is not sent.
  virtual GivenUp GiveUp() { return {}; }
};

}  // namespace gaikei
