#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "checks/check.h"
#include "checks/spec.h"

namespace gaikei {

/// Kind `icmp`: echo requests to a host, and what comes back of them (docs/icmp.md).
///
/// Errors: a target that is no icmp://HOST; more requests than the timeout has room for; sizes and
/// counts out of range; a process that may send no echo requests, with both remedies named.
tl::expected<std::unique_ptr<Check>, std::string> MakeIcmpCheck(const CheckSpec& spec);

}  // namespace gaikei
