#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "checks/check.h"
#include "checks/dns/dns_exchange.h"
#include "checks/spec.h"

namespace gaikei {

/// Reads one server as `servers` names it: "ADDRESS", "NAME", each with ":PORT" (an IPv6 address
/// then in brackets), or "https://HOST[:PORT][/PATH]", which is asked by DoH whatever `transport`
/// says. The error is one line.
tl::expected<DnsServerTarget, std::string> ParseDnsServer(std::string_view text,
                                                          DnsTransport transport);

/// The port that a transport has by itself.
std::uint16_t DefaultDnsPort(DnsTransport transport);

/// How a server is shown: "192.0.2.1:53", "[2001:db8::1]:53", "ns1.example:853",
/// "https://dns.example/dns-query".
std::string DnsServerText(const DnsServerTarget& server);

/// The vantage's own resolvers, in their order, never empty. They are the operator's:
/// `deny_private` is not for them. `tls` is for the transports that need it. Loop thread only.
std::vector<DnsServerTarget> OwnResolvers(const AttemptContext& context,
                                          DnsTransport transport = DnsTransport::kUdp,
                                          const std::shared_ptr<const io::TlsSetup>& tls = {});

}  // namespace gaikei
