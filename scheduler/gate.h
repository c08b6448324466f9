#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace gaikei {

/// Somebody who waits at a gate.
struct GateWaiter {
  /// There is a place, and it is taken. Called once, on the thread that gave the place back, with
  /// the gate locked: it may only pass the word on.
  std::function<void()> granted;
};

/// A number of places that several loops share: attempts of one kind, or to one host. Any thread.
/// Places are handed over in the order in which they were asked for.
class Gate {
 public:
  /// At least 1.
  explicit Gate(unsigned places);

  unsigned places() const { return places_; }
  /// True: a place is taken. False: `waiter` waits for one.
  bool Enter(const std::shared_ptr<GateWaiter>& waiter);
  /// Gives a place back, to whoever has waited longest.
  void Leave();
  /// The waiter wants no place any more, and is not called any more. False where it was granted one
  /// already: that one is to be given back.
  bool Withdraw(const std::shared_ptr<GateWaiter>& waiter);

 private:
  const unsigned places_;
  std::mutex mutex_;
  unsigned taken_ = 0;
  std::deque<std::shared_ptr<GateWaiter>> waiters_;
};

}  // namespace gaikei
