#include "scheduler/limiter.h"

namespace gaikei {
namespace {

/// Attempts of the check that are in flight at once where it never ends before its timeout.
std::uint64_t AtOnce(const PlannedCheck& planned) {
  const Span longest = planned.timeout * planned.confirm;
  return static_cast<std::uint64_t>((longest + planned.grid.every - Span(1)) / planned.grid.every);
}

}  // namespace

Limiter::Limiter(const LoadLimits& limits) : limits_(limits) {
  for (const auto& [kind, places] : limits_.in_flight_per_kind) {
    kinds_.emplace(kind, std::make_shared<Gate>(places));
  }
}

void Limiter::Assign(std::vector<PlannedCheck>& plan, unsigned in_flight_per_host) {
  for (PlannedCheck& planned : plan) {
    const auto kind = kinds_.find(planned.identity->kind);
    if (kind != kinds_.end()) planned.kind_gate = kind->second;
  }
  if (in_flight_per_host == 0 && limits_.rate_per_host == 0) return;
  std::unordered_map<std::uint64_t, std::uint64_t> at_once;
  for (const PlannedCheck& planned : plan) {
    if (planned.host != 0) at_once[planned.host] += AtOnce(planned);
  }
  for (PlannedCheck& planned : plan) {
    if (planned.host == 0) continue;
    const bool has_gate = in_flight_per_host > 0 && at_once.at(planned.host) > in_flight_per_host;
    planned.host_limits = LimitsOf(planned.host, in_flight_per_host, has_gate);
  }
  std::erase_if(hosts_, [](const auto& host) { return host.second.expired(); });
}

std::shared_ptr<HostLimits> Limiter::LimitsOf(std::uint64_t host, unsigned places, bool has_gate) {
  const bool has_budget = limits_.rate_per_host > 0;
  if (!has_gate && !has_budget) return nullptr;
  std::weak_ptr<HostLimits>& known = hosts_[host];
  std::shared_ptr<HostLimits> limits = known.lock();
  // Another gate than it has makes it another: nobody may change it while others look at it.
  const bool is_same = limits && (has_gate ? limits->gate && limits->gate->places() == places
                                           : limits->gate == nullptr);
  if (is_same) return limits;
  limits = std::make_shared<HostLimits>();
  if (has_gate) limits->gate = std::make_unique<Gate>(places);
  if (has_budget) limits->budget = std::make_unique<RequestBudget>(limits_.rate_per_host);
  known = limits;
  return limits;
}

}  // namespace gaikei
