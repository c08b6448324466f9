#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "results/time.h"

namespace gaikei::otlp {

/// What an Export...ServiceResponse says. Texts are as they came.
struct ExportResponse {
  std::uint64_t rejected = 0;  ///< of partial_success; 0 where there is none
  std::string message;         ///< likewise; empty: none
};

/// Of a protobuf; absent when the bytes are none.
std::optional<ExportResponse> ReadExportResponse(std::string_view bytes);
/// Of JSON; `rejected` is what the signal calls the number. Absent when the text is no object, or
/// what is known of it has another type.
std::optional<ExportResponse> ReadExportResponseJson(std::string_view text,
                                                     std::string_view rejected);

/// google.rpc.Status, as far as it is acted upon.
struct RpcStatus {
  std::string message;              ///< as it came
  std::optional<Span> retry_delay;  ///< of a google.rpc.RetryInfo among the details; never negative
};

/// Absent when the bytes are none.
std::optional<RpcStatus> ReadRpcStatus(std::string_view bytes);
/// Message alone; absent when the text is no object or has no message.
std::optional<std::string> ReadRpcStatusJson(std::string_view text);

/// Base64 with or without padding (gRPC, "-bin" metadata). Absent when the text is none.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace gaikei::otlp
