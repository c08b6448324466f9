#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/daemon.h"
#include "tests/support/temp_dir.h"

namespace gaikei::support {

/// A real squid as a child of the test, on loopback: an HTTP proxy. With `wants_credentials` it
/// lets only "probe" with the password "proxy-secret" through.
class Squid {
 public:
  explicit Squid(bool wants_credentials = false);

  std::uint16_t port() const { return daemon_->port(); }
  /// Its log so far, and what it has let through, a line a request.
  std::string log() const;
  /// Waits until the text stands in it: a request's line is written after its answer. False when
  /// kFailsafe passes first.
  bool WaitForLog(const std::string& text) const;

 private:
  TempDir work_;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace gaikei::support
