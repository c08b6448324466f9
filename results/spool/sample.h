#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "results/exponential_histogram.h"
#include "results/latest.h"
#include "results/outcome.h"
#include "results/tally.h"

namespace gaikei {

/// Position in the spool's log: counts what was ever appended, from 1, over restarts.
using Sequence = std::uint64_t;

/// One check in one region under one set of labels. Another target, kind or label is another one.
struct SampleSeries {
  std::int64_t id = 0;  ///< stable over restarts of one state directory; from 1
  std::shared_ptr<const CheckIdentity> check;  ///< never null
  std::string region;
};

/// An outcome as it waits for the upstreams: what metrics are made of, and no more unless some
/// upstream wants all of it. Its identity is (check, region, scheduled_at): what is sent twice
/// carries the same one.
struct Sample {
  std::shared_ptr<const SampleSeries> series;  ///< never null
  WallTime scheduled_at{};
  WallTime started_at{};
  /// When it was over: started_at + duration; scheduled_at for a slot that never started.
  WallTime at{};
  Reason reason = Reason::kNone;
  Counts counts = Counts::kMissing;
  std::string phase;  ///< that failed: "connect", "step:login"; empty: none
  Blame blame = Blame::kTarget;
  std::string message;  ///< one line, escaped; empty for pass
  std::string address;  ///< peer, numeric; empty: none was tried
  std::uint16_t port = 0;
  std::string
      trace_id;   ///< 32 hexadecimal digits of the traceparent that was sent; empty: none was
  Latest latest;  ///< status, duration, phases, and what each kind of check has seen
  /// The whole outcome (results/outcome_json.h). Empty unless an upstream wants it, and once detail
  /// was folded.
  std::string json;

  /// `json` is filled in when `with_json`.
  static Sample Of(const Outcome& outcome, std::shared_ptr<const SampleSeries> series,
                   bool with_json);
};

/// Samples of one series that have become one, to save room. Counts are exact.
struct Rollup {
  std::shared_ptr<const SampleSeries> series;  ///< never null
  WallTime from{};                             ///< `at` of the first
  WallTime at{};                               ///< `at` of the last
  std::uint64_t samples = 0;
  std::uint64_t good = 0;     ///< by Counts
  std::uint64_t bad = 0;      ///< likewise
  std::uint64_t missing = 0;  ///< likewise
  Tally tally;                ///< without phases where these were folded before
  ExponentialTally exponential;
};

/// A check is no longer made in that region: what was said of it ends here. No sample.
struct Departure {
  std::shared_ptr<const SampleSeries> series;  ///< never null
  WallTime at{};
};

/// What an upstream finds in the spool.
struct SpoolItem {
  Sequence sequence = 0;  ///< of a roll-up the first it stands for
  Sequence end = 0;       ///< where the next item begins
  std::variant<Sample, Rollup, Departure> content;

  const SampleSeries& series() const;
  WallTime at() const;
  /// 1 for a sample, what it stands for for a roll-up, 0 for a departure.
  std::uint64_t samples() const;
};

}  // namespace gaikei
