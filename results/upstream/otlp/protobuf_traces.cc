#include <protozero/pbf_builder.hpp>

#include "results/upstream/otlp/protobuf.h"
#include "results/upstream/otlp/protobuf_common.h"

namespace gaikei::otlp {
namespace {

// Field numbers of trace.proto.
enum class SpanTag : protozero::pbf_tag_type {
  kTraceId = 1,
  kSpanId = 2,
  kParentSpanId = 4,
  kName = 5,
  kKind = 6,
  kStart = 7,
  kEnd = 8,
  kAttributes = 9,
  kStatus = 15,
};
enum class StatusTag : protozero::pbf_tag_type { kMessage = 2, kCode = 3 };

constexpr std::int32_t kStatusError = 2;

void Write(protozero::pbf_builder<ScopeItemsTag>& scope, const TraceSpan& span) {
  protozero::pbf_builder<SpanTag> out(scope, ScopeItemsTag::kItems);
  out.add_bytes(SpanTag::kTraceId, span.trace_id);
  out.add_bytes(SpanTag::kSpanId, span.span_id);
  if (!span.parent_span_id.empty()) out.add_bytes(SpanTag::kParentSpanId, span.parent_span_id);
  out.add_string(SpanTag::kName, span.name);
  out.add_enum(SpanTag::kKind, static_cast<std::int32_t>(span.kind));
  out.add_fixed64(SpanTag::kStart, UnixNanos(span.start));
  out.add_fixed64(SpanTag::kEnd, UnixNanos(span.end));
  AddAttributes(out, SpanTag::kAttributes, span.attributes);
  if (!span.has_failed) return;
  protozero::pbf_builder<StatusTag> status(out, SpanTag::kStatus);
  if (!span.message.empty()) status.add_string(StatusTag::kMessage, span.message);
  status.add_enum(StatusTag::kCode, kStatusError);
}

}  // namespace

std::string ToProtobuf(const TracesRequest& request) {
  return EncodeRequest(request.origin, [&](protozero::pbf_builder<ScopeItemsTag>& scope) {
    for (const TraceSpan& span : request.spans) Write(scope, span);
  });
}

}  // namespace gaikei::otlp
