#pragma once

#include <memory>

#include "checks/check.h"
#include "checks/dns/dns_plan.h"

namespace gaikei {

/// Begins one attempt of a DNS check. See Check::Start.
std::unique_ptr<Attempt> StartDnsAttempt(std::shared_ptr<const DnsPlan> plan,
                                         const AttemptContext& context, AttemptDone done);

}  // namespace gaikei
