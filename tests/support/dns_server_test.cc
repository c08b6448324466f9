#include "tests/support/dns_server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <string>

namespace gaikei::support {
namespace {

/// A UDP socket that talks to the server.
class Client {
 public:
  explicit Client(const DnsServer& server) : fd_(BindSocket(SOCK_DGRAM, "127.0.0.1", 0)) {
    const SocketAddress where("127.0.0.1", server.port());
    EXPECT_EQ(connect(fd_.get(), where.get(), where.length), 0);
  }
  void Send(const std::string& query) { EXPECT_TRUE(SendAll(fd_.get(), query)); }
  /// Empty when nothing comes within `limit`.
  std::string Receive(std::chrono::milliseconds limit = kFailsafe) {
    if (WaitFor(fd_.get(), POLLIN, nullptr, limit) != Wake::kReady) return {};
    char buffer[4096];
    const ssize_t count = recv(fd_.get(), buffer, sizeof(buffer), 0);
    return std::string(buffer, count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  std::string Ask(const std::string& name, std::uint16_t type) {
    Send(FormatDnsQuery(name, type, 0x1234));
    return Receive();
  }

 private:
  Fd fd_;
};

int Rcode(const std::string& reply) { return reply.at(3) & 0x0f; }
int AnswerCount(const std::string& reply) { return reply.at(7); }

TEST(DnsServer, AnswersFromATable) {
  DnsServer server({{"www.example", "192.0.2.1"}, {"www.example", "192.0.2.2"}});
  Client client(server);
  const std::string reply = client.Ask("WWW.example", kTypeA);
  EXPECT_EQ(reply.substr(0, 2), "\x12\x34");
  EXPECT_EQ(Rcode(reply), kRcodeNoError);
  EXPECT_EQ(AnswerCount(reply), 2);
  EXPECT_NE(reply.find(std::string("\xc0\x00\x02\x01", 4)), std::string::npos);
  EXPECT_EQ(AnswerCount(client.Ask("www.example", kTypeAaaa)), 0);
  EXPECT_EQ(Rcode(client.Ask("none.example", kTypeA)), kRcodeNxdomain);
  EXPECT_EQ(server.queries(), 3U);
  EXPECT_EQ(server.Queries().at(0).name, "www.example");
}

TEST(DnsServer, AnswersOverTcpOnTheSamePort) {
  DnsServer server([](const DnsQuery& query) {
    return query.is_tcp ? DnsReply{.answer = {DnsRecord::Mx(query.name, 10, "mx.example")}}
                        : DnsReply{.truncated = true};
  });
  Client client(server);
  EXPECT_EQ(client.Ask("example", kTypeMx).at(2) & 0x02, 0x02);
  const Fd stream = ConnectTo("127.0.0.1", server.port());
  const std::string query = FormatDnsQuery("example", kTypeMx, 7);
  SendAll(stream.get(), std::string(1, '\0') + static_cast<char>(query.size()) + query);
  shutdown(stream.get(), SHUT_WR);
  const std::string reply = ReadToEnd(stream.get());
  ASSERT_GT(reply.size(), 14U);
  EXPECT_EQ(reply.size() - 2, static_cast<unsigned char>(reply[1]));
  EXPECT_EQ(AnswerCount(reply.substr(2)), 1);
}

TEST(DnsServer, IsSilentLiesOrTalksNonsenseWhenToldTo) {
  DnsServer server([](const DnsQuery& query) {
    if (query.name == "silent") return DnsReply{.no_answer = true};
    if (query.name == "liar") return DnsReply{.wrong_id = true};
    if (query.name == "refuser") return DnsReply{.rcode = kRcodeRefused};
    return DnsReply{.raw = "nonsense"};
  });
  Client client(server);
  client.Send(FormatDnsQuery("silent", kTypeA, 1));
  EXPECT_EQ(client.Receive(std::chrono::milliseconds(50)), "");
  EXPECT_NE(client.Ask("liar", kTypeA).substr(0, 2), "\x12\x34");
  EXPECT_EQ(Rcode(client.Ask("refuser", kTypeA)), kRcodeRefused);
  EXPECT_EQ(client.Ask("other", kTypeA), "nonsense");
}

}  // namespace
}  // namespace gaikei::support
