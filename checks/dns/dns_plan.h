#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "checks/dns/dns_exchange.h"
#include "checks/expect/expect.h"
#include "checks/io/dns/dns_query.h"
#include "checks/io/dns/dnssec.h"
#include "checks/io/tls/trust.h"
#include "checks/spec.h"

namespace gaikei {

/// A DNS check as it runs: compiled once, immutable, shared by all its attempts on all loops.
struct DnsPlan {
  io::DnsQuery query;
  /// Whom to ask, all at once. Empty: the authoritative servers, or the vantage's own resolvers.
  std::vector<DnsServerTarget> servers;
  bool is_authoritative = false;
  DnsTransport transport = DnsTransport::kUdp;  ///< to servers that are found, not given
  Family family = Family::kAuto;
  bool deny_private = false;
  std::shared_ptr<const io::TlsSetup> tls;        ///< null: nothing of this check speaks TLS
  std::shared_ptr<const io::TrustAnchor> anchor;  ///< null: not validated

  std::vector<expect::Expression> expect;
  std::vector<expect::Expression> warn;
  bool judges_answer = false;  ///< an expectation takes the place of "NOERROR with an answer"
  bool judges_dnssec = false;  ///< an expectation takes the place of "secure"
};

}  // namespace gaikei
