#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace gaikei::support {

/// A zone, and where its authoritative server is.
struct UnboundStub {
  std::string zone;    ///< "example", without the last dot
  std::string server;  ///< "127.0.0.1@4711"
};

struct UnboundOptions {
  std::vector<UnboundStub> stubs = {};
  /// DS or DNSKEY records; unbound validates when there are any.
  std::vector<std::string> trust_anchors = {};
  std::string server = {};  ///< lines of the server section, in unbound's own words
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;      ///< 0: a free one
  int network_namespace = -1;  ///< -1: the test's
};

/// A real unbound as a child of the test, on loopback: a resolver. Made means that it answers.
/// Throws std::runtime_error with unbound's words when it does not.
class Unbound {
 public:
  explicit Unbound(const UnboundOptions& options);
  ~Unbound();
  Unbound(const Unbound&) = delete;
  Unbound& operator=(const Unbound&) = delete;

  std::uint16_t port() const { return port_; }
  /// "127.0.0.1:4711", as a server is written.
  std::string Authority() const;
  /// Its log so far.
  std::string log() const { return child_->errors(); }

 private:
  bool Start(const UnboundOptions& options);
  std::string Config(const UnboundOptions& options) const;

  TempDir work_;
  const std::string address_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Subprocess> child_;
};

}  // namespace gaikei::support
