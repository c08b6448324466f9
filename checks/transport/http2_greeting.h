#pragma once

#include <functional>
#include <optional>
#include <string>

#include "checks/io/loop/fd_watch.h"
#include "checks/io/loop/loop.h"
#include "checks/io/loop/unique_fd.h"

namespace gaikei {

/// Finds out what a server speaks that ended a connection over HTTP/2 without TLS: greets it as a
/// client does (RFC 9113, 3.4) and looks at the first bytes that come back, which libcurl throws
/// away where it cannot read them. Loop thread only. Destroying it ends it silently.
class Http2Greeting {
 public:
  /// Absent: HTTP/2, or nothing that tells (closed without a word). Else in words what came
  /// instead, escaped.
  using Done = std::function<void(std::optional<std::string> other)>;

  /// `fd` is connected. `done` is called once, never inside the constructor, and may destroy this.
  Http2Greeting(io::Loop& loop, io::UniqueFd fd, Done done);
  Http2Greeting(const Http2Greeting&) = delete;
  Http2Greeting& operator=(const Http2Greeting&) = delete;

 private:
  void Greet();
  void Read();
  void Finish();

  io::UniqueFd fd_;
  Done done_;
  std::string came_;
  io::FdWatch watch_;
};

}  // namespace gaikei
