#include <protozero/pbf_builder.hpp>

#include "results/upstream/otlp/protobuf.h"
#include "results/upstream/otlp/protobuf_common.h"

namespace gaikei::otlp {
namespace {

// Field numbers of logs.proto.
enum class LogTag : protozero::pbf_tag_type {
  kTime = 1,
  kSeverityNumber = 2,
  kSeverityText = 3,
  kBody = 5,
  kAttributes = 6,
  kTraceId = 9,
  kObservedTime = 11,
  kEventName = 12,
};
enum class BodyTag : protozero::pbf_tag_type { kString = 1 };

void Write(protozero::pbf_builder<ScopeItemsTag>& scope, const LogRecord& record) {
  protozero::pbf_builder<LogTag> out(scope, ScopeItemsTag::kItems);
  out.add_fixed64(LogTag::kTime, UnixNanos(record.at));
  out.add_fixed64(LogTag::kObservedTime, UnixNanos(record.observed_at));
  out.add_enum(LogTag::kSeverityNumber, static_cast<std::int32_t>(record.severity_number));
  out.add_string(LogTag::kSeverityText, record.severity_text);
  {
    protozero::pbf_builder<BodyTag> body(out, LogTag::kBody);
    body.add_string(BodyTag::kString, record.body);
  }
  AddAttributes(out, LogTag::kAttributes, record.attributes);
  if (!record.trace_id.empty()) out.add_bytes(LogTag::kTraceId, record.trace_id);
  out.add_string(LogTag::kEventName, record.event_name);
}

}  // namespace

std::string ToProtobuf(const LogsRequest& request) {
  return EncodeRequest(request.origin, [&](protozero::pbf_builder<ScopeItemsTag>& scope) {
    for (const LogRecord& record : request.records) Write(scope, record);
  });
}

}  // namespace gaikei::otlp
