#include "checks/io/net/connector.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/io/loop/loop.h"
#include "checks/io/loop/timer.h"
#include "tests/checks/io/no_descriptors.h"

namespace gaikei::io {
namespace {

using std::chrono::milliseconds;

// A listening socket on loopback whose peers nobody accepts: the kernel completes the handshakes.
class Listener {
 public:
  explicit Listener(const char* address, std::uint16_t port = 0, int backlog = 64) {
    const Address wanted = *Address::Parse(address, port);
    fd_.Reset(socket(wanted.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&wanted.storage), wanted.length),
              0);
    EXPECT_EQ(listen(fd_.get(), backlog), 0);
    address_.length = sizeof address_.storage;
    getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address_.storage), &address_.length);
  }
  const Address& address() const { return address_; }

 private:
  UniqueFd fd_;
  Address address_;
};

// An address of 127/8 where SYNs get no answer: the queue of its listener is full.
class BlackHole {
 public:
  BlackHole() : listener_("127.0.0.9", 0, 0) {
    // A backlog of n holds n + 1 connections; what comes after that is dropped.
    for (UniqueFd& fd : fillers_) {
      fd.Reset(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      const Address& to = listener_.address();
      connect(fd.get(), reinterpret_cast<const sockaddr*>(&to.storage), to.length);
    }
  }
  const Address& address() const { return listener_.address(); }

 private:
  Listener listener_;
  std::vector<UniqueFd> fillers_ = std::vector<UniqueFd>(2);
};

// An address where nobody listens.
Address Refusing(const char* address = "127.0.0.1") { return Listener(address).address(); }

class ConnectorTest : public testing::Test {
 protected:
  ConnectResult Connect(std::vector<Address> addresses, ConnectOptions options = {}) {
    std::optional<ConnectResult> result;
    const MonoTime before = MonoNow();
    Connector connector(loop_, region_, std::move(addresses), options, [&](ConnectResult got) {
      result = std::move(got);
      loop_.Stop();
    });
    EXPECT_FALSE(result.has_value()) << "told inside the constructor";
    Timer failsafe(loop_);
    failsafe.Arm(std::chrono::seconds(30), [this] { loop_.Stop(); });
    loop_.Run();
    if (!result) {
      ADD_FAILURE() << "no result";
      return {};
    }
    EXPECT_EQ(result->reason == Reason::kNone, result->fd.is_valid());
    EXPECT_EQ(result->reason == Reason::kNone, result->message.empty()) << result->message;
    EXPECT_GE(result->started, before);
    EXPECT_GE(result->connected, result->started);
    EXPECT_LE(result->connected, MonoNow());
    return std::move(*result);
  }

  Loop loop_;
  Region region_;
};

TEST_F(ConnectorTest, HandsOverAConnectedSocket) {
  for (const char* text : {"127.0.0.1", "::1"}) {
    const Listener listener(text);
    const ConnectResult result = Connect({listener.address()});
    EXPECT_EQ(result.reason, Reason::kNone);
    EXPECT_EQ(result.address, listener.address());
    EXPECT_TRUE(result.notes.empty());
    Address peer;
    peer.length = sizeof peer.storage;
    ASSERT_EQ(
        getpeername(result.fd.get(), reinterpret_cast<sockaddr*>(&peer.storage), &peer.length), 0);
    EXPECT_EQ(peer, listener.address());
    EXPECT_NE(fcntl(result.fd.get(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(fcntl(result.fd.get(), F_GETFD) & FD_CLOEXEC, 0);
    int no_delay = 0;
    socklen_t size = sizeof no_delay;
    getsockopt(result.fd.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size);
    EXPECT_NE(no_delay, 0);
  }
}

TEST_F(ConnectorTest, ReportsARefusedConnection) {
  const Address refusing = Refusing();
  const ConnectResult result = Connect({refusing});
  EXPECT_EQ(result.reason, Reason::kConnectRefused);
  EXPECT_EQ(result.address, refusing);
  EXPECT_EQ(result.message, "cannot connect to 127.0.0.1 port " + std::to_string(refusing.port()) +
                                ": connection refused");
}

TEST_F(ConnectorTest, GoesOnAtOnceWhenAnAddressRefuses) {
  const Listener listener("127.0.0.1");
  const Address refusing = Refusing("::1");
  // One quick run of several is proof enough: waiting for its turn would make all of them slow.
  Span quickest = Span::max();
  for (int run = 0; run < 5; ++run) {
    const ConnectResult result = Connect({refusing, listener.address()});
    EXPECT_EQ(result.reason, Reason::kNone);
    EXPECT_EQ(result.address, listener.address());
    EXPECT_EQ(result.notes, (std::vector<std::string>{"::1: connection refused"}));
    quickest = std::min(quickest, Span(result.connected - result.started));
  }
  EXPECT_LT(quickest, milliseconds(250));
}

TEST_F(ConnectorTest, TriesTheNextAddressBesideOneThatIsSilent) {
  const BlackHole silent;
  const Listener listener("127.0.0.1");
  const ConnectResult result = Connect({silent.address(), listener.address()});
  EXPECT_EQ(result.reason, Reason::kNone);
  EXPECT_EQ(result.address, listener.address());
  EXPECT_GE(result.connected - result.started, milliseconds(250));
}

TEST_F(ConnectorTest, WaitsForASilentAddressAfterTheOthersFailed) {
  const BlackHole silent;
  const Address refusing = Refusing();
  bool called = false;
  Connector connector(loop_, region_, {silent.address(), refusing}, {},
                      [&](const ConnectResult&) { called = true; });
  EXPECT_EQ(connector.current(), silent.address());
  EXPECT_NE(connector.started(), MonoTime{});
  Timer end(loop_);
  end.Arm(milliseconds(600), [this] { loop_.Stop(); });
  loop_.Run();
  EXPECT_FALSE(called);
  EXPECT_EQ(connector.current(), refusing);
}

TEST_F(ConnectorTest, ReportsTheFirstOfSeveralFailures) {
  const Address first = Refusing("127.0.0.2");
  const ConnectResult result = Connect({first, Refusing("127.0.0.3")});
  EXPECT_EQ(result.reason, Reason::kConnectRefused);
  EXPECT_EQ(result.address, first);
  EXPECT_EQ(result.notes.size(), 2U);
}

TEST_F(ConnectorTest, IsSilentWhenDestroyed) {
  const Listener listener("127.0.0.1");
  bool called = false;
  const auto note = [&](const ConnectResult&) { called = true; };
  for (const Address& address : {listener.address(), Refusing()}) {
    Connector(loop_, region_, {address}, {}, note);
  }
  loop_.RunUntilIdle();
  EXPECT_FALSE(called);
}

TEST_F(ConnectorTest, MayBeDestroyedInTheCallback) {
  const Listener listener("127.0.0.1");
  for (const Address& address : {listener.address(), Refusing()}) {
    std::unique_ptr<Connector> connector;
    UniqueFd kept;
    connector = std::make_unique<Connector>(loop_, region_, std::vector<Address>{address},
                                            ConnectOptions{}, [&](ConnectResult result) {
                                              kept = std::move(result.fd);
                                              connector.reset();
                                              loop_.Stop();
                                            });
    loop_.Run();
    EXPECT_EQ(connector, nullptr);
  }
}

TEST_F(ConnectorTest, BlamesTheProberWithoutADescriptor) {
  const Listener listener("127.0.0.1");
  {
    const NoDescriptors starved;
    const ConnectResult result = Connect({listener.address()});
    EXPECT_EQ(result.reason, Reason::kProberFdLimit);
    EXPECT_EQ(result.address, listener.address());
  }
  EXPECT_EQ(Connect({listener.address()}).reason, Reason::kNone);
}

TEST_F(ConnectorTest, BlamesTheProberWhenTheSourceAddressIsNotThere) {
  const Listener listener("127.0.0.1");
  region_.source = {"198.51.100.77"};
  EXPECT_EQ(Connect({listener.address()}).reason, Reason::kProberNetworkDown);
}

TEST_F(ConnectorTest, BlamesTheProberWhenTheInterfaceIsNotThere) {
  const Listener listener("127.0.0.1");
  region_.interface = "nosuchif0";
  EXPECT_EQ(Connect({listener.address()}).reason, Reason::kProberNetworkDown);
}

TEST_F(ConnectorTest, LeavesFromTheSourceAddressOfTheFamily) {
  const Listener listener("127.0.0.1");
  region_.source = {"127.0.0.55", "::1"};
  const ConnectResult result = Connect({listener.address()});
  ASSERT_EQ(result.reason, Reason::kNone) << result.message;
  Address local;
  local.length = sizeof local.storage;
  getsockname(result.fd.get(), reinterpret_cast<sockaddr*>(&local.storage), &local.length);
  EXPECT_EQ(local.Text(), "127.0.0.55");
}

TEST_F(ConnectorTest, ReportsTheTargetsFaultBeforeOurOwn) {
  region_.source = {"2001:db8::77"};  // no such address here: IPv6 fails by our own fault
  const Address six = *Address::Parse("::1", 9);
  const Address refusing = Refusing();
  const ConnectResult mixed = Connect({six, refusing});
  EXPECT_EQ(mixed.reason, Reason::kConnectRefused);
  EXPECT_EQ(mixed.address, refusing);
  const ConnectResult own = Connect({six});
  EXPECT_EQ(own.reason, Reason::kProberNetworkDown);
}

TEST_F(ConnectorTest, LooksAtNoAddressThatPolicyForbids) {
  const Listener listener("127.0.0.1");
  const Address mapped = *Address::Parse("::ffff:127.0.0.1", listener.address().port());
  const ConnectResult result =
      Connect({listener.address(), mapped}, ConnectOptions{.deny_private = true});
  EXPECT_EQ(result.reason, Reason::kAddressBlocked);
  EXPECT_EQ(result.message.find("127.0.0.1"), std::string::npos) << "tells which address it was";
  EXPECT_EQ(result.address, Address{});
  EXPECT_TRUE(result.notes.empty());
}

TEST_F(ConnectorTest, HasNothingToSayForNoAddress) {
  EXPECT_EQ(Connect({}).reason, Reason::kProberInternal);
}

}  // namespace
}  // namespace gaikei::io
