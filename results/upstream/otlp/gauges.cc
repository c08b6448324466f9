#include "results/upstream/otlp/gauges.h"

#include <array>
#include <chrono>

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

constexpr std::array<GaugeFamily, 4> kFamilies = {{
    {"gaikei.success", "1 where the latest outcome is pass or warn, 0 where it is fail", "1",
     Always, Success},
    {"gaikei.tls.certificate.expiry",
     "Unix time of the earliest end of validity in the presented certificate chain", "s",
     MaySpeakTls, CertificateExpiry},
    {"gaikei.http.response.status_code", "Final HTTP status of the latest answer", "1", IsHttp,
     StatusCode},
    {"gaikei.icmp.packet_loss", "Share of echo requests of the latest check without a reply", "1",
     IsIcmp, PacketLoss},
}};

}  // namespace

std::span<const GaugeFamily> GaugeFamilies() { return kFamilies; }

}  // namespace gaikei::otlp
