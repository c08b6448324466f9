#include "scheduler/self_judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "scheduler/cpu_meter.h"
#include "tests/scheduler/world.h"
#include "tests/support/temp_dir.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Observation Failed(Reason reason, const std::string& address = "") {
  Observation observation;
  observation.Fail(reason, Phase::kConnect, "as it was");
  observation.address = address;
  return observation;
}

MonoTime At(Span time) { return MonoTime(time); }

TEST(FitnessLog, KnowsTheLongestOverlapAndForgetsAfterTenMinutes) {
  FitnessLog log;
  log.Note({At(10s), At(11s), Unfit::kStolen, "stolen"});
  log.Note({At(11s), At(12s), Unfit::kThrottled, "a little"});
  log.Note({At(12s), At(13s), Unfit::kThrottled, "throttled"});
  EXPECT_FALSE(log.During(At(5s), At(10s)));
  EXPECT_FALSE(log.During(At(13s), At(20s)));
  EXPECT_EQ(log.During(At(9s), At(20s))->why, "throttled");  // two seconds in one
  EXPECT_EQ(log.During(At(9s), At(11500ms))->why, "stolen");
  EXPECT_EQ(log.Totals()[static_cast<std::size_t>(Unfit::kThrottled)], 2s);
  EXPECT_EQ(log.Totals()[static_cast<std::size_t>(Unfit::kMemory)], 0s);
  log.Note({At(11min), At(11min + 1s), Unfit::kThrottled, "later"});
  EXPECT_EQ(log.During(At(12s), At(13s)), std::nullopt);
}

TEST(TheSelfJudge, ExcusesWhatCameTooLateAndNothingThatWasRead) {
  SelfJudge judge;
  judge.log().Note({At(10s), At(11s), Unfit::kThrottled, "the quota was used up"});
  judge.log().Note({At(20s), At(21s), Unfit::kMemory, "memory was short"});
  for (const Reason reason : {Reason::kDnsTimeout, Reason::kConnectTimeout, Reason::kTlsTimeout,
                              Reason::kResponseTimeout, Reason::kTransferTimeout,
                              Reason::kExpectDuration, Reason::kExpectPhase, Reason::kExpectRtt}) {
    Observation observation = Failed(reason);
    EXPECT_EQ(judge.Judge(observation, At(5s), At(15s)), "throttled");
    EXPECT_EQ(observation.status, Status::kUnknown);
    EXPECT_EQ(observation.reason, Reason::kProberOverload);
    EXPECT_THAT(observation.message, HasSubstr("the quota was used up while the attempt ran"));
    EXPECT_THAT(observation.message, HasSubstr(std::string(Name(reason))));
    observation = Failed(reason);
    EXPECT_EQ(judge.Judge(observation, At(15s), At(25s)), "memory");
    EXPECT_EQ(observation.reason, Reason::kProberNoMemory);
    observation = Failed(reason);
    EXPECT_EQ(judge.Judge(observation, At(11s), At(20s)), "");
    EXPECT_EQ(observation.status, Status::kFail);
  }
  for (const Reason reason : {Reason::kConnectRefused, Reason::kExpectStatus,
                              Reason::kTlsCertExpired, Reason::kDnsNxdomain, Reason::kTooLarge}) {
    Observation observation = Failed(reason);
    EXPECT_EQ(judge.Judge(observation, At(5s), At(25s)), "");
    EXPECT_EQ(observation.reason, reason);
    EXPECT_EQ(observation.message, "as it was");
  }
  Observation passed;
  EXPECT_EQ(judge.Judge(passed, At(5s), At(25s)), "");
  EXPECT_EQ(passed.status, Status::kPass);
}

TEST(TheSelfJudge, HasNothingAgainstLoopback) {
  SelfJudge judge;
  const MonoTime now = MonoNow();
  for (const char* address : {"127.0.0.1", "::1"}) {
    Observation observation = Failed(Reason::kConnectTimeout, address);
    EXPECT_EQ(judge.Judge(observation, now - 10s, now), "") << observation.message;
  }
}

TEST(TheSelfJudge, IsAskedByTheRunner) {
  World world;
  SelfJudge judge;
  Runner runner(world.clock, world.engine, {10, nullptr, &judge},
                [&](Outcome outcome) { world.outcomes.push_back(std::move(outcome)); });
  const auto check = world.NewCheck({3s, Reason::kResponseTimeout});
  runner.SetPlan({world.Plan("website", check, 60s, 5s)});
  const MonoTime begin = world.clock.Mono();
  judge.log().Note({begin + 6s, begin + 7s, Unfit::kStolen, "the CPU was away"});
  world.clock.Advance(2min);
  ASSERT_EQ(world.outcomes.size(), 2U);
  EXPECT_EQ(world.outcomes[0].reason, Reason::kProberOverload);
  EXPECT_EQ(world.outcomes[0].prober.unfit, "stolen");
  EXPECT_EQ(world.outcomes[1].reason, Reason::kResponseTimeout);
  EXPECT_EQ(world.outcomes[1].prober.unfit, "");
}

TEST(Standstills, ThatAreShortCountTogetherWhereTheyTookAGoodPartOfTheTime) {
  World world;
  const auto slow = world.NewCheck({900ms, Reason::kExpectDuration});
  world.runner->SetPlan({world.Plan("website", slow, 60s, 5s)});
  world.clock.Advance(5s + 1ms);
  for (int i = 0; i < 5; ++i) {
    world.clock.Advance(10ms);
    world.clock.Freeze(180ms);
  }
  world.clock.Advance(1s);
  ASSERT_EQ(world.outcomes.size(), 1U);
  EXPECT_EQ(world.outcomes[0].reason, Reason::kProberOverload);
  EXPECT_EQ(world.outcomes[0].prober.unfit, "loop_lag");
  EXPECT_LT(world.outcomes[0].prober.loop_lag, 100ms);
}

/// The kernel's counters as a test wants them.
class CpuCounters : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(dir_.Path(name)).parent_path());
    dir_.Write(name, text);
  }

  support::TempDir dir_;
  CpuMeter meter_{{dir_.Path("proc"), dir_.Path("cgroup")}};
};

TEST_F(CpuCounters, OfVersionTwoBecomeShares) {
  Write("proc/self/cgroup", "0::/a\n");
  Write("cgroup/a/cpu.stat", "usage_usec 5\nnr_throttled 3\nthrottled_usec 1000000\n");
  Write("proc/stat", "cpu  100 0 100 700 0 0 0 100 0 0\ncpu0 1 1\n");
  Write("proc/pressure/memory",
        "some avg10=0.00 avg60=0.00 avg300=0.00 total=900\n"
        "full avg10=0.00 avg60=0.00 avg300=0.00 total=500000\n");
  Write("proc/self/task/7/schedstat", "1000 5000000000 3\n");
  Write("proc/self/task/8/schedstat", "1000 0 3\n");
  EXPECT_FALSE(meter_.Look(At(1s)));
  Write("proc/self/task/7/schedstat", "1000 5400000000 9\n");
  Write("proc/self/task/8/schedstat", "1000 1000000000 9\n");
  Write("proc/self/task/9/schedstat", "1000 9000000000 9\n");  // it began meanwhile
  Write("cgroup/a/cpu.stat", "usage_usec 5\nnr_throttled 3\nthrottled_usec 1900000\n");
  Write("proc/stat", "cpu  150 0 150 750 0 0 0 150 0 0\ncpu0 1 1\n");
  Write("proc/pressure/memory", "full avg10=0.00 avg60=0.00 avg300=0.00 total=1100000\n");
  const auto shares = meter_.Look(At(3s));
  ASSERT_TRUE(shares);
  EXPECT_DOUBLE_EQ(shares->throttled, 0.45);
  EXPECT_DOUBLE_EQ(shares->stolen, 0.25);
  EXPECT_DOUBLE_EQ(shares->starved, 0.5);
  EXPECT_DOUBLE_EQ(shares->memory, 0.3);
}

TEST_F(CpuCounters, OfVersionOneBecomeShares) {
  Write("proc/self/cgroup", "2:cpu,cpuacct:/a\n");
  Write("cgroup/cpu,cpuacct/a/cpu.stat", "nr_periods 1\nthrottled_time 0\n");
  meter_.Look(At(1s));
  Write("cgroup/cpu,cpuacct/a/cpu.stat", "nr_periods 1\nthrottled_time 900000000\n");
  EXPECT_DOUBLE_EQ(meter_.Look(At(2s))->throttled, 0.9);
}

TEST_F(CpuCounters, ThatAreMissingOrGoBackAreNothing) {
  meter_.Look(At(1s));
  auto shares = meter_.Look(At(2s));
  EXPECT_EQ(shares->throttled + shares->starved + shares->stolen + shares->memory, 0);
  Write("cgroup/cpu.stat", "throttled_usec 5000000\n");
  Write("proc/stat", "cpu  1 1 1 1 1 1 1 1\n");
  meter_.Look(At(3s));
  Write("cgroup/cpu.stat", "throttled_usec 1\n");
  Write("proc/stat", "nonsense\n");
  shares = meter_.Look(At(4s));
  EXPECT_EQ(shares->throttled + shares->starved + shares->stolen + shares->memory, 0);
}

}  // namespace
}  // namespace gaikei
