#include <array>
#include <string_view>

#include "results/histogram.h"
#include "results/phases.h"
#include "results/upstream/mapping.h"
#include "results/upstream/sinks.h"

namespace gaikei {
namespace {

/// Series of gaikei_outcomes_total that one check comes to have: pass, warn, and what goes wrong
/// with it. There are more reasons than these; no target has shown them all.
constexpr std::uint64_t kOutcomes = 8;
/// A histogram of 1.0: a series for each bound, +Inf, _sum and _count.
constexpr std::uint64_t kClassicHistogram = kBoundCount + 3;
/// Steps of a journey: success and duration of each of so many.
constexpr std::uint64_t kSteps = 2 * 10;

/// Gauges of all kinds: probe_success, probe_duration_seconds, probe_dns_lookup_time_seconds,
/// probe_ip_protocol.
constexpr std::uint64_t kGauges = 4;
/// Of certificate and handshake.
constexpr std::uint64_t kTlsGauges = 4;

struct KindGauges {
  std::string_view kind;
  std::uint64_t gauges;  ///< beside kGauges (results/metric_families.cc)
};
constexpr std::array<KindGauges, 9> kKinds = {{
    {"http", kPhaseCount + 6 + kTlsGauges},
    {"tls", kTlsGauges},
    {"dns", 3 + 4 + kTlsGauges},
    {"tcp", kTlsGauges},
    {"icmp", 2 + 2},
    {"grpc", 1 + 4 + kTlsGauges},
    {"websocket", 2 + kTlsGauges},
    {"journey", kSteps},
    {"heartbeat", 0},
}};

std::uint64_t GaugesOf(std::string_view kind) {
  for (const KindGauges& row : kKinds) {
    if (row.kind == kind) return kGauges + row.gauges;
  }
  return kGauges + kTlsGauges;
}

}  // namespace

std::uint64_t RemoteWriteSeriesOf(const UpstreamSpec& spec, const CheckIdentity& check) {
  const bool is_native = spec.remote_write.version == RemoteWriteSpec::Version::kTwo;
  const std::uint64_t histogram = is_native ? 1 : kClassicHistogram;
  std::uint64_t series = kOutcomes;
  if (!Drops(spec.mapping, "histograms")) series += histogram;
  // Heartbeats are no connections.
  if (!Drops(spec.mapping, "phases") && check.kind != "heartbeat") {
    series += kPhaseCount * histogram;
  }
  if (!Drops(spec.mapping, "latest")) series += GaugesOf(check.kind);
  return series;
}

}  // namespace gaikei
