#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/upstream/otlp/common_model.h"

namespace gaikei::otlp {

/// SpanKind; the numbers of the protocol.
enum class SpanKind : std::uint8_t { kInternal = 1, kClient = 3 };

/// What ExportTraceServiceRequest carries, as far as we use it: a Span
/// (opentelemetry/proto/trace/v1/trace.proto).
struct TraceSpan {
  TraceId trace_id;
  SpanId span_id;
  SpanId parent_span_id;  ///< empty: a root
  std::string name;
  SpanKind kind = SpanKind::kInternal;
  WallTime start{};
  WallTime end{};
  Attributes attributes;
  bool has_failed = false;  ///< status ERROR; otherwise it is left unset
  std::string message;      ///< of the status, where it failed
};

/// One resource, one scope.
struct TracesRequest {
  Origin origin;
  std::vector<TraceSpan> spans;
};

}  // namespace gaikei::otlp
