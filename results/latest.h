#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "results/outcome.h"

namespace gaikei {

/// What /metrics shows of a check's latest outcome, and no more: there may be 100,000 of them.
struct Latest {
  /// Of the certificate chain and the connection it came over.
  struct Tls {
    std::string version;  ///< "TLS 1.3"; empty when the handshake did not get that far
    std::optional<WallTime> expires_at;
    std::optional<WallTime> verified_expires_at;  ///< absent: no path was found
    bool has_leaf = false;                        ///< the five below are known
    std::string sha256, subject, issuer, san, serial;
  };
  struct Http {
    int status = 0;  ///< never 0: absent as a whole when no status line was read
    double version = 0;
    std::size_t redirects = 0;
    double content_length = -1;  ///< -1: not sent
    std::uint64_t size = 0;
    std::optional<WallTime> last_modified;  ///< absent: not sent, or no date
  };
  struct Dns {
    unsigned answers = 0;
    unsigned authorities = 0;
    unsigned additionals = 0;
    std::optional<std::uint32_t> serial;
  };
  /// Of a gRPC server.
  struct Grpc {
    int status = 0;              ///< the call's
    std::string serving_status;  ///< empty: not told
  };
  struct Icmp {
    double loss = 0;
    std::optional<Span> rtt;  ///< mean; absent: nothing came back
    std::optional<unsigned> ttl;
  };

  /// Of a journey, one that was run.
  struct Step {
    std::string name;
    Status status = Status::kUnknown;
    Span duration{0};
  };

  Status status = Status::kUnknown;
  bool has_started = false;
  Family family = Family::kAuto;
  Span duration{0};
  std::array<std::optional<Span>, kPhaseCount> phases;
  std::optional<Http> http;
  std::optional<Dns> dns;    ///< absent: no answer
  std::optional<Icmp> icmp;  ///< absent: nothing was sent
  std::optional<Grpc> grpc;  ///< absent: no status was read
  int websocket_status = 0;  ///< of the answer to the upgrade; 0: none was read
  // Shared, so that a copy costs little.
  std::shared_ptr<const Tls> tls;                  ///< null when no certificate was seen
  std::shared_ptr<const std::vector<Step>> steps;  ///< null where there are none

  static Latest Of(const Outcome& outcome);
};

}  // namespace gaikei
