#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "results/reason.h"

namespace gaikei {

/// Largest message that is read.
inline constexpr std::size_t kGrpcMessageLimit = std::size_t{64} * 1024;
/// A flag and a length stand before every message.
inline constexpr std::size_t kGrpcPrefixSize = 5;

/// Why what came is no answer.
struct GrpcFault {
  Reason reason = Reason::kProtocolError;
  std::string message;  ///< shows nothing of what came but numbers
};

/// The body of a call of grpc.health.v1.Health/Check: one HealthCheckRequest with its prefix.
std::string HealthCheckRequest(std::string_view service);

/// The status in the body of its answer: exactly one message, not compressed, a protobuf
/// HealthCheckResponse. Fields that are not known are passed over, as protobuf wants it; of a field
/// that comes twice the last counts.
tl::expected<std::uint32_t, GrpcFault> ReadHealthCheckResponse(std::string_view body);

/// "SERVING" for 1, and so on (grpc.health.v1.HealthCheckResponse.ServingStatus); the number for
/// one that is not known.
std::string ServingStatusName(std::uint32_t status);

/// "UNIMPLEMENTED" for 12; "UNRECOGNISED" for a code that gRPC does not have.
std::string_view GrpcStatusName(int code);

}  // namespace gaikei
