#include "scheduler/waiting_room.h"

namespace gaikei {

void WaitingRoom::Add(Slot slot) {
  constexpr unsigned kImportanceShift = 56;
  const Turn rank = std::uint64_t{255} - slot.planned->priority;
  const Turn turn = rank << kImportanceShift | arrivals_++;
  if (slot.expires != MonoTime::max()) expiries_.emplace(slot.expires, turn);
  // Slots of RunOnce() have no history, and nobody quick to make room for.
  const bool is_quick = slot.planned->was_quick || slot.group;
  (is_quick ? quick_ : others_).emplace(turn, std::move(slot));
}

std::optional<Slot> WaitingRoom::Take(bool takes_others) {
  if (!HasOne(takes_others)) return std::nullopt;
  const bool has_other = takes_others && !others_.empty();
  const bool is_quick =
      !quick_.empty() && (!has_other || quick_.begin()->first < others_.begin()->first);
  Queue& queue = is_quick ? quick_ : others_;
  return TakeFrom(queue, queue.begin());
}

Slot WaitingRoom::TakeFrom(Queue& queue, Queue::iterator at) {
  Slot slot = std::move(at->second);
  expiries_.erase({slot.expires, at->first});
  queue.erase(at);
  return slot;
}

std::vector<Slot> WaitingRoom::TakeExpired(MonoTime now) {
  std::vector<Slot> expired;
  while (!expiries_.empty() && expiries_.begin()->first <= now) {
    const Turn turn = expiries_.begin()->second;
    const auto quick = quick_.find(turn);
    expired.push_back(quick != quick_.end() ? TakeFrom(quick_, quick)
                                            : TakeFrom(others_, others_.find(turn)));
  }
  return expired;
}

std::vector<Slot> WaitingRoom::TakeAll() {
  std::vector<Slot> all;
  while (auto slot = Take(true)) all.push_back(std::move(*slot));
  return all;
}

}  // namespace gaikei
