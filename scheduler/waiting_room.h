#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "scheduler/slot.h"

namespace gaikei {

/// Slots of one loop that are due and wait for a place: the more important first, and among equals
/// who came first. Loop thread only.
///
/// There are two queues. Slots of checks that were quick the last time may have any place. The
/// others, slow the last time or never seen, may be kept waiting while the quick ones go on, so
/// that targets that do not answer hold up each other alone.
class WaitingRoom {
 public:
  void Add(Slot slot);
  /// The slot whose turn it is; absent where none may go. `takes_others`: not only quick ones.
  std::optional<Slot> Take(bool takes_others);
  /// Takes out those that have given up by `now`.
  std::vector<Slot> TakeExpired(MonoTime now);
  std::vector<Slot> TakeAll();

  /// Whether Take() would give one.
  bool HasOne(bool takes_others) const {
    return !quick_.empty() || (takes_others && !others_.empty());
  }
  std::size_t size() const { return quick_.size() + others_.size(); }
  std::size_t quick() const { return quick_.size(); }  ///< of these, of checks that were quick
  bool empty() const { return quick_.empty() && others_.empty(); }

 private:
  /// Importance in the highest byte, upside down, and the order of arrival below it.
  using Turn = std::uint64_t;
  using Queue = std::map<Turn, Slot>;

  Slot TakeFrom(Queue& queue, Queue::iterator at);

  Queue quick_;
  Queue others_;
  std::set<std::pair<MonoTime, Turn>> expiries_;  ///< of those that give up at all
  Turn arrivals_ = 0;
};

}  // namespace gaikei
