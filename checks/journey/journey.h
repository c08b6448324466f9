#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "checks/check.h"
#include "checks/spec.h"

namespace gaikei {

/// Compiles a check of kind `journey`: the HTTP steps of CheckSpec::steps, one after another, with
/// one cookie jar, one set of connections and one set of captured values (docs/journeys.md). The
/// timeout of the spec is for all of them.
///
/// Errors are one line and name the step: no steps, a name that is used twice, an expression that
/// cannot be compiled, a value that no earlier step captures, and those of MakeHttpCheck().
tl::expected<std::unique_ptr<Check>, std::string> MakeJourneyCheck(const CheckSpec& spec);

}  // namespace gaikei
