#include "checks/transport/refusals.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace gaikei {
namespace {

/// More than anybody quotes (RFC 1812, 4.3.2.3: 576 bytes; RFC 4443: 1280).
constexpr std::size_t kQuoted = 1500;

bool IsRefusal(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    const bool is_error = (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR) ||
                          (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR);
    if (!is_error) continue;
    sock_extended_err error{};
    std::memcpy(&error, CMSG_DATA(part), sizeof error);
    if (error.ee_errno == ECONNREFUSED) return true;
  }
  return false;
}

}  // namespace

bool KeepRefusals(int fd, int family) {
  const int on = 1;
  return family == AF_INET6 ? ::setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on) == 0
                            : ::setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on) == 0;
}

std::vector<std::string> TakeRefusals(int fd) {
  std::vector<std::string> refusals;
  for (;;) {
    std::array<char, kQuoted> quoted{};
    alignas(cmsghdr) std::array<char, 512> parts{};
    iovec bytes{quoted.data(), quoted.size()};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = parts.data();
    message.msg_controllen = parts.size();
    const ssize_t size = ::recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return refusals;
    if (IsRefusal(message)) refusals.emplace_back(quoted.data(), static_cast<std::size_t>(size));
  }
}

std::size_t FirstRefused(std::span<const std::string> sent, std::vector<std::string> refusals) {
  std::erase_if(refusals, [&](const std::string& quoted) {
    return std::none_of(sent.begin(), sent.end(),
                        [&](const std::string& datagram) { return datagram.starts_with(quoted); });
  });
  if (refusals.empty()) return sent.size();
  // Whoever is gone refuses everything from then on, so that the first one stands at least so far
  // from the end. (Further, where refusals were left out: routers limit their rate.) Of those that
  // look alike the last one that can be it is it, where none was left out.
  const std::size_t latest = sent.size() - std::min(refusals.size(), sent.size());
  std::size_t first = sent.size();
  for (std::size_t i = 0; i < sent.size() && (first == sent.size() || i <= latest); ++i) {
    if (sent[i].starts_with(refusals.front())) first = i;
  }
  return first;
}

}  // namespace gaikei
