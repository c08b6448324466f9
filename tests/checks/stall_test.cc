/// What an attempt reports while this prober stands still: the phases are the target's, the time
/// lost here is `other`. The loop is held up with the answer already in the kernel.

#include <gtest/gtest.h>
#include <poll.h>

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "checks/io/engine.h"
#include "checks/io/loop/loop.h"
#include "checks/kinds.h"
#include "results/time.h"
#include "tests/checks/http_rig.h"
#include "tests/checks/io/stamping.h"
#include "tests/support/dns_server.h"
#include "tests/support/socket.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;

constexpr Span kStall = 100ms;
/// What the two clocks may differ by, and the stalls of a busy machine between two lines of a test.
constexpr Span kSlack = kStall / 4;

/// Starts one attempt, calls `until_answered` with the loop at a standstill, and lets it stand for
/// kStall more. `longest`: from the start until the target had done its part.
Observation RunStalled(const CheckSpec& spec, const Region& region,
                       const std::function<MonoTime()>& until_answered, Span* longest) {
  auto check = MakeCheck(spec);
  if (!check) throw std::runtime_error(check.error());
  const io::Stamping stamping;
  io::Loop loop;
  io::Engine engine(loop);
  std::optional<Observation> seen;
  {
    const MonoTime before = MonoNow();
    const auto attempt =
        (*check)->Start({engine, region, spec.timeout}, [&loop, &seen](Observation observation) {
          seen = std::move(observation);
          loop.Stop();
        });
    *longest = until_answered() - before;
    std::this_thread::sleep_for(kStall);  // the fault that is injected
    loop.Run();
  }
  return *seen;
}

/// Answers one question for an address by UDP, and knows when.
class OneAnswer {
 public:
  OneAnswer() {
    answered_ = std::async(std::launch::async, [this] {
      std::string question(512, '\0');
      sockaddr_storage peer{};
      socklen_t length = sizeof peer;
      support::WaitFor(socket_.get(), POLLIN, nullptr, support::kFailsafe);
      const ssize_t size = recvfrom(socket_.get(), question.data(), question.size(), 0,
                                    reinterpret_cast<sockaddr*>(&peer), &length);
      question.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
      const auto query = support::ParseDnsQuery(question);
      if (!query) return MonoTime{};
      const std::string answer = support::FormatDnsReply(
          *query, {.answer = {support::DnsRecord::Address(query->name, "127.0.0.1")}});
      sendto(socket_.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&peer),
             length);
      return MonoNow();
    });
  }
  std::string Authority() const {
    return "127.0.0.1:" + std::to_string(support::PortOf(socket_.get()));
  }
  /// Waits until it has answered; not before then the answer was with the asker's kernel.
  MonoTime Wait() { return answered_.get(); }

 private:
  const support::Fd socket_ = support::BindSocket(SOCK_DGRAM, "127.0.0.1", 0);
  std::future<MonoTime> answered_;
};

/// `phase` is no longer than what the target took at most, and the standstill is `other`.
void ExpectTruth(const Observation& seen, Phase phase, Span longest) {
  EXPECT_EQ(seen.status, Status::kPass) << seen.message;
  ExpectPhasesAddUp(seen);
  ASSERT_TRUE(seen.phases[phase]) << Name(phase);
  EXPECT_GT(*seen.phases[phase], 0ns);
  EXPECT_LE(*seen.phases[phase], longest + kSlack) << Name(phase);
  EXPECT_GE(seen.phases.other, kStall - kSlack);
  EXPECT_GE(seen.duration, *seen.phases[phase] + kStall - kSlack);
}

TEST(Stall, OfAnAnswerByUdpIsNotTheServers) {
  OneAnswer server;
  CheckSpec spec = SpecOf("dns", "dns:www.shop.example");
  spec.dns.servers = {server.Authority()};
  Span longest{0};
  const Observation seen = RunStalled(
      spec, {}, [&] { return server.Wait(); }, &longest);
  ExpectTruth(seen, Phase::kProcessing, longest);
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->duration, seen.phases[Phase::kProcessing]);
}

TEST(Stall, OfAHandshakeIsNotTheConnectPhase) {
  const support::Fd listener = support::BindSocket(SOCK_STREAM, "127.0.0.1", 0);
  ASSERT_EQ(listen(listener.get(), 8), 0);
  const CheckSpec spec =
      SpecOf("tcp", "tcp://127.0.0.1:" + std::to_string(support::PortOf(listener.get())));
  Span longest{0};
  const Observation seen = RunStalled(
      spec, {},
      [&] {
        support::WaitFor(listener.get(), POLLIN, nullptr, support::kFailsafe);
        return MonoNow();
      },
      &longest);
  ExpectTruth(seen, Phase::kConnect, longest);
}

TEST(Stall, OfANameServersAnswerIsNotTheResolvePhase) {
  OneAnswer server;
  const support::Fd listener = support::BindSocket(SOCK_STREAM, "127.0.0.1", 0);
  ASSERT_EQ(listen(listener.get(), 8), 0);
  CheckSpec spec =
      SpecOf("tcp", "tcp://www.shop.example:" + std::to_string(support::PortOf(listener.get())));
  spec.family = Family::kIpv4;
  Region region;
  region.resolver = {server.Authority()};
  Span longest{0};
  const Observation seen = RunStalled(
      spec, region, [&] { return server.Wait(); }, &longest);
  ExpectTruth(seen, Phase::kResolve, longest);
}

TEST(Stall, OfAnEchoIsNotItsRoundTrip) {
  for (const char* host : {"127.0.0.1", "[::1]"}) {
    CheckSpec spec = SpecOf("icmp", std::string("icmp://") + host);
    spec.icmp.count = 1;
    // The loopback has answered when the request is handed over, or a little later.
    Span longest{0};
    const Observation seen = RunStalled(
        spec, {}, [] { return MonoNow(); }, &longest);
    ExpectTruth(seen, Phase::kProcessing, longest);
    ASSERT_TRUE(seen.icmp);
    EXPECT_EQ(seen.icmp->rtt_mean, seen.phases[Phase::kProcessing]);
  }
}

}  // namespace
}  // namespace gaikei
