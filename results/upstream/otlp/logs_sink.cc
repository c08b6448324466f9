#include <memory>
#include <string>
#include <utility>

#include "results/upstream/otlp/attributes.h"
#include "results/upstream/otlp/ids.h"
#include "results/upstream/otlp/message_sink.h"
#include "results/upstream/otlp/outcome_attributes.h"
#include "results/upstream/sinks.h"

namespace gaikei {
namespace otlp {
namespace {

struct Severity {
  std::uint32_t number;
  const char* text;
};

/// An outcome that could not be judged is a trouble of this prober, not of the target.
Severity SeverityOf(Status status) {
  switch (status) {
    case Status::kPass:
      return {9, "INFO"};
    case Status::kWarn:
    case Status::kUnknown:
      return {13, "WARN"};
    case Status::kFail:
      break;
  }
  return {17, "ERROR"};
}

/// The outcome as JSON. Where its detail was folded away, its message; where it has none, its
/// status.
std::string BodyOf(const Sample& sample) {
  if (!sample.json.empty()) return sample.json;
  if (!sample.message.empty()) return sample.message;
  return std::string(Name(sample.latest.status));
}

std::size_t SizeOf(const LogRecord& record) {
  constexpr std::size_t kFrame = 200;
  constexpr std::size_t kAttribute = 60;
  std::size_t size = kFrame + record.body.size();
  for (const Attribute& attribute : record.attributes) {
    const auto* text = std::get_if<std::string>(&attribute.value);
    size += kAttribute + attribute.key.size() + (text != nullptr ? text->size() : 0);
  }
  return size;
}

class LogsSink : public MessageSink {
 public:
  LogsSink(const UpstreamSpec& spec, const SenderIdentity& sender, Transport& transport)
      : MessageSink(spec, sender, Signal::kLogs, transport),
        spec_(spec),
        request_{OriginOf(spec.otlp, sender), {}} {}

 private:
  std::size_t Add(const Sample& sample, const Limits& limits) override {
    const auto [number, text] = SeverityOf(sample.latest.status);
    LogRecord& record = request_.records.emplace_back();
    record.at = sample.at;
    record.observed_at = limits.now;
    record.severity_number = number;
    record.severity_text = text;
    record.event_name = "gaikei.outcome";
    record.body = BodyOf(sample);
    record.attributes = OutcomeAttributes(sample, spec_.mapping);
    record.trace_id = TraceIdOfHex(sample.trace_id);
    return SizeOf(record);
  }

  std::string Finish() override {
    std::string body = exchange().Encode(request_);
    request_.records.clear();
    return body;
  }

  const UpstreamSpec& spec_;
  LogsRequest request_;
};

}  // namespace
}  // namespace otlp

std::unique_ptr<Sink> MakeOtlpLogsSink(const UpstreamSpec& spec, const SenderIdentity& sender,
                                       Transport& transport) {
  return std::make_unique<otlp::LogsSink>(spec, sender, transport);
}

}  // namespace gaikei
