#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace gaikei::io {

inline constexpr std::uint16_t kDnsPort = 53;
inline constexpr std::uint16_t kDnsClassIn = 1;      // RFC 1035, 3.2.4
inline constexpr std::uint16_t kDnsTypeSoa = 6;      // likewise
inline constexpr std::uint32_t kDnssecOk = 0x8000U;  // in the TTL of OPT (RFC 3225, 3)
inline constexpr std::size_t kDnsHeaderSize = 12;    // RFC 1035, 4.1.1

/// In network order; what is above 16 bits is cut off.
inline void AppendU16(std::string& bytes, std::size_t value) {
  bytes += static_cast<char>(value >> 8U & 0xFFU);
  bytes += static_cast<char>(value & 0xFFU);
}

}  // namespace gaikei::io
