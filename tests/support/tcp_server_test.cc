#include "tests/support/tcp_server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <string>

namespace gaikei::support {
namespace {

TEST(TcpServer, TellsItsStoryToEachConnection) {
  TcpServer server([](Connection& connection) {
    const auto line = connection.ReadUntil("\n");
    const auto rest = connection.ReadExactly(3);
    connection.Write("got " + line.value_or("?") + rest.value_or("?"));
  });
  const Fd first = ConnectTo(server.address(), server.port());
  ASSERT_TRUE(SendAll(first.get(), "hello\nabc"));
  shutdown(first.get(), SHUT_WR);
  EXPECT_EQ(ReadToEnd(first.get()), "got hello\nabc");

  const Fd second = ConnectTo(server.address(), server.port());
  shutdown(second.get(), SHUT_WR);
  EXPECT_EQ(ReadToEnd(second.get()), "got ??");
  EXPECT_EQ(server.connections(), 2U);
}

TEST(TcpServer, ResetsWhenToldTo) {
  TcpServer server([](Connection& connection) {
    connection.ReadSome();
    connection.Reset();
  });
  const Fd client = ConnectTo(server.address(), server.port());
  ASSERT_TRUE(SendAll(client.get(), "x"));
  char byte = 0;
  EXPECT_EQ(recv(client.get(), &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

TEST(TcpServer, StaysSilentUntilItIsDestroyed) {
  auto server = std::make_unique<TcpServer>([](Connection& connection) { connection.Hold(); });
  const Fd client = ConnectTo(server->address(), server->port());
  ASSERT_TRUE(SendAll(client.get(), "anybody there?"));
  EXPECT_EQ(WaitFor(client.get(), POLLIN, nullptr, std::chrono::milliseconds(50)), Wake::kTimedOut);
  server.reset();
  EXPECT_EQ(ReadToEnd(client.get()), "");
}

TEST(TcpServer, ListensOnTheLoopbackOfIpv6) {
  TcpServer server([](Connection& connection) { connection.Write("six"); },
                   ListenOptions{.address = "::1"});
  const Fd client = ConnectTo("::1", server.port());
  shutdown(client.get(), SHUT_WR);
  EXPECT_EQ(ReadToEnd(client.get()), "six");
  EXPECT_EQ(server.Authority(), "[::1]:" + std::to_string(server.port()));
}

TEST(TcpServer, ServesManyConnectionsAtOnce) {
  TcpServer server([](Connection& connection) {
    connection.ReadUntil("\n");
    connection.Write("ok");
  });
  std::vector<Fd> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(ConnectTo(server.address(), server.port()));
  for (const Fd& client : clients) ASSERT_TRUE(SendAll(client.get(), "go\n"));
  for (const Fd& client : clients) {
    shutdown(client.get(), SHUT_WR);
    EXPECT_EQ(ReadToEnd(client.get()), "ok");
  }
  EXPECT_EQ(server.connections(), 50U);
}

}  // namespace
}  // namespace gaikei::support
