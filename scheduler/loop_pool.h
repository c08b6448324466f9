#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "scheduler/runner.h"

namespace gaikei {

/// One thread, loop, engine and runner for each event loop of the program.
///
/// A check lives on one loop for good: the loop is chosen by a stable hash of its name and region.
/// The owner's thread calls the methods; `sink` is called on the loops' threads, concurrently.
class LoopPool {
 public:
  using Sink = std::function<void(Outcome)>;

  /// `threads` 0: one a core. `max_in_flight` is for all loops together, shared out evenly; there
  /// are never more loops than that. Throws std::system_error where the system grants no threads or
  /// descriptors.
  LoopPool(unsigned threads, unsigned max_in_flight, Sink sink);
  /// Stops with no grace where Stop() was not called.
  ~LoopPool();

  /// Replaces the plan on every loop; returns when all have it. Nothing after Stop().
  void SetPlan(std::vector<PlannedCheck> plan);
  /// Runs every check once; `done` is called on some loop's thread when all have their outcome.
  /// Nothing after Stop(), not even `done`.
  void RunOnce(std::vector<PlannedCheck> plan, std::function<void()> done);
  /// Stops all loops and joins their threads; returns when every outcome has gone to the sink.
  void Stop(Span grace);

  unsigned in_flight() const;  ///< over all loops; any thread
  Span loop_lag() const;       ///< largest of all loops; any thread

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei
