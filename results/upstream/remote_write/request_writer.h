#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "results/exponential_histogram.h"
#include "results/metric_writer.h"
#include "results/time.h"

namespace gaikei::remote_write {

enum class Version : std::uint8_t { kOne, kTwo };

/// The value that ends a series (Prometheus' stale marker): one certain NaN.
inline constexpr std::uint64_t kStaleBits = 0x7ff0000000000002;
inline double StaleValue() { return std::bit_cast<double>(kStaleBits); }

/// Milliseconds since the epoch: what stamps on the wire are.
constexpr std::int64_t Millis(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

/// What one series is at one time.
struct Point {
  std::int64_t at = 0;     ///< Millis()
  std::int64_t start = 0;  ///< counting began, Millis(); 0: not told (gauges). 2.0 alone has it
  double value = 0;        ///< meaningless beside `spans`
  const ExponentialHistogram* spans = nullptr;  ///< of a native histogram; null: a plain number
  bool is_stale = false;  ///< the series ends here; `value` and what `spans` counts mean nothing
};

/// Puts a request of one version together, as protobuf (before it is compressed).
class RequestWriter {
 public:
  virtual ~RequestWriter() = default;

  /// Whether a histogram is one series of its own kind, and not one for each bucket.
  virtual bool HasNativeHistograms() const = 0;
  /// Appends one label in the form that AddSeries() wants. To be called in the order of the names.
  virtual void AppendLabel(std::string& labels, std::string_view name, std::string_view value) = 0;
  /// REQUIRES: points in the order of their stamps, at least one, all of one kind.
  virtual void AddSeries(std::string_view labels, const MetricFamily& family,
                         std::span<const Point> points) = 0;
  /// Series so far.
  std::size_t series() const { return series_; }
  /// The finished bytes. Call once.
  virtual std::string Finish() = 0;

 protected:
  std::size_t series_ = 0;
};

/// Remote write 1.0: prometheus.WriteRequest.
std::unique_ptr<RequestWriter> MakeRequestOne();
/// Remote write 2.0 (2.0-rc.4): io.prometheus.write.v2.Request.
std::unique_ptr<RequestWriter> MakeRequestTwo();
std::unique_ptr<RequestWriter> MakeRequest(Version version);

/// Snappy's block format, which both versions are sent in. Pure.
std::string Compressed(std::string_view bytes);

}  // namespace gaikei::remote_write
