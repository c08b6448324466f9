#pragma once

#include <cstdint>
#include <memory>

#include "checks/check.h"
#include "checks/spec.h"
#include "regions/region.h"
#include "results/outcome.h"
#include "scheduler/plan.h"

namespace gaikei {

class Gate;
struct HostLimits;

/// Of a check that does not say.
inline constexpr unsigned char kNormalPriority = 50;

/// One check from one region, ready to run.
struct PlannedCheck {
  std::shared_ptr<const Check> check;
  std::shared_ptr<const CheckIdentity> identity;
  std::shared_ptr<const Region> region;
  SlotGrid grid;
  Span timeout{};
  unsigned confirm = 1;  ///< failing attempts that make a fail
  ConfirmCounts confirm_counts = ConfirmCounts::kFirst;
  unsigned char priority = kNormalPriority;  ///< who goes first, and last is let go: 0..100
  std::uint64_t host = 0;                    ///< a hash of the host that is asked; 0: of none
  std::shared_ptr<HostLimits> host_limits = nullptr;  ///< null: none
  std::shared_ptr<Gate> kind_gate = nullptr;          ///< null: none
  /// Whether its last attempt on this loop was over within Flights::kQuick. Loop thread only.
  mutable bool was_quick = false;
  /// Changes whenever the check's configuration does: a plan with the same name, region, grid and
  /// revision is the same entry, and goes on undisturbed across a reload.
  std::uint64_t revision = 0;
};

}  // namespace gaikei
