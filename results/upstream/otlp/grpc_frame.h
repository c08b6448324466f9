#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "results/time.h"

namespace gaikei::otlp {

/// A message as gRPC puts it on the wire: a flag, its length in four bytes, itself (gRPC over
/// HTTP/2, "Length-Prefixed-Message"). REQUIRES: less than 4 GiB.
std::string GrpcFrame(std::string_view message, bool is_compressed);

/// The message of a body that is exactly one, not compressed; absent for any other.
std::optional<std::string_view> UnframeGrpc(std::string_view body);

/// A span as gRPC writes a timeout: at most eight digits and a unit, "10000m".
std::string GrpcTimeout(Span timeout);

}  // namespace gaikei::otlp
