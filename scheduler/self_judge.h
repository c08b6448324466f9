#pragma once

#include <mutex>
#include <string>

#include "results/outcome.h"
#include "scheduler/cpu_meter.h"
#include "scheduler/fitness_log.h"
#include "scheduler/network_watch.h"

namespace gaikei {

/// What is known of this prober's own state, and what it makes of a failure. Shared by all loops.
/// Any thread.
class SelfJudge {
 public:
  FitnessLog& log() { return log_; }
  const FitnessLog& log() const { return log_; }
  NetworkWatch& network() { return network_; }
  /// Takes note of what was taken away since the last look. About once a second; Judge() looks by
  /// itself.
  void LookAtCpu(MonoTime now);

  /// Turns a failure that [from, to = now] and this prober's state in it explain into `unknown`:
  /// the prober's CPU or memory was taken away while time ran out, or its own way out was down. An
  /// answer that was read stands, whatever the prober's state. Gives ProberState::unfit; empty
  /// where nothing was changed.
  std::string Judge(Observation& observation, MonoTime from, MonoTime to);

 private:
  FitnessLog log_;
  NetworkWatch network_;
  std::mutex mutex_;  ///< guards all below
  CpuMeter cpu_;
  MonoTime looked_at_ = MonoTime::min();
};

}  // namespace gaikei
