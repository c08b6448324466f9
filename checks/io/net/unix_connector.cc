#include "checks/io/net/unix_connector.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "checks/io/loop/loop.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/errors.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

constexpr std::chrono::milliseconds kQueuePause{10};

Reason ReasonFromUnixErrno(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENOTSOCK:
    case EPROTOTYPE:
    case ENAMETOOLONG:
      return Reason::kConnectUnreachable;
    case EACCES:
    case EPERM:
    case ELOOP:
      return Reason::kProberInternal;
    default:
      return ReasonFromConnectErrno(error, false);
  }
}

}  // namespace

struct UnixConnector::Impl {
  Impl(Loop& loop, std::string to, Done callback)
      : path(std::move(to)), done(std::move(callback)), timer(loop), started(MonoNow()) {
    timer.Arm(Span::zero(), [this] { Try(); });
  }

  /// 0: `fd` is connected.
  int Connect() {
    fd.Reset(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_valid()) return errno;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return ENAMETOOLONG;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    return connect(fd.get(), generic, sizeof address) == 0 ? 0 : errno;
  }

  void Try() {
    const int error = Connect();
    if (error == EAGAIN) {  // unix(7): never in progress, but the queue may be full
      timer.Arm(kQueuePause, [this] { Try(); });
      return;
    }
    ConnectResult result;
    result.started = started;
    result.connected = MonoNow();
    if (error == 0) {
      result.fd = std::move(fd);
    } else {
      result.reason = ReasonFromUnixErrno(error);
      result.message = fmt::format("cannot connect to {}: {}", Escape(path, 200), ErrnoText(error));
    }
    const Done callback = std::exchange(done, {});
    callback(std::move(result));
  }

  const std::string path;
  Done done;
  Timer timer;
  UniqueFd fd;
  MonoTime started;
};

UnixConnector::UnixConnector(Loop& loop, std::string path, Done done)
    : impl_(std::make_unique<Impl>(loop, std::move(path), std::move(done))) {}
UnixConnector::~UnixConnector() = default;

MonoTime UnixConnector::started() const { return impl_->started; }

}  // namespace gaikei::io
