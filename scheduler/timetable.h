#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "scheduler/planned_check.h"
#include "scheduler/slot.h"

namespace gaikei {

/// Slots of one check that were due while nobody looked: [first, last], both included.
struct MissedSlots {
  std::shared_ptr<const PlannedCheck> planned;
  std::int64_t first = 0;
  std::int64_t last = 0;
  /// Slots before `first` that were missed too, and are told in the message of `first` alone.
  std::int64_t earlier = 0;
};

struct DueSlots {
  std::vector<Slot> start;
  std::vector<MissedSlots> missed;
};

/// Which slot of which check is due next. Knows no loop: it is told the time.
///
/// Slots stand on the wall clock's grid, timers on the monotonic clock. The two are tied together
/// once, by the anchor, and again only when the wall clock has stepped by more than kStep; between
/// that, slots keep an even distance whatever the wall clock does.
///
/// After a step forward (or a suspend, which looks the same) the slots in between are missed. After
/// a step back a check waits for the slot that would have come next, unless that is more than one
/// interval of slots away: then it goes on with the grid from now, and slot numbers come again
/// that were there before the step. A slot number that had its outcome is never told as missed.
class Timetable {
 public:
  /// How far the wall clock may run away before it is called a step.
  static constexpr Span kStep = std::chrono::seconds(1);
  /// A slot later than this is late.
  static constexpr Span kLate = std::chrono::seconds(1);
  /// Late slots that start at one wake-up at most; the others are missed, so that a pause shorter
  /// than the intervals is not followed by a burst either.
  static constexpr std::size_t kMaxLateStarts = 100;
  /// Missed slots that get an outcome each, for one check and for all of a timetable together;
  /// the newest ones do.
  static constexpr std::int64_t kMaxMissed = 1000;
  static constexpr std::int64_t kMaxMissedTotal = 1'000'000;

  Timetable(WallTime wall, MonoTime mono)
      : anchor_(wall.time_since_epoch() - mono.time_since_epoch()) {}

  /// Ties the clocks together anew when the wall clock has stepped; the step, or absent.
  std::optional<Span> CheckStep(WallTime wall, MonoTime mono);

  /// Replaces the plan. Take what is due first. A check that is still there, in the same region and
  /// on the same grid, goes on with its next slot; any other begins with its first slot from `now`.
  void SetPlan(std::vector<PlannedCheck> plan, MonoTime now);

  /// Takes everything due at `now`. Of a check that has several slots due only the newest can
  /// start, and only if it is not late: the others are missed.
  DueSlots TakeDue(MonoTime now);

  /// Absent when nothing is planned.
  std::optional<MonoTime> NextDue() const;
  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::shared_ptr<const PlannedCheck> planned;
    std::int64_t next = 0;     ///< slot that comes next
    std::int64_t highest = 0;  ///< highest slot ever taken
  };
  struct Due {
    MonoTime when;
    std::uint32_t entry;
  };
  static bool IsLater(const Due& a, const Due& b) { return a.when > b.when; }

  WallTime ToWall(MonoTime mono) const { return WallTime(mono.time_since_epoch() + anchor_); }
  MonoTime ToMono(WallTime wall) const { return MonoTime(wall.time_since_epoch() - anchor_); }
  MonoTime DueOf(const Entry& entry) const {
    return ToMono(SlotTime(entry.planned->grid, entry.next));
  }
  void BuildHeap();
  void Take(Entry& entry, MonoTime now, std::size_t& late_starts, DueSlots& due);
  void Miss(const Entry& entry, std::int64_t last, DueSlots& due) const;

  Span anchor_;  ///< wall clock minus monotonic clock
  std::vector<Entry> entries_;
  std::vector<Due> heap_;  ///< earliest first; one element for each entry
};

}  // namespace gaikei
