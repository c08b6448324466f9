#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "checks/io/address.h"

namespace gaikei::io {

/// Record types a name is resolved by (RFC 1035, 3.2.2; RFC 3596).
enum class AddressRecord : std::uint16_t { kA = 1, kAaaa = 28 };

/// An answer to the question for the addresses of a name.
struct AddressAnswer {
  std::string problem;  ///< why the answer cannot be used, in plain words; empty when it can
  int rcode = 0;        ///< RFC 1035, 4.1.1; 0 NOERROR
  std::vector<Address> addresses;  ///< port 0, in the order of the answer, at most 64
};

/// Aliases that are followed within one answer; more is a broken zone, or a loop.
inline constexpr int kMaxAliases = 16;

/// Reads a whole DNS message: the addresses of the name asked for, along its aliases (CNAME), also
/// where the records come in another order. Pure; any bytes.
AddressAnswer ReadAddressAnswer(std::span<const std::uint8_t> message, AddressRecord type);

/// "NOERROR", "SERVFAIL", "RCODE11".
std::string RcodeText(int rcode);

}  // namespace gaikei::io
