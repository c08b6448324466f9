#pragma once

#include <string_view>

namespace gaikei::otlp {

/// Codes of gRPC that are told apart here; the numbers of the protocol.
enum class GrpcCode : int {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kDeadlineExceeded = 4,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

/// "RESOURCE_EXHAUSTED"; "UNRECOGNISED" for a number that gRPC does not have.
std::string_view GrpcCodeName(int code);

}  // namespace gaikei::otlp
