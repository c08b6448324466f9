#include "results/upstream/otlp/json.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "results/json.h"

namespace gaikei::otlp {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kNoRecordedValue = 1;
constexpr int kStatusError = 2;

std::string Hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return out;
}

std::string TimeText(WallTime time) { return std::to_string(UnixNanos(time)); }

/// Adds one of the members of AnyValue's oneof.
struct ValueJson {
  Json operator()(const std::string& text) const { return {{"stringValue", text}}; }
  Json operator()(bool value) const { return {{"boolValue", value}}; }
  Json operator()(std::int64_t number) const { return {{"intValue", std::to_string(number)}}; }
  Json operator()(double number) const { return {{"doubleValue", number}}; }
};

void Append(Json& list, const Attributes& attributes) {
  for (const Attribute& attribute : attributes) {
    list.push_back({{"key", attribute.key}, {"value", std::visit(ValueJson{}, attribute.value)}});
  }
}

Json ListOf(const Attributes& attributes) {
  Json list = Json::array();
  Append(list, attributes);
  return list;
}

/// 64-bit integers, each as a text.
Json Texts(const std::vector<std::uint64_t>& numbers) {
  Json list = Json::array();
  for (const std::uint64_t number : numbers) list.push_back(std::to_string(number));
  return list;
}

Json Common(const Point& point) {
  Json json = Json::object();
  Json attributes = Json::array();
  if (point.attributes.shared) Append(attributes, *point.attributes.shared);
  Append(attributes, point.attributes.own);
  json["attributes"] = std::move(attributes);
  if (point.start != WallTime{}) json["startTimeUnixNano"] = TimeText(point.start);
  json["timeUnixNano"] = TimeText(point.at);
  for (const Exemplar& exemplar : point.exemplars) {
    Json& row = json["exemplars"].emplace_back(Json::object());
    row["timeUnixNano"] = TimeText(exemplar.at);
    row["asDouble"] = exemplar.value;
    if (!exemplar.trace_id.empty()) row["traceId"] = Hex(exemplar.trace_id);
  }
  if (point.has_no_value) json["flags"] = kNoRecordedValue;
  return json;
}

Json PointJson(const NumberPoint& point) {
  Json json = Common(point);
  if (point.has_no_value) return json;
  if (const auto* integer = std::get_if<std::int64_t>(&point.value)) {
    json["asInt"] = std::to_string(*integer);
  } else {
    json["asDouble"] = std::get<double>(point.value);
  }
  return json;
}

Json PointJson(const HistogramPoint& point) {
  Json json = Common(point);
  if (point.has_no_value) return json;
  json["count"] = std::to_string(point.count);
  json["sum"] = point.sum;
  json["bucketCounts"] = Texts(point.buckets);
  json["explicitBounds"] = point.bounds;
  return json;
}

Json PointJson(const ExponentialPoint& point) {
  Json json = Common(point);
  if (point.has_no_value) return json;
  json["count"] = std::to_string(point.count);
  json["sum"] = point.sum;
  json["scale"] = point.scale;
  json["zeroCount"] = std::to_string(point.zero_count);
  if (!point.buckets.empty()) {
    json["positive"] = {{"offset", point.offset}, {"bucketCounts", Texts(point.buckets)}};
  }
  if (point.min) json["min"] = *point.min;
  if (point.max) json["max"] = *point.max;
  return json;
}

template <class Data>
Json PointsJson(const Data& data) {
  Json list = Json::array();
  for (const auto& point : data.points) list.push_back(PointJson(point));
  return {{"dataPoints", std::move(list)}};
}

/// Adds the one of Metric's oneof.
struct AddData {
  Json& metric;
  void operator()(const Gauge& gauge) { metric["gauge"] = PointsJson(gauge); }
  void operator()(const Sum& sum) {
    Json& json = metric["sum"] = PointsJson(sum);
    json["aggregationTemporality"] = static_cast<int>(sum.temporality);
    json["isMonotonic"] = sum.is_monotonic;
  }
  void operator()(const Histogram& histogram) { Add("histogram", histogram); }
  void operator()(const ExponentialHistogram& histogram) { Add("exponentialHistogram", histogram); }
  template <class AnyHistogram>
  void Add(const char* name, const AnyHistogram& histogram) {
    Json& json = metric[name] = PointsJson(histogram);
    json["aggregationTemporality"] = static_cast<int>(histogram.temporality);
  }
};

Json MetricJson(const Metric& metric) {
  Json json = {{"name", metric.name}};
  if (!metric.description.empty()) json["description"] = metric.description;
  if (!metric.unit.empty()) json["unit"] = metric.unit;
  std::visit(AddData{json}, metric.data);
  return json;
}

Json RecordJson(const LogRecord& record) {
  Json json = {{"timeUnixNano", TimeText(record.at)},
               {"observedTimeUnixNano", TimeText(record.observed_at)},
               {"severityNumber", record.severity_number},
               {"severityText", record.severity_text},
               {"eventName", record.event_name},
               {"body", {{"stringValue", record.body}}},
               {"attributes", ListOf(record.attributes)}};
  if (!record.trace_id.empty()) json["traceId"] = Hex(record.trace_id);
  return json;
}

Json SpanJson(const TraceSpan& span) {
  Json json = {{"traceId", Hex(span.trace_id)}, {"spanId", Hex(span.span_id)}};
  if (!span.parent_span_id.empty()) json["parentSpanId"] = Hex(span.parent_span_id);
  json["name"] = span.name;
  json["kind"] = static_cast<int>(span.kind);
  json["startTimeUnixNano"] = TimeText(span.start);
  json["endTimeUnixNano"] = TimeText(span.end);
  json["attributes"] = ListOf(span.attributes);
  if (span.has_failed) json["status"] = {{"code", kStatusError}, {"message", span.message}};
  return json;
}

/// What stands around the items of every request.
struct Names {
  const char* resources;
  const char* scopes;
  const char* items;
};

std::string Request(const Origin& origin, const Names& names, Json items) {
  Json scope = {{"name", origin.scope.name}};
  if (!origin.scope.version.empty()) scope["version"] = origin.scope.version;
  Json in_scope = {{"scope", std::move(scope)}};
  in_scope[names.items] = std::move(items);
  Json resource = {{"resource", {{"attributes", ListOf(origin.resource)}}}};
  resource[names.scopes] = Json::array({std::move(in_scope)});
  Json request = Json::object();
  request[names.resources] = Json::array({std::move(resource)});
  return JsonText(request);
}

}  // namespace

std::string ToJson(const MetricsRequest& request) {
  Json items = Json::array();
  for (const Metric& metric : request.metrics) items.push_back(MetricJson(metric));
  return Request(request.origin, {"resourceMetrics", "scopeMetrics", "metrics"}, std::move(items));
}

std::string ToJson(const LogsRequest& request) {
  Json items = Json::array();
  for (const LogRecord& record : request.records) items.push_back(RecordJson(record));
  return Request(request.origin, {"resourceLogs", "scopeLogs", "logRecords"}, std::move(items));
}

std::string ToJson(const TracesRequest& request) {
  Json items = Json::array();
  for (const TraceSpan& span : request.spans) items.push_back(SpanJson(span));
  return Request(request.origin, {"resourceSpans", "scopeSpans", "spans"}, std::move(items));
}

}  // namespace gaikei::otlp
