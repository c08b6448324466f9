#include "tests/support/net_namespace.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

#include "tests/support/subprocess.h"
#include "tests/support/tcp_server.h"

namespace gaikei::support {
namespace {

/// Connects from the prober within `limit`: 0, or the errno (EINPROGRESS: it hangs).
int Connect(const CableOfNamespaces& cable, const char* from, const char* to, std::uint16_t port,
            std::chrono::milliseconds limit = kFailsafe) {
  int result = 0;
  RunInNamespace(cable.prober(), [&] {
    const Fd client(BindSocket(SOCK_STREAM, from, 0));
    const SocketAddress where(to, port);
    if (connect(client.get(), where.get(), where.length) == 0) return;
    result = errno;
    if (result != EINPROGRESS) return;
    if (WaitFor(client.get(), POLLOUT, nullptr, limit) == Wake::kTimedOut) return;
    socklen_t length = sizeof(result);
    getsockopt(client.get(), SOL_SOCKET, SO_ERROR, &result, &length);
  });
  return result;
}

TEST(CableOfNamespaces, JoinsTwoNetworksAndDropsWhatItIsTold) {
  using Cable = CableOfNamespaces;
  Cable cable;
  std::unique_ptr<TcpServer> server;
  RunInNamespace(cable.target(), [&] {
    server = std::make_unique<TcpServer>([](Connection& connection) { connection.Hold(); },
                                         ListenOptions{.address = Cable::kTarget4});
  });
  const std::uint16_t port = server->port();
  const auto connect_once = [&](std::chrono::milliseconds limit = kFailsafe) {
    return Connect(cable, Cable::kProber4, Cable::kTarget4, port, limit);
  };
  EXPECT_EQ(connect_once(), 0);
  // Nobody listens on that port of the other family: the other end is there, and says so.
  EXPECT_EQ(Connect(cable, Cable::kProber6, Cable::kTarget6, port), ECONNREFUSED);

  const std::chrono::milliseconds brief(150);
  cable.DropPort(port);
  EXPECT_EQ(connect_once(brief), EINPROGRESS);
  cable.DropAll();
  EXPECT_EQ(Connect(cable, Cable::kProber6, Cable::kTarget6, port, brief), EINPROGRESS);
  cable.DropNothing();
  EXPECT_EQ(connect_once(), 0);

  cable.UnplugProber();
  EXPECT_EQ(Connect(cable, "127.0.0.1", Cable::kTarget4, port), ENETUNREACH);
  cable.PlugProber();
  EXPECT_EQ(connect_once(), 0);
}

TEST(CableOfNamespaces, HoldsChildrenToo) {
  const CableOfNamespaces cable;
  const Finished finished = RunToEnd(
      {.argv = {"ip", "-br", "addr", "show", "dev", "cable"}, .network_namespace = cable.prober()});
  EXPECT_NE(finished.output.find(CableOfNamespaces::kProber4), std::string::npos);
}

}  // namespace
}  // namespace gaikei::support
