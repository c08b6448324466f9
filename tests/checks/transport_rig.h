#pragma once

#include <functional>
#include <string>
#include <vector>

#include "checks/io/net/address.h"
#include "checks/spec.h"

namespace gaikei {

/// A spec of kind `http` for a target, with 10 s of time.
CheckSpec TransportSpec(const std::string& target);

/// Runs attempts of one HTTP check one after another on one loop, as slots do, on the calling
/// thread. `between` is called before each but the first; `peers`, where given, holds the
/// AttemptContext::peer of each.
std::vector<Observation> RunSlots(const CheckSpec& spec, std::size_t count,
                                  const std::function<void()>& between = {},
                                  const std::vector<io::Address>& peers = {});

/// One attempt.
Observation RunOnce(const CheckSpec& spec);

/// Why the spec cannot be made; empty when it can.
std::string WhyNoCheck(const CheckSpec& spec);

/// "fail response_timeout processing": the verdict in one line.
std::string VerdictOf(const Observation& seen);

}  // namespace gaikei
