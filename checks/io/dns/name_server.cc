#define CARES_NO_DEPRECATED  // newer releases have other names for what 1.18 has only these for
#include "checks/io/dns/name_server.h"

#include <ares.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "checks/io/dns/dns_wire.h"
#include "checks/io/loop/fd_watch.h"
#include "checks/io/loop/loop.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/arrival.h"
#include "checks/io/net/egress.h"

namespace gaikei::io {
namespace {

constexpr int kTimeoutMs = 1000;
constexpr int kShortDatagramsATurn = 16;

void InitLibraryOnce() {
  static std::once_flag once;
  std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
}

}  // namespace

struct NameServer::Impl {
  struct Question {
    Impl* server;
    Done done;
    ClockPair asked;
  };

  Impl(Loop& owner, const Egress& way_out, const Address& to)
      : loop(owner),
        egress(way_out),
        address(to.port() == 0 ? to.WithPort(kDnsPort) : to),
        text(address.TextWithPort()),
        timer(owner) {}

  Loop& loop;
  const Egress& egress;
  const Address address;
  const std::string text;
  Timer timer;
  std::unordered_map<int, FdWatch> watches;
  ares_channel channel = nullptr;
  int socket_errno = 0;
  std::optional<WallTime> last_stamp;  ///< of the datagram that c-ares has read last

  void OpenChannel() {
    InitLibraryOnce();
    std::array<char, 2> lookups = {'b', '\0'};     // DNS alone: the hosts file is the resolver's
    std::array<char, 10> no_file = {"/dev/null"};  // servers are set below
    ares_options options{};
    // NOCHECKRESP hands over SERVFAIL, NOTIMP and REFUSED instead of "connection refused".
    options.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
    options.timeout = kTimeoutMs;
    options.tries = 1;
    options.lookups = lookups.data();
    options.resolvconf_path = no_file.data();
    options.sock_state_cb = &OnSocketState;
    options.sock_state_cb_data = this;
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
               ARES_OPT_RESOLVCONF | ARES_OPT_SOCK_STATE_CB;
#ifdef ARES_OPT_QUERY_CACHE
    options.qcache_max_ttl = 0;  // newer releases cache answers unless told not to
    mask |= ARES_OPT_QUERY_CACHE;
#endif
    if (ares_init_options(&channel, &options, mask) != ARES_SUCCESS) {
      channel = nullptr;
      return;
    }
    static const ares_socket_functions functions = {&OpenSocket, &CloseSocket, &ConnectSocket,
                                                    &ReceiveFrom, &SendVector};
    ares_set_socket_functions(channel, &functions, this);
    ares_addr_port_node node{};
    node.family = address.storage.ss_family;
    node.udp_port = address.port();
    node.tcp_port = address.port();
    if (node.family == AF_INET) {
      sockaddr_in in{};
      std::memcpy(&in, &address.storage, sizeof in);
      node.addr.addr4 = in.sin_addr;
    } else {
      sockaddr_in6 in{};
      std::memcpy(&in, &address.storage, sizeof in);
      std::memcpy(&node.addr.addr6, &in.sin6_addr, sizeof in.sin6_addr);
    }
    if (ares_set_servers_ports(channel, &node) != ARES_SUCCESS) CloseChannel();
  }

  void CloseChannel() {
    if (channel != nullptr) ares_destroy(std::exchange(channel, nullptr));
  }

  void ArmTimer() {
    timeval wait{};
    if (channel == nullptr || ares_timeout(channel, nullptr, &wait) == nullptr) {
      timer.Disarm();
      return;
    }
    timer.Arm(std::chrono::seconds(wait.tv_sec) + std::chrono::microseconds(wait.tv_usec),
              [this] { Process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); });
  }

  void Process(int readable, int writable) {
    ares_process_fd(channel, readable, writable);
    ArmTimer();
  }

  // Remembers what a socket call said, for the verdict on "could not ask".
  static int Noted(void* user, int result) {
    const int error = errno;
    if (result < 0 && error != EINPROGRESS && error != EINTR) {
      static_cast<Impl*>(user)->socket_errno = error;
    }
    errno = error;
    return result;
  }

  static ssize_t NotedUnlessDry(void* user, ssize_t count) {
    if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK) Noted(user, -1);
    return count;
  }

  static void OnSocketState(void* data, int fd, int readable, int writable) noexcept {
    auto* self = static_cast<Impl*>(data);
    if (readable == 0 && writable == 0) {
      self->watches.erase(fd);
      return;
    }
    const auto [watch, is_new] = self->watches.try_emplace(fd, self->loop, fd);
    const int events =
        (readable != 0 ? FdWatch::kReadable : 0) | (writable != 0 ? FdWatch::kWritable : 0);
    watch->second.Start(events, [self, fd](int ready, bool failed) {
      // An error is found by reading.
      const bool read = failed || (ready & FdWatch::kReadable) != 0;
      const bool write = (ready & FdWatch::kWritable) != 0;
      self->Process(read ? fd : ARES_SOCKET_BAD, write ? fd : ARES_SOCKET_BAD);
    });
  }

  static void OnAnswer(void* arg, int status, int /*timeouts*/, unsigned char* message,
                       int length) noexcept {
    const std::unique_ptr<Question> question(static_cast<Question*>(arg));
    Reply reply{
        .status = status,
        .socket_errno = question->server->socket_errno,
        .message = {},
        .arrived = ArrivalOf(question->server->last_stamp, question->asked, ClockPair::Now())};
    if (message != nullptr && length > 0) {
      reply.message = {message, static_cast<std::size_t>(length)};
    }
    question->done(reply);
  }

  // With socket functions of one's own c-ares neither binds nor sets options.
  static ares_socket_t OpenSocket(int family, int type, int /*protocol*/, void* user) noexcept {
    auto* self = static_cast<Impl*>(user);
    const Egress::Opened opened = self->egress.Open(family, type);
    self->socket_errno = opened.error;
    if (opened.fd >= 0 && type == SOCK_DGRAM) AskForStamps(opened.fd);
    errno = opened.error;
    return opened.fd;
  }
  static int CloseSocket(ares_socket_t fd, void* /*user*/) noexcept { return close(fd); }
  static int ConnectSocket(ares_socket_t fd, const sockaddr* /*address*/, ares_socklen_t /*length*/,
                           void* user) noexcept {
    // Our own copy of the address has the zone of a link-local one, which 1.18 does not carry.
    const Address& to = static_cast<Impl*>(user)->address;
    return Noted(user, connect(fd, reinterpret_cast<const sockaddr*>(&to.storage), to.length));
  }
  static ares_ssize_t ReceiveFrom(ares_socket_t fd, void* buffer, std::size_t size, int flags,
                                  sockaddr* from, ares_socklen_t* length, void* user) noexcept {
    // A stream has no sender to be told.
    auto* self = static_cast<Impl*>(user);
    if (from == nullptr) {
      self->last_stamp.reset();
      return NotedUnlessDry(user, recvfrom(fd, buffer, size, flags, nullptr, nullptr));
    }
    // A datagram too short for a header is no answer, and an empty one not the end of anything
    // (CVE-2023-32067).
    for (int i = 0; i < kShortDatagramsATurn; ++i) {
      const ssize_t count =
          NotedUnlessDry(user, ReceiveStamped(fd, buffer, size, &self->last_stamp, from, length));
      if (count < 0 || count >= static_cast<ssize_t>(kDnsHeaderSize)) return count;
    }
    errno = EAGAIN;
    return -1;
  }
  static ares_ssize_t SendVector(ares_socket_t fd, const iovec* data, int count,
                                 void* user) noexcept {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(data);
    message.msg_iovlen = static_cast<std::size_t>(count);
    ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    // A refusal is of an earlier question on this socket, and telling of it here has taken it away
    // from that one. This question draws another, which receiving tells to both.
    if (sent < 0 && errno == ECONNREFUSED) sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    return NotedUnlessDry(user, sent);
  }
};

NameServer::NameServer(Loop& loop, const Egress& egress, const Address& address)
    : impl_(std::make_unique<Impl>(loop, egress, address)) {
  impl_->OpenChannel();
}

NameServer::~NameServer() { impl_->CloseChannel(); }

const Address& NameServer::address() const { return impl_->address; }
const std::string& NameServer::text() const { return impl_->text; }

void NameServer::Ask(const std::string& name, std::uint16_t type, Done done) {
  if (impl_->channel == nullptr) {
    done({.status = ARES_ENOMEM, .message = {}});
    return;
  }
  auto question = std::make_unique<Impl::Question>(
      Impl::Question{impl_.get(), std::move(done), ClockPair::Now()});
  ares_query(impl_->channel, name.c_str(), kDnsClassIn, type, &Impl::OnAnswer, question.release());
  impl_->ArmTimer();
}

}  // namespace gaikei::io
