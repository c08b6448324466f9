#pragma once

#include <functional>
#include <memory>

namespace gaikei::io {

class Loop;

/// Watches one signal of the process on a loop (uv_signal). Loop thread only. Several watches of
/// one signal, also on different loops, are each told. Destroying it stops it; the callback may do
/// so.
class SignalWatch {
 public:
  explicit SignalWatch(Loop& loop);
  ~SignalWatch();
  SignalWatch(SignalWatch&&) noexcept;
  SignalWatch& operator=(SignalWatch&&) noexcept;

  /// Calls `received` in the loop's next turn whenever the process gets `signum`, until Stop() or
  /// another Start(); signals that come faster than the loop turns may be told once. False when the
  /// signal cannot be caught (SIGKILL, SIGSTOP).
  bool Start(int signum, std::function<void()> received);
  void Stop();

 private:
  struct State;
  std::unique_ptr<State, void (*)(State*)> state_;
};

}  // namespace gaikei::io
