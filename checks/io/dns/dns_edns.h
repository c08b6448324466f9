#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tl/expected.hpp>

#include "checks/io/dns/dns_query.h"
#include "results/outcome.h"

/// The OPT pseudo-record (RFC 6891).
namespace gaikei::io {

inline constexpr std::uint16_t kDnsTypeOpt = 41;
inline constexpr std::size_t kClientCookieSize = 8;  // RFC 7873, 4

/// Appends the OPT record of a query: size, DO, ECS, NSID, cookie. The error is one line.
tl::expected<void, std::string> AppendOpt(const DnsQuery& query, const std::string& client_cookie,
                                          std::string& bytes);

/// Reads the data of an OPT record into extended errors, nsid, ecs, cookie and notes. Empty, or
/// what is wrong. `client_cookie` empty: none was sent.
std::string ReadOptions(std::span<const std::uint8_t> data, const std::string& client_cookie,
                        DnsAnswer& answer);

/// "NOERROR", "BADVERS", "BADCOOKIE", "RCODE3841": all 12 bits (RFC 6895, 2.3).
std::string ExtendedRcodeText(unsigned rcode);

}  // namespace gaikei::io
