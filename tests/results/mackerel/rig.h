#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "results/spool/sample.h"
#include "results/upstream/sink.h"
#include "results/upstream/sinks.h"
#include "stand_in.h"

namespace gaikei::testing {

/// 2026-11-23T03:48:00Z, the start of a minute.
WallTime Noon();

/// A log with one lane, a sink of Mackerel at its end and the stand-in behind it: what a lane does
/// with verdicts, as its header says, and what a spool does with states. Time is the stand-in's.
class Rig {
 public:
  enum class Kind { kMetrics, kReports };

  explicit Rig(Kind kind);

  UpstreamSpec spec;
  SenderIdentity sender;
  StandIn mackerel;
  std::size_t max_batch = 1000;

  /// Makes the sink anew from what was kept: as a process that has started.
  void Restart();
  /// At the present time of the stand-in.
  Sample MakeSample(const std::string& check, Status status = Status::kPass,
                    Span duration = std::chrono::milliseconds(100),
                    const std::string& region = "tokyo");
  void Append(Sample sample);
  void Append(Rollup rollup);
  void Depart(const std::string& check, const std::string& region = "tokyo");
  /// The check's labels change: another series from now on.
  void Relabel(const std::string& check, const std::string& region = "tokyo");
  std::shared_ptr<const SampleSeries> SeriesOf(const std::string& check,
                                               const std::string& region = "tokyo");

  /// Delivers what the sink wants to deliver now; stops at a delivery that is put off.
  void Poll(bool is_final = false);
  /// Lets the time pass, second by second or so, and polls.
  void Run(Span span, Span step = std::chrono::seconds(5));
  void Advance(Span span) { mackerel.now += span; }

  std::vector<Verdict> verdicts;
  std::uint64_t sent = 0;
  std::uint64_t rejected = 0;
  std::uint64_t expired = 0;
  /// Samples that wait.
  std::uint64_t Waiting() const;
  std::map<std::int64_t, std::string> states;

  /// Value of a point; absent: there is none.
  std::optional<double> Point(const std::string& name, WallTime minute) const;

 private:
  class States;
  bool Deliver(bool is_final);
  void Settle(const Verdict& verdict, bool is_taken);

  const Kind kind_;
  std::vector<std::unique_ptr<SpoolItem>> log_;
  std::size_t cursor_ = 0;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const SampleSeries>> series_;
  std::int64_t next_series_ = 1;
  std::unique_ptr<LaneStates> reader_;
  std::unique_ptr<Sink> sink_;
  std::size_t covered_ = 0;  ///< of a delivery that was put off
  std::size_t limit_ = 0;
};

}  // namespace gaikei::testing
