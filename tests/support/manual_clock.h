#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "scheduler/clock.h"

namespace gaikei {

/// A clock that moves when it is told to, and runs its alarms as it passes them. One thread.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime wall)
      : offset_(wall.time_since_epoch() - mono_.time_since_epoch()) {}

  MonoTime Mono() const override { return mono_; }
  WallTime Wall() const override { return WallTime(mono_.time_since_epoch() + offset_); }
  std::unique_ptr<Alarm> NewAlarm() override { return std::make_unique<ManualAlarm>(*this); }

  /// Passes `span`; every alarm fires at its own time.
  void Advance(Span span) {
    const MonoTime target = mono_ + span;
    FireUntil(target);
    mono_ = target;
  }
  /// Passes `span` at once, as a process that is stopped sees it: alarms fire late, at the end.
  void Freeze(Span span) {
    mono_ += span;
    FireUntil(mono_);
  }
  /// Passes `span` inside a callback: nothing fires.
  void Burn(Span span) { mono_ += span; }
  /// Moves the wall clock alone, as settimeofday() does, or a suspend.
  void StepWall(Span step) { offset_ += step; }

  bool has_armed() const { return !armed_.empty(); }

 private:
  using Armed = std::multimap<MonoTime, std::function<void()>>;

  class ManualAlarm final : public Alarm {
   public:
    explicit ManualAlarm(ManualClock& clock) : clock_(clock) {}
    ~ManualAlarm() override { Disarm(); }
    void Arm(MonoTime when, std::function<void()> fire) override {
      Disarm();
      // The alarm may be destroyed by what it calls: everything of it is read before that.
      at_ = clock_.armed_.emplace(when, [this, fire = std::move(fire)] {
        is_armed_ = false;
        fire();
      });
      is_armed_ = true;
    }
    void Disarm() override {
      if (is_armed_) clock_.armed_.erase(at_);
      is_armed_ = false;
    }

   private:
    ManualClock& clock_;
    Armed::iterator at_;
    bool is_armed_ = false;
  };

  void FireUntil(MonoTime target) {
    while (!armed_.empty() && armed_.begin()->first <= target) {
      mono_ = std::max(mono_, armed_.begin()->first);
      auto node = armed_.extract(armed_.begin());
      node.mapped()();
    }
  }

  MonoTime mono_{std::chrono::hours(1)};
  Span offset_;
  Armed armed_;
};

}  // namespace gaikei
