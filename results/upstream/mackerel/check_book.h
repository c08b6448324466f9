#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "results/spool/sample.h"
#include "results/upstream/mackerel/durations.h"
#include "results/upstream/mackerel/minute.h"
#include "results/upstream/mackerel/outage.h"

namespace gaikei::mackerel {

/// What one check came to in one region in one minute.
struct MinuteTally {
  std::uint64_t good = 0;  ///< by Counts
  std::uint64_t bad = 0;
  std::uint64_t missing = 0;
  Durations durations;  ///< of what could be judged (Tally::HasDuration())
  /// When the first certificate of the chain that was seen last expires; absent: none was seen.
  std::optional<WallTime> expires_at;
  bool is_due = false;  ///< something in it was not posted yet

  void Add(const Sample& sample);
  void Add(const Rollup& rollup);
  /// Everything but certificate and dueness.
  void Merge(const MinuteTally& more);
};

/// What is remembered of one check in one region, over changes of its labels or target: a minute
/// that was posted and gets a late sample is posted again as a whole, since Mackerel puts the new
/// number in the old one's place.
///
/// A sample belongs to the minute in which it was over (SpoolItem::at()); a roll-up that spans
/// several to the one of its last sample.
struct CheckBook {
  /// Minutes that one of the numbers over an hour covers.
  static constexpr Minute kHour = 60;
  /// Minutes that are kept before the newest one: what is late by the difference is merged into its
  /// minute, and into the hours of those that came after it.
  static constexpr Minute kKept = kHour + 10;
  static constexpr Minute kEver = std::numeric_limits<Minute>::min();

  std::string check;
  std::string region;
  std::map<Minute, MinuteTally> minutes;
  Minute complete_from = kEver;  ///< from it on nothing was given up; kEver: nothing ever was
  OutageWatch outages;
  std::optional<WallTime> departed_at;  ///< absent: it is still made, as far as is known

  /// The tally of the minute, made where there is none. Null where it may have been given up: it
  /// was posted then, and nobody knows with what. Where what is kept lies in the future of the
  /// `current` minute (the clock was wrong), that is forgotten instead.
  MinuteTally* TallyOf(Minute minute, Minute current);
  /// Over the hour that ends with that minute. Absent where a part of it was given up.
  std::optional<MinuteTally> HourUntil(Minute minute) const;
  bool HasDue() const;
  /// Gives up what is not needed any more.
  void Prune();

  std::string Encode() const;
  /// Absent when the bytes are none of Encode()'s.
  static std::optional<CheckBook> Decode(std::string_view bytes);
};

}  // namespace gaikei::mackerel
