#include "results/upstream/otlp/json.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "results/json.h"

namespace gaikei::otlp {
namespace {

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
  OrderedJson operator()(const std::string& text) const { return {{"stringValue", text}}; }
  OrderedJson operator()(bool value) const { return {{"boolValue", value}}; }
  OrderedJson operator()(std::int64_t number) const {
    return {{"intValue", std::to_string(number)}};
  }
  OrderedJson operator()(double number) const { return {{"doubleValue", number}}; }
};

void Append(OrderedJson& list, const Attributes& attributes) {
  for (const Attribute& attribute : attributes) {
    list.push_back({{"key", attribute.key}, {"value", std::visit(ValueJson{}, attribute.value)}});
  }
}

OrderedJson ListOf(const Attributes& attributes) {
  OrderedJson list = OrderedJson::array();
  Append(list, attributes);
  return list;
}

/// 64-bit integers, each as a text.
OrderedJson Texts(const std::vector<std::uint64_t>& numbers) {
  OrderedJson list = OrderedJson::array();
  for (const std::uint64_t number : numbers) list.push_back(std::to_string(number));
  return list;
}

OrderedJson Common(const Point& point) {
  OrderedJson json = OrderedJson::object();
  OrderedJson attributes = OrderedJson::array();
  if (point.attributes.shared) Append(attributes, *point.attributes.shared);
  Append(attributes, point.attributes.own);
  json["attributes"] = std::move(attributes);
  if (point.start != WallTime{}) json["startTimeUnixNano"] = TimeText(point.start);
  json["timeUnixNano"] = TimeText(point.at);
  for (const Exemplar& exemplar : point.exemplars) {
    OrderedJson& row = json["exemplars"].emplace_back(OrderedJson::object());
    row["timeUnixNano"] = TimeText(exemplar.at);
    row["asDouble"] = exemplar.value;
    if (!exemplar.trace_id.empty()) row["traceId"] = Hex(exemplar.trace_id);
  }
  if (point.has_no_value) json["flags"] = kNoRecordedValue;
  return json;
}

OrderedJson PointJson(const NumberPoint& point) {
  OrderedJson json = Common(point);
  if (point.has_no_value) return json;
  if (const auto* integer = std::get_if<std::int64_t>(&point.value)) {
    json["asInt"] = std::to_string(*integer);
  } else {
    json["asDouble"] = std::get<double>(point.value);
  }
  return json;
}

OrderedJson PointJson(const HistogramPoint& point) {
  OrderedJson json = Common(point);
  if (point.has_no_value) return json;
  json["count"] = std::to_string(point.count);
  json["sum"] = point.sum;
  json["bucketCounts"] = Texts(point.buckets);
  json["explicitBounds"] = point.bounds;
  return json;
}

OrderedJson PointJson(const ExponentialPoint& point) {
  OrderedJson json = Common(point);
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
OrderedJson PointsJson(const Data& data) {
  OrderedJson list = OrderedJson::array();
  for (const auto& point : data.points) list.push_back(PointJson(point));
  return {{"dataPoints", std::move(list)}};
}

/// Adds the one of Metric's oneof.
struct AddData {
  OrderedJson& metric;
  void operator()(const Gauge& gauge) { metric["gauge"] = PointsJson(gauge); }
  void operator()(const Sum& sum) {
    OrderedJson& json = metric["sum"] = PointsJson(sum);
    json["aggregationTemporality"] = static_cast<int>(sum.temporality);
    json["isMonotonic"] = sum.is_monotonic;
  }
  void operator()(const Histogram& histogram) { Add("histogram", histogram); }
  void operator()(const ExponentialHistogram& histogram) { Add("exponentialHistogram", histogram); }
  template <class AnyHistogram>
  void Add(const char* name, const AnyHistogram& histogram) {
    OrderedJson& json = metric[name] = PointsJson(histogram);
    json["aggregationTemporality"] = static_cast<int>(histogram.temporality);
  }
};

OrderedJson MetricJson(const Metric& metric) {
  OrderedJson json = {{"name", metric.name}};
  if (!metric.description.empty()) json["description"] = metric.description;
  if (!metric.unit.empty()) json["unit"] = metric.unit;
  std::visit(AddData{json}, metric.data);
  return json;
}

OrderedJson RecordJson(const LogRecord& record) {
  OrderedJson json = {{"timeUnixNano", TimeText(record.at)},
                      {"observedTimeUnixNano", TimeText(record.observed_at)},
                      {"severityNumber", record.severity_number},
                      {"severityText", record.severity_text},
                      {"eventName", record.event_name},
                      {"body", {{"stringValue", record.body}}},
                      {"attributes", ListOf(record.attributes)}};
  if (!record.trace_id.empty()) json["traceId"] = Hex(record.trace_id);
  return json;
}

OrderedJson SpanJson(const TraceSpan& span) {
  OrderedJson json = {{"traceId", Hex(span.trace_id)}, {"spanId", Hex(span.span_id)}};
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

std::string Request(const Origin& origin, const Names& names, OrderedJson items) {
  OrderedJson scope = {{"name", origin.scope.name}};
  if (!origin.scope.version.empty()) scope["version"] = origin.scope.version;
  OrderedJson in_scope = {{"scope", std::move(scope)}};
  in_scope[names.items] = std::move(items);
  OrderedJson resource = {{"resource", {{"attributes", ListOf(origin.resource)}}}};
  resource[names.scopes] = OrderedJson::array({std::move(in_scope)});
  OrderedJson request = OrderedJson::object();
  request[names.resources] = OrderedJson::array({std::move(resource)});
  return JsonText(request);
}

}  // namespace

std::string ToJson(const MetricsRequest& request) {
  OrderedJson items = OrderedJson::array();
  for (const Metric& metric : request.metrics) items.push_back(MetricJson(metric));
  return Request(request.origin, {"resourceMetrics", "scopeMetrics", "metrics"}, std::move(items));
}

std::string ToJson(const LogsRequest& request) {
  OrderedJson items = OrderedJson::array();
  for (const LogRecord& record : request.records) items.push_back(RecordJson(record));
  return Request(request.origin, {"resourceLogs", "scopeLogs", "logRecords"}, std::move(items));
}

std::string ToJson(const TracesRequest& request) {
  OrderedJson items = OrderedJson::array();
  for (const TraceSpan& span : request.spans) items.push_back(SpanJson(span));
  return Request(request.origin, {"resourceSpans", "scopeSpans", "spans"}, std::move(items));
}

}  // namespace gaikei::otlp
