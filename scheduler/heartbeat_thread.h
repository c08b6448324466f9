#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "scheduler/heartbeat_board.h"

namespace gaikei {

/// A thread with an event loop for the board, apart from those that look at targets: however busy
/// these are, a report is late on time, and it takes nobody's place in flight.
class HeartbeatThread {
 public:
  /// `store` may be null and outlives it. `sink` is called on this thread and on those that call
  /// Report(). Throws std::system_error where the system grants no thread or descriptors.
  HeartbeatThread(HeartbeatStore* store, HeartbeatBoard::Sink sink);
  /// Stops. No Report() may be under way.
  ~HeartbeatThread();
  HeartbeatThread(const HeartbeatThread&) = delete;
  HeartbeatThread& operator=(const HeartbeatThread&) = delete;

  /// See HeartbeatBoard. Returns when the plan is in force. The owner's thread; nothing after
  /// Stop().
  void SetPlan(std::vector<PlannedHeartbeat> plan);
  /// Nothing is late any more. Reports are still taken.
  void Stop();

  /// Any thread.
  ReportAnswer Report(std::string_view name, std::string_view token, const HeartbeatReport& report);
  std::vector<HeartbeatState> States() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei
