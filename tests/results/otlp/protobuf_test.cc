#include "results/upstream/otlp/protobuf.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace gaikei::otlp {
namespace {

std::string Hex(const std::string& bytes) {
  std::string out;
  for (const char byte : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return out;
}

constexpr WallTime kStart{std::chrono::seconds(1700000000)};
constexpr WallTime kAt{std::chrono::seconds(1700000060)};

MetricsRequest Around(Metric metric) {
  MetricsRequest request;
  request.origin.scope.name = "p";
  request.metrics = {std::move(metric)};
  return request;
}

/// Bytes that protoc --encode gives for the same request, from the published .proto files.
TEST(OtlpProtobuf, ReproducesTheGoldenVector) {
  MetricsRequest request;
  request.origin.resource = {{"service.name", std::string("p")}};
  request.origin.scope.name = "p";
  NumberPoint events;
  events.attributes.own = {{"outcome", std::string("bad")}};
  events.start = kStart;
  events.at = kAt;
  events.value = std::int64_t{0};
  request.metrics.push_back({"probe.events", "", "{event}", Sum{{events}}});
  ExponentialPoint durations;
  durations.start = kStart;
  durations.at = kAt;
  durations.count = 2;
  durations.sum = 0.75;
  durations.offset = -3;
  durations.buckets = {1, 1};
  request.metrics.push_back({"probe.duration", "", "s", ExponentialHistogram{{durations}}});
  EXPECT_EQ(
      Hex(ToProtobuf(request)),
      "0ab4010a150a130a0c736572766963652e6e616d6512030a0170129a010a030a0170124c0a0c70726f62652e"
      "6576656e74731a077b6576656e747d3a330a2d1100002a36fe9c9717190058712e0c9d971731000000000000"
      "00003a100a076f7574636f6d6512050a036261641002180112450a0e70726f62652e6475726174696f6e1a01"
      "7352300a2c1100002a36fe9c9717190058712e0c9d971721020000000000000029000000000000e83f420608"
      "05120201011002");
}

TEST(OtlpProtobuf, WritesTheValueOfAGaugeAlsoWhereItIsZero) {
  NumberPoint point;
  point.at = kAt;
  point.value = 0.0;
  // Field 4, eight bytes of zero; no start time.
  EXPECT_NE(Hex(ToProtobuf(Around({"g", "", "", Gauge{{point}}})))
                .find("2a140a12190058712e0c9d9717210000000000000000"),
            std::string::npos);
}

TEST(OtlpProtobuf, WritesTheSumOfAHistogramAlsoWhereItIsZero) {
  HistogramPoint point;
  point.start = kStart;
  point.at = kAt;
  point.bounds = {1};
  point.buckets = {0, 0};
  const std::string hex = Hex(ToProtobuf(Around({"h", "", "s", Histogram{{point}}})));
  // count 4, sum 5, bucket_counts 6 packed, explicit_bounds 7 packed; temporality 2.
  EXPECT_NE(hex.find("210000000000000000"
                     "290000000000000000"
                     "3210" +
                     std::string(32, '0') +
                     "3a08000000000000f03f"
                     "1002"),
            std::string::npos)
      << hex;
}

TEST(OtlpProtobuf, WritesAttributesOfEveryTypeAlsoWhereTheyAreEmptyOrZero) {
  NumberPoint point;
  point.at = kAt;
  point.attributes.shared = std::make_shared<const Attributes>(
      Attributes{{"s", std::string()}, {"b", false}, {"i", std::int64_t{0}}});
  point.attributes.own = {{"d", 0.0}};
  const std::string hex = Hex(ToProtobuf(Around({"g", "", "", Gauge{{point, point}}})));
  const std::string attributes =
      "3a070a017312020a00"
      "3a070a016212021000"
      "3a070a016912021800"
      "3a0e0a0164120921" +
      std::string(16, '0');
  const auto first = hex.find(attributes);
  EXPECT_NE(first, std::string::npos) << hex;
  EXPECT_NE(hex.find(attributes, first + 1), std::string::npos) << hex;
}

TEST(OtlpProtobuf, EndsAStreamWithAFlagAndWithoutAValue) {
  NumberPoint point;
  point.at = kAt;
  point.has_no_value = true;
  EXPECT_NE(
      Hex(ToProtobuf(Around({"g", "", "", Gauge{{point}}}))).find("2a0d0a0b190058712e0c9d97174001"),
      std::string::npos);
}

TEST(OtlpProtobuf, WritesExemplarsWithTheTraceTheyComeFrom) {
  NumberPoint point;
  point.at = kAt;
  point.value = std::int64_t{1};
  point.exemplars = {{kStart, 0.5, std::string(16, '\x11')}};
  EXPECT_NE(Hex(ToProtobuf(Around({"s", "", "", Sum{{point}}})))
                .find("2a24"
                      "1100002a36fe9c9717"
                      "19000000000000e03f"
                      "2a10" +
                      std::string(32, '1')),
            std::string::npos);
}

}  // namespace
}  // namespace gaikei::otlp
