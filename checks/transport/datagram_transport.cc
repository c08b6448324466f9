#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "checks/io/dns/resolver.h"
#include "checks/io/loop/fd_watch.h"
#include "checks/io/loop/timer.h"
#include "checks/io/loop/unique_fd.h"
#include "checks/io/net/egress.h"
#include "checks/io/net/errors.h"
#include "checks/transport/transport.h"
#include "results/text.h"

namespace gaikei {
namespace {

/// So long an answer of the resolver is gone by.
constexpr std::chrono::minutes kNameAge{1};
/// For all datagrams of one call, the name included.
constexpr std::chrono::seconds kPatience{10};
/// Until a queue that is full is tried again where the kernel does not say when it has room.
constexpr std::chrono::milliseconds kQueuePause{10};
/// So many leave at once, and then it is the receiver's turn: what its socket has no room for is
/// lost without a word, and by default that is less than a hundred.
constexpr std::size_t kBurst = 32;
constexpr std::chrono::milliseconds kBurstPause{2};

/// What the calls of one transport share.
struct Way {
  io::Engine& engine;
  const std::shared_ptr<const Region> region;
  const std::string host;
  const std::uint16_t port;
  const io::Egress egress{*region};
  io::UniqueFd fd{};  ///< connected; invalid: not yet, or not any more
  io::Address peer{};
  std::optional<MonoTime> resolved{};  ///< absent: ask again

  std::string Text() const { return fmt::format("{} port {}", Escape(host, 200), port); }
};

class SendCall final : public Transport::Call {
 public:
  SendCall(std::shared_ptr<Way> way, std::vector<std::string> datagrams,
           DatagramTransport::Done done)
      : way_(std::move(way)),
        datagrams_(std::move(datagrams)),
        done_(std::move(done)),
        deadline_(way_->engine.loop()),
        next_(way_->engine.loop()) {
    deadline_.Arm(kPatience, [this] { OnDeadline(); });
    const bool is_known =
        way_->fd.is_valid() && way_->resolved && MonoNow() - *way_->resolved < kNameAge;
    if (is_known) {
      next_.Arm(Span::zero(), [this] { Begin(); });
    } else if (const auto address = io::Address::Parse(way_->host, way_->port)) {
      next_.Arm(Span::zero(), [this, address] { Connect({*address}); });
    } else {
      ticket_ = way_->engine.ResolverFor(*way_->region)
                    .Resolve(way_->host, Family::kAuto,
                             [this](io::ResolveResult result) { OnResolved(std::move(result)); });
    }
  }

 private:
  void OnResolved(io::ResolveResult result);
  void Connect(const std::vector<io::Address>& addresses);
  void Begin();
  void Pump();
  int Send(const std::string& datagram) const;
  /// What came back for something that was sent before; 0: nothing.
  int PendingError() const;
  void Wait(int error);
  void OnDeadline();
  void Fail(int error);
  void Finish(std::string error);  ///< nothing of this may be touched afterwards

  const std::shared_ptr<Way> way_;
  const std::vector<std::string> datagrams_;
  DatagramTransport::Done done_;
  std::size_t sent_ = 0;
  std::unique_ptr<io::ResolveTicket> ticket_;
  io::Timer deadline_;
  io::Timer next_;
  std::optional<io::FdWatch> watch_;
};

void SendCall::OnResolved(io::ResolveResult result) {
  if (result.reason == Reason::kNone) {
    for (io::Address& address : result.addresses) address = address.WithPort(way_->port);
    return Connect(result.addresses);
  }
  if (!way_->fd.is_valid()) {
    return Finish(fmt::format("{}: {}", Escape(way_->host, 200), result.message));
  }
  // Where it was is the best guess while nobody tells.
  way_->resolved = MonoNow();
  Begin();
}

void SendCall::Connect(const std::vector<io::Address>& addresses) {
  way_->resolved = MonoNow();
  for (const io::Address& address : addresses) {
    if (way_->fd.is_valid() && address == way_->peer) return Begin();
  }
  int first_error = 0;
  for (const io::Address& address : addresses) {
    const io::Egress::Opened opened = way_->egress.Open(address.storage.ss_family, SOCK_DGRAM);
    io::UniqueFd fd(opened.fd);
    int error = opened.error;
    if (fd.is_valid()) {
      const auto* peer = reinterpret_cast<const sockaddr*>(&address.storage);
      error = ::connect(fd.get(), peer, address.length) == 0 ? 0 : errno;
    }
    if (error == 0) {
      way_->fd = std::move(fd);
      way_->peer = address;
      return Begin();
    }
    if (first_error == 0) first_error = error;
  }
  way_->fd.Reset();
  Fail(first_error);
}

void SendCall::Begin() {
  // A refusal of what an earlier call sent came too late to be told.
  PendingError();
  Pump();
}

int SendCall::Send(const std::string& datagram) const {
  for (;;) {
    const ssize_t n =
        ::send(way_->fd.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

int SendCall::PendingError() const {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(way_->fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : 0;
}

void SendCall::Pump() {
  watch_.reset();
  int error = 0;
  const std::size_t end = std::min(datagrams_.size(), sent_ + kBurst);
  while (error == 0 && sent_ < end) {
    error = Send(datagrams_[sent_]);
    if (error == 0) ++sent_;
  }
  if (error == EAGAIN || error == ENOBUFS) return Wait(error);
  if (error == 0) error = PendingError();
  if (error == 0 && sent_ < datagrams_.size()) {
    next_.Arm(kBurstPause, [this] { Pump(); });
    return;
  }
  if (error == 0) return Finish({});
  // It is told at the one that follows.
  if (error == ECONNREFUSED && sent_ > 0) --sent_;
  Fail(error);
}

void SendCall::Wait(int error) {
  if (error == ENOBUFS) {
    next_.Arm(kQueuePause, [this] { Pump(); });
    return;
  }
  watch_.emplace(way_->engine.loop(), way_->fd.get());
  watch_->Start(io::FdWatch::kWritable, [this](int, bool) { Pump(); });
}

void SendCall::OnDeadline() {
  if (ticket_ != nullptr && !way_->fd.is_valid()) {
    const io::ResolveResult result = ticket_->GiveUp();
    return Finish(fmt::format("{}: {}", Escape(way_->host, 200), result.message));
  }
  Finish(way_->Text() + ": the network took nothing more for 10s");
}

void SendCall::Fail(int error) {
  way_->resolved.reset();  // it may have moved
  Finish(error == ECONNREFUSED ? way_->Text() + ": refused, nothing listens there"
                               : fmt::format("{}: {}", way_->Text(), io::ErrnoText(error)));
}

void SendCall::Finish(std::string error) {
  deadline_.Disarm();
  next_.Disarm();
  watch_.reset();
  const DatagramTransport::Done done = std::move(done_);
  done({sent_, std::move(error)});
}

class UdpTransport final : public DatagramTransport {
 public:
  explicit UdpTransport(std::shared_ptr<Way> way) : way_(std::move(way)) {}

  std::unique_ptr<Transport::Call> Send(std::vector<std::string> datagrams, Done done) override {
    return std::make_unique<SendCall>(way_, std::move(datagrams), std::move(done));
  }

 private:
  const std::shared_ptr<Way> way_;
};

}  // namespace

std::unique_ptr<DatagramTransport> MakeDatagramTransport(io::Engine& engine,
                                                         std::shared_ptr<const Region> region,
                                                         const std::string& host,
                                                         std::uint16_t port) {
  return std::make_unique<UdpTransport>(std::make_shared<Way>(
      Way{.engine = engine, .region = std::move(region), .host = host, .port = port}));
}

}  // namespace gaikei
