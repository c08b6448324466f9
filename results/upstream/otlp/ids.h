#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "results/time.h"
#include "results/upstream/otlp/common_model.h"

namespace gaikei::otlp {

/// The bytes of 32 hexadecimal digits; empty for anything else, and for zero, which is no id.
TraceId TraceIdOfHex(std::string_view hex);
/// Likewise of 16 digits.
SpanId SpanIdOfHex(std::string_view hex);

/// What stands in a traceparent (W3C Trace Context, 3.2).
struct SentContext {
  TraceId trace_id;
  SpanId span_id;
};
std::optional<SentContext> ParseTraceparent(std::string_view traceparent);

/// An id for an outcome without one of its own: always the same for the same outcome, so that what
/// is sent twice is the same trace. Not zero.
TraceId DerivedTraceId(std::string_view check, std::string_view region, WallTime scheduled_at);
/// Likewise for a span of that trace; `path` tells it from the others.
SpanId DerivedSpanId(const TraceId& trace_id, std::string_view path);

}  // namespace gaikei::otlp
