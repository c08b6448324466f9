#pragma once

#include <string>

#include "checks/spec.h"

namespace gaikei {

/// The host that a check asks, in lower case: what is shared by all that look at the same one. Of a
/// DNS check the first name server, of a journey the first step's host. Empty where the system's
/// resolver decides. Pure.
std::string TargetHost(const CheckSpec& spec);

}  // namespace gaikei
