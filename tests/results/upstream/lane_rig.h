#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "results/spool/spool.h"
#include "results/upstream/lane.h"
#include "results/upstream/sink.h"

namespace gaikei::testing {

/// A sample as an upstream has seen it.
struct Seen {
  std::string check;
  WallTime scheduled_at{};
  bool operator==(const Seen&) const = default;
};

/// An upstream that answers as told and remembers exactly what it was sent, and what it took.
class FakeSink final : public Sink {
 public:
  /// How a delivery is answered; null, or absent: it is taken. Asked for every Send().
  std::function<std::optional<Verdict>(const std::vector<Seen>&)> answer;
  bool holds_answers = false;           ///< Done is kept until Release()
  std::vector<std::vector<Seen>> sent;  ///< every Send(), in order
  std::vector<Seen> taken;              ///< what was answered by kTaken
  unsigned discarded = 0;
  unsigned cancelled = 0;
  bool was_final = false;

  std::size_t Prepare(std::span<const SpoolItem* const> items, const Limits& limits) override;
  void Send(Done done) override;
  void Cancel() override;
  std::vector<LaneState> Settle() override;
  void Discard() override;

  bool IsHolding() const { return static_cast<bool>(held_); }
  void Release();

 private:
  void Answer(const Done& done);

  std::vector<Seen> prepared_;
  Done held_;
};

/// A spool in memory, lanes on it, and a time that is made up: nothing waits in truth.
class LaneRig {
 public:
  struct Served {
    std::string name;
    FakeSink* sink = nullptr;  ///< owned by the lane; null where it has another one
    std::unique_ptr<Lane> lane;
    std::vector<std::string> told;  ///< what it had to say
  };

  /// `max_bytes`: bound of every lane.
  explicit LaneRig(std::uint64_t max_bytes = std::uint64_t{64} << 20U);

  /// Another lane; `options` without a name.
  Served& AddLane(const std::string& name, LaneOptions options = {});
  Served& AddLane(const std::string& name, LaneOptions options, std::unique_ptr<Sink> sink);
  /// The lane made anew, as after a reload. Its sink is a fresh one.
  void Renew(Served& served, LaneOptions options = {});
  /// One passed outcome of that check, scheduled now.
  void Produce(const std::string& check = "home");
  /// Lets the time pass: commits every half second, polls lanes when they want it. `tick`, where it
  /// is given, is called every `tick_every`, first at once. The equation is asserted at every step.
  void Run(Span span, Span tick_every = {}, const std::function<void()>& tick = {});

  LaneAccount account(const std::string& lane) const { return spool_->account(lane); }
  MonoTime now() const { return now_; }
  WallTime wall() const { return wall_; }
  Spool& spool() { return *spool_; }

 private:
  void Step();
  void AssertEquation() const;
  LaneOptions Complete(Served& served, LaneOptions options);

  MonoTime now_{std::chrono::hours(1)};
  WallTime wall_;
  MonoTime next_commit_{now_};
  std::unique_ptr<Spool> spool_;
  std::vector<std::unique_ptr<Served>> served_;
};

}  // namespace gaikei::testing
