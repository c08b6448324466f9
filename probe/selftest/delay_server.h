#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "probe/selftest/trial.h"
#include "results/time.h"

namespace gaikei::selftest {

/// What the server did for one trial, by its own clock: what the prober should report.
struct Delays {
  std::optional<Span> resolve;     ///< absent: nobody asked
  std::optional<Span> processing;  ///< from the arrival of the request to the first byte
  std::optional<Span> transfer;    ///< from the first byte to the last; absent: not all was sent
  /// The longest that one send() took: so much later than the server says a byte may have left.
  Span doubt{0};
};

/// Answers the trials on 127.0.0.1, HTTP and lines over TCP, DNS over UDP, each after its delays.
///
/// It is a process of its own, so that nothing which holds up this one holds up the server, and it
/// measures what it does: a request has arrived when its kernel stamped it, an answer leaves when
/// the server hands it to the kernel. When the server is late, then so is what it says.
class DelayServer {
 public:
  /// REQUIRES: this process has one thread. The error is one line.
  static tl::expected<std::unique_ptr<DelayServer>, std::string> Start(
      const std::vector<Trial>& trials);
  /// Ends the process.
  ~DelayServer();
  DelayServer(const DelayServer&) = delete;
  DelayServer& operator=(const DelayServer&) = delete;

  std::uint16_t tcp_port() const;
  std::uint16_t udp_port() const;

  /// What it has done by now for the trial of that number. Any thread.
  Delays Of(std::size_t trial) const;

 private:
  struct Impl;
  explicit DelayServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei::selftest
