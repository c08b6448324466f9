/// Many DNS checks at once, by the scheduler as it runs them.

#include <dirent.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "checks/kinds.h"
#include "scheduler/loop_pool.h"
#include "tests/checks/dns_rig.h"
#include "tests/support/dns_server.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kChecks = 5000;
constexpr Span kDelay = 20ms;
constexpr unsigned kMaxInFlight = 2000;

/// A resolver that answers each question after 20 ms, however many there are.
class SlowResolver {
 public:
  SlowResolver() : udp_(support::BindSocket(SOCK_DGRAM, "127.0.0.1", 0)) {
    const int bytes = 64 << 20;  // a burst must not be lost in its buffer
    setsockopt(udp_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
    thread_ = std::thread([this] { Run(); });
  }
  ~SlowResolver() {
    stop_.Raise();
    thread_.join();
  }
  std::string Authority() const {
    return "127.0.0.1:" + std::to_string(support::PortOf(udp_.get()));
  }
  std::size_t questions() const { return questions_; }

 private:
  struct Held {
    MonoTime when;
    std::string answer;
    sockaddr_storage peer;
    socklen_t length;
  };

  void Run() {
    support::BlockSignals();
    while (!stop_.IsRaised()) {
      auto wait = std::chrono::milliseconds(-1);
      if (!held_.empty()) {
        const Span left = held_.front().when - MonoNow();
        wait = std::max(0ms, std::chrono::duration_cast<std::chrono::milliseconds>(left) + 1ms);
      }
      if (support::WaitFor(udp_.get(), POLLIN, &stop_, wait) == support::Wake::kReady) Receive();
      while (!held_.empty() && held_.front().when <= MonoNow()) {
        const Held& held = held_.front();
        sendto(udp_.get(), held.answer.data(), held.answer.size(), 0,
               reinterpret_cast<const sockaddr*>(&held.peer), held.length);
        held_.pop_front();
      }
    }
  }

  void Receive() {
    char buffer[2048];
    Held held{};
    held.length = sizeof(held.peer);
    const ssize_t count = recvfrom(udp_.get(), buffer, sizeof(buffer), 0,
                                   reinterpret_cast<sockaddr*>(&held.peer), &held.length);
    if (count <= 0) return;
    const auto query = support::ParseDnsQuery(std::string(buffer, static_cast<std::size_t>(count)));
    if (!query) return;
    ++questions_;
    held.when = MonoNow() + kDelay;
    held.answer = support::FormatDnsReply(
        *query, {.answer = {support::DnsRecord::Address(query->name, "192.0.2.1")}});
    held_.push_back(std::move(held));
  }

  support::Fd udp_;
  support::StopSignal stop_;
  std::atomic<std::size_t> questions_ = 0;
  std::deque<Held> held_;
  std::thread thread_;
};

std::size_t Threads() {
  std::size_t count = 0;
  DIR* directory = opendir("/proc/self/task");
  while (const dirent* entry = readdir(directory)) count += entry->d_name[0] != '.';
  closedir(directory);
  return count;
}

std::vector<PlannedCheck> Plan(const SlowResolver& resolver) {
  auto region = std::make_shared<Region>();
  region->resolver = {resolver.Authority()};
  std::vector<PlannedCheck> plan;
  for (std::size_t i = 0; i < kChecks; ++i) {
    const std::string name = "host-" + std::to_string(i) + ".shop.example";
    const CheckSpec spec = DnsSpec("dns:" + name);
    auto check = FindKind("dns")->make(spec);
    EXPECT_TRUE(check) << check.error();
    PlannedCheck planned;
    planned.check = std::move(*check);
    planned.identity =
        std::make_shared<const CheckIdentity>(CheckIdentity{name, "dns", "dns:" + name, {}});
    planned.region = region;
    planned.grid = {600s, Span(0)};
    planned.timeout = 60s;
    plan.push_back(std::move(planned));
  }
  return plan;
}

/// All of them due within a span of time that begins soon, evenly.
void Spread(std::vector<PlannedCheck>& plan, Span within) {
  const Span first = (WallNow() + 200ms).time_since_epoch();
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const Span offset = within * static_cast<int>(i) / static_cast<int>(kChecks);
    plan[i].grid.phase = (first + offset) % plan[i].grid.every;
  }
}

class Basket {
 public:
  LoopPool::Sink Sink() {
    return [this](Outcome outcome) {
      const std::lock_guard lock(mutex_);
      most_threads_ = std::max(most_threads_, outcomes_.size() % 100 == 0 ? Threads() : 0);
      outcomes_.push_back(std::move(outcome));
      if (outcomes_.size() == kChecks) all_.set_value();
    };
  }
  std::future<void> WhenAll() { return all_.get_future(); }
  std::vector<Outcome> Take() {
    const std::lock_guard lock(mutex_);
    return std::move(outcomes_);
  }
  std::size_t most_threads() const { return most_threads_; }

 private:
  std::mutex mutex_;
  std::vector<Outcome> outcomes_;
  std::size_t most_threads_ = 0;
  std::promise<void> all_;
};

void ExpectAllPassed(const std::vector<Outcome>& outcomes) {
  ASSERT_EQ(outcomes.size(), kChecks);
  std::size_t failed = 0;
  for (const Outcome& outcome : outcomes) {
    if (outcome.status != Status::kPass && ++failed == 1) {
      ADD_FAILURE() << Name(outcome.reason) << " " << outcome.message;
    }
    EXPECT_GE(outcome.duration, outcome.status == Status::kPass ? kDelay : Span(0));
  }
  EXPECT_EQ(failed, 0U);
}

TEST(DnsLoad, FiveThousandChecksInASecondDropNoneAndStartNoThread) {
  rlimit descriptors{};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  setrlimit(RLIMIT_NOFILE, &descriptors);

  const SlowResolver resolver;
  Basket round;
  Span cost{0};
  {
    LoopPool pool({2, {kMaxInFlight}}, round.Sink());
    const std::size_t threads = Threads();
    std::promise<void> done;
    std::vector<PlannedCheck> plan = Plan(resolver);
    const MonoTime begin = MonoNow();
    pool.RunOnce(std::move(plan), [&done] { done.set_value(); });
    done.get_future().wait();
    cost = MonoNow() - begin;
    EXPECT_EQ(round.most_threads(), threads);
    pool.Stop(0s);
  }
  ExpectAllPassed(round.Take());
  EXPECT_EQ(resolver.questions(), kChecks) << "one try an attempt";
  // One after the other they would have waited for so long.
  EXPECT_LT(cost, kDelay * static_cast<int>(kChecks) / 3);

  // On the grid: one second, or what a machine takes that is slower than that by far.
  const Span within = std::max<Span>(1s, 3 * cost);
  Basket planned;
  std::vector<Outcome> outcomes;
  {
    LoopPool pool({2, {kMaxInFlight}}, planned.Sink());
    const std::size_t threads = Threads();
    std::future<void> all = planned.WhenAll();
    std::vector<PlannedCheck> plan = Plan(resolver);
    Spread(plan, within);
    pool.SetPlan(std::move(plan));
    all.wait();
    EXPECT_EQ(planned.most_threads(), threads);
    outcomes = planned.Take();
    pool.Stop(0s);
  }
  ExpectAllPassed(outcomes);
  std::vector<Span> lateness;
  for (const Outcome& outcome : outcomes) lateness.push_back(outcome.lateness.value_or(within));
  std::sort(lateness.begin(), lateness.end());
  EXPECT_LT(lateness[kChecks / 2], kDelay) << "half of them started later than an answer takes";
  EXPECT_LT(lateness.back(), within);
}

}  // namespace
}  // namespace gaikei
