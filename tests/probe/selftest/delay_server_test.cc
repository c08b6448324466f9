#include "probe/selftest/delay_server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

#include <array>

#include "tests/support/dns_server.h"
#include "tests/support/socket.h"

namespace gaikei::selftest {
namespace {

using namespace std::chrono_literals;
using support::ConnectTo;
using support::Fd;

const std::vector<Trial>& Trials() {
  static const std::vector<Trial> trials = {
      {Trial::Kind::kHttp, 3ms, 4ms, 5ms},
      {.kind = Trial::Kind::kTcp, .processing = 6ms},
      {.kind = Trial::Kind::kDns, .processing = 7ms},
  };
  return trials;
}

class DelayServerTest : public testing::Test {
 protected:
  DelayServerTest() {
    auto server = DelayServer::Start(Trials());
    if (!server) throw std::runtime_error(server.error());
    server_ = std::move(*server);
  }

  /// Sends it, and what came back until the server closed.
  std::string Ask(const std::string& request) const {
    const Fd fd = ConnectTo("127.0.0.1", server_->tcp_port());
    support::SendAll(fd.get(), request);
    return support::ReadToEnd(fd.get());
  }
  /// The answer to a question for the address of `name`.
  std::string Resolve(const std::string& name) const {
    const Fd fd = support::BindSocket(SOCK_DGRAM, "127.0.0.1", 0);
    const support::SocketAddress to("127.0.0.1", server_->udp_port());
    const std::string question = support::FormatDnsQuery(name, support::kTypeA, 4711);
    sendto(fd.get(), question.data(), question.size(), 0, to.get(), to.length);
    support::WaitFor(fd.get(), POLLIN, nullptr, support::kFailsafe);
    std::array<char, 512> answer{};
    const ssize_t size = recv(fd.get(), answer.data(), answer.size(), 0);
    return {answer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }

  std::unique_ptr<DelayServer> server_;
};

/// Never less than was asked for, nor more than the asker saw.
void ExpectBetween(const std::optional<Span>& delay, Span asked, Span seen) {
  ASSERT_TRUE(delay);
  EXPECT_GE(*delay, asked);
  EXPECT_LE(*delay, seen);
}

TEST_F(DelayServerTest, AnswersHttpAfterItsDelays) {
  const MonoTime before = MonoNow();
  const std::string answer = Ask("GET /0 HTTP/1.1\r\nHost: x\r\n\r\n");
  const Span seen = MonoNow() - before;
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nab")) << answer;
  const Delays delays = server_->Of(0);
  ExpectBetween(delays.processing, 4ms, seen);
  ExpectBetween(delays.transfer, 5ms, seen - *delays.processing);
  EXPECT_FALSE(delays.resolve);
  EXPECT_GT(delays.doubt, 0ns);
}

TEST_F(DelayServerTest, AnswersALine) {
  const MonoTime before = MonoNow();
  EXPECT_EQ(Ask("1\n"), "ok\n");
  ExpectBetween(server_->Of(1).processing, 6ms, MonoNow() - before);
  EXPECT_FALSE(server_->Of(1).transfer);
}

TEST_F(DelayServerTest, AnswersQuestionsForNames) {
  const MonoTime before = MonoNow();
  EXPECT_TRUE(Resolve("2.selftest.gaikei").ends_with(std::string("\x7F\0\0\1", 4)));
  ExpectBetween(server_->Of(2).processing, 7ms, MonoNow() - before);
  EXPECT_FALSE(server_->Of(2).resolve);
  const MonoTime again = MonoNow();
  EXPECT_FALSE(Resolve("0.selftest.gaikei").empty());
  ExpectBetween(server_->Of(0).resolve, 3ms, MonoNow() - again);
  EXPECT_FALSE(server_->Of(0).processing);
}

TEST_F(DelayServerTest, IsNotMisledByOthers) {
  EXPECT_EQ(Ask("3\n"), "");
  EXPECT_EQ(Ask("GET /x HTTP/1.1\r\n\r\n"), "");
  EXPECT_EQ(Ask("99999999999999999999\n"), "");
  EXPECT_EQ(Ask(std::string(20'000, 'x')), "");
  EXPECT_EQ(Ask("1\n"), "ok\n");
}

TEST_F(DelayServerTest, KnowsNothingOfWhatNobodyAskedFor) {
  const Delays delays = server_->Of(0);
  EXPECT_FALSE(delays.resolve);
  EXPECT_FALSE(delays.processing);
  EXPECT_FALSE(delays.transfer);
}

TEST_F(DelayServerTest, EndsWithItsOwner) {
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), 0) << "it runs";
  server_.reset();
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "there is no child";
}

}  // namespace
}  // namespace gaikei::selftest
