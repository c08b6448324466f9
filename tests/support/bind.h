#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"

namespace gaikei::support {

struct BindZone {
  enum class Signing {
    kNone,
    kBefore,  ///< by dnssec-signzone, with a key signing key and a zone signing key
    kServer,  ///< by named itself, with its default policy
  };

  std::string name;  ///< "example", without the last dot
  std::string text;  ///< master file; its $ORIGIN is the zone
  Signing signing = Signing::kNone;
  std::string algorithm = "ECDSAP256SHA256";  ///< of kBefore
  /// Of kBefore, for dnssec-signzone: {"-e", "20200101000000"}.
  std::vector<std::string> arguments = {};
  /// Of kBefore: replaced by `spoiled` in the master file once that is signed.
  std::string replaced = {};
  std::string spoiled = {};
};

/// A real BIND as a child of the test, on loopback, authoritative for its zones. Made means that it
/// serves them. Throws std::runtime_error with the words of BIND when it does not.
class Bind {
 public:
  explicit Bind(const std::vector<BindZone>& zones);
  ~Bind();
  Bind(const Bind&) = delete;
  Bind& operator=(const Bind&) = delete;

  std::uint16_t port() const { return port_; }
  /// The DS records (presentation format, a line each) of a zone that BIND signs.
  std::string Ds(const std::string& zone) const;
  /// Its log so far.
  std::string log() const { return child_->errors(); }

 private:
  bool Start(const std::vector<BindZone>& zones);
  std::string Config(const std::vector<BindZone>& zones) const;
  void Sign(const BindZone& zone) const;

  TempDir work_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Subprocess> child_;
};

}  // namespace gaikei::support
