#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "scheduler/capacity.h"
#include "scheduler/overload.h"
#include "scheduler/self_judge.h"

namespace gaikei {

/// Looks once a second at what the system grants this process and how its loops fare, and more
/// often at its links, on a thread of its own.
class SelfWatch {
 public:
  struct Hooks {
    std::function<LoadSigns()> look;                    ///< without memory_left, which is read here
    std::function<void(const Capacity&)> set_capacity;  ///< where it has changed
    std::function<void(unsigned stage)> set_stage;      ///< likewise
    std::function<void(const std::string&)> warn;       ///< takes a line for the log
  };
  /// The hooks are called on the thread. `limits` and `start`, what was read when nothing was in
  /// flight, are what capacities are made of; `judge` is told what makes this prober unfit.
  SelfWatch(LoadLimits limits, const Resources& start, SelfJudge& judge, Hooks hooks);
  /// No hook is called afterwards.
  ~SelfWatch();
  SelfWatch(const SelfWatch&) = delete;
  SelfWatch& operator=(const SelfWatch&) = delete;

 private:
  void Main();
  void Look(MonoTime now);

  const LoadLimits limits_;
  const Resources start_;
  SelfJudge& judge_;
  const Hooks hooks_;
  Capacity capacity_;
  OverloadManager overload_;
  MonoTime looked_at_{};  ///< at all but the links
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace gaikei
