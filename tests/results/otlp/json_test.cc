#include "results/upstream/otlp/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace gaikei::otlp {
namespace {

using Json = nlohmann::json;

constexpr WallTime kStart{std::chrono::seconds(1700000000)};
constexpr WallTime kAt{std::chrono::seconds(1700000060)};

Json OnlyMetric(Metric metric) {
  MetricsRequest request;
  request.origin.resource = {{"service.name", std::string("p")}};
  request.origin.scope = {"p", "1"};
  request.metrics = {std::move(metric)};
  const Json json = Json::parse(ToJson(request));
  EXPECT_EQ(json["resourceMetrics"][0]["resource"],
            Json::parse(R"({"attributes":[{"key":"service.name","value":{"stringValue":"p"}}]})"));
  EXPECT_EQ(json["resourceMetrics"][0]["scopeMetrics"][0]["scope"],
            Json::parse(R"({"name":"p","version":"1"})"));
  return json["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0];
}

TEST(OtlpJson, WritesLongIntegersAsTextsAndEnumeratorsAsNumbers) {
  NumberPoint point;
  point.attributes.own = {
      {"s", std::string("x")}, {"b", true}, {"i", std::int64_t{443}}, {"d", 0.5}};
  point.start = kStart;
  point.at = kAt;
  point.value = std::int64_t{0};
  point.exemplars = {{kStart, 1, std::string("\xAB") + std::string(15, '\0')}};
  EXPECT_EQ(OnlyMetric({"probe.events", "what", "{event}", Sum{{point}}}), Json::parse(R"({
    "name": "probe.events", "description": "what", "unit": "{event}",
    "sum": {"aggregationTemporality": 2, "isMonotonic": true, "dataPoints": [{
      "attributes": [{"key": "s", "value": {"stringValue": "x"}},
                     {"key": "b", "value": {"boolValue": true}},
                     {"key": "i", "value": {"intValue": "443"}},
                     {"key": "d", "value": {"doubleValue": 0.5}}],
      "startTimeUnixNano": "1700000000000000000", "timeUnixNano": "1700000060000000000",
      "asInt": "0",
      "exemplars": [{"timeUnixNano": "1700000000000000000", "asDouble": 1.0,
                     "traceId": "ab000000000000000000000000000000"}]}]}})"));
}

TEST(OtlpJson, WritesBothFormsOfHistograms) {
  ExponentialPoint point;
  point.start = kStart;
  point.at = kAt;
  point.count = 3;
  point.sum = 0.75;
  point.scale = 3;
  point.zero_count = 1;
  point.offset = -3;
  point.buckets = {1, 1};
  point.min = 0;
  point.max = 0.5;
  EXPECT_EQ(OnlyMetric({"d", "", "s", ExponentialHistogram{{point}, Temporality::kDelta}}),
            Json::parse(R"({
    "name": "d", "unit": "s",
    "exponentialHistogram": {"aggregationTemporality": 1, "dataPoints": [{
      "attributes": [],
      "startTimeUnixNano": "1700000000000000000", "timeUnixNano": "1700000060000000000",
      "count": "3", "sum": 0.75, "scale": 3, "zeroCount": "1", "min": 0.0, "max": 0.5,
      "positive": {"offset": -3, "bucketCounts": ["1", "1"]}}]}})"));
  HistogramPoint classic;
  classic.start = kStart;
  classic.at = kAt;
  classic.count = 1;
  classic.bounds = {0.5};
  classic.buckets = {1, 0};
  const Json json = OnlyMetric({"d", "", "s", Histogram{{classic}}})["histogram"]["dataPoints"][0];
  EXPECT_EQ(json["count"], "1");
  EXPECT_EQ(json["sum"], 0.0);
  EXPECT_EQ(json["bucketCounts"], Json::parse(R"(["1", "0"])"));
  EXPECT_EQ(json["explicitBounds"], Json::parse("[0.5]"));
}

TEST(OtlpJson, EndsAStreamWithAFlagAndWithoutAValue) {
  NumberPoint point;
  point.at = kAt;
  point.has_no_value = true;
  EXPECT_EQ(OnlyMetric({"g", "", "1", Gauge{{point}}})["gauge"],
            Json::parse(R"({"dataPoints": [{"attributes": [], "flags": 1,
                            "timeUnixNano": "1700000060000000000"}]})"));
}

TEST(OtlpJson, WritesRecordsAndSpansWithIdsInHexadecimal) {
  LogsRequest logs;
  logs.records = {{kAt, kStart, 17, "ERROR", "gaikei.outcome", "{}", {}, std::string(16, '\xFE')}};
  EXPECT_EQ(Json::parse(ToJson(logs))["resourceLogs"][0]["scopeLogs"][0]["logRecords"],
            Json::parse(R"([{"timeUnixNano": "1700000060000000000",
      "observedTimeUnixNano": "1700000000000000000", "severityNumber": 17, "severityText": "ERROR",
      "eventName": "gaikei.outcome", "body": {"stringValue": "{}"}, "attributes": [],
      "traceId": "fefefefefefefefefefefefefefefefe"}])"));
  TracesRequest traces;
  TraceSpan span;
  span.trace_id = std::string(16, '\x01');
  span.span_id = std::string(8, '\x02');
  span.parent_span_id = std::string(8, '\x03');
  span.name = "connect";
  span.start = kStart;
  span.end = kAt;
  span.has_failed = true;
  span.message = "refused";
  traces.spans = {span};
  EXPECT_EQ(Json::parse(ToJson(traces))["resourceSpans"][0]["scopeSpans"][0]["spans"],
            Json::parse(R"([{"traceId": "01010101010101010101010101010101",
      "spanId": "0202020202020202", "parentSpanId": "0303030303030303", "name": "connect", "kind": 1,
      "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000060000000000",
      "attributes": [], "status": {"code": 2, "message": "refused"}}])"));
}

}  // namespace
}  // namespace gaikei::otlp
