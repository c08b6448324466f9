#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/histogram.h"
#include "results/outcome.h"

namespace gaikei {

/// What became of one check in one region, in numbers: since ever (the counters of /metrics) or in
/// one minute (a roll-up of the history).
struct Tally {
  struct Outcomes {
    Status status = Status::kPass;
    Reason reason = Reason::kNone;
    std::uint64_t count = 0;
  };
  struct PhaseSpans {
    Phase phase{};
    Histogram spans;
  };

  std::vector<Outcomes> outcomes;  ///< pairs that occurred, in the order of their first time
  Histogram duration;              ///< kDurationBounds; of outcomes that are not `unknown`
  std::vector<PhaseSpans> phases;  ///< likewise; phases that occurred

  void Add(const Outcome& outcome);
  void Add(Status status, Reason reason, Span duration_of,
           const std::array<std::optional<Span>, kPhaseCount>& phases_of);
  /// False where nothing ran that could have lasted: the histograms leave it out.
  static bool HasDuration(Status status, Reason reason);
  void Merge(const Tally& more);
  /// Slots counted.
  std::uint64_t Total() const;

  /// One line of text for the database; enumerators by their stable names.
  std::string Encode() const;
  /// Absent when the text is none of Encode()'s.
  static std::optional<Tally> Decode(std::string_view text);

 private:
  Outcomes& CountOf(Status status, Reason reason);
  Histogram& SpansOf(Phase phase);
};

/// A tally and whose it is.
struct SeriesTally {
  std::string check;
  std::string region;
  std::string kind;
  Tally tally;
};

}  // namespace gaikei
