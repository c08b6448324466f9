#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "results/outcome.h"
#include "results/time.h"

namespace gaikei::io {

/// The keys that are trusted without proof, immutable, any thread.
class TrustAnchor {
 public:
  /// DS or DNSKEY records in presentation format, a file of them; empty: the root's keys that are
  /// built in (2017's and 2024's). The error is one line and names the file.
  static tl::expected<std::shared_ptr<const TrustAnchor>, std::string> Load(
      const std::string& path);
  ~TrustAnchor();
  TrustAnchor(const TrustAnchor&) = delete;
  TrustAnchor& operator=(const TrustAnchor&) = delete;

  const std::string& zone() const;  ///< "." or the zone that the keys are of, absolute

 private:
  TrustAnchor();
  friend class DnssecChain;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Validation of one answer (RFC 4035), as a machine without a network: it says what it needs to
/// know next, and is told the answers. Loop thread only; bounded in steps (no more than 128
/// questions) and in signatures tried (KeyTrap, CVE-2023-50387; NSEC3 iterations, RFC 9276).
class DnssecChain {
 public:
  /// `answer` is the whole message that is to be validated, asked for `name` and `type` with DO.
  DnssecChain(std::shared_ptr<const TrustAnchor> anchor, const std::string& name,
              std::uint16_t type, const std::string& answer, WallTime now);
  ~DnssecChain();
  DnssecChain(const DnssecChain&) = delete;
  DnssecChain& operator=(const DnssecChain&) = delete;

  struct Question {
    std::string name;
    std::uint16_t type = 0;
  };
  /// What has to be asked next (with DO and CD); absent: it is decided.
  std::optional<Question> Next() const;
  /// The answer to Next(); empty: there was none.
  void Feed(const std::string& message);
  /// REQUIRES: Next() is absent.
  const DnssecEvidence& result() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei::io
