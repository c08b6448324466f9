#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/spool/lane_state.h"

namespace gaikei::remote_write {

/// Which series of the protocol the upstream has of one of ours.
struct SentSeries {
  /// How they were called (LabelRules::fingerprint() and the version). Under another one none of
  /// them is known there.
  std::uint64_t shape = 0;
  /// Samples of the counter and histogram families, by family: the first so many of what
  /// WriteTallies() writes are there.
  std::map<std::string, std::uint64_t, std::less<>> samples;
  /// Gauges that had a value in the last point (gauge_names.h).
  std::string gauges;

  std::uint64_t SamplesOf(std::string_view family) const;
  bool operator==(const SentSeries&) const = default;
};

/// Remembers SentSeries beside the counters, in one state for each series: stands between the
/// counters and where states are kept.
class SentBook final : public LaneStates {
 public:
  /// `states` outlives it.
  explicit SentBook(LaneStates& states) : states_(states) {}

  /// The counters' part. What else was kept is found by Find() from now on.
  std::optional<std::string> Load(std::int64_t series) override;
  /// What was kept last; null where there is nothing. REQUIRES: the counters were loaded.
  const SentSeries* Find(std::int64_t series) const;

  /// The upstream has that now. REQUIRES: its counters are among those that Wrapped() gets next.
  void Set(std::int64_t series, SentSeries sent);
  void Forget(std::int64_t series) { kept_.erase(series); }
  /// States of the counters with what was sent beside them. Where one is to be forgotten, so is
  /// that.
  std::vector<LaneState> Wrapped(std::vector<LaneState> counters);

 private:
  LaneStates& states_;
  std::map<std::int64_t, SentSeries> kept_;
};

}  // namespace gaikei::remote_write
