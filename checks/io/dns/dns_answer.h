#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "checks/io/net/address.h"

namespace gaikei::io {

/// Record types a name is resolved by (RFC 1035, 3.2.2; RFC 3596).
enum class AddressRecord : std::uint16_t { kA = 1, kAaaa = 28 };

/// An answer to the question for the addresses of a name.
struct AddressAnswer {
  std::string problem;  ///< why the answer cannot be used, in plain words; empty when it can
  int rcode = 0;        ///< RFC 1035, 4.1.1; 0 NOERROR
  std::vector<Address> addresses;  ///< port 0, in the order of the answer, at most 64
  std::uint32_t ttl = 0;  ///< seconds; smallest of the addresses and of the aliases to them
};

/// Aliases that are followed within one answer; more is a broken zone, or a loop.
inline constexpr int kMaxAliases = 16;

/// Reads a whole DNS message: the addresses of the name asked for, along its aliases (CNAME), also
/// where the records come in another order. Pure; any bytes.
AddressAnswer ReadAddressAnswer(std::span<const std::uint8_t> message, AddressRecord type);

/// Seconds that an answer without what was asked for (NXDOMAIN, NODATA) may be remembered: the
/// lesser of the SOA record's own time and its minimum field (RFC 2308, 5), and no longer than any
/// alias on the way. 0 without a SOA, and for a message that cannot be read. Pure; any bytes.
std::uint32_t NegativeTtl(std::span<const std::uint8_t> message);

/// "NOERROR", "SERVFAIL", "RCODE11".
std::string RcodeText(int rcode);

}  // namespace gaikei::io
