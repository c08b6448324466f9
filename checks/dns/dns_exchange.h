#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/check.h"
#include "checks/io/dns/dns_query.h"
#include "checks/io/net/address.h"
#include "checks/io/tls/trust.h"
#include "checks/spec.h"
#include "results/outcome.h"

namespace gaikei {

/// Whom to ask, and how.
struct DnsServerTarget {
  std::string host;        ///< name, numeric address
  std::uint16_t port = 0;  ///< 0: the transport's own (53, 853, 443)
  DnsTransport transport = DnsTransport::kUdp;
  std::string path = {};  ///< of DoH; empty: "/dns-query"
  Family family = Family::kAuto;
  std::optional<io::Address> address = {};  ///< of `host` instead of resolving it
  bool deny_private = false;
  std::shared_ptr<const io::TlsSetup> tls = {};  ///< never null for DoT and DoH
};

struct DnsExchangeResult {
  /// Reason kNone: an answer that could be read, whatever its rcode. `duration` is from the last
  /// question sent to its answer complete.
  DnsAnswer answer;
  std::optional<Phase> phase;  ///< that failed
  Phases phases;  ///< resolve (of the server's name), connect (TCP), tls, processing (question to
                  ///< answer)
  io::Address peer;   ///< length 0: none was tried
  std::string bytes;  ///< the answer as it came
  std::optional<TlsEvidence> tls;
  std::optional<TcpEvidence> tcp;
  ResolveEvidence resolve;
};

/// One question to one server, tried once, on a socket of its own: latency is the server's, and a
/// late answer meets nobody. A truncated answer over UDP leads to TCP; an EDNS question that is
/// answered by FORMERR, or by NOTIMP without EDNS, is asked again without it. Loop thread only.
/// Destroying it cancels.
class DnsExchange {
 public:
  /// Called at most once, never inside the constructor. It may destroy the DnsExchange.
  using Done = std::function<void(DnsExchangeResult)>;

  DnsExchange(const AttemptContext& context, DnsServerTarget server, io::DnsQuery query, Done done);
  ~DnsExchange();
  DnsExchange(const DnsExchange&) = delete;
  DnsExchange& operator=(const DnsExchange&) = delete;

  /// Stops at the caller's deadline: the reason is the timeout of what was going on, dns_timeout
  /// once the question was sent.
  DnsExchangeResult GiveUp();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei
