/// What every kind of check keeps to, whatever it looks at (checks/check.h). A kind joins by a row
/// in the table at the end: a peer that makes it pass, and one that never answers.

#include <dirent.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checks/check.h"
#include "checks/io/engine.h"
#include "checks/io/loop/loop.h"
#include "checks/io/loop/timer.h"
#include "checks/io/tls/certificate_maker.h"
#include "checks/kinds.h"
#include "tests/support/dns_server.h"
#include "tests/support/grpc_call.h"
#include "tests/support/net_namespace.h"
#include "tests/support/tcp_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_server.h"
#include "tests/support/websocket_peer.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using support::Connection;
using support::TcpServer;

/// What a check looks at, there as long as this lives.
class Peer {
 public:
  virtual ~Peer() = default;
  /// Fills in the target, and what else its kind needs in order to reach it.
  virtual void Configure(CheckSpec& spec, std::string& target) const = 0;
  /// Runs the check's side from where the peer can be reached.
  virtual void Reach(const std::function<void()>& story) const { story(); }
};

struct KindUnderTest {
  std::string kind;
  std::function<std::unique_ptr<Peer>()> good;    ///< the check passes
  std::function<std::unique_ptr<Peer>()> silent;  ///< takes what comes and never answers
};

/// A peer that listens on a TCP port.
class TcpPeer : public Peer {
 public:
  using Target = std::function<std::string(std::uint16_t port)>;
  TcpPeer(Target target, TcpServer::Handler handler)
      : target_(std::move(target)), server_(std::move(handler)) {}
  void Configure(CheckSpec&, std::string& target) const override {
    target = target_(server_.port());
  }

 private:
  Target target_;
  TcpServer server_;
};

void Silent(Connection& connection) { connection.WaitUntilClosed(); }

std::function<std::unique_ptr<Peer>()> OverTcp(TcpPeer::Target target, TcpServer::Handler handler) {
  return [=] { return std::make_unique<TcpPeer>(target, handler); };
}

std::string TlsTarget(std::uint16_t port) { return "tls://127.0.0.1:" + std::to_string(port); }

/// A TLS server with a root of its own, which the check is told to trust.
class SecurePeer : public Peer {
 public:
  void Configure(CheckSpec& spec, std::string& target) const override {
    target = TlsTarget(server_.port());
    spec.tls.cacert = roots_;
  }

 private:
  const io::CertifiedKey root_ = io::MakeCertificate(
      {.common_name = "Root", .not_after = WallNow() + 24h * 365, .is_ca = true});
  const support::TempDir dir_;
  const std::string roots_ = dir_.Write("roots.pem", root_.certificate);
  support::TlsServer server_{
      {.certificate = io::MakeCertificate(
           {.addresses = {"127.0.0.1"}, .not_after = WallNow() + 24h * 80, .issuer = &root_})},
      Silent};
};

/// A name server that has one address for every name, or takes questions and says nothing.
class NameServerPeer : public Peer {
 public:
  explicit NameServerPeer(bool is_silent)
      : server_([is_silent](const support::DnsQuery& query) {
          return support::DnsReply{.answer = {support::DnsRecord::Address(query.name, "192.0.2.1")},
                                   .no_answer = is_silent};
        }) {}
  void Configure(CheckSpec&, std::string& target) const override {
    target = "dns://" + server_.Authority() + "/www.shop.example";
  }

 private:
  support::DnsServer server_;
};

CheckSpec SpecOf(const KindUnderTest& kind, const Peer& peer) {
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = "check";
  identity->kind = kind.kind;
  CheckSpec spec;
  peer.Configure(spec, identity->target);
  spec.target = Secret(identity->target, false);
  spec.identity = std::move(identity);
  return spec;
}

std::vector<std::string> OpenDescriptors() {
  std::vector<std::string> names;
  DIR* directory = opendir("/proc/self/fd");
  while (const dirent* entry = readdir(directory)) names.emplace_back(entry->d_name);
  closedir(directory);
  return names;
}

class CheckContract : public testing::TestWithParam<KindUnderTest> {
 protected:
  /// Makes the check for a peer and hands it to `story` on the loop's thread; runs the loop until
  /// the story stops it.
  void Tell(const Peer& peer,
            const std::function<void(const Check&, io::Engine&, io::Loop&)>& story) {
    const auto check = FindKind(GetParam().kind)->make(SpecOf(GetParam(), peer));
    ASSERT_TRUE(check) << check.error();
    peer.Reach([&] {
      io::Loop loop;
      io::Engine engine(loop);
      loop.Post([&] { story(**check, engine, loop); });
      loop.Run();
    });
  }

  const Region region_;
};

TEST_P(CheckContract, CallsDoneOnceAndNeverInsideStart) {
  const auto peer = GetParam().good();
  std::unique_ptr<Attempt> attempt;
  std::optional<io::Timer> afterwards;
  int calls = 0;
  bool has_returned = false;
  Tell(*peer, [&](const Check& check, io::Engine& engine, io::Loop& loop) {
    afterwards.emplace(loop);
    attempt = check.Start({engine, region_, 10s}, [&](Observation seen) {
      EXPECT_TRUE(has_returned);
      EXPECT_EQ(seen.status, Status::kPass) << seen.message;
      // The deadline and whatever else was armed has its chance to call again.
      if (++calls == 1) {
        afterwards->Arm(50ms, [&] {
          attempt.reset();
          afterwards.reset();
          loop.Stop();
        });
      }
    });
    has_returned = true;
  });
  EXPECT_EQ(calls, 1);
}

TEST_P(CheckContract, KeepsItsDeadline) {
  const auto peer = GetParam().silent();
  std::unique_ptr<Attempt> attempt;
  Tell(*peer, [&](const Check& check, io::Engine& engine, io::Loop& loop) {
    attempt = check.Start({engine, region_, 100ms}, [&](Observation seen) {
      EXPECT_EQ(seen.status, Status::kFail);
      EXPECT_GE(seen.duration, 100ms);
      EXPECT_EQ(seen.phases.Sum(), seen.duration);
      EXPECT_TRUE(seen.phase);
      attempt.reset();
      loop.Stop();
    });
  });
}

TEST_P(CheckContract, IsCancelledSilentlyByDestroyingTheAttempt) {
  const auto peer = GetParam().silent();
  std::unique_ptr<Attempt> attempt;
  std::optional<io::Timer> timer;
  Tell(*peer, [&](const Check& check, io::Engine& engine, io::Loop& loop) {
    attempt = check.Start({engine, region_, 60ms}, [&](Observation) { ADD_FAILURE(); });
    timer.emplace(loop);
    timer->Arm(20ms, [&] {
      attempt.reset();
      timer->Arm(100ms, [&] {  // past the deadline
        timer.reset();
        loop.Stop();
      });
    });
  });
}

TEST_P(CheckContract, IsCancelledSilentlyBeforeItBegan) {
  const auto peer = GetParam().silent();
  Tell(*peer, [&](const Check& check, io::Engine& engine, io::Loop& loop) {
    check.Start({engine, region_, 10s}, [&](Observation) { ADD_FAILURE(); }).reset();
    loop.Post([&] { loop.Stop(); });
  });
}

TEST_P(CheckContract, MayBeDestroyedInsideDone) {
  const auto peer = GetParam().good();
  std::unique_ptr<Attempt> attempt;
  Tell(*peer, [&](const Check& check, io::Engine& engine, io::Loop& loop) {
    attempt = check.Start({engine, region_, 10s}, [&](Observation seen) {
      attempt.reset();
      EXPECT_EQ(seen.status, Status::kPass) << seen.message;
      loop.Stop();
    });
  });
}

TEST_P(CheckContract, OutlivesItsCheck) {
  const auto peer = GetParam().good();
  auto check = FindKind(GetParam().kind)->make(SpecOf(GetParam(), *peer));
  ASSERT_TRUE(check) << check.error();
  std::unique_ptr<Attempt> attempt;
  peer->Reach([&] {
    io::Loop loop;
    io::Engine engine(loop);
    loop.Post([&] {
      attempt = (*check)->Start({engine, region_, 10s}, [&](Observation seen) {
        EXPECT_EQ(seen.status, Status::kPass) << seen.message;
        attempt.reset();
        loop.Stop();
      });
      check->reset();  // a reload has dropped it
    });
    loop.Run();
  });
}

TEST_P(CheckContract, LeavesNoDescriptorBehind) {
  const auto look = [this](const std::function<std::unique_ptr<Peer>()>& make) {
    const auto peer = make();
    std::unique_ptr<Attempt> attempt;
    Tell(*peer, [&](const Check& check, io::Engine& engine, io::Loop& loop) {
      attempt = check.Start({engine, region_, 100ms}, [&](Observation) {
        attempt.reset();
        loop.Stop();
      });
    });
  };
  // What libraries open once for the whole process (libuv its signal pipe) is open from here on.
  look(GetParam().good);
  const std::vector<std::string> before = OpenDescriptors();
  look(GetParam().good);
  look(GetParam().silent);
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST_P(CheckContract, RunsManyAttemptsSideBySide) {
  constexpr int kAttempts = 600;  // more than one multi handle takes
  const auto peer = GetParam().good();
  std::vector<std::unique_ptr<Attempt>> attempts;
  int passed = 0;
  Tell(*peer, [&](const Check& check, io::Engine& engine, io::Loop& loop) {
    for (int i = 0; i < kAttempts; ++i) {
      attempts.push_back(check.Start({engine, region_, 60s}, [&](Observation seen) {
        EXPECT_EQ(seen.status, Status::kPass) << seen.message;
        if (++passed == kAttempts) {
          attempts.clear();
          loop.Stop();
        }
      }));
    }
  });
  EXPECT_EQ(passed, kAttempts);
}

std::string HttpTarget(std::uint16_t port) {
  return "http://127.0.0.1:" + std::to_string(port) + "/";
}
void AnswerHttp(Connection& connection) {
  connection.ReadUntil("\r\n\r\n");
  connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

std::string TcpTarget(std::uint16_t port) { return "tcp://127.0.0.1:" + std::to_string(port); }

std::string GrpcTarget(std::uint16_t port) { return "grpc://127.0.0.1:" + std::to_string(port); }
void AnswerGrpc(Connection& connection) {
  if (support::TakeGrpcCall(connection)) connection.Write(support::HealthAnswer());
  connection.WaitUntilClosed();
}

std::string WebSocketTarget(std::uint16_t port) {
  return "ws://127.0.0.1:" + std::to_string(port) + "/";
}
void AnswerWebSocket(Connection& connection) {
  if (support::TakeUpgrade(connection)) support::EchoWebSocket(connection);
}

/// A server whose greeting a dialogue waits for.
class GreetingPeer : public TcpPeer {
 public:
  explicit GreetingPeer(TcpServer::Handler handler) : TcpPeer(TcpTarget, std::move(handler)) {}
  void Configure(CheckSpec& spec, std::string& target) const override {
    TcpPeer::Configure(spec, target);
    spec.tcp.dialogue = {{DialogueStep::What::kExpect, Secret("^220", false)}};
  }
};

/// A host, in a network of its own where it has to be silent.
class HostPeer : public Peer {
 public:
  explicit HostPeer(bool is_silent) {
    if (!is_silent) return;
    cable_.emplace();
    cable_->DropAll();
  }
  void Configure(CheckSpec& spec, std::string& target) const override {
    target = cable_ ? "icmp://10.77.0.2" : "icmp://127.0.0.1";
    spec.icmp.interval = 1ms;
  }
  void Reach(const std::function<void()>& story) const override {
    cable_ ? support::RunInNamespace(cable_->prober(), story) : story();
  }

 private:
  std::optional<support::CableOfNamespaces> cable_;
};

/// A journey of two steps to one server.
class ShopPeer : public TcpPeer {
 public:
  explicit ShopPeer(TcpServer::Handler handler) : TcpPeer(HttpTarget, std::move(handler)) {}
  void Configure(CheckSpec& spec, std::string& target) const override {
    TcpPeer::Configure(spec, target);
    for (const char* name : {"open", "look"}) {
      auto identity = std::make_shared<CheckIdentity>();
      identity->name = name;
      identity->kind = "http";
      identity->target = target;
      CheckSpec step;
      step.identity = std::move(identity);
      step.target = Secret(target, false);
      JourneyStepSpec& added = spec.steps.emplace_back();
      added.name = name;
      added.request = std::make_shared<CheckSpec>(std::move(step));
    }
    target = "journey:shop";
  }
};

INSTANTIATE_TEST_SUITE_P(
    Kinds, CheckContract,
    testing::Values(
        KindUnderTest{"http", OverTcp(HttpTarget, AnswerHttp), OverTcp(HttpTarget, Silent)},
        KindUnderTest{"tls", [] { return std::make_unique<SecurePeer>(); },
                      OverTcp(TlsTarget, Silent)},
        KindUnderTest{"dns", [] { return std::make_unique<NameServerPeer>(false); },
                      [] { return std::make_unique<NameServerPeer>(true); }},
        KindUnderTest{"tcp",
                      [] {
                        return std::make_unique<GreetingPeer>([](Connection& connection) {
                          connection.Write("220 ready\r\n");
                          connection.WaitUntilClosed();
                        });
                      },
                      [] { return std::make_unique<GreetingPeer>(Silent); }},
        KindUnderTest{"icmp", [] { return std::make_unique<HostPeer>(false); },
                      [] { return std::make_unique<HostPeer>(true); }},
        KindUnderTest{"journey", [] { return std::make_unique<ShopPeer>(AnswerHttp); },
                      [] { return std::make_unique<ShopPeer>(Silent); }},
        KindUnderTest{"grpc", OverTcp(GrpcTarget, AnswerGrpc), OverTcp(GrpcTarget, Silent)},
        KindUnderTest{"websocket", OverTcp(WebSocketTarget, AnswerWebSocket),
                      OverTcp(WebSocketTarget, Silent)}),
    [](const auto& param) { return param.param.kind; });

/// A passive kind makes no attempt that could keep to anything.
TEST(CheckKinds, AreAllCovered) {
  const auto kinds = AllKinds();
  EXPECT_EQ(std::count_if(kinds.begin(), kinds.end(),
                          [](const Kind& kind) { return kind.make != nullptr; }),
            8);
}

}  // namespace
}  // namespace gaikei
