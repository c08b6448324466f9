#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace gaikei::support {

struct KnotZone {
  std::string name;        ///< "example", without the last dot
  std::string text;        ///< master file; its $ORIGIN is the zone
  bool is_signed = false;  ///< Knot signs it, with keys that it makes itself; see Knot::Ds()
};

struct KnotOptions {
  std::vector<std::string> addresses = {"127.0.0.1"};
  std::uint16_t port = 0;      ///< 0: a free one
  std::string policy = {};     ///< lines of the signing policy, beside a single ECDSA P-256 key
  std::string server = {};     ///< lines of the server section, in Knot's own words
  int network_namespace = -1;  ///< -1: the test's
};

/// A real Knot DNS as a child of the test, on loopback, authoritative for its zones. Made means
/// that it serves them. Throws std::runtime_error with Knot's words when it does not.
class Knot {
 public:
  explicit Knot(const std::vector<KnotZone>& zones, const KnotOptions& options = {});
  ~Knot();
  Knot(const Knot&) = delete;
  Knot& operator=(const Knot&) = delete;

  std::uint16_t port() const { return port_; }
  /// "127.0.0.1:4711", as a server is written.
  std::string Authority() const;

  /// The DS records (presentation format, a line each) of a zone that Knot signs.
  std::string Ds(const std::string& zone) const;
  /// Its log so far.
  std::string log() const { return child_->output() + child_->errors(); }

 private:
  bool Start(const std::vector<KnotZone>& zones, const KnotOptions& options);
  std::string Config(const std::vector<KnotZone>& zones, const KnotOptions& options) const;

  TempDir work_;
  std::string address_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Subprocess> child_;
};

}  // namespace gaikei::support
