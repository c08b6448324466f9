#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/daemon.h"
#include "tests/support/temp_dir.h"

namespace gaikei::support {

/// A real danted as a child of the test, on loopback: a SOCKS 5 proxy. Its rules forbid connections
/// to 127.0.0.9. With `wants_credentials` it lets only "probe" with the password "proxy-secret"
/// through.
class Dante {
 public:
  explicit Dante(bool wants_credentials = false);

  std::uint16_t port() const { return daemon_->port(); }
  std::string log() const { return daemon_->log(); }

 private:
  TempDir work_;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace gaikei::support
