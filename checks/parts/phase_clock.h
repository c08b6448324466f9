#pragma once

#include <algorithm>
#include <optional>

#include "results/phases.h"

namespace gaikei {

/// Shares out the time of an attempt that goes back and forth between phases: one phase at a time,
/// each entered as often as it takes. Borrows the phases. Loop thread only.
class PhaseClock {
 public:
  explicit PhaseClock(Phases& phases) : phases_(phases) {}

  /// Time runs from here, for no phase yet.
  void Start(MonoTime now) { since_ = now; }
  /// Ends the phase that was running, at `now`, and begins another one; the same one goes on.
  void Enter(Phase phase, MonoTime now) {
    if (phase_ == phase) return;
    Leave(now);
    phase_ = phase;
    since_ = now;
    phases_.Add(phase, Span::zero());
  }
  /// Ends the phase that was running, if one was.
  void Leave(MonoTime now) {
    if (phase_) phases_.Add(*phase_, std::max(now - since_, Span::zero()));
    phase_.reset();
    since_ = now;
  }

  const std::optional<Phase>& phase() const { return phase_; }  ///< running; absent: none
  MonoTime since() const { return since_; }

 private:
  Phases& phases_;
  std::optional<Phase> phase_;
  MonoTime since_{};
};

}  // namespace gaikei
