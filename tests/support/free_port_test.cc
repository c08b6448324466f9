#include "tests/support/free_port.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <system_error>

#include "tests/support/tcp_server.h"

namespace gaikei::support {
namespace {

TEST(RefusingPort, RefusesConnections) {
  const RefusingPort refusing;
  try {
    ConnectTo("127.0.0.1", refusing.port());
    FAIL() << "it was accepted";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ECONNREFUSED);
  }
}

TEST(FreePort, CanBeListenedOn) {
  const std::uint16_t port = FreePort();
  const TcpServer server([](Connection&) {}, ListenOptions{.port = port});
  EXPECT_EQ(server.port(), port);
}

}  // namespace
}  // namespace gaikei::support
