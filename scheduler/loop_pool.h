#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "scheduler/fitness_log.h"
#include "scheduler/load_limits.h"
#include "scheduler/planned_check.h"

namespace gaikei {

struct LoopPoolOptions {
  unsigned threads = 0;  ///< loops; 0: one a core. Never more than attempts may be in flight
  LoadLimits limits = {};
  /// Raises the limit of open files as far as it goes, keeps the attempts within what the system
  /// grants (descriptors, memory, ports), at the start and from then on, and lets less important
  /// checks go where the loops cannot keep up.
  bool watches_itself = false;
  /// Takes a line for the log, on any thread; null: nobody does.
  std::function<void(const std::string&)> warn = nullptr;
};

/// How busy the loops are.
struct LoopLoad {
  unsigned in_flight = 0;       ///< attempts
  unsigned max_in_flight = 0;   ///< how many there may be
  unsigned waiting = 0;         ///< slots that wait for a place
  unsigned quick_waiting = 0;   ///< those among them whose checks were quick the last time
  unsigned overload_stage = 0;  ///< see OverloadManager
};

/// One thread, loop, engine and runner for each event loop of the program.
///
/// A check lives on one loop for good: the loop is chosen by a stable hash of its name and region.
/// The owner's thread calls the methods; `sink` is called on the loops' threads, concurrently.
class LoopPool {
 public:
  using Sink = std::function<void(Outcome)>;

  /// The attempts in flight are for all loops together, shared out evenly. Throws std::system_error
  /// where the system grants no threads or descriptors.
  LoopPool(LoopPoolOptions options, Sink sink);
  /// Stops with no grace where Stop() was not called.
  ~LoopPool();

  /// Replaces the plan on every loop; returns when all have it. Nothing after Stop().
  void SetPlan(std::vector<PlannedCheck> plan);
  /// Runs every check once; `done` is called on some loop's thread when all have their outcome.
  /// Nothing after Stop(), not even `done`.
  void RunOnce(std::vector<PlannedCheck> plan, std::function<void()> done);
  /// Stops all loops and joins their threads; returns when every outcome has gone to the sink.
  void Stop(Span grace);

  LoopLoad load() const;  ///< over all loops; any thread
  /// How long each cause has made this prober unfit to judge; any thread.
  std::array<Span, kUnfitCount> unfit() const;
  Span loop_lag() const;  ///< largest of all loops; any thread

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei
