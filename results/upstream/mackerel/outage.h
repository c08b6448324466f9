#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/spool/sample.h"
#include "results/upstream/mackerel/record.h"

namespace gaikei::mackerel {

/// A time in which a check failed in one region whenever it could be judged.
struct Outage {
  WallTime from{};  ///< start of the first look that failed
  WallTime to{};    ///< end of the first one that passed again
  std::uint64_t failed = 0;
  Reason reason = Reason::kNone;  ///< of the first look that failed
  std::string phase;              ///< likewise; empty: none
  std::string message;            ///< likewise; one line, escaped, cut
};

/// Finds outages in the samples of one check in one region, in their order.
///
/// What is unknown neither begins nor ends one. Of a roll-up only the counts are known: where all
/// failed, one begins with it; where some passed, one that was open ends with it; none lies within.
struct OutageWatch {
  /// Ended ones that are kept; a check that fails and passes by turns loses the oldest.
  static constexpr std::size_t kEndedLimit = 10;

  std::optional<Outage> open;  ///< `to` is `from` as yet
  std::vector<Outage> ended;   ///< and not told to Mackerel yet, oldest first

  void Add(const Sample& sample);
  void Add(const Rollup& rollup);

  void Write(RecordWriter& out) const;
  /// See RecordReader for bytes that are none of Write()'s.
  static OutageWatch Read(RecordReader& in);

 private:
  void End(WallTime at);
};

}  // namespace gaikei::mackerel
