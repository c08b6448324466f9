// Remote write 1.0 as it stands in Prometheus' documentation ("Prometheus Remote-Write 1.0
// specification") and in prompb/types.proto.

#include "results/upstream/remote_write/request_writer.h"
#include "results/upstream/remote_write/wire.h"

namespace gaikei::remote_write {
namespace {

constexpr protozero::pbf_tag_type kTimeSeries = 1;  // of WriteRequest
constexpr protozero::pbf_tag_type kLabels = 1;      // of TimeSeries
constexpr protozero::pbf_tag_type kSamples = 2;     // likewise
constexpr protozero::pbf_tag_type kName = 1;        // of Label
constexpr protozero::pbf_tag_type kValue = 2;       // likewise

class RequestOne final : public RequestWriter {
 public:
  bool HasNativeHistograms() const override { return false; }

  void AppendLabel(std::string& labels, std::string_view name, std::string_view value) override {
    AppendHead(labels, kLabels, FieldSize(name.size()) + FieldSize(value.size()));
    AppendText(labels, kName, name);
    AppendText(labels, kValue, value);
  }

  void AddSeries(std::string_view labels, const MetricFamily& /*family*/,
                 std::span<const Point> points) override {
    std::size_t size = labels.size();
    for (const Point& point : points) size += FieldSize(SampleSize(point, false));
    AppendHead(bytes_, kTimeSeries, size);
    bytes_ += labels;
    for (const Point& point : points) AppendSample(bytes_, kSamples, point, false);
    ++series_;
  }

  std::string Finish() override { return std::move(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace

std::unique_ptr<RequestWriter> MakeRequestOne() { return std::make_unique<RequestOne>(); }

}  // namespace gaikei::remote_write
