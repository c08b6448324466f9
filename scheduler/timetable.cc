#include "scheduler/timetable.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace gaikei {
namespace {

constexpr std::int64_t kNoSlot = std::numeric_limits<std::int64_t>::min();

/// Name and region of a check, borrowed from its plan.
using Key = std::pair<std::string_view, std::string_view>;

struct KeyHash {
  std::size_t operator()(const Key& key) const {
    return std::hash<std::string_view>()(key.first) * 31 +
           std::hash<std::string_view>()(key.second);
  }
};

Key KeyOf(const PlannedCheck& planned) { return {planned.identity->name, planned.region->name}; }

}  // namespace

std::optional<Span> Timetable::CheckStep(WallTime wall, MonoTime mono) {
  const Span offset = wall.time_since_epoch() - mono.time_since_epoch();
  const Span step = offset - anchor_;
  if (step >= -kStep && step <= kStep) return std::nullopt;
  anchor_ = offset;
  for (Entry& entry : entries_) {
    const SlotGrid& grid = entry.planned->grid;
    if (step < -grid.every) {
      entry.next = std::min(entry.next, FirstSlotAtOrAfter(grid, wall));
    }
  }
  BuildHeap();
  return step;
}

void Timetable::SetPlan(std::vector<PlannedCheck> plan, MonoTime now) {
  const std::vector<Entry> before = std::move(entries_);
  std::unordered_map<Key, const Entry*, KeyHash> known;
  known.reserve(before.size());
  for (const Entry& entry : before) known.emplace(KeyOf(*entry.planned), &entry);
  entries_.clear();
  entries_.reserve(plan.size());
  for (PlannedCheck& planned : plan) {
    Entry entry;
    entry.next = FirstSlotAtOrAfter(planned.grid, ToWall(now));
    entry.highest = kNoSlot;
    // The grid alone decides: a check that is configured anew must not run its last slot again.
    const auto old = known.find(KeyOf(planned));
    if (old != known.end() && old->second->planned->grid == planned.grid) {
      entry.next = old->second->next;
      entry.highest = old->second->highest;
    }
    entry.planned = std::make_shared<const PlannedCheck>(std::move(planned));
    entries_.push_back(std::move(entry));
  }
  BuildHeap();
}

DueSlots Timetable::TakeDue(MonoTime now) {
  DueSlots due;
  std::size_t late_starts = 0;
  while (!heap_.empty() && heap_.front().when <= now) {
    std::pop_heap(heap_.begin(), heap_.end(), IsLater);
    Entry& entry = entries_[heap_.back().entry];
    Take(entry, now, late_starts, due);
    heap_.back().when = DueOf(entry);
    std::push_heap(heap_.begin(), heap_.end(), IsLater);
  }
  return due;
}

std::optional<MonoTime> Timetable::NextDue() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front().when;
}

void Timetable::BuildHeap() {
  heap_.clear();
  heap_.reserve(entries_.size());
  for (std::uint32_t i = 0; i < entries_.size(); ++i) heap_.push_back({DueOf(entries_[i]), i});
  std::make_heap(heap_.begin(), heap_.end(), IsLater);
}

void Timetable::Take(Entry& entry, MonoTime now, std::size_t& late_starts, DueSlots& due) {
  const SlotGrid& grid = entry.planned->grid;
  const std::int64_t newest = FirstSlotAtOrAfter(grid, ToWall(now) + Span(1)) - 1;
  const WallTime scheduled_at = SlotTime(grid, newest);
  const MonoTime newest_due = ToMono(scheduled_at);
  const bool is_late = now - newest_due > kLate;
  const bool is_alone = newest == entry.next;
  const bool can_start = !is_late || (is_alone && late_starts < kMaxLateStarts);

  Miss(entry, can_start ? newest - 1 : newest, due);
  if (can_start) {
    if (is_late) ++late_starts;
    due.start.push_back(
        {entry.planned, scheduled_at, newest_due,
         newest_due + std::min(grid.every, now - newest_due + entry.planned->timeout), nullptr});
  }
  entry.next = newest + 1;
  entry.highest = std::max(entry.highest, newest);
}

void Timetable::Miss(const Entry& entry, std::int64_t last, DueSlots& due) const {
  // After the wall clock went back and forth, some of these were had already.
  std::int64_t first = std::max(entry.next, entry.highest == kNoSlot ? kNoSlot : entry.highest + 1);
  if (first > last) return;
  const auto share = kMaxMissedTotal / static_cast<std::int64_t>(entries_.size());
  const std::int64_t limit = std::clamp<std::int64_t>(share, 1, kMaxMissed);
  const std::int64_t earlier = std::max<std::int64_t>(last - first + 1 - limit, 0);
  due.missed.push_back({entry.planned, first + earlier, last, earlier});
}

}  // namespace gaikei
