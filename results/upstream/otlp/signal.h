#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gaikei::otlp {

enum class Signal : std::uint8_t { kMetrics, kLogs, kTraces };

/// What tells the signals apart on the wire.
struct SignalNames {
  std::string_view http_path;  ///< "/v1/metrics"
  std::string_view
      grpc_path;              ///< "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
  std::string_view rejected;  ///< of partial_success, in JSON: "rejectedDataPoints"
  std::string_view what;      ///< that is rejected, for people: "data points"
};
const SignalNames& NamesOf(Signal signal);

/// The endpoint with the path appended, unless it ends in it already.
std::string UrlFor(std::string_view endpoint, std::string_view path);

}  // namespace gaikei::otlp
