#pragma once

#include <string>

#include "checks/expect/expect.h"
#include "checks/spec.h"
#include "tests/checks/http_rig.h"

namespace gaikei {

/// A spec of kind `dns` for a target, with 10 s of time.
inline CheckSpec DnsSpec(const std::string& target) { return SpecOf("dns", target); }

/// Compiles an expression for kind `dns`; a test that writes a bad one fails.
expect::Expression ExpectDns(const std::string& text);

}  // namespace gaikei
