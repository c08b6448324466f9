#pragma once

#include <functional>
#include <memory>
#include <string>

#include "checks/io/net/connector.h"

namespace gaikei::io {

/// A connection to a server that listens on a unix socket. Loop thread only. Destroying it cancels.
///
/// The socket is not there, or is none: connect_unreachable. It is there and nobody listens:
/// connect_refused. We may not use it: prober_internal. Its queue is full: tried again until the
/// caller's deadline.
class UnixConnector {
 public:
  using Done = std::function<void(ConnectResult)>;
  /// `done` is called at most once, never inside the constructor. It may destroy the connector.
  UnixConnector(Loop& loop, std::string path, Done done);
  ~UnixConnector();
  UnixConnector(const UnixConnector&) = delete;
  UnixConnector& operator=(const UnixConnector&) = delete;

  MonoTime started() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Longest path of a unix socket, in bytes.
inline constexpr std::size_t kUnixPathLimit = 107;

}  // namespace gaikei::io
