#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gaikei::otlp {

/// What a target says of where it is.
struct TargetParts {
  std::string scheme;  ///< lower case; "https" where the target has none
  std::string host;    ///< without brackets; empty: the target names none (heartbeat:, dns:NAME)
  std::uint16_t port = 0;  ///< the scheme's own where the target has none; 0: there is none
  std::string question;    ///< of a dns target, decoded: the name that is asked for
};

/// Takes CheckIdentity::target apart. Lenient: it was checked when the configuration was read.
/// Pure.
TargetParts PartsOf(std::string_view target);

}  // namespace gaikei::otlp
