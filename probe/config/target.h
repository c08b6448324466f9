#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "checks/kinds.h"
#include "results/secret.h"

namespace gaikei {

/// One target (docs/configuration.md, "Targets"), understood.
struct Target {
  const Kind* kind = nullptr;    ///< never null
  Secret url;                    ///< absolute, with its scheme and its credentials
  std::string shown;             ///< without credentials and values that look secret, escaped
  bool has_credentials = false;  ///< a user, a password or a value that is not shown
};

/// The kind that a target is of by its scheme, be the rest of it right or wrong; null for a scheme
/// that no kind looks at.
const Kind* KindOfTarget(std::string_view text);

/// True for a target of a `grpc` or `websocket` check that speaks TLS, and for an empty one, of
/// which nobody knows.
bool IsSecureTarget(const Secret& url);

/// Parses a target. A bare host, host:port or host/path means https://. The error is one line and
/// shows neither credentials nor the query.
tl::expected<Target, std::string> ParseTarget(std::string_view text);

}  // namespace gaikei
