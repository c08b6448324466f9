#pragma once

#include <functional>
#include <memory>

#include "results/time.h"

namespace gaikei::io {

class Loop;

/// One alarm on a loop. Millisecond granularity, never early. Loop thread only.
///
/// Destroying it disarms it; the callback may destroy the timer it runs for.
class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();
  Timer(Timer&&) noexcept;
  Timer& operator=(Timer&&) noexcept;

  /// Calls `fire` once, `after` from now (measured by uv_hrtime, not by the loop's cached time) and
  /// never earlier; 0 means in the next turn. Arming an armed timer replaces its alarm.
  void Arm(Span after, std::function<void()> fire);
  void Disarm();
  bool is_armed() const;

 private:
  struct State;
  std::unique_ptr<State, void (*)(State*)> state_;
};

}  // namespace gaikei::io
