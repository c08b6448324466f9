#pragma once

#include <functional>
#include <memory>

namespace gaikei::io {

class Loop;

/// Readiness of one descriptor on a loop (uv_poll). Loop thread only. It does not own the
/// descriptor; destroy the watch before closing it. The callback may destroy the watch. A
/// descriptor is watched once at a time on a loop. One that cannot be watched reports an error, in
/// a later turn.
class FdWatch {
 public:
  enum Events : int { kNothing = 0, kReadable = 1, kWritable = 2 };
  /// `events` is a set of Events; `error` is true when the poll itself failed, or the socket has an
  /// error pending (a refused connect() comes this way: read SO_ERROR). It is told again until the
  /// error has been read or the watch stopped.
  using Ready = std::function<void(int events, bool error)>;

  FdWatch(Loop& loop, int fd);
  ~FdWatch();
  FdWatch(FdWatch&&) noexcept;
  FdWatch& operator=(FdWatch&&) noexcept;

  /// Calls `ready` whenever one of `events` holds (level-triggered), until Stop() or another
  /// Start().
  void Start(int events, Ready ready);
  void Stop();

 private:
  struct State;
  std::unique_ptr<State, void (*)(State*)> state_;
};

}  // namespace gaikei::io
