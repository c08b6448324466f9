#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "checks/check.h"
#include "checks/spec.h"

namespace gaikei {

/// A check of every address of its target's host: resolves the name once, runs `one` on each
/// address at the same time, and gives one observation over all (checks/address_vote.h). At most 64
/// addresses. The error is one line: a target that names no host, an address that is given.
tl::expected<std::unique_ptr<Check>, std::string> MakeEveryAddressCheck(const CheckSpec& spec,
                                                                        std::unique_ptr<Check> one);

}  // namespace gaikei
