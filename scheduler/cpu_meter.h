#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "results/time.h"
#include "scheduler/resources.h"

namespace gaikei {

/// How much of the time since the last look this process was kept from running, and by whom.
struct CpuShares {
  double throttled = 0;  ///< by the quota of its cgroup; above 1 where several cores were
  double starved = 0;    ///< a thread was ready to run and waited for a core; of the worst thread
  double stolen = 0;     ///< of all cores' time, by the hypervisor
  double memory = 0;  ///< everybody waited for memory (PSI, "full"); 0 where the kernel cannot tell
};

/// Reads the kernel's counters and makes shares of their growth. One thread.
class CpuMeter {
 public:
  explicit CpuMeter(ResourceFiles files = {}) : files_(std::move(files)) {}
  /// Absent at the first call.
  std::optional<CpuShares> Look(MonoTime now);

 private:
  struct Counters {
    Span throttled{0};
    std::uint64_t stolen = 0;  ///< ticks
    std::uint64_t total = 0;   ///< ticks
    Span memory{0};
    std::map<std::string, Span> waited;  ///< of each thread, by its number
  };
  Counters Read() const;

  ResourceFiles files_;
  std::optional<Counters> last_;
  MonoTime last_at_{};
};

}  // namespace gaikei
