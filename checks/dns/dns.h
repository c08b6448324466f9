#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "checks/check.h"
#include "checks/spec.h"

namespace gaikei {

/// Compiles a check of kind `dns`: one question, to one server, to several at once, or to every
/// authoritative server of the zone; nothing is cached. Passes on NOERROR with at least one answer
/// unless an expectation asks for `rcode` or `answer.count`; docs/dns.md.
///
/// Errors are one line: a target or a server that cannot be read, a question that cannot be asked,
/// a file that cannot be read, keys that do not go together.
tl::expected<std::unique_ptr<Check>, std::string> MakeDnsCheck(const CheckSpec& spec);

}  // namespace gaikei
