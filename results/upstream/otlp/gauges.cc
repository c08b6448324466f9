#include "results/upstream/otlp/gauges.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>

namespace gaikei::otlp {
namespace {

using Number = std::optional<GaugeFamily::Number>;

bool Always(const CheckIdentity&) { return true; }

/// Whatever may speak TLS: which connections do, targets, redirects and dialogues decide.
bool MaySpeakTls(const CheckIdentity& check) {
  return check.kind != "icmp" && check.kind != "heartbeat";
}

bool IsHttp(const CheckIdentity& check) { return check.kind == "http"; }
bool IsIcmp(const CheckIdentity& check) { return check.kind == "icmp"; }

Number Success(const Latest& latest) {
  switch (latest.status) {
    case Status::kPass:
    case Status::kWarn:
      return std::int64_t{1};
    case Status::kFail:
      return std::int64_t{0};
    case Status::kUnknown:
      break;
  }
  return std::nullopt;
}

Number CertificateExpiry(const Latest& latest) {
  const auto& tls = latest.tls;
  if (!tls || !tls->expires_at) return std::nullopt;
  return std::int64_t{
      std::chrono::floor<std::chrono::seconds>(*tls->expires_at).time_since_epoch().count()};
}

Number StatusCode(const Latest& latest) {
  if (!latest.http) return std::nullopt;
  return std::int64_t{latest.http->status};
}

Number PacketLoss(const Latest& latest) {
  if (!latest.icmp) return std::nullopt;
  return latest.icmp->loss;
}

bool IsCounted(const SeriesCounters& counters, std::initializer_list<Status> any_of) {
  return std::ranges::any_of(counters.tally.outcomes, [&](const Tally::Outcomes& outcomes) {
    return std::ranges::find(any_of, outcomes.status) != any_of.end();
  });
}

/// How many outcomes had the phase, in whichever form of histogram is kept.
std::uint64_t CountOf(const SeriesCounters& counters, Phase phase) {
  std::uint64_t count = 0;
  for (const auto& row : counters.exponential.phases) {
    if (row.phase == phase) count = std::max(count, row.spans.Total());
  }
  for (const auto& row : counters.tally.phases) {
    if (row.phase == phase) count = std::max(count, row.spans.Total());
  }
  return count;
}

/// Whoever passes has been through some phase: where more passed, folding has dropped phases.
bool HasLostPhases(const SeriesCounters& counters) {
  std::uint64_t passes = 0;
  for (const Tally::Outcomes& outcomes : counters.tally.outcomes) {
    if (outcomes.status == Status::kPass) passes += outcomes.count;
  }
  std::uint64_t most = 0;
  for (std::size_t i = 0; i < kPhaseCount; ++i) {
    most = std::max(most, CountOf(counters, static_cast<Phase>(i)));
  }
  return passes > most;
}

bool WasJudged(const SeriesCounters& counters) {
  return IsCounted(counters, {Status::kPass, Status::kWarn, Status::kFail});
}
bool MayHaveSpokenTls(const SeriesCounters& counters) {
  return CountOf(counters, Phase::kTls) > 0 || HasLostPhases(counters);
}
bool MayHaveAnswered(const SeriesCounters& counters) {
  return CountOf(counters, Phase::kProcessing) > 0 || HasLostPhases(counters);
}

constexpr std::array<GaugeFamily, 4> kFamilies = {{
    {"gaikei.success", "1 where the latest outcome is pass or warn, 0 where it is fail", "1",
     Always, Success, WasJudged},
    {"gaikei.tls.certificate.expiry",
     "Unix time of the earliest end of validity in the presented certificate chain", "s",
     MaySpeakTls, CertificateExpiry, MayHaveSpokenTls},
    {"gaikei.http.response.status_code", "Final HTTP status of the latest answer", "1", IsHttp,
     StatusCode, MayHaveAnswered},
    {"gaikei.icmp.packet_loss", "Share of echo requests of the latest check without a reply", "1",
     IsIcmp, PacketLoss, WasJudged},
}};

}  // namespace

std::span<const GaugeFamily> GaugeFamilies() { return kFamilies; }

}  // namespace gaikei::otlp
