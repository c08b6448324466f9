// Remote write 2.0 as of its release candidate 4 ("Prometheus Remote-Write 2.0 specification").

#include <deque>
#include <protozero/pbf_writer.hpp>
#include <unordered_map>

#include "results/upstream/remote_write/native_histogram.h"
#include "results/upstream/remote_write/request_writer.h"
#include "results/upstream/remote_write/wire.h"

namespace gaikei::remote_write {
namespace {

// Of Request.
constexpr protozero::pbf_tag_type kSymbols = 4;
constexpr protozero::pbf_tag_type kTimeSeriesTwo = 5;
// Of TimeSeries.
constexpr protozero::pbf_tag_type kLabelsRefs = 1;
constexpr protozero::pbf_tag_type kSamplesTwo = 2;
constexpr protozero::pbf_tag_type kHistograms = 3;
constexpr protozero::pbf_tag_type kMetadata = 5;
// Of Metadata.
constexpr protozero::pbf_tag_type kType = 1;
constexpr protozero::pbf_tag_type kHelpRef = 3;
constexpr protozero::pbf_tag_type kUnitRef = 4;

/// Metadata.MetricType.
std::int32_t TypeNumber(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return 1;
    case MetricType::kGauge:
      return 2;
    case MetricType::kHistogram:
      return 3;
  }
  return 0;
}

/// The texts of a request, each of them once. The first is empty, as the protocol wants it.
class Symbols {
 public:
  Symbols() { RefOf(""); }

  std::uint32_t RefOf(std::string_view text) {
    const auto found = refs_.find(text);
    if (found != refs_.end()) return found->second;
    const auto ref = static_cast<std::uint32_t>(texts_.size());
    refs_.emplace(texts_.emplace_back(text), ref);
    return ref;
  }
  const std::deque<std::string>& texts() const { return texts_; }

 private:
  std::deque<std::string> texts_;  // they stay where they are: the keys below point at them
  std::unordered_map<std::string_view, std::uint32_t> refs_;
};

class RequestTwo final : public RequestWriter {
 public:
  bool HasNativeHistograms() const override { return true; }

  void AppendLabel(std::string& labels, std::string_view name, std::string_view value) override {
    protozero::add_varint_to_buffer(&labels, symbols_.RefOf(name));
    protozero::add_varint_to_buffer(&labels, symbols_.RefOf(value));
  }

  void AddSeries(std::string_view labels, const MetricFamily& family,
                 std::span<const Point> points) override {
    series_bytes_.clear();
    // Packed numbers are a length and then the numbers.
    AppendText(series_bytes_, kLabelsRefs, labels);
    for (const Point& point : points) {
      if (point.spans != nullptr) {
        AppendText(series_bytes_, kHistograms, EncodeNative(point));
      } else {
        AppendSample(series_bytes_, kSamplesTwo, point, true);
      }
    }
    AppendMetadata(family);
    AppendText(bytes_, kTimeSeriesTwo, series_bytes_);
    ++series_;
  }

  std::string Finish() override {
    std::string out;
    protozero::pbf_writer writer(out);
    for (const std::string& text : symbols_.texts()) writer.add_string(kSymbols, text);
    return out + bytes_;
  }

 private:
  void AppendMetadata(const MetricFamily& family) {
    metadata_bytes_.clear();
    protozero::pbf_writer metadata(metadata_bytes_);
    metadata.add_enum(kType, TypeNumber(family.type));
    if (!family.help.empty()) metadata.add_uint32(kHelpRef, symbols_.RefOf(family.help));
    if (!family.unit.empty()) metadata.add_uint32(kUnitRef, symbols_.RefOf(family.unit));
    AppendText(series_bytes_, kMetadata, metadata_bytes_);
  }

  Symbols symbols_;
  std::string bytes_;
  std::string series_bytes_;    // of one series, for its size
  std::string metadata_bytes_;  // likewise
};

}  // namespace

std::unique_ptr<RequestWriter> MakeRequestTwo() { return std::make_unique<RequestTwo>(); }

}  // namespace gaikei::remote_write
