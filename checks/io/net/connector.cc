#include "checks/io/net/connector.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "checks/io/loop/fd_watch.h"
#include "checks/io/loop/loop.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/egress.h"
#include "checks/io/net/errors.h"
#include "checks/io/net/tcp_facts.h"

namespace gaikei::io {
namespace {

constexpr Span kAttemptDelay =
    std::chrono::milliseconds(250);  // RFC 8305, 5: the recommended value

bool IsOwnFault(Reason reason) { return StatusOf(reason) == Status::kUnknown; }

}  // namespace

struct Connector::Impl {
  // One connect() under way. The watch goes before the descriptor it watches.
  struct Attempt {
    Address address;
    MonoTime sent;  // just before the SYN
    UniqueFd fd;
    FdWatch watch;
  };

  Impl(Loop& owner, const Region& region, std::vector<Address> to, ConnectOptions how,
       Done callback)
      : loop(owner),
        egress(region),
        addresses(std::move(to)),
        options(how),
        done(std::move(callback)),
        timer(owner) {}

  Loop& loop;
  Egress egress;
  std::vector<Address> addresses;
  ConnectOptions options;
  Done done;
  Timer timer;           // until the next address
  std::size_t next = 0;  // index of the address to try next
  std::vector<std::unique_ptr<Attempt>> attempts;
  Address current;
  MonoTime started{};
  bool any_blocked = false;
  bool is_starting = false;
  ConnectResult failure;  // what is reported when nothing connects; kNone: nothing failed yet
  std::vector<std::string> notes;

  // The first SYN leaves now; what fails at once is told in the next turn.
  void Start() {
    if (!addresses.empty()) current = addresses.front();
    is_starting = true;
    TryNext();
    is_starting = false;
  }

  // Tries addresses until one connect() is under way, or the last one has failed.
  void TryNext() {
    timer.Disarm();
    while (next < addresses.size()) {
      const Address address = addresses[next++];
      if (options.deny_private && ScopeOf(address) != AddressScope::kPublic) {
        any_blocked = true;
        continue;
      }
      if (!Begin(address)) continue;
      if (next < addresses.size()) timer.Arm(kAttemptDelay, [this] { TryNext(); });
      return;
    }
    if (!attempts.empty()) return;
    failure.connected = MonoNow();
    if (is_starting) {
      timer.Arm(Span::zero(), [this] { GiveUp(); });
    } else {
      GiveUp();
    }
  }

  bool Begin(const Address& address) {
    current = address;
    const MonoTime now = MonoNow();
    if (started == MonoTime{}) started = now;
    const Egress::Opened opened = egress.Open(address.storage.ss_family, SOCK_STREAM);
    if (opened.fd < 0) {
      NoteFailure(address, ReasonFromConnectErrno(opened.error, opened.at_bind), opened.error);
      return false;
    }
    UniqueFd fd(opened.fd);
    const MonoTime sent = MonoNow();
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) !=
            0 &&
        errno != EINPROGRESS) {
      const int error = errno;
      // "No address available" is said of ports and of source addresses alike.
      const bool no_source = error == EADDRNOTAVAIL && !egress.HasRouteTo(address);
      NoteFailure(address, ReasonFromConnectErrno(error, no_source), error);
      return false;
    }
    FdWatch watch(loop, fd.get());
    attempts.push_back(
        std::make_unique<Attempt>(Attempt{address, sent, std::move(fd), std::move(watch)}));
    Attempt* attempt = attempts.back().get();
    attempt->watch.Start(FdWatch::kWritable,
                         [this, attempt](int, bool failed) { OnReady(attempt, failed); });
    return true;
  }

  void OnReady(Attempt* attempt, bool failed) {
    const MonoTime now = MonoNow();
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(attempt->fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0 && failed) {
      // The watch failed, not the socket, unless there is a peer.
      sockaddr_storage peer{};
      socklen_t length = sizeof peer;
      if (getpeername(attempt->fd.get(), reinterpret_cast<sockaddr*>(&peer), &length) != 0) {
        error = errno;
      }
    }
    // A reset can only have met a connection that stood: one that is refused says ECONNREFUSED.
    // Whoever uses it will see.
    if (error == 0 || error == ECONNRESET) {
      Win(attempt, now);
      return;
    }
    NoteFailure(attempt->address, ReasonFromPathErrno(error), error);
    std::erase_if(attempts, [attempt](const auto& held) { return held.get() == attempt; });
    TryNext();
  }

  void Win(Attempt* attempt, MonoTime now) {
    current = attempt->address;
    ConnectResult result;
    result.fd = std::move(attempt->fd);
    result.address = attempt->address;
    result.started = started;
    result.established =
        std::min(now, attempt->sent + HandshakeTime(result.fd.get()).value_or(now - attempt->sent));
    result.connected = now;
    result.notes = std::move(notes);
    attempts.clear();  // the winner's watch, and all of the losers
    Finish(std::move(result));
  }

  void NoteFailure(const Address& address, Reason reason, int error) {
    notes.push_back(fmt::format("{}: {}", address.Text(), ErrnoText(error)));
    // The first failure is the one to report, but the target's before any of ours: what another
    // address of the target answered says more than that this machine has no route to the first.
    const bool is_better =
        failure.reason == Reason::kNone || (IsOwnFault(failure.reason) && !IsOwnFault(reason));
    if (!is_better) return;
    failure.reason = reason;
    failure.address = address;
    failure.message = fmt::format("cannot connect to {} port {}: {}", address.Text(),
                                  address.port(), ErrnoText(error));
  }

  void GiveUp() {
    ConnectResult result = std::move(failure);
    result.established = result.connected;
    result.started = started != MonoTime{} ? started : result.connected;
    result.notes = std::move(notes);
    if (result.reason == Reason::kNone) {
      result.reason = any_blocked ? Reason::kAddressBlocked : Reason::kProberInternal;
      result.message = any_blocked ? "the address is not public and must not be looked at"
                                   : "there is no address to connect to";
    }
    Finish(std::move(result));
  }

  // The last thing to be called: the callback may destroy the connector.
  void Finish(ConnectResult result) {
    timer.Disarm();
    const Done callback = std::exchange(done, {});
    callback(std::move(result));
  }
};

Connector::Connector(Loop& loop, const Region& region, std::vector<Address> addresses,
                     ConnectOptions options, Done done)
    : impl_(std::make_unique<Impl>(loop, region, std::move(addresses), options, std::move(done))) {
  impl_->Start();
}
Connector::~Connector() = default;

const Address& Connector::current() const { return impl_->current; }
MonoTime Connector::started() const { return impl_->started; }

}  // namespace gaikei::io
