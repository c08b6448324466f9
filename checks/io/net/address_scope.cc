#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "checks/io/net/address.h"

namespace gaikei::io {
namespace {

struct Ipv4Range {
  std::uint32_t network;
  unsigned bits;
};

constexpr std::uint32_t Quad(unsigned a, unsigned b, unsigned c, unsigned d) {
  return (a << 24U) | (b << 16U) | (c << 8U) | d;
}

// IANA's special-purpose registry (RFC 6890), multicast and the reserved rest.
constexpr std::array kIpv4NotPublic = {
    Ipv4Range{Quad(0, 0, 0, 0), 8},        // this network
    Ipv4Range{Quad(10, 0, 0, 0), 8},       // private
    Ipv4Range{Quad(100, 64, 0, 0), 10},    // shared by carriers; a cloud's metadata
    Ipv4Range{Quad(127, 0, 0, 0), 8},      // loopback
    Ipv4Range{Quad(169, 254, 0, 0), 16},   // link-local; metadata of most clouds
    Ipv4Range{Quad(172, 16, 0, 0), 12},    // private
    Ipv4Range{Quad(192, 0, 0, 0), 24},     // protocol assignments; a cloud's metadata
    Ipv4Range{Quad(192, 0, 2, 0), 24},     // documentation
    Ipv4Range{Quad(192, 88, 99, 0), 24},   // 6to4 relays
    Ipv4Range{Quad(192, 168, 0, 0), 16},   // private
    Ipv4Range{Quad(198, 18, 0, 0), 15},    // benchmarks
    Ipv4Range{Quad(198, 51, 100, 0), 24},  // documentation
    Ipv4Range{Quad(203, 0, 113, 0), 24},   // documentation
    Ipv4Range{Quad(224, 0, 0, 0), 4},      // multicast
    Ipv4Range{Quad(240, 0, 0, 0), 4},      // reserved, broadcast
};

AddressScope ScopeOfIpv4(std::uint32_t address) {
  const bool listed =
      std::any_of(kIpv4NotPublic.begin(), kIpv4NotPublic.end(), [address](const Ipv4Range& range) {
        return ((address ^ range.network) >> (32U - range.bits)) == 0;
      });
  return listed ? AddressScope::kPrivate : AddressScope::kPublic;
}

using Ipv6Bytes = std::array<std::uint8_t, 16>;

struct Ipv6Range {
  Ipv6Bytes network;
  unsigned bits;
};

bool IsIn(const Ipv6Bytes& address, const Ipv6Range& range) {
  const std::size_t whole = range.bits / 8;
  if (!std::equal(address.begin(), address.begin() + whole, range.network.begin())) return false;
  const unsigned rest = range.bits % 8;
  return rest == 0 || ((address[whole] ^ range.network[whole]) >> (8U - rest)) == 0;
}

constexpr Ipv6Range kMapped = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};  // ::ffff:0:0/96
constexpr Ipv6Range kNat64 = {{0, 0x64, 0xff, 0x9b}, 96};                        // RFC 6052
constexpr Ipv6Range kNat64Local = {{0, 0x64, 0xff, 0x9b, 0, 1}, 48};             // RFC 8215
constexpr Ipv6Range k6to4 = {{0x20, 0x02}, 16};                                  // RFC 3056
constexpr Ipv6Range kGlobal = {{0x20}, 3};                                       // 2000::/3

// What lies in 2000::/3 and is not public all the same.
constexpr std::array kIpv6NotPublic = {
    Ipv6Range{{0x20, 0x01, 0, 0}, 32},        // Teredo
    Ipv6Range{{0x20, 0x01, 0, 2, 0, 0}, 48},  // benchmarks
    Ipv6Range{{0x20, 0x01, 0, 0x10}, 28},     // ORCHID
    Ipv6Range{{0x20, 0x01, 0, 0x20}, 28},     // ORCHIDv2
    Ipv6Range{{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    Ipv6Range{{0x3f, 0xff, 0}, 20},           // documentation (RFC 9637)
};

AddressScope ScopeOfIpv6(const Ipv6Bytes& address) {
  const auto embedded = [&address](std::size_t a, std::size_t b, std::size_t c, std::size_t d) {
    return ScopeOfIpv4(Quad(address[a], address[b], address[c], address[d]));
  };
  if (IsIn(address, kMapped) || IsIn(address, kNat64)) return embedded(12, 13, 14, 15);
  if (IsIn(address, kNat64Local)) {
    // RFC 6052, 2.2: a /48 prefix puts the address around byte 8; longer prefixes end with it.
    const bool is_48 = std::all_of(address.begin() + 11, address.end(),
                                   [](std::uint8_t byte) { return byte == 0; });
    return is_48 ? embedded(6, 7, 9, 10) : embedded(12, 13, 14, 15);
  }
  if (IsIn(address, k6to4)) return embedded(2, 3, 4, 5);
  if (!IsIn(address, kGlobal)) return AddressScope::kPrivate;
  const bool listed =
      std::any_of(kIpv6NotPublic.begin(), kIpv6NotPublic.end(),
                  [&address](const Ipv6Range& range) { return IsIn(address, range); });
  return listed ? AddressScope::kPrivate : AddressScope::kPublic;
}

}  // namespace

AddressScope ScopeOf(const Address& address) {
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address.storage, sizeof in);
    return ScopeOfIpv4(ntohl(in.sin_addr.s_addr));
  }
  if (address.storage.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address.storage, sizeof in);
    Ipv6Bytes bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return ScopeOfIpv6(bytes);
  }
  return AddressScope::kPrivate;
}

}  // namespace gaikei::io
