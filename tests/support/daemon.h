#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/subprocess.h"

namespace gaikei::support {

/// A real server in the foreground, on a free loopback port, in a process namespace of its own:
/// whatever it forks, and whoever it becomes, ends with this, and with the test however that ends.
class Daemon {
 public:
  /// Writes the configuration for a port and gives the command line. Called again, with another
  /// port, when the first was lost to somebody else.
  using Command = std::function<std::vector<std::string>(std::uint16_t port)>;

  /// Made means that it accepts connections. Throws std::runtime_error with the server's words
  /// when it does not. `user`: whom it runs as.
  explicit Daemon(const Command& command, const std::string& user = "root");
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  std::uint16_t port() const { return port_; }
  std::string Authority() const { return "127.0.0.1:" + std::to_string(port_); }
  /// What of its writing has arrived so far: what it wrote before it answered may be on its way.
  std::string log() const { return child_->output() + child_->errors(); }
  /// Waits until the text stands in its standard output; false when that ends or kFailsafe passes
  /// first.
  bool WaitForOutput(const std::string& text) { return child_->WaitForOutput(text); }

 private:
  bool Start(const std::vector<std::string>& command, const std::string& user);
  void Stop();

  std::uint16_t port_ = 0;
  Fd alive_;  ///< the server lives for as long as this is open
  std::unique_ptr<Subprocess> child_;
};

/// `command` as that user of the system.
std::vector<std::string> RunAs(const std::string& user, const std::vector<std::string>& command);
/// Gives a file or directory to that user of the system.
void GiveTo(const std::string& user, const std::string& path);

}  // namespace gaikei::support
