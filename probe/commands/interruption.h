#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "checks/io/loop/loop.h"

namespace gaikei {

/// SIGINT and SIGTERM, watched on a thread of its own for as long as it lives, whatever the owner's
/// thread is busy with. A second one ends the process as it would have without.
class Interruption {
 public:
  /// `told` is called on that thread when the first signal comes.
  explicit Interruption(std::function<void()> told);
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// The first signal; 0: none has come. Any thread.
  int signal_number() const { return signal_number_; }

 private:
  void Main();

  const std::function<void()> told_;
  std::atomic<int> signal_number_{0};
  io::Loop loop_;
  std::thread thread_;
};

}  // namespace gaikei
