#pragma once

#include <functional>
#include <memory>

#include "results/time.h"

struct uv_loop_s;

namespace gaikei::io {

class NextTurn;

/// One event loop, for one thread.
///
/// Whoever owns the Loop calls Run() on the thread that uses everything hung on it. Only Post() and
/// Stop() may be called from other threads. The destructor runs until every closing handle is
/// closed and aborts when a handle was left open: a leak is a bug, and every test finds it. Tasks
/// still posted then are destroyed, not run. The constructor throws std::system_error when the
/// system grants no descriptors.
class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs until Stop(). Callbacks posted before Run() run first.
  void Run();
  /// Runs until Stop() or until nothing is active but the loop's own wake-up handle.
  void RunUntilIdle();
  /// Ends Run() after the current turn. Thread-safe.
  void Stop();
  /// Runs `task` on the loop's thread in a later turn, in the order posted. Thread-safe.
  void Post(std::function<void()> task);

  uv_loop_s* native() { return native_.get(); }
  /// What Timer does with alarms of no time.
  NextTurn& next_turn();

 private:
  struct Impl;
  std::unique_ptr<uv_loop_s> native_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei::io
