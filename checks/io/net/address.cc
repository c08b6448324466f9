#include "checks/io/net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>

#include <array>
#include <charconv>
#include <cstring>

namespace gaikei::io {
namespace {

sockaddr_in AsIpv4(const Address& address) {
  sockaddr_in in{};
  std::memcpy(&in, &address.storage, sizeof in);
  return in;
}

sockaddr_in6 AsIpv6(const Address& address) {
  sockaddr_in6 in{};
  std::memcpy(&in, &address.storage, sizeof in);
  return in;
}

template <typename SockAddr>
Address FromSockAddr(const SockAddr& in) {
  Address address;
  std::memcpy(&address.storage, &in, sizeof in);
  address.length = sizeof in;
  return address;
}

// The zone of a scoped address: an interface by name or by number. 0 for none there is.
std::uint32_t ZoneIndex(const std::string& zone) {
  std::uint32_t index = 0;
  const char* end = zone.data() + zone.size();
  const auto [stop, error] = std::from_chars(zone.data(), end, index);
  if (error == std::errc() && stop == end) return index;
  return if_nametoindex(zone.c_str());
}

}  // namespace

std::optional<Address> Address::Parse(std::string_view text, std::uint16_t port) {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
    if (text.find(':') == std::string_view::npos) return std::nullopt;
  }
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::size_t percent = text.find('%');
  const std::string host(text.substr(0, percent));
  if (percent == std::string_view::npos) {
    sockaddr_in in{};
    if (inet_pton(AF_INET, host.c_str(), &in.sin_addr) == 1) {
      in.sin_family = AF_INET;
      in.sin_port = htons(port);
      return FromSockAddr(in);
    }
  }
  sockaddr_in6 in6{};
  if (inet_pton(AF_INET6, host.c_str(), &in6.sin6_addr) != 1) return std::nullopt;
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(port);
  if (percent != std::string_view::npos) {
    in6.sin6_scope_id = ZoneIndex(std::string(text.substr(percent + 1)));
    if (in6.sin6_scope_id == 0) return std::nullopt;
  }
  return FromSockAddr(in6);
}

Family Address::family() const {
  switch (storage.ss_family) {
    case AF_INET:
      return Family::kIpv4;
    case AF_INET6:
      return Family::kIpv6;
    default:
      return Family::kAuto;
  }
}

std::uint16_t Address::port() const {
  switch (storage.ss_family) {
    case AF_INET:
      return ntohs(AsIpv4(*this).sin_port);
    case AF_INET6:
      return ntohs(AsIpv6(*this).sin6_port);
    default:
      return 0;
  }
}

Address Address::WithPort(std::uint16_t port) const {
  if (storage.ss_family == AF_INET) {
    sockaddr_in in = AsIpv4(*this);
    in.sin_port = htons(port);
    return FromSockAddr(in);
  }
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 in = AsIpv6(*this);
    in.sin6_port = htons(port);
    return FromSockAddr(in);
  }
  return *this;
}

std::string Address::Text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (storage.ss_family == AF_INET) {
    const sockaddr_in in = AsIpv4(*this);
    inet_ntop(AF_INET, &in.sin_addr, buffer.data(), buffer.size());
    return buffer.data();
  }
  if (storage.ss_family != AF_INET6) return {};
  const sockaddr_in6 in = AsIpv6(*this);
  inet_ntop(AF_INET6, &in.sin6_addr, buffer.data(), buffer.size());
  std::string text = buffer.data();
  if (in.sin6_scope_id != 0) {
    std::array<char, IF_NAMESIZE> name{};
    text += '%';
    text += if_indextoname(in.sin6_scope_id, name.data()) != nullptr
                ? std::string(name.data())
                : std::to_string(in.sin6_scope_id);
  }
  return text;
}

std::string Address::TextWithPort() const {
  return family() == Family::kIpv6 ? fmt::format("[{}]:{}", Text(), port())
                                   : fmt::format("{}:{}", Text(), port());
}

bool Address::operator==(const Address& other) const {
  if (storage.ss_family != other.storage.ss_family) return false;
  if (storage.ss_family == AF_INET) {
    const sockaddr_in a = AsIpv4(*this);
    const sockaddr_in b = AsIpv4(other);
    return a.sin_port == b.sin_port && a.sin_addr.s_addr == b.sin_addr.s_addr;
  }
  if (storage.ss_family == AF_INET6) {
    const sockaddr_in6 a = AsIpv6(*this);
    const sockaddr_in6 b = AsIpv6(other);
    return a.sin6_port == b.sin6_port && a.sin6_scope_id == b.sin6_scope_id &&
           std::memcmp(&a.sin6_addr, &b.sin6_addr, sizeof a.sin6_addr) == 0;
  }
  return true;
}

}  // namespace gaikei::io
