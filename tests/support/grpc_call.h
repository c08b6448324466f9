#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/connection.h"

namespace gaikei::support {

/// HTTP/2 (RFC 9113) by the byte, as much of it as a server needs that answers one unary call, and
/// answers it wrongly on purpose.

enum class H2Type : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kSettings = 4,
  kGoAway = 7
};
inline constexpr std::uint8_t kH2EndStream = 0x1;
inline constexpr std::uint8_t kH2EndHeaders = 0x4;

using H2Fields = std::vector<std::pair<std::string, std::string>>;

std::string H2Frame(H2Type type, std::uint8_t flags, std::uint32_t stream,
                    std::string_view payload);
/// A block of fields, every one a literal (RFC 7541, 6.2.2); none longer than 126 bytes.
std::string H2Block(const H2Fields& fields);

/// Head of an answer on stream 1.
std::string H2Head(const H2Fields& fields, bool ends = false);
/// Body of it.
std::string H2Data(std::string_view payload, bool ends = false);
/// The fields behind its body.
std::string H2Trailers(const H2Fields& fields);

/// A gRPC message with its prefix.
std::string GrpcMessage(std::string_view protobuf);
/// The whole answer of a server in good health, or of one of another ServingStatus.
std::string HealthAnswer(int serving_status = 1);

/// Reads what a client sends until its one request is complete, and says what a server says first.
/// False when the client goes away before.
bool TakeGrpcCall(Connection& connection);

}  // namespace gaikei::support
