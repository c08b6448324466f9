#include "scheduler/cpu_meter.h"

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <system_error>

#include "scheduler/kernel_files.h"

namespace gaikei {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

/// In a container the hierarchy begins at its own group, whatever the path says.
Span ReadThrottled(const ResourceFiles& files) {
  const std::string groups = ReadKernelFile(files.proc + "/self/cgroup");
  for (const std::string& path : {GroupPath(groups, ""), std::string()}) {
    const std::string text = ReadKernelFile(files.cgroup + path + "/cpu.stat");
    if (const auto spent = FieldIn(text, "throttled_usec ")) return microseconds(*spent);
  }
  for (const char* controller : {"cpu", "cpu,cpuacct"}) {
    for (const std::string& path : {GroupPath(groups, controller), std::string()}) {
      const std::string text = ReadKernelFile(files.cgroup + "/" + controller + path + "/cpu.stat");
      if (const auto spent = FieldIn(text, "throttled_time ")) return nanoseconds(*spent);
    }
  }
  return Span::zero();
}

/// "full avg10=0.00 avg60=0.00 avg300=0.00 total=0", the second line.
Span ReadMemoryStalls(const ResourceFiles& files) {
  const std::string text = ReadKernelFile(files.proc + "/pressure/memory");
  const std::size_t full = text.find("full ");
  const std::size_t total = text.find("total=", full);
  if (full == std::string::npos || total == std::string::npos) return Span::zero();
  return microseconds(NumberIn(std::string_view(text).substr(total + 6)).value_or(0));
}

/// How long each thread was ready to run and did not: the second of "RUN WAITED SLICES".
std::map<std::string, Span> ReadWaited(const ResourceFiles& files) {
  std::map<std::string, Span> waited;
  std::error_code error;
  const std::string tasks = files.proc + "/self/task";
  for (auto at = std::filesystem::directory_iterator(tasks, error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    std::istringstream line(ReadKernelFile(at->path().string() + "/schedstat"));
    std::int64_t ran = 0;
    std::int64_t delay = 0;
    if (line >> ran >> delay) waited.emplace(at->path().filename().string(), nanoseconds(delay));
  }
  return waited;
}

/// The most that any thread has waited more than before.
Span MostWaited(const std::map<std::string, Span>& before, const std::map<std::string, Span>& now) {
  Span most{0};
  for (const auto& [thread, waited] : now) {
    const auto last = before.find(thread);
    if (last != before.end()) most = std::max(most, waited - last->second);
  }
  return most;
}

}  // namespace

CpuMeter::Counters CpuMeter::Read() const {
  Counters counters;
  counters.throttled = ReadThrottled(files_);
  counters.memory = ReadMemoryStalls(files_);
  counters.waited = ReadWaited(files_);
  // cpu user nice system idle iowait irq softirq steal ...
  std::istringstream line(ReadKernelFile(files_.proc + "/stat"));
  std::string name;
  line >> name;
  constexpr int kSteal = 7;
  std::uint64_t ticks = 0;
  for (int i = 0; i <= kSteal && line >> ticks; ++i) {
    counters.total += ticks;
    if (i == kSteal) counters.stolen = ticks;
  }
  return counters;
}

std::optional<CpuShares> CpuMeter::Look(MonoTime now) {
  Counters counters = Read();
  std::optional<CpuShares> shares;
  const double elapsed = Seconds(now - last_at_);
  if (last_ && elapsed > 0) {
    shares.emplace();
    shares->throttled =
        Seconds(std::max(counters.throttled - last_->throttled, Span::zero())) / elapsed;
    shares->starved = Seconds(MostWaited(last_->waited, counters.waited)) / elapsed;
    shares->memory = Seconds(std::max(counters.memory - last_->memory, Span::zero())) / elapsed;
    if (counters.total > last_->total && counters.stolen > last_->stolen) {
      shares->stolen = static_cast<double>(counters.stolen - last_->stolen) /
                       static_cast<double>(counters.total - last_->total);
    }
  }
  last_ = std::move(counters);
  last_at_ = now;
  return shares;
}

}  // namespace gaikei
