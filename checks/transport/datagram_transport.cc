#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <span>
#include <utility>

#include "checks/io/dns/resolver.h"
#include "checks/io/loop/fd_watch.h"
#include "checks/io/loop/timer.h"
#include "checks/io/loop/unique_fd.h"
#include "checks/io/net/egress.h"
#include "checks/io/net/errors.h"
#include "checks/transport/refusals.h"
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
/// So long a refusal has to come back. On one machine it is there when send() returns, but for a
/// kernel that has too much to do. What is refused later was told as sent.
constexpr std::chrono::milliseconds kRefusalPatience{50};

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
  /// Something was refused lately: one datagram has to get through before the rest is sent.
  bool is_suspect = false;

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
  void OnError(int error);
  /// After so long, unless something was refused meanwhile.
  void GoOnAfter(Span pause, void (SendCall::*step)());
  void OnFirstThrough();
  void OnAllThrough();
  int Send(const std::string& datagram) const;
  /// Whether some of this call was refused, which has ended it then. `error`: what send() said
  /// last.
  bool HasFailed(int error = 0);
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
      KeepRefusals(fd.get(), address.storage.ss_family);
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
  if (!TakeRefusals(way_->fd.get()).empty()) way_->is_suspect = true;
  if (datagrams_.empty()) return Finish({});
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

bool SendCall::HasFailed(int error) {
  const auto told = std::span(datagrams_).first(sent_);
  std::vector<std::string> refusals = TakeRefusals(way_->fd.get());
  // One that the kernel had no room to keep.
  if (error == ECONNREFUSED && refusals.empty()) refusals.emplace_back();
  const std::size_t first = FirstRefused(told, std::move(refusals));
  if (first == sent_) return false;
  sent_ = first;
  Fail(ECONNREFUSED);
  return true;
}

void SendCall::GoOnAfter(Span pause, void (SendCall::*step)()) {
  next_.Arm(pause, [this, step] {
    if (!HasFailed()) (this->*step)();
  });
}

void SendCall::OnFirstThrough() {
  way_->is_suspect = false;
  Pump();
}

void SendCall::OnAllThrough() {
  way_->is_suspect = false;
  Finish({});
}

void SendCall::Pump() {
  watch_.reset();
  const std::size_t burst = way_->is_suspect ? 1 : kBurst;
  const std::size_t end = std::min(datagrams_.size(), sent_ + burst);
  while (sent_ < end) {
    if (const int error = Send(datagrams_[sent_]); error != 0) return OnError(error);
    ++sent_;
  }
  if (sent_ == datagrams_.size()) return GoOnAfter(kRefusalPatience, &SendCall::OnAllThrough);
  if (way_->is_suspect) return GoOnAfter(kRefusalPatience, &SendCall::OnFirstThrough);
  if (!HasFailed()) GoOnAfter(kBurstPause, &SendCall::Pump);
}

/// It may be about what was sent before: a refusal, or a trouble on the way that may pass.
void SendCall::OnError(int error) {
  if (error == EAGAIN || error == ENOBUFS) return Wait(error);
  if (HasFailed(error)) return;
  // Told once, so that what is ours comes again.
  if (const int again = Send(datagrams_[sent_]); again != 0) {
    return again == EAGAIN || again == ENOBUFS ? Wait(again) : Fail(again);
  }
  ++sent_;
  GoOnAfter(kBurstPause, &SendCall::Pump);
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
  if (error == ECONNREFUSED) way_->is_suspect = true;
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
