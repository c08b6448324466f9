#include "results/upstream/otlp/outcome_trace.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "results/json.h"
#include "results/upstream/otlp/attributes.h"
#include "results/upstream/otlp/ids.h"
#include "results/upstream/otlp/outcome_attributes.h"

namespace gaikei::otlp {
namespace {

/// Steps of a journey beyond this many have no span.
constexpr std::size_t kStepLimit = 1000;

/// Null where the value is no object, or has no such member.
const Json* Member(const Json& value, std::string_view name) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(name);
  return found == value.end() ? nullptr : &*found;
}

std::string TextAt(const Json& value, std::string_view name) {
  const Json* text = Member(value, name);
  return text != nullptr && text->is_string() ? text->get<std::string>() : std::string();
}

Span SpanAt(const Json& value, std::string_view name) {
  constexpr double kLongest = 86400.0 * 365;
  const Json* number = Member(value, name);
  if (number == nullptr || !number->is_number()) return Span(0);
  const double seconds = number->get<double>();
  if (!(seconds > 0 && seconds < kLongest)) return Span(0);
  return Span(std::llround(seconds * 1e9));
}

std::optional<SentContext> ContextSentBy(const Json& seen) {
  const Json* http = Member(seen, "http");
  return http == nullptr ? std::nullopt : ParseTraceparent(TextAt(*http, "traceparent"));
}

/// The first that was sent: those of a journey's steps name one trace.
std::optional<SentContext> ContextOf(const Json& outcome) {
  if (const auto sent = ContextSentBy(outcome)) return sent;
  const Json* steps = Member(outcome, "steps");
  if (steps == nullptr || !steps->is_array()) return std::nullopt;
  for (const Json& step : *steps) {
    if (const auto sent = ContextSentBy(step)) return sent;
  }
  return std::nullopt;
}

/// Status, and what is known of the connection by OpenTelemetry's names.
void Describe(const Json& seen, AttributeList& list) {
  if (const Json* http = Member(seen, "http")) {
    const Json* status = Member(*http, "status");
    if (status != nullptr && status->is_number_unsigned()) {
      list.Put("http.response.status_code", status->get<std::int64_t>());
    }
    const std::string version = TextAt(*http, "version");
    if (!version.empty()) list.Put("network.protocol.version", version);
    list.Put("user_agent.synthetic.type", "test");
  }
  if (const Json* tls = Member(seen, "tls")) {
    const std::string version = TextAt(*tls, "version");
    constexpr std::string_view kPrefix = "TLSv";
    if (version.starts_with(kPrefix)) {
      list.Put("tls.protocol.name", "tls");
      list.Put("tls.protocol.version", version.substr(kPrefix.size()));
    }
    const std::string cipher = TextAt(*tls, "cipher");
    if (!cipher.empty()) list.Put("tls.cipher", cipher);
  }
}

class Trace {
 public:
  Trace(const Sample& sample, const LabelMapping& mapping) : sample_(sample), mapping_(mapping) {}

  std::vector<TraceSpan> Build() {
    constexpr int kDepth = 16;
    const auto shallow = [](int depth, Json::parse_event_t, const Json&) {
      return depth <= kDepth;
    };
    const Json outcome = ParseJson(sample_.json, shallow);
    const auto sent = ContextOf(outcome);
    trace_id_ = sent ? sent->trace_id : TraceIdOfHex(sample_.trace_id);
    const CheckIdentity& check = *sample_.series->check;
    if (trace_id_.empty()) {
      trace_id_ = DerivedTraceId(check.name, sample_.series->region, sample_.scheduled_at);
    }
    AddRoot(outcome);
    const Json* steps = Member(outcome, "steps");
    if (steps != nullptr && steps->is_array() && !steps->empty()) {
      AddSteps(*steps);
    } else {
      AddPhases(outcome, spans_.front());
    }
    return std::move(spans_);
  }

 private:
  void AddRoot(const Json& outcome) {
    const CheckIdentity& check = *sample_.series->check;
    const bool is_journey = check.kind == "journey";
    const auto own = ContextSentBy(outcome);
    TraceSpan root;
    root.trace_id = trace_id_;
    root.span_id = own ? own->span_id : IdOf("outcome " + Identity());
    root.name = (is_journey ? "journey " : "check ") + check.name;
    root.kind = is_journey || check.kind == "heartbeat" ? SpanKind::kInternal : SpanKind::kClient;
    root.end = sample_.at;
    root.start = std::min(sample_.started_at, sample_.at);
    // A slot that never started has no beginning of its own.
    if (!sample_.latest.has_started) root.start = root.end;
    AttributeList list(mapping_);
    for (Attribute& attribute : OutcomeAttributes(sample_, mapping_)) {
      list.PutAs(attribute.key, std::move(attribute.value));
    }
    Describe(outcome, list);
    root.attributes = list.Take();
    root.has_failed =
        sample_.latest.status == Status::kFail || sample_.latest.status == Status::kUnknown;
    if (root.has_failed) {
      root.message = sample_.message.empty() ? std::string(Name(sample_.reason)) : sample_.message;
    }
    spans_.push_back(std::move(root));
  }

  void AddSteps(const Json& steps) {
    WallTime at = spans_.front().start;
    const SpanId root = spans_.front().span_id;
    std::size_t number = 0;
    for (const Json& step : steps) {
      if (++number > kStepLimit) break;
      if (Member(step, "skipped") != nullptr || !step.is_object()) continue;
      const std::string name = TextAt(step, "name");
      const auto sent = ContextSentBy(step);
      TraceSpan span = Begin("step " + name, root, at, SpanAt(step, "duration"));
      span.kind = SpanKind::kClient;
      span.span_id =
          sent ? sent->span_id : IdOf("step " + std::to_string(number) + " " + Identity());
      AttributeList list(mapping_);
      PutStep(step, list);
      Describe(step, list);
      span.attributes = list.Take();
      span.has_failed = Failed(step);
      if (span.has_failed) span.message = TextAt(step, "message");
      at = span.end;
      spans_.push_back(std::move(span));
      AddPhases(step, spans_.back());
    }
  }

  static bool Failed(const Json& seen) {
    const auto status = ParseStatus(TextAt(seen, "status"));
    return status == Status::kFail || status == Status::kUnknown;
  }

  static void PutStep(const Json& step, AttributeList& list) {
    const auto status = ParseStatus(TextAt(step, "status"));
    const auto reason = ParseReason(TextAt(step, "reason"));
    if (status) PutVerdict(*status, reason.value_or(Reason::kNone), list);
    list.Put("gaikei.step", TextAt(step, "name"));
    const std::string target = TextAt(step, "target");
    if (!target.empty()) list.Put("url.full", target);
    const std::string address = TextAt(step, "address");
    if (!address.empty()) list.Put("network.peer.address", address);
  }

  void AddPhases(const Json& seen, const TraceSpan& of) {
    const Json* phases = Member(seen, "phases");
    if (phases == nullptr) return;
    const SpanId parent = of.span_id;  // `of` may move
    WallTime at = of.start;
    const std::string failed = Failed(seen) ? TextAt(seen, "phase") : std::string();
    for (std::size_t i = 0; i < kPhaseCount; ++i) {
      const std::string name(Name(static_cast<Phase>(i)));
      if (Member(*phases, name) == nullptr) continue;
      TraceSpan span = Begin(name, parent, at, SpanAt(*phases, name));
      span.span_id = DerivedSpanId(trace_id_, parent + name);
      AttributeList list(mapping_);
      list.Put("gaikei.phase", name);
      if (name == failed) {
        span.has_failed = true;
        span.message = TextAt(seen, "message");
        list.Put("error.type", TextAt(seen, "reason"));
      }
      span.attributes = list.Take();
      at = span.end;
      spans_.push_back(std::move(span));
    }
  }

  TraceSpan Begin(std::string name, SpanId parent, WallTime start, Span duration) const {
    TraceSpan span;
    span.trace_id = trace_id_;
    span.parent_span_id = std::move(parent);
    span.name = std::move(name);
    span.start = start;
    span.end = start + duration;
    return span;
  }

  SpanId IdOf(const std::string& path) const { return DerivedSpanId(trace_id_, path); }

  /// Two outcomes may have one trace id where a traceparent was given to us.
  std::string Identity() const {
    const SampleSeries& series = *sample_.series;
    return series.check->name + "\n" + series.region + "\n" + FormatRfc3339(sample_.scheduled_at);
  }

  const Sample& sample_;
  const LabelMapping& mapping_;
  TraceId trace_id_;
  std::vector<TraceSpan> spans_;
};

}  // namespace

std::vector<TraceSpan> TraceOf(const Sample& sample, const LabelMapping& mapping) {
  return Trace(sample, mapping).Build();
}

}  // namespace gaikei::otlp
