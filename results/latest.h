#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "results/outcome.h"

namespace gaikei {

/// What /metrics shows of a check's latest outcome, and no more: there may be 100,000 of them.
struct Latest {
  /// Of the certificate chain and the connection it came over.
  struct Tls {
    std::string version;  ///< "TLS 1.3"; empty when the handshake did not get that far
    std::optional<WallTime> expires_at;
    bool has_leaf = false;  ///< the five below are known
    std::string sha256, subject, issuer, san, serial;
  };
  struct Http {
    int status = 0;  ///< never 0: absent as a whole when no status line was read
    double version = 0;
    std::size_t redirects = 0;
    double content_length = -1;  ///< -1: not sent
    std::uint64_t size = 0;
  };

  Status status = Status::kUnknown;
  bool has_started = false;
  Family family = Family::kAuto;
  Span duration{0};
  std::array<std::optional<Span>, kPhaseCount> phases;
  std::optional<Http> http;
  std::unique_ptr<const Tls> tls;  ///< null when no certificate was seen

  static Latest Of(const Outcome& outcome);
};

}  // namespace gaikei
