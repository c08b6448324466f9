#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gaikei {

/// %XX to bytes. Absent where two hexadecimal digits do not follow a %.
std::optional<std::string> DecodePercent(std::string_view text);

/// The same for what a peer sends: a % that is none stays as it is, as gRPC wants it of
/// grpc-message.
std::string DecodePercentLeniently(std::string_view text);

}  // namespace gaikei
