#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/spool/spool_rows.h"

namespace gaikei {

/// How far the spool had been written: spool.db-mark, written after every commit. SQLite takes a
/// file whose log was cut off or taken away, or an empty one, for a sound one of an earlier time.
/// By this it is told what that has lost, and that counters which are kept in it must not go on:
/// they have been sent with more in them.
struct SpoolMark {
  std::uint64_t commits = 0;  ///< there ever were
  Sequence next_sequence = 1;
  std::vector<LaneRow> lanes;
};

/// An error is none: then one is told by the mark before it, or not at all.
void WriteMark(const std::string& path, const SpoolMark& mark);
/// Absent where there is none, or it is damaged.
std::optional<SpoolMark> ReadMark(const std::string& path);

}  // namespace gaikei
