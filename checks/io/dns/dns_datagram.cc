#include "checks/io/dns/dns_datagram.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "checks/io/loop/fd_watch.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/arrival.h"
#include "checks/io/net/egress.h"
#include "checks/io/net/errors.h"

namespace gaikei::io {
namespace {

/// A flood must not keep the loop: what is left is read in its next turn.
constexpr int kReadsATurn = 64;

}  // namespace

struct DnsDatagram::Impl {
  Impl(Loop& loop, const Address& to, DnsWireQuery question, Done on_done)
      : server(to), query(std::move(question)), done(std::move(on_done)), next_turn(loop) {}

  const Address server;
  const DnsWireQuery query;
  Done done;
  Timer next_turn;  ///< tells what went wrong at once
  UniqueFd fd;
  std::unique_ptr<FdWatch> watch;
  ClockPair sent;
  unsigned ignored = 0;

  void Send(Loop& loop, const Region& region, bool deny_private) {
    if (deny_private && ScopeOf(server) != AddressScope::kPublic) {
      return FailLater(Reason::kAddressBlocked,
                       "the address is not public and must not be looked at");
    }
    const Egress egress(region);
    const Egress::Opened opened = egress.Open(server.storage.ss_family, SOCK_DGRAM);
    if (opened.fd < 0) return FailLater(opened.error, opened.at_bind);
    fd.Reset(opened.fd);
    const auto* address = reinterpret_cast<const sockaddr*>(&server.storage);
    if (connect(fd.get(), address, server.length) != 0) {
      const int error = errno;
      // "No address available" is said of ports and of source addresses alike.
      return FailLater(error, error == EADDRNOTAVAIL && !egress.HasRouteTo(server));
    }
    AskForStamps(fd.get());
    sent = ClockPair::Now();
    if (send(fd.get(), query.bytes.data(), query.bytes.size(), MSG_NOSIGNAL) < 0) {
      return FailLater(errno, false);
    }
    watch = std::make_unique<FdWatch>(loop, fd.get());
    watch->Start(FdWatch::kReadable, [this](int, bool) { Receive(); });
  }

  void FailLater(int error, bool at_bind) {
    FailLater(ReasonFromConnectErrno(error, at_bind), Text(error));
  }
  void FailLater(Reason reason, std::string message) {
    next_turn.Arm(Span::zero(), [this, reason, text = std::move(message)] {
      Report({.reason = reason, .message = text});
    });
  }

  std::string Text(int error) const {
    return fmt::format("ask {} port {}: {}", server.Text(), server.port(), ErrnoText(error));
  }

  void Receive() {
    std::array<char, 65536> buffer;
    for (int i = 0; i < kReadsATurn; ++i) {
      std::optional<WallTime> stamp;
      const ssize_t count = ReceiveStamped(fd.get(), buffer.data(), buffer.size(), &stamp);
      if (count < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return;
        const int error = errno;  // ICMP came back, as port unreachable
        return Report({.reason = ReasonFromPathErrno(error), .message = Text(error)});
      }
      const auto size = static_cast<std::size_t>(count);
      if (IsAcceptableAnswer({reinterpret_cast<const std::uint8_t*>(buffer.data()), size}, query)) {
        return Report({.bytes = std::string(buffer.data(), size),
                       .sent = sent.mono,
                       .arrived = ArrivalOf(stamp, sent, ClockPair::Now())});
      }
      ++ignored;
    }
  }

  void Report(Result result) {
    watch.reset();
    const Done report = std::move(done);
    report(std::move(result));  // may destroy this
  }
};

DnsDatagram::DnsDatagram(Loop& loop, const Region& region, const Address& server,
                         DnsWireQuery query, bool deny_private, Done done)
    : impl_(std::make_unique<Impl>(loop, server.port() == 0 ? server.WithPort(53) : server,
                                   std::move(query), std::move(done))) {
  impl_->Send(loop, region, deny_private);
}
DnsDatagram::~DnsDatagram() = default;

unsigned DnsDatagram::ignored() const { return impl_->ignored; }

}  // namespace gaikei::io
