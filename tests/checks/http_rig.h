#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checks/check.h"
#include "checks/io/net/address.h"
#include "checks/spec.h"
#include "regions/region.h"

namespace gaikei {

/// A spec of kind `http` for a target, with 10 s of time.
CheckSpec HttpSpec(const std::string& target);

/// Compiles an expression for kind `http`; a test that writes a bad one fails.
expect::Expression Expect(const std::string& text);

/// A spec of any kind, with 10 s of time.
CheckSpec SpecOf(const std::string& kind, const std::string& target);

/// Makes the check of a spec (of any kind) and runs one attempt on a loop of its own, on the
/// calling thread. Everything is gone when it returns: an open handle left behind aborts.
/// `just_before` is called right before Start(); `peer` is AttemptContext::peer.
Observation RunCheck(const CheckSpec& spec, const Region& region = {},
                     const std::function<void()>& just_before = {},
                     const io::Address* peer = nullptr);
Observation RunHttp(const CheckSpec& spec, const Region& region = {},
                    const std::function<void()>& just_before = {});

/// Why the spec cannot be made; empty when it can.
std::string WhyNotMade(const CheckSpec& spec);

/// Phases add up to the duration (to 10 us), none is negative.
void ExpectPhasesAddUp(const Observation& seen);

/// "fail response_timeout processing": the verdict in one line.
std::string Verdict(const Observation& seen);

}  // namespace gaikei
