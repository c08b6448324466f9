#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "checks/check.h"
#include "checks/spec.h"

namespace gaikei {

/// Kind `tcp`: a connection, with TLS and a dialogue where they are asked for (docs/tcp.md).
///
/// Errors: a target that is no tcp://HOST:PORT; a dialogue that does not compile, with the number
/// of the step; TLS files that cannot be read; a starttls step where TLS is spoken already.
tl::expected<std::unique_ptr<Check>, std::string> MakeTcpCheck(const CheckSpec& spec);

}  // namespace gaikei
