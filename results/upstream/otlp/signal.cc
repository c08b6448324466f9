#include "results/upstream/otlp/signal.h"

#include <array>

namespace gaikei::otlp {
namespace {

constexpr std::array<SignalNames, 3> kNames = {{
    {"/v1/metrics", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
     "rejectedDataPoints", "data points"},
    {"/v1/logs", "/opentelemetry.proto.collector.logs.v1.LogsService/Export", "rejectedLogRecords",
     "log records"},
    {"/v1/traces", "/opentelemetry.proto.collector.trace.v1.TraceService/Export", "rejectedSpans",
     "spans"},
}};

}  // namespace

const SignalNames& NamesOf(Signal signal) { return kNames.at(static_cast<std::size_t>(signal)); }

std::string UrlFor(std::string_view endpoint, std::string_view path) {
  while (endpoint.ends_with('/')) endpoint.remove_suffix(1);
  std::string url(endpoint);
  if (!endpoint.ends_with(path)) url += path;
  return url;
}

}  // namespace gaikei::otlp
