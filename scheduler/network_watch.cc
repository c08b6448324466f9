#include "scheduler/network_watch.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace gaikei {
namespace {

// Addresses for documentation (RFC 5737, RFC 3849): only the default route leads there.
constexpr const char* kBehindDefaultIpv4 = "192.0.2.1";
constexpr const char* kBehindDefaultIpv6 = "2001:db8::1";

using AddressList = std::unique_ptr<ifaddrs, decltype(&freeifaddrs)>;

AddressList ReadAddresses() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) list = nullptr;
  return {list, &freeifaddrs};
}

struct Socket {
  explicit Socket(int family) : fd(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd >= 0) close(fd);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  const int fd;
};

/// 0 for what is no address of the internet.
std::size_t SizeOf(const sockaddr* address) {
  if (address == nullptr) return 0;
  if (address->sa_family == AF_INET) return sizeof(sockaddr_in);
  return address->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : 0;
}

/// Which of our addresses would be the source of what is sent there. Nothing is sent.
struct Way {
  bool is_known = false;  ///< false: it could not be asked
  bool exists = false;
  sockaddr_storage source{};
};

Way WayTo(const std::string& address) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), "9", &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  const Socket probe(found->ai_family);
  if (probe.fd < 0) return {};
  if (connect(probe.fd, found->ai_addr, found->ai_addrlen) != 0) {
    const bool is_routing = errno == ENETUNREACH || errno == EHOSTUNREACH || errno == ENETDOWN ||
                            errno == EADDRNOTAVAIL;
    return {is_routing, false, {}};
  }
  Way way{true, true, {}};
  socklen_t length = sizeof(way.source);
  if (getsockname(probe.fd, reinterpret_cast<sockaddr*>(&way.source), &length) != 0) return {};
  return way;
}

bool IsSame(const sockaddr_storage& one, const sockaddr_storage& other) {
  if (one.ss_family != other.ss_family) return false;
  if (one.ss_family == AF_INET) {
    return reinterpret_cast<const sockaddr_in&>(one).sin_addr.s_addr ==
           reinterpret_cast<const sockaddr_in&>(other).sin_addr.s_addr;
  }
  if (one.ss_family != AF_INET6) return false;
  return std::memcmp(&reinterpret_cast<const sockaddr_in6&>(one).sin6_addr,
                     &reinterpret_cast<const sockaddr_in6&>(other).sin6_addr,
                     sizeof(in6_addr)) == 0;
}

}  // namespace

void NetworkWatch::Look(MonoTime now) {
  const AddressList all = ReadAddresses();
  const bool has_ipv4 = WayTo(kBehindDefaultIpv4).exists;
  const bool has_ipv6 = WayTo(kBehindDefaultIpv6).exists;
  const std::lock_guard lock(mutex_);
  looked_at_ = now;
  if (all) {
    std::map<std::string, bool> seen;
    own_.clear();
    for (const ifaddrs* at = all.get(); at != nullptr; at = at->ifa_next) {
      if ((at->ifa_flags & IFF_LOOPBACK) != 0) continue;
      if (const std::size_t size = SizeOf(at->ifa_addr); size > 0) {
        own_.emplace_back().link = at->ifa_name;
        std::memcpy(&own_.back().address, at->ifa_addr, size);
      }
      seen[at->ifa_name] = (at->ifa_flags & IFF_UP) != 0 && (at->ifa_flags & IFF_RUNNING) != 0;
    }
    for (auto& [name, link] : links_) seen.try_emplace(name, false);
    for (const auto& [name, is_up] : seen) Note(links_[name], is_up, now);
  }
  Note(default_routes_[Family::kIpv4], has_ipv4, now);
  Note(default_routes_[Family::kIpv6], has_ipv6, now);
}

void NetworkWatch::Note(Watched& watched, bool is_up, MonoTime now) {
  while (!watched.downs.empty() && watched.downs.front().to < now - kKept) {
    watched.downs.pop_front();
  }
  if (is_up == watched.is_up) return;
  watched.is_up = is_up;
  if (is_up) {
    if (!watched.downs.empty()) watched.downs.back().to = now;
    watched.was_up = true;
  } else {
    watched.downs.push_back({now, MonoTime::max()});
  }
}

bool NetworkWatch::WasDown(const Watched& watched, MonoTime from, MonoTime to) {
  for (auto down = watched.downs.rbegin(); down != watched.downs.rend() && down->to >= from;
       ++down) {
    if (down->from <= to) return true;
  }
  return false;
}

std::string NetworkWatch::WhyLost(const Watched& watched, const std::string& what, MonoTime from,
                                  MonoTime to) const {
  if (!watched.was_up || !WasDown(watched, from, to)) return {};
  return what + (watched.is_up ? " was down meanwhile" : " is down");
}

void NetworkWatch::LookIfStale(MonoTime now) {
  {
    const std::lock_guard lock(mutex_);
    if (looked_at_ != MonoTime::min() && now - looked_at_ < kFresh) return;
  }
  Look(now);
}

bool NetworkWatch::WasAllWell(MonoTime from, MonoTime to) const {
  const auto was_well = [&](const auto& entry) {
    return entry.second.is_up && !WasDown(entry.second, from, to);
  };
  return std::ranges::all_of(links_, was_well) && std::ranges::all_of(default_routes_, was_well);
}

std::string NetworkWatch::WhyCutOff(const std::string& address, MonoTime from, MonoTime to) {
  LookIfStale(to);
  {
    // Thousands of targets may be silent together: most of the time this is all there is to it.
    const std::lock_guard lock(mutex_);
    if (WasAllWell(from, to)) return {};
  }
  const Way way = WayTo(address);
  if (!way.is_known) return {};
  if (!way.exists) return fmt::format("this prober has no route to {}", address);
  const std::lock_guard lock(mutex_);
  for (const Own& own : own_) {
    if (!IsSame(own.address, way.source)) continue;
    const Watched& link = links_[own.link];
    const std::string what = fmt::format("this prober's link {}", own.link);
    if (!link.is_up) return what + " is down";
    return WasDown(link, from, to) ? what + " was down meanwhile" : std::string();
  }
  return {};
}

std::string NetworkWatch::WhyCutOff(MonoTime from, MonoTime to) {
  LookIfStale(to);
  const std::lock_guard lock(mutex_);
  const Watched& ipv4 = default_routes_[Family::kIpv4];
  const Watched& ipv6 = default_routes_[Family::kIpv6];
  // Where one family still leads out, names can be asked for.
  const bool has_other =
      (ipv4.is_up && !WasDown(ipv4, from, to)) || (ipv6.is_up && !WasDown(ipv6, from, to));
  if (has_other) return {};
  std::string why = WhyLost(ipv4, "this prober's default route (IPv4)", from, to);
  if (why.empty()) why = WhyLost(ipv6, "this prober's default route (IPv6)", from, to);
  return why;
}

}  // namespace gaikei
