#include "tests/support/black_hole.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <cerrno>

namespace gaikei::support {
namespace {

TEST(BlackHole, LetsEveryConnectHang) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    const BlackHole hole(address);
    const SocketAddress where(address, hole.port());
    for (int i = 0; i < 3; ++i) {
      const Fd client = BindSocket(SOCK_STREAM, address, 0);
      ASSERT_EQ(connect(client.get(), where.get(), where.length), -1);
      ASSERT_EQ(errno, EINPROGRESS);
      EXPECT_EQ(WaitFor(client.get(), POLLOUT, nullptr, std::chrono::milliseconds(100)),
                Wake::kTimedOut);
    }
  }
}

}  // namespace
}  // namespace gaikei::support
