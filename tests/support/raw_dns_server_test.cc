#include "tests/support/raw_dns_server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace gaikei::support {
namespace {

Fd Connected(std::uint16_t port) {
  Fd fd = BindSocket(SOCK_DGRAM, "127.0.0.1", 0);
  const SocketAddress server("127.0.0.1", port);
  EXPECT_EQ(connect(fd.get(), server.get(), server.length), 0);
  return fd;
}

TEST(RawDnsServer, SendsWhatItIsToldAndNothingElse) {
  const RawDnsServer server([](const std::string& query) {
    return std::vector<RawDatagram>{
        {.bytes = "elsewhere", .from_elsewhere = true}, {.bytes = ""}, {.bytes = query + "!"}};
  });
  const Fd client = Connected(server.port());
  ASSERT_EQ(send(client.get(), "hello", 5, 0), 5);
  char buffer[64];
  ASSERT_EQ(WaitFor(client.get(), POLLIN, nullptr, kFailsafe), Wake::kReady);
  EXPECT_EQ(recv(client.get(), buffer, sizeof(buffer), 0), 0);
  ASSERT_EQ(WaitFor(client.get(), POLLIN, nullptr, kFailsafe), Wake::kReady);
  const ssize_t count = recv(client.get(), buffer, sizeof(buffer), 0);
  EXPECT_EQ(std::string(buffer, static_cast<std::size_t>(count)), "hello!");
  EXPECT_FALSE(Accepts("127.0.0.1", server.port()));
}

TEST(RefusingUdpPort, RefusesDatagrams) {
  const RefusingUdpPort port;
  const Fd client = Connected(port.port());
  ASSERT_EQ(send(client.get(), "hello", 5, 0), 5);
  ASSERT_EQ(WaitFor(client.get(), POLLIN, nullptr, kFailsafe), Wake::kReady);
  char buffer[64];
  EXPECT_EQ(recv(client.get(), buffer, sizeof(buffer), 0), -1);
  EXPECT_EQ(errno, ECONNREFUSED);
}

}  // namespace
}  // namespace gaikei::support
