#include <algorithm>

#include "results/upstream/mapping.h"
#include "results/upstream/otlp/gauges.h"
#include "results/upstream/sinks.h"

namespace gaikei {
namespace {

/// Streams of gaikei.outcomes that one check comes to have: pass, warn, and what goes wrong with
/// it. There are more reasons than these; no target has shown them all.
constexpr std::uint64_t kOutcomeStreams = 8;

/// Heartbeats are no connections. Without the attribute that tells them apart phases are not sent.
std::uint64_t PhasesOf(const UpstreamSpec& spec, const CheckIdentity& check) {
  const bool are_sent =
      !Drops(spec.mapping, "phases") && MappedName(spec.mapping, "gaikei.phase").has_value();
  return are_sent && check.kind != "heartbeat" ? kPhaseCount : 0;
}

}  // namespace

std::uint64_t OtlpSeriesOf(const UpstreamSpec& spec, const CheckIdentity& check) {
  if (!spec.otlp.has_metrics) return 0;
  std::uint64_t series = kOutcomeStreams;
  if (!Drops(spec.mapping, "histograms")) series += 1;
  series += PhasesOf(spec, check);
  if (!Drops(spec.mapping, "latest")) {
    const auto families = otlp::GaugeFamilies();
    series += static_cast<std::uint64_t>(
        std::count_if(families.begin(), families.end(),
                      [&check](const auto& family) { return family.applies(check); }));
  }
  return series;
}

}  // namespace gaikei
