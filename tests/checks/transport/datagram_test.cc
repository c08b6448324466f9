/// Datagrams to a real socket: that they come, and what is told where they cannot.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/io/engine.h"
#include "checks/io/loop/loop.h"
#include "checks/transport/refusals.h"
#include "checks/transport/transport.h"
#include "tests/support/dns_server.h"
#include "tests/support/loop_fixture.h"
#include "tests/support/net_namespace.h"
#include "tests/support/socket.h"

namespace gaikei {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Whoever takes datagrams.
class Receiver {
 public:
  explicit Receiver(const std::string& address = "127.0.0.1", std::uint16_t port = 0)
      : fd_(support::BindSocket(SOCK_DGRAM, address, port)), port_(support::PortOf(fd_.get())) {
    const int room = 4 << 20;  // nobody reads while it is sent
    EXPECT_EQ(::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room), 0);
  }

  std::uint16_t port() const { return port_; }
  void Close() { fd_.Close(); }
  /// So many, as they come.
  std::vector<std::string> Take(std::size_t count) const {
    std::vector<std::string> all;
    std::string buffer(65536, '\0');
    while (all.size() < count && support::WaitFor(fd_.get(), POLLIN, nullptr, support::kFailsafe) ==
                                     support::Wake::kReady) {
      const ssize_t n = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (n >= 0) all.push_back(buffer.substr(0, static_cast<std::size_t>(n)));
    }
    return all;
  }
  bool IsEmpty() const {
    char byte = 0;
    return ::recv(fd_.get(), &byte, 1, MSG_PEEK) < 0;
  }

 private:
  support::Fd fd_;
  std::uint16_t port_;
};

class DatagramRig {
 public:
  DatagramRig(const std::string& host, std::uint16_t port, const Region& region = {})
      : engine_(loop_),
        transport_(
            MakeDatagramTransport(engine_, std::make_shared<const Region>(region), host, port)) {}

  DatagramTransport::Result Send(std::vector<std::string> datagrams) {
    std::optional<DatagramTransport::Result> result;
    bool has_returned = false;
    const auto call = transport_->Send(std::move(datagrams), [&](DatagramTransport::Result came) {
      EXPECT_TRUE(has_returned) << "done was called inside Send()";
      EXPECT_FALSE(result) << "done was called twice";
      result = std::move(came);
    });
    has_returned = true;
    EXPECT_TRUE(support::RunUntil(loop_, [&] { return result.has_value(); }));
    return result.value_or(DatagramTransport::Result{});
  }
  io::Loop& loop() { return loop_; }
  DatagramTransport& transport() { return *transport_; }

 private:
  io::Loop loop_;
  io::Engine engine_;
  std::unique_ptr<DatagramTransport> transport_;
};

TEST(Datagrams, ArriveAsTheyAre) {
  for (const char* address : {"127.0.0.1", "::1"}) {
    const Receiver receiver(address);
    DatagramRig rig(address, receiver.port());
    const auto result = rig.Send({"one", "two\nthree", std::string(1432, 'x')});
    EXPECT_EQ(result.sent, 3U);
    EXPECT_EQ(result.error, "");
    EXPECT_THAT(receiver.Take(3), ElementsAre("one", "two\nthree", std::string(1432, 'x')));
    EXPECT_EQ(rig.Send({"four"}).sent, 1U);
    EXPECT_THAT(receiver.Take(1), ElementsAre("four"));
  }
}

TEST(Datagrams, AreNoneWhereNothingIsToBeSent) {
  const Receiver receiver;
  DatagramRig rig("127.0.0.1", receiver.port());
  const auto result = rig.Send({});
  EXPECT_EQ(result.sent, 0U);
  EXPECT_EQ(result.error, "");
}

TEST(Datagrams, ThatAreRefusedAreTold) {
  auto receiver = std::make_unique<Receiver>();
  const std::uint16_t port = receiver->port();
  DatagramRig rig("127.0.0.1", port);
  EXPECT_EQ(rig.Send({"a"}).sent, 1U);
  receiver.reset();
  // On loopback the refusal is there at once: none of them counts as sent.
  for (const std::size_t count : {1U, 3U}) {
    const auto result = rig.Send(std::vector<std::string>(count, "b"));
    EXPECT_EQ(result.sent, 0U);
    EXPECT_THAT(result.error, HasSubstr("refused"));
    EXPECT_THAT(result.error, HasSubstr(std::to_string(port)));
  }
  receiver = std::make_unique<Receiver>("127.0.0.1", port);
  EXPECT_EQ(rig.Send({"c"}).error, "");
  EXPECT_THAT(receiver->Take(1), ElementsAre("c"));
}

TEST(Datagrams, ThatAreRefusedAreToldFromTheFirstOneOn) {
  const std::vector<std::string> sent = {"a1", "b2", "a1", "c3", "d4"};
  using Refusals = std::vector<std::string>;
  EXPECT_EQ(FirstRefused(sent, {}), 5U);
  EXPECT_EQ(FirstRefused(sent, Refusals{"b2", "a1", "c3", "d4"}), 1U);
  EXPECT_EQ(FirstRefused(sent, Refusals{"d4"}), 4U);
  // Cut short on the way, to nothing at worst.
  EXPECT_EQ(FirstRefused(sent, Refusals{"c", "d"}), 3U);
  EXPECT_EQ(FirstRefused(sent, Refusals{"", ""}), 3U);
  // Two that look alike: as many were refused as were told.
  EXPECT_EQ(FirstRefused(sent, Refusals{"a1", "c3", "d4"}), 2U);
  EXPECT_EQ(FirstRefused(sent, Refusals{"a1", "b2", "a1", "c3", "d4"}), 0U);
  // Some were not told.
  EXPECT_EQ(FirstRefused(sent, Refusals{"b2"}), 1U);
  // Of what was sent before.
  EXPECT_EQ(FirstRefused(sent, Refusals{"x", "c3", "d4"}), 3U);
  EXPECT_EQ(FirstRefused(sent, Refusals{"x", "y"}), 5U);
  EXPECT_EQ(FirstRefused({}, Refusals{"", "x"}), 0U);
}

TEST(Datagrams, AreNotSentBehindOneThatIsRefused) {
  auto receiver = std::make_unique<Receiver>("::1");
  const std::uint16_t port = receiver->port();
  DatagramRig rig("::1", port);
  EXPECT_EQ(rig.Send({"a", "b"}).sent, 2U);
  EXPECT_EQ(receiver->Take(2).size(), 2U);
  receiver.reset();
  std::vector<std::string> many;
  for (int i = 0; i < 200; ++i) many.push_back("datagram " + std::to_string(i));
  EXPECT_EQ(rig.Send(many).sent, 0U);
  receiver = std::make_unique<Receiver>("::1", port);
  EXPECT_EQ(rig.Send(many).sent, many.size());
  EXPECT_EQ(receiver->Take(many.size()), many);
  EXPECT_TRUE(receiver->IsEmpty());
}

TEST(Datagrams, LeaveTheReceiverTimeToRead) {
  const Receiver receiver;
  DatagramRig rig("127.0.0.1", receiver.port());
  const MonoTime begun = MonoNow();
  EXPECT_EQ(rig.Send(std::vector<std::string>(1000, std::string(1432, 'x'))).sent, 1000U);
  // 31 pauses of 2 ms, which no timer makes shorter.
  EXPECT_GE(MonoNow() - begun, std::chrono::milliseconds(62));
  EXPECT_EQ(receiver.Take(1000).size(), 1000U);
}

TEST(Datagrams, WaitWhereTheQueueIsFull) {
  // A network that takes 2 MiB a second: the socket's own buffer fills up.
  support::CableOfNamespaces cable;
  std::optional<Receiver> receiver;
  support::RunInNamespace(cable.target(), [&] { receiver.emplace(cable.kTarget4); });
  cable.SlowDownProber();
  support::RunInNamespace(cable.prober(), [&] {
    DatagramRig rig(cable.kTarget4, receiver->port());
    const std::vector<std::string> datagrams(400, std::string(1432, 'x'));
    const auto result = rig.Send(datagrams);
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.sent, datagrams.size());
    EXPECT_EQ(receiver->Take(datagrams.size()).size(), datagrams.size());
  });
}

TEST(Datagrams, WithoutAWayAreTold) {
  support::CableOfNamespaces cable;
  support::RunInNamespace(cable.prober(), [&] {
    DatagramRig rig("192.0.2.1", 8125);
    const auto result = rig.Send({"a"});
    EXPECT_EQ(result.sent, 0U);
    EXPECT_THAT(result.error, HasSubstr("unreachable"));
  });
}

TEST(Datagrams, GoWhereTheNameLeadsAndAskOnceInAMinute) {
  const Receiver first("127.0.0.1");
  std::atomic<int> questions = 0;
  support::DnsServer names([&](const support::DnsQuery& query) {
    if (query.type != support::kTypeA) return support::DnsReply{};
    ++questions;
    return support::DnsReply{
        .answer = {support::DnsRecord::Address("statsd.example", "127.0.0.1")}};
  });
  Region region;
  region.resolver = {"127.0.0.1:" + std::to_string(names.port())};
  DatagramRig rig("statsd.example", first.port(), region);
  EXPECT_EQ(rig.Send({"a"}).error, "");
  EXPECT_EQ(rig.Send({"b"}).error, "");
  EXPECT_THAT(first.Take(2), ElementsAre("a", "b"));
  EXPECT_EQ(questions, 1);
}

TEST(Datagrams, AskForTheNameAgainOnceTheyAreRefused) {
  Receiver first("127.0.0.1");
  const Receiver second("127.0.0.2", first.port());
  std::atomic<bool> has_moved = false;
  support::DnsServer names([&](const support::DnsQuery& query) {
    if (query.type != support::kTypeA) return support::DnsReply{};
    return support::DnsReply{.answer = {support::DnsRecord::Address(
                                 "statsd.example", has_moved ? "127.0.0.2" : "127.0.0.1")}};
  });
  Region region;
  region.resolver = {"127.0.0.1:" + std::to_string(names.port())};
  DatagramRig rig("statsd.example", first.port(), region);
  EXPECT_EQ(rig.Send({"a"}).error, "");
  first.Close();
  has_moved = true;
  EXPECT_THAT(rig.Send({"b"}).error, HasSubstr("refused"));
  EXPECT_EQ(rig.Send({"c"}).error, "");
  EXPECT_THAT(second.Take(1), ElementsAre("c"));
}

TEST(Datagrams, ToANameThatDoesNotExistAreTold) {
  support::DnsServer names(
      [](const support::DnsQuery&) { return support::DnsReply{.rcode = support::kRcodeNxdomain}; });
  Region region;
  region.resolver = {"127.0.0.1:" + std::to_string(names.port())};
  DatagramRig rig("gone.example", 8125, region);
  const auto result = rig.Send({"a"});
  EXPECT_EQ(result.sent, 0U);
  EXPECT_THAT(result.error, HasSubstr("gone.example"));
}

TEST(Datagrams, AreNotSentOnceTheCallWasDestroyed) {
  const Receiver receiver;
  DatagramRig rig("127.0.0.1", receiver.port());
  auto call = rig.transport().Send({"a"}, [](DatagramTransport::Result) { FAIL(); });
  call.reset();
  EXPECT_EQ(rig.Send({"b"}).sent, 1U);
  EXPECT_THAT(receiver.Take(1), ElementsAre("b"));
  EXPECT_TRUE(receiver.IsEmpty());
}

}  // namespace
}  // namespace gaikei
