#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/clock.h"
#include "scheduler/gate.h"
#include "scheduler/slot.h"

namespace gaikei {

/// A slot that was not let in, and why.
struct Refusal {
  Slot slot;
  std::string message;
};

/// Holds the slots of one loop whose turn it is to the limits that all loops share: the budget of
/// their host, the places of their host, those of their kind, in this order. Loop thread only.
class Admission {
 public:
  struct Hooks {
    /// Runs a task on the loop's thread, soon. Called on any thread.
    std::function<void(std::function<void()>)> post;
    /// TakeReady() has one to give.
    std::function<void()> on_ready;
  };
  Admission(Clock& clock, Hooks hooks);
  ~Admission();
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  /// Gives the slot back where it may start now. Otherwise it is kept, for TakeReady() or, when its
  /// time is over, TakeRefused().
  std::optional<Slot> Enter(Slot slot);
  /// One that was kept and may start now.
  std::optional<Slot> TakeReady();
  bool has_ready() const { return !ready_.empty(); }
  /// Those whose time was over by `now`.
  std::vector<Refusal> TakeRefused(MonoTime now);
  /// Those that are kept, none of which will start.
  std::vector<Slot> TakeAll();
  /// Gives back what a slot that was let in has taken.
  void Leave(Slot& slot);

  std::size_t size() const { return held_.size() + ready_.size(); }
  bool empty() const { return held_.empty() && ready_.empty() && refused_.empty(); }

 private:
  using Id = std::uint64_t;
  struct Held {
    Slot slot;
    std::optional<MonoTime> from;  ///< when its host's budget lets it start; absent: not asked yet
    Gate* gate = nullptr;          ///< where it waits; null: nowhere
    std::shared_ptr<GateWaiter> waiter;
  };

  /// Takes what can be taken; true where the slot may start.
  bool Advance(Id id, Held& held);
  bool TakeBudget(Id id, Held& held);
  bool EnterGate(Id id, Held& held, Gate* gate, bool& is_in);
  void Continue(Id id);
  void OnGranted(Id id);
  void OnBudget();
  void ArmBudget();
  /// Takes it out of everything it waits in.
  Slot TakeOut(std::map<Id, Held>::iterator at);

  Clock& clock_;
  Hooks hooks_;
  std::unique_ptr<Alarm> alarm_;  ///< of the budgets
  std::map<Id, Held> held_;
  std::set<std::pair<MonoTime, Id>> expiries_;
  std::set<std::pair<MonoTime, Id>> starts_;  ///< by the budgets
  std::deque<Slot> ready_;
  std::vector<Refusal> refused_;
  Id next_id_ = 0;
  /// Gone with this: words that are still on their way find nobody.
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace gaikei
