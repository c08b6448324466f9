#include "scheduler/capacity.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/scheduler/world.h"
#include "tests/support/temp_dir.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMebibyte = 1024 * 1024;

TEST(CapacityOf, IsWhatIsWantedWhereTheSystemGrantsIt) {
  Resources plenty;
  plenty.descriptors = 1'000'000;
  plenty.ports = 28'232;
  plenty.memory_available = 8192 * kMebibyte;
  for (const Resources& resources : {Resources{}, plenty}) {
    const Capacity capacity = CapacityOf({.in_flight = 2000, .in_flight_per_host = 10}, resources);
    EXPECT_EQ(capacity.in_flight, 2000U);
    EXPECT_EQ(capacity.per_host, 10U);
    EXPECT_EQ(capacity.scarce, Reason::kProberSkipped);
    EXPECT_EQ(capacity.why, "max_in_flight");
  }
}

TEST(CapacityOf, IsLoweredToWhatIsScarcest) {
  Resources resources;
  resources.descriptors = 1024;
  resources.descriptors_open = 92;
  Capacity capacity = CapacityOf({}, resources);
  EXPECT_EQ(capacity.in_flight, 450U);
  EXPECT_EQ(capacity.scarce, Reason::kProberFdLimit);
  EXPECT_EQ(capacity.why, "RLIMIT_NOFILE is 1024");

  resources.memory_available = 64 * kMebibyte;
  capacity = CapacityOf({}, resources);
  EXPECT_EQ(capacity.in_flight, 128U);
  EXPECT_EQ(capacity.scarce, Reason::kProberNoMemory);
  EXPECT_EQ(capacity.why, "64 MiB of memory are free");

  resources.descriptors = 20;
  resources.memory_available = 0;
  EXPECT_EQ(CapacityOf({}, resources).in_flight, 1U);
}

TEST(CapacityOf, KeepsWithinThePortsForOneHost) {
  Resources resources;
  resources.ports = 50;
  EXPECT_EQ(CapacityOf({}, resources).per_host, 37U);
  EXPECT_EQ(CapacityOf({}, resources).in_flight, 2000U);
  EXPECT_EQ(CapacityOf({.in_flight_per_host = 5}, resources).per_host, 5U);
  EXPECT_EQ(CapacityOf({.in_flight_per_host = 40}, resources).per_host, 37U);
  EXPECT_EQ(CapacityOf({.in_flight = 30}, resources).per_host, 0U);
  resources.ports = 1;
  EXPECT_EQ(CapacityOf({}, resources).per_host, 1U);
}

/// The files of a machine as a test wants them.
class SystemFiles : public ::testing::Test {
 protected:
  SystemFiles() : files_{dir_.Path("proc"), dir_.Path("cgroup")} {
    Write("proc/meminfo", "MemTotal:        1024 kB\nMemFree: 1 kB\nMemAvailable:     768 kB\n");
    Write("proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
    Write("proc/self/fd/0", "");
    Write("proc/self/fd/1", "");
    Write("proc/self/fd/2", "");
  }
  void Write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(dir_.Path(name)).parent_path());
    dir_.Write(name, text);
  }

  support::TempDir dir_;
  ResourceFiles files_;
};

TEST_F(SystemFiles, TellOfAMachineWithoutGroups) {
  const Resources resources = ReadResources(files_);
  EXPECT_EQ(resources.memory, 1024U * 1024U);
  EXPECT_EQ(resources.memory_available, 768U * 1024U);
  EXPECT_EQ(resources.ports, 28232U);
  EXPECT_EQ(resources.descriptors_open, 2U);  // one of them listed the others
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(resources.descriptors, limit.rlim_cur);
}

TEST_F(SystemFiles, TellOfAGroupOfVersionTwo) {
  Write("proc/self/cgroup", "0::/system.slice/gaikei.service\n");
  Write("cgroup/system.slice/gaikei.service/memory.max", "524288\n");
  Write("cgroup/system.slice/gaikei.service/memory.current", "400000\n");
  Write("cgroup/system.slice/gaikei.service/memory.stat", "anon 1\ninactive_file 100000\n");
  const Resources resources = ReadResources(files_);
  EXPECT_EQ(resources.memory, 524288U);
  EXPECT_EQ(resources.memory_available, 224288U);
}

TEST_F(SystemFiles, TellOfAContainerWhoseGroupIsTheRoot) {
  Write("proc/self/cgroup", "0::/docker/0123\n");
  Write("cgroup/memory.max", "524288\n");
  Write("cgroup/memory.current", "600000\n");
  EXPECT_EQ(ReadResources(files_).memory_available, 0U);
}

TEST_F(SystemFiles, TellOfAGroupOfVersionOne) {
  Write("proc/self/cgroup", "9:name=systemd:/\n5:memory:/batch\n2:cpu,cpuacct:/\n");
  Write("cgroup/memory/batch/memory.limit_in_bytes", "262144\n");
  Write("cgroup/memory/batch/memory.usage_in_bytes", "200000\n");
  Write("cgroup/memory/batch/memory.stat", "cache 5\ntotal_inactive_file 50000\n");
  Write("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  Write("cgroup/memory/memory.usage_in_bytes", "1\n");
  EXPECT_EQ(ReadResources(files_).memory, 262144U);
  EXPECT_EQ(ReadResources(files_).memory_available, 112144U);
}

TEST_F(SystemFiles, ThatMakeNoSenseTellNothing) {
  Write("proc/self/cgroup", "nonsense\n:\n0::\n");
  Write("cgroup/memory.max", "max\n");
  Write("proc/meminfo", "MemTotal:\nMemAvailable: lots\n");
  Write("proc/sys/net/ipv4/ip_local_port_range", "60999 32768\n");
  const Resources resources = ReadResources(files_);
  EXPECT_FALSE(resources.memory);
  EXPECT_FALSE(resources.memory_available);
  EXPECT_FALSE(resources.ports);
}

TEST(Places, ThatBecomeFewerAreToldWithWhatIsScarce) {
  World world(10);
  const auto hog = world.NewCheck({50s, Reason::kNone});
  std::vector<PlannedCheck> plan;
  for (int i = 0; i < 4; ++i) {
    plan.push_back(world.Plan("hog" + std::to_string(i), hog, 1h));
    plan.back().timeout = 60s;
  }
  const auto check = world.NewCheck({1ms, Reason::kNone});
  plan.push_back(world.Plan("late", check, 20s, 5s));
  world.runner->SetPlan(std::move(plan));
  world.clock.Advance(1s);
  EXPECT_EQ(world.runner->in_flight(), 4U);
  world.runner->SetPlaces(2, Reason::kProberFdLimit, "RLIMIT_NOFILE is 64");
  world.clock.Advance(16s);
  EXPECT_EQ(world.runner->in_flight(), 4U);
  EXPECT_EQ(world.runner->waiting(), 0U);
  ASSERT_EQ(world.Count("late", Reason::kProberFdLimit), 1U);
  EXPECT_NE(world.Of("late")[0].message.find("(RLIMIT_NOFILE is 64)"), std::string::npos);
  world.clock.Advance(9s);
  EXPECT_EQ(world.runner->waiting(), 1U);
  world.runner->SetPlaces(5, Reason::kProberSkipped, "max_in_flight");
  world.clock.Advance(1s);
  EXPECT_EQ(world.runner->waiting(), 0U);
  EXPECT_EQ(world.Count("late", Reason::kNone), 1U);
}

}  // namespace
}  // namespace gaikei
