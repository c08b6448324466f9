#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "results/upstream/otlp/attributes.h"
#include "results/upstream/otlp/message_sink.h"
#include "results/upstream/otlp/outcome_trace.h"
#include "results/upstream/sinks.h"

namespace gaikei {
namespace otlp {
namespace {

std::size_t SizeOf(const TraceSpan& span) {
  constexpr std::size_t kFrame = 200;
  constexpr std::size_t kAttribute = 60;
  std::size_t size = kFrame + span.name.size() + span.message.size();
  for (const Attribute& attribute : span.attributes) {
    const auto* text = std::get_if<std::string>(&attribute.value);
    size += kAttribute + attribute.key.size() + (text != nullptr ? text->size() : 0);
  }
  return size;
}

class TracesSink : public MessageSink {
 public:
  TracesSink(const UpstreamSpec& spec, const SenderIdentity& sender, Transport& transport)
      : MessageSink(spec, sender, Signal::kTraces, transport),
        spec_(spec),
        request_{OriginOf(spec.otlp, sender), {}} {}

 private:
  std::size_t Add(const Sample& sample, const Limits& /*limits*/) override {
    std::size_t size = 0;
    for (TraceSpan& span : TraceOf(sample, spec_.mapping)) {
      size += SizeOf(span);
      request_.spans.push_back(std::move(span));
    }
    return size;
  }

  std::string Finish() override {
    std::string body = exchange().Encode(request_);
    request_.spans.clear();
    return body;
  }

  const UpstreamSpec& spec_;
  TracesRequest request_;
};

}  // namespace
}  // namespace otlp

std::unique_ptr<Sink> MakeOtlpTracesSink(const UpstreamSpec& spec, const SenderIdentity& sender,
                                         Transport& transport) {
  return std::make_unique<otlp::TracesSink>(spec, sender, transport);
}

}  // namespace gaikei
