#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "checks/check.h"
#include "checks/spec.h"

namespace gaikei {

/// Compiles a check of kind `http`: one request, redirects followed hop by hop on connections of
/// its own, each a fresh one. Passes on a final 2xx unless an expectation asks for `status`.
///
/// Errors are one line: a target or a header that cannot be sent, a file that cannot be read, an
/// HTTP version that this libcurl has not.
tl::expected<std::unique_ptr<Check>, std::string> MakeHttpCheck(const CheckSpec& spec);

}  // namespace gaikei
