#include "scheduler/capacity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace gaikei {
namespace {

// For the spool, the API, the upstreams, and whatever opens a file for a moment.
constexpr std::uint64_t kDescriptorReserve = 32;
// Both families at once, a name server's answer over TCP.
constexpr std::uint64_t kDescriptorsPerAttempt = 2;
// An HTTPS attempt has 160 KiB at most; answers that are kept come on top.
constexpr std::uint64_t kMemoryPerAttempt = 256 * 1024;
// Of the memory that is free, and of the ports: others need some too.
constexpr std::uint64_t kMemoryShare = 2;
constexpr std::uint64_t kPortsPercent = 75;

/// Lowers the limit to `most`, at least 1, and says what for.
void Lower(std::uint64_t most, Reason scarce, std::string why, Capacity& capacity) {
  most = std::max<std::uint64_t>(most, 1);
  if (most >= capacity.in_flight) return;
  capacity.in_flight = static_cast<unsigned>(most);
  capacity.scarce = scarce;
  capacity.why = std::move(why);
}

}  // namespace

Capacity CapacityOf(const LoadLimits& limits, const Resources& resources) {
  Capacity capacity;
  capacity.in_flight = std::max(limits.in_flight, 1U);
  capacity.why = "max_in_flight";
  capacity.per_host = limits.in_flight_per_host;
  if (resources.descriptors) {
    const std::uint64_t held = resources.descriptors_open + kDescriptorReserve;
    const std::uint64_t left = *resources.descriptors > held ? *resources.descriptors - held : 0;
    Lower(left / kDescriptorsPerAttempt, Reason::kProberFdLimit,
          fmt::format("RLIMIT_NOFILE is {}", *resources.descriptors), capacity);
  }
  if (resources.memory_available) {
    Lower(*resources.memory_available / kMemoryShare / kMemoryPerAttempt, Reason::kProberNoMemory,
          fmt::format("{} MiB of memory are free", *resources.memory_available >> 20), capacity);
  }
  if (resources.ports) {
    const std::uint64_t most = std::max<std::uint64_t>(*resources.ports * kPortsPercent / 100, 1);
    // A port serves many hosts at once, but each host but once.
    if (most < capacity.in_flight && (capacity.per_host == 0 || most < capacity.per_host)) {
      capacity.per_host = static_cast<unsigned>(most);
    }
  }
  return capacity;
}

}  // namespace gaikei
