#pragma once

#include <string>
#include <vector>

#include "checks/spec.h"

namespace gaikei {

/// Why an answer in HTTP `version` is not what was asked for ("HTTP/1.1, though HTTP/2 was
/// required"); empty where it is one of `allowed`, or where those are empty.
std::string WhyOtherVersion(const std::string& version, const std::vector<std::string>& allowed);

/// What is offered to a server whose answer may come in these versions of "1.1", "2", "3":
/// the one that is required, HTTP/3 where it is among them, else kDefault (HTTP/2 by ALPN, else
/// HTTP/1.1).
HttpVersion OfferedVersion(const std::vector<std::string>& allowed);

}  // namespace gaikei
