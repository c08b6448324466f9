#pragma once

#include <functional>
#include <memory>

namespace gaikei::io {

class Loop;

/// Readiness of one descriptor on a loop (uv_poll). Loop thread only. It does not own the
/// descriptor; destroy the watch before closing it. The callback may destroy the watch.
class FdWatch {
 public:
  enum Events : int { kNothing = 0, kReadable = 1, kWritable = 2 };
  /// `events` is a set of Events; `error` is true when the poll itself failed.
  using Ready = std::function<void(int events, bool error)>;

  FdWatch(Loop& loop, int fd);
  ~FdWatch();
  FdWatch(FdWatch&&) noexcept;
  FdWatch& operator=(FdWatch&&) noexcept;

  /// Calls `ready` whenever one of `events` holds (level-triggered), until Stop() or another Start().
  void Start(int events, Ready ready);
  void Stop();

 private:
  struct State;
  std::unique_ptr<State, void (*)(State*)> state_;
};

}  // namespace gaikei::io
