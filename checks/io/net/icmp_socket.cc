#include "checks/io/net/icmp_socket.h"

#include <fmt/core.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>  // ICMP_FILTER
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "checks/io/net/arrival.h"
#include "checks/io/net/egress.h"
#include "checks/io/net/errors.h"
#include "checks/io/net/icmp_message.h"
#include "checks/io/net/socket_option.h"

namespace gaikei::io {
namespace {

constexpr std::size_t kTokenSize = 16;
constexpr std::size_t kLargestIpv4Header = 60;
constexpr std::size_t kEchoHeader = 8;
/// What one Receive() looks at before the loop gets its turn again.
constexpr int kMaximumLooks = 256;

constexpr const char* kForbidden =
    "this process may not send ICMP echo requests: let sysctl net.ipv4.ping_group_range include "
    "its group (\"0 2147483647\" is every group), or give it CAP_NET_RAW (setcap cap_net_raw+ep "
    "on the program, AmbientCapabilities=CAP_NET_RAW in its systemd unit)";

bool IsForbidden(int error) { return error == EACCES || error == EPERM; }

/// Leaves out on raw sockets, which see every reply of the machine, those of other sockets.
void KeepOwnReplies(int fd, Family family, std::uint16_t id) {
  std::array<sock_filter, 5> own4 = {{
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),  // X: length of the IPv4 header
      BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),   // A: id of the echo header
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFFU),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  std::array<sock_filter, 4> own6 = {{
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFFU),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  sock_fprog program{};
  if (family == Family::kIpv6) {
    program = {.len = own6.size(), .filter = own6.data()};
    icmp6_filter filter{};
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
  } else {
    program = {.len = own4.size(), .filter = own4.data()};
    icmp_filter filter{};
    filter.data = ~(1U << ICMP_ECHOREPLY);  // a set bit keeps that type out
    setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof filter);
  }
  // Were one of these refused, the replies would still be told apart one by one.
  setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

void Configure(int fd, Family family, const IcmpSettings& settings) {
  AskForStamps(fd);
  // The path is measured anew by each attempt: PROBE sets the flag like DO, but does not let what
  // the kernel remembers of an earlier "fragmentation needed" answer in the path's stead.
  if (family == Family::kIpv6) {
    SetOption(fd, SOL_IPV6, IPV6_RECVHOPLIMIT, 1);
    SetOption(fd, SOL_IPV6, IPV6_RECVERR, 1);
    if (settings.ttl != 0) {
      SetOption(fd, SOL_IPV6, IPV6_UNICAST_HOPS, static_cast<int>(settings.ttl));
    }
    if (settings.dont_fragment) {
      SetOption(fd, SOL_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
      SetOption(fd, SOL_IPV6, IPV6_DONTFRAG, 1);
    }
    return;
  }
  SetOption(fd, SOL_IP, IP_RECVTTL, 1);
  SetOption(fd, SOL_IP, IP_RECVERR, 1);
  if (settings.ttl != 0) SetOption(fd, SOL_IP, IP_TTL, static_cast<int>(settings.ttl));
  SetOption(fd, SOL_IP, IP_MTU_DISCOVER,
            settings.dont_fragment ? IP_PMTUDISC_PROBE : IP_PMTUDISC_DONT);
}

/// What the kernel tells beside a message.
struct Aside {
  std::optional<WallTime> stamp;
  std::optional<unsigned> ttl;
  std::optional<sock_extended_err> error;
  std::optional<Address> offender;  ///< who sent the error
};

template <typename T>
T Read(const cmsghdr& header) {
  T value{};
  std::memcpy(&value, CMSG_DATA(const_cast<cmsghdr*>(&header)), sizeof value);
  return value;
}

void ReadError(const cmsghdr& header, Aside& aside) {
  if (header.cmsg_len < CMSG_LEN(sizeof(sock_extended_err))) return;
  aside.error = Read<sock_extended_err>(header);
  const std::size_t room = header.cmsg_len - CMSG_LEN(sizeof(sock_extended_err));
  Address offender;
  std::memcpy(&offender.storage,
              CMSG_DATA(const_cast<cmsghdr*>(&header)) + sizeof(sock_extended_err),
              std::min(room, sizeof offender.storage));
  const sa_family_t family = offender.storage.ss_family;
  if (family == AF_INET && room >= sizeof(sockaddr_in)) {
    offender.length = sizeof(sockaddr_in);
  } else if (family == AF_INET6 && room >= sizeof(sockaddr_in6)) {
    offender.length = sizeof(sockaddr_in6);
  } else {
    return;
  }
  aside.offender = offender;
}

Aside ReadAside(msghdr& message) {
  Aside aside;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    const int level = header->cmsg_level;
    const int type = header->cmsg_type;
    if (const auto stamp = ReadStamp(*header)) {
      aside.stamp = stamp;
    } else if ((level == SOL_IP && type == IP_TTL) ||
               (level == SOL_IPV6 && type == IPV6_HOPLIMIT)) {
      aside.ttl = static_cast<unsigned>(Read<int>(*header));
    } else if ((level == SOL_IP && type == IP_RECVERR) ||
               (level == SOL_IPV6 && type == IPV6_RECVERR)) {
      ReadError(*header, aside);
    }
  }
  return aside;
}

IcmpFailure Forbidden() {
  return {.reason = Reason::kProberInternal, .message = kForbidden, .is_permission = true};
}

/// A socket of the first sort that this process may open.
Egress::Opened OpenAny(const Egress& egress, int family, bool* is_raw) {
  const int protocol = family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
  *is_raw = false;
  const Egress::Opened datagram = egress.Open(family, SOCK_DGRAM, protocol);
  if (datagram.fd >= 0 || datagram.at_bind || !IsForbidden(datagram.error)) return datagram;
  *is_raw = true;
  return egress.Open(family, SOCK_RAW, protocol);
}

}  // namespace

struct IcmpSocket::Impl {
  UniqueFd fd;
  Address peer;
  Family family = Family::kIpv4;
  bool is_raw = false;
  std::uint16_t id = 0;  ///< of raw sockets; the kernel gives a datagram socket its own
  std::string payload;   ///< sent last: random bytes, then filler
  std::array<char, kTokenSize> token{};
  std::string buffer;
  unsigned ignored = 0;
  std::vector<ClockPair> sent;  ///< when each request was

  /// The payload of `size` bytes; that of every request is the same.
  void Fill(std::size_t size) {
    if (!buffer.empty() && payload.size() == size) return;
    payload.resize(size);
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>(i & 0xFFU);
    std::copy_n(token.begin(), std::min(size, token.size()), payload.begin());
    buffer.resize(std::max<std::size_t>(size + kEchoHeader + kLargestIpv4Header, 256));
  }

  /// Takes a failure that the kernel keeps for this socket; it would hit the next send() instead.
  void ClearError() const {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  }

  bool IsOurs(const EchoMessage& message, bool is_quoted) const {
    if (is_raw && message.id != id) return false;
    if (message.payload.size() > payload.size()) return false;
    // A router may quote as little as the echo header.
    const std::size_t least = is_quoted ? 0 : std::min(payload.size(), token.size());
    if (message.payload.size() < least) return false;
    return payload.compare(0, message.payload.size(), message.payload) == 0;
  }

  /// When something came of the request `sequence`.
  MonoTime ArrivedAt(std::uint16_t sequence, const Aside& aside) const {
    const ClockPair now = ClockPair::Now();
    return sequence < sent.size() ? ArrivalOf(aside.stamp, sent[sequence], now) : now.mono;
  }

  /// One message from the queue of `flags`; its size, or -1 with errno.
  ssize_t Take(int flags, Aside* aside) {
    iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
    alignas(cmsghdr) std::array<char, 512> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = recvmsg(fd.get(), &message, flags);
    if (size < 0) return size;
    *aside = ReadAside(message);
    return size;
  }

  std::optional<IcmpArrival> ErrorFrom(const Aside& aside, std::string_view quoted) {
    if (!aside.error || (aside.error->ee_origin != SO_EE_ORIGIN_ICMP &&
                         aside.error->ee_origin != SO_EE_ORIGIN_ICMP6)) {
      return {};  // our own kernel's, which send() has told as well
    }
    const auto request = ParseQuotedRequest(family, quoted);
    if (!request || !IsOurs(*request, true)) {
      ++ignored;
      return {};
    }
    IcmpArrival arrival;
    arrival.sequence = request->sequence;
    arrival.at = ArrivedAt(arrival.sequence, aside);
    arrival.error =
        IcmpErrorText(family, aside.error->ee_type, aside.error->ee_code, aside.error->ee_info);
    if (aside.offender) arrival.error += " from " + aside.offender->Text();
    return arrival;
  }

  std::optional<IcmpArrival> ReplyFrom(const Aside& aside, std::string_view bytes) {
    const auto reply = ParseEchoReply(family, is_raw && family == Family::kIpv4, bytes);
    if (!reply || !IsOurs(*reply, false)) {
      ++ignored;
      return {};
    }
    IcmpArrival arrival;
    arrival.sequence = reply->sequence;
    arrival.at = ArrivedAt(arrival.sequence, aside);
    arrival.ttl = aside.ttl;
    arrival.is_cut = reply->payload.size() < payload.size();
    return arrival;
  }

  IcmpFailure SendFailure(int error, std::size_t size) const {
    IcmpFailure failure;
    if (error == EMSGSIZE) {
      int mtu = 0;
      socklen_t length = sizeof mtu;
      const bool is_v6 = family == Family::kIpv6;
      getsockopt(fd.get(), is_v6 ? SOL_IPV6 : SOL_IP, is_v6 ? IPV6_MTU : IP_MTU, &mtu, &length);
      failure.is_too_large = true;
      failure.reason = Reason::kProberInternal;
      failure.message = fmt::format(
          "a request with {} bytes of payload does not fit this machine's own interface, mtu {}",
          size, mtu);
      return failure;
    }
    // A full queue of our own is no port that is missing.
    failure.reason = ReasonFromConnectErrno(error == EAGAIN ? ENOBUFS : error, true);
    failure.message =
        fmt::format("cannot send an echo request to {}: {}", peer.Text(), ErrnoText(error));
    return failure;
  }
};

IcmpSocket::IcmpSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
IcmpSocket::~IcmpSocket() = default;

int IcmpSocket::fd() const { return impl_->fd.get(); }
bool IcmpSocket::is_raw() const { return impl_->is_raw; }
unsigned IcmpSocket::ignored() const { return impl_->ignored; }

std::optional<std::string> IcmpSocket::WhyForbidden() {
  bool is_raw = false;
  const Egress::Opened opened = OpenAny(Egress(Region{}), AF_INET, &is_raw);
  const UniqueFd fd(opened.fd);
  if (fd.is_valid() || !IsForbidden(opened.error)) return {};
  return kForbidden;
}

tl::expected<std::unique_ptr<IcmpSocket>, IcmpFailure> IcmpSocket::Open(
    const Region& region, const Address& peer, const IcmpSettings& settings) {
  auto impl = std::make_unique<Impl>();
  impl->peer = peer.WithPort(0);
  impl->family = peer.family();
  const Egress::Opened opened = OpenAny(Egress(region), peer.storage.ss_family, &impl->is_raw);
  impl->fd = UniqueFd(opened.fd);
  if (opened.fd < 0) {
    if (!opened.at_bind && IsForbidden(opened.error)) return tl::unexpected(Forbidden());
    return tl::unexpected(IcmpFailure{
        .reason = ReasonFromConnectErrno(opened.error, opened.at_bind),
        .message = fmt::format("cannot open an ICMP socket: {}", ErrnoText(opened.error))});
  }
  Configure(opened.fd, impl->family, settings);
  std::array<char, kTokenSize + sizeof impl->id> random{};
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    return tl::unexpected(IcmpFailure{.reason = Reason::kProberInternal,
                                      .message = "the system gives no random bytes"});
  }
  std::copy_n(random.begin(), kTokenSize, impl->token.begin());
  std::memcpy(&impl->id, random.data() + kTokenSize, sizeof impl->id);
  if (impl->is_raw) KeepOwnReplies(opened.fd, impl->family, impl->id);
  // Connected: replies and errors of other peers do not come here.
  if (connect(opened.fd, reinterpret_cast<const sockaddr*>(&impl->peer.storage),
              impl->peer.length) != 0) {
    const int error = errno;
    return tl::unexpected(IcmpFailure{.reason = ReasonFromConnectErrno(error, true),
                                      .message = fmt::format("cannot send echo requests to {}: {}",
                                                             impl->peer.Text(), ErrnoText(error))});
  }
  return std::unique_ptr<IcmpSocket>(new IcmpSocket(std::move(impl)));
}

std::optional<IcmpFailure> IcmpSocket::Send(std::uint16_t sequence, std::size_t size,
                                            MonoTime* sent) {
  impl_->Fill(size);
  const std::string request = BuildEchoRequest(
      impl_->family, {.id = impl_->id, .sequence = sequence, .payload = impl_->payload});
  impl_->ClearError();
  impl_->sent.resize(std::max<std::size_t>(impl_->sent.size(), sequence + 1U));
  const ClockPair now = ClockPair::Now();
  impl_->sent[sequence] = now;
  *sent = now.mono;
  if (send(fd(), request.data(), request.size(), 0) >= 0) return {};
  return impl_->SendFailure(errno, size);
}

std::optional<IcmpArrival> IcmpSocket::Receive() {
  for (int look = 0; look < kMaximumLooks; ++look) {
    Aside aside;
    ssize_t size = impl_->Take(MSG_ERRQUEUE, &aside);
    const bool is_error = size >= 0;
    if (!is_error) size = impl_->Take(0, &aside);
    if (size < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return {};
      continue;  // an ICMP error, told once here and once in its own queue
    }
    const std::string_view bytes(impl_->buffer.data(), static_cast<std::size_t>(size));
    auto arrival = is_error ? impl_->ErrorFrom(aside, bytes) : impl_->ReplyFrom(aside, bytes);
    if (arrival) return arrival;
  }
  return {};
}

}  // namespace gaikei::io
