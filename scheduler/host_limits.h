#pragma once

#include <memory>

#include "scheduler/gate.h"
#include "scheduler/request_budget.h"

namespace gaikei {

/// What all checks of one host share. Any thread.
struct HostLimits {
  std::unique_ptr<Gate> gate;             ///< null: any number at once
  std::unique_ptr<RequestBudget> budget;  ///< null: any number a second
};

}  // namespace gaikei
