#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "decoded.h"
#include "results/upstream/remote_write/request_writer.h"

namespace gaikei::testing {
namespace {

using remote_write::Compressed;
using remote_write::MakeRequestOne;
using remote_write::MakeRequestTwo;
using remote_write::Point;
using remote_write::RequestWriter;

std::string Labels(RequestWriter& request,
                   const std::vector<std::pair<std::string, std::string>>& labels) {
  std::string bytes;
  for (const auto& [name, value] : labels) request.AppendLabel(bytes, name, value);
  return bytes;
}

// The vectors were made by protoc from the protocols' own .proto files.
TEST(RemoteWriteRequest, OneIsAsProtocWritesIt) {
  const auto request = MakeRequestOne();
  const std::string labels = Labels(*request, {{"__name__", "up"}, {"job", "p"}});
  const std::vector<Point> points = {{.at = 1700000060000, .value = 1},
                                     {.at = 1700000120000, .value = 0}};
  request->AddSeries(labels, {"up", MetricType::kGauge, "", ""}, points);
  const std::string bytes = request->Finish();
  EXPECT_EQ(ToHex(bytes),
            "0a350a0e0a085f5f6e616d655f5f120275700a080a036a6f62120170121009000000000000f03f10e0a499"
            "ffbc31120710c0f99cffbc31");
  // Literals are snappy, too, for whoever reads it.
  EXPECT_EQ(Uncompressed(FromHex("37d8") + bytes), bytes);
  EXPECT_EQ(Uncompressed(Compressed(bytes)), bytes);
}

TEST(RemoteWriteRequest, TwoIsAsProtocWritesIt) {
  const auto request = MakeRequestTwo();
  const std::string labels = Labels(*request, {{"__name__", "c_total"}, {"job", "p"}});
  const Point point{.at = 1700000060000, .start = 1700000000000, .value = 5};
  request->AddSeries(labels, {"c", MetricType::kCounter, "", ""}, {&point, 1});
  EXPECT_EQ(
      ToHex(request->Finish()),
      "220022085f5f6e616d655f5f2207635f746f74616c22036a6f622201702a230a040102030412170900000000"
      "0000144010e0a499ffbc311880d095ffbc312a020801");
}

TEST(RemoteWriteRequest, ValuesArriveToTheLastBit) {
  const std::vector<double> values = {
      0.1, -0.0, 1e308, 5e-324, 0.0305, -1e-9, INFINITY, 1.0 / 3, std::nextafter(1.0, 2.0)};
  std::vector<Point> points;
  for (const double value : values) {
    points.push_back({.at = 1 + static_cast<std::int64_t>(points.size()), .value = value});
  }
  points.push_back({.at = 1000, .value = 7, .is_stale = true});
  for (const bool is_two : {false, true}) {
    const auto request = is_two ? MakeRequestTwo() : MakeRequestOne();
    request->AddSeries(Labels(*request, {{"__name__", "x"}}), {"x", MetricType::kGauge, "", ""},
                       points);
    const std::string bytes = request->Finish();
    const auto decoded = is_two ? DecodeRequestTwo(bytes) : DecodeRequestOne(bytes);
    ASSERT_EQ(decoded.size(), 1U);
    ASSERT_EQ(decoded[0].points.size(), points.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(std::bit_cast<std::uint64_t>(decoded[0].points[i].value),
                std::bit_cast<std::uint64_t>(values[i]));
    }
    EXPECT_EQ(std::bit_cast<std::uint64_t>(decoded[0].points.back().value), 0x7ff0000000000002U);
  }
}

TEST(RemoteWriteRequest, TwoSaysATextOnce) {
  const auto request = MakeRequestTwo();
  const Point point{.at = 1, .value = 1};
  for (int i = 0; i < 300; ++i) {
    const std::string number = std::to_string(i);
    request->AddSeries(Labels(*request, {{"__name__", "x"}, {"check", "home"}, {"n", number}}),
                       {"x", MetricType::kGauge, "help", "seconds"}, {&point, 1});
  }
  EXPECT_EQ(request->series(), 300U);
  const std::string bytes = request->Finish();
  std::size_t homes = 0;
  for (auto at = bytes.find("home"); at != std::string::npos; at = bytes.find("home", at + 1)) {
    ++homes;
  }
  EXPECT_EQ(homes, 1U);
  const auto decoded = DecodeRequestTwo(bytes);
  ASSERT_EQ(decoded.size(), 300U);
  EXPECT_EQ(decoded[299].Key(), R"(x{check="home",n="299"})");
  EXPECT_EQ(decoded[299].type, 2);
  EXPECT_EQ(decoded[299].help, "help");
  EXPECT_EQ(decoded[299].unit, "seconds");
}

}  // namespace
}  // namespace gaikei::testing
