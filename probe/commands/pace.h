#pragma once

#include "checks/io/loop/loop.h"
#include "checks/io/loop/signal.h"
#include "results/time.h"

namespace gaikei {

/// When to look again, for a command that looks more than once: at a fixed rate from its
/// construction on. A look that lasts longer than the interval is followed by the next at once, and
/// those that were missed are left out. From its construction on SIGINT and SIGTERM are caught.
/// One thread.
class Pace {
 public:
  explicit Pace(Span every);
  Pace(const Pace&) = delete;
  Pace& operator=(const Pace&) = delete;

  /// Waits until the next look is due. Returns the signal that ended the waiting, or came before
  /// it; 0 where none did.
  int Wait();

 private:
  void OnSignal(int signal_number);

  const Span every_;
  MonoTime due_;
  io::Loop loop_;
  io::SignalWatch interrupt_;
  io::SignalWatch terminate_;
  int signal_ = 0;
};

}  // namespace gaikei
