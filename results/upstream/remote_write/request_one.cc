// Remote write 1.0 as it stands in Prometheus' documentation ("Prometheus Remote-Write 1.0
// specification") and in prompb/types.proto.

#include <protozero/pbf_writer.hpp>

#include "results/upstream/remote_write/request_writer.h"

namespace gaikei::remote_write {
namespace {

constexpr protozero::pbf_tag_type kTimeSeries = 1;  // of WriteRequest
constexpr protozero::pbf_tag_type kLabels = 1;      // of TimeSeries
constexpr protozero::pbf_tag_type kSamples = 2;     // likewise
constexpr protozero::pbf_tag_type kName = 1;        // of Label
constexpr protozero::pbf_tag_type kLabelValue = 2;  // likewise
constexpr protozero::pbf_tag_type kValue = 1;       // of Sample
constexpr protozero::pbf_tag_type kTimestamp = 2;   // likewise

class RequestOne final : public RequestWriter {
 public:
  bool HasNativeHistograms() const override { return false; }

  void AppendLabel(std::string& labels, std::string_view name, std::string_view value) override {
    protozero::pbf_writer writer(labels);
    protozero::pbf_writer label(writer, kLabels);
    label.add_string(kName, name.data(), name.size());
    label.add_string(kLabelValue, value.data(), value.size());
  }

  void AddSeries(std::string_view labels, const MetricFamily& /*family*/,
                 std::span<const Point> points) override {
    series_bytes_ = labels;
    protozero::pbf_writer series(series_bytes_);
    for (const Point& point : points) {
      const double value = point.is_stale ? StaleValue() : point.value;
      protozero::pbf_writer sample(series, kSamples);
      // What is zero is left out, as the rules of protobuf's third syntax want it; a negative zero
      // is not.
      if (std::bit_cast<std::uint64_t>(value) != 0) sample.add_double(kValue, value);
      if (point.at != 0) sample.add_int64(kTimestamp, point.at);
    }
    protozero::pbf_writer(bytes_).add_message(kTimeSeries, series_bytes_);
    ++series_;
  }

  std::string Finish() override { return std::move(bytes_); }

 private:
  std::string bytes_;
  std::string series_bytes_;
};

}  // namespace

std::unique_ptr<RequestWriter> MakeRequestOne() { return std::make_unique<RequestOne>(); }

}  // namespace gaikei::remote_write
