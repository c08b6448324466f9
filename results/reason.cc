#include "results/reason.h"

#include <array>

namespace gaikei {
namespace {

struct Row {
  Reason reason;
  std::string_view name;
  Status status;
  Blame blame;
};

constexpr Status kF = Status::kFail;
constexpr Status kU = Status::kUnknown;
constexpr Blame kT = Blame::kTarget;

/// The table: every reason with its stable name, its status and whom it blames by default, in the
/// order of the enumeration.
constexpr std::array kRows = {
    Row{Reason::kDnsNxdomain, "dns_nxdomain", kF, Blame::kDns},
    Row{Reason::kDnsNodata, "dns_nodata", kF, Blame::kDns},
    Row{Reason::kDnsServfail, "dns_servfail", kF, Blame::kDns},
    Row{Reason::kDnsRefused, "dns_refused", kF, Blame::kDns},
    Row{Reason::kDnsTimeout, "dns_timeout", kF, Blame::kDns},
    Row{Reason::kDnsMalformed, "dns_malformed", kF, Blame::kDns},
    Row{Reason::kConnectRefused, "connect_refused", kF, kT},
    Row{Reason::kConnectTimeout, "connect_timeout", kF, kT},
    Row{Reason::kConnectUnreachable, "connect_unreachable", kF, Blame::kNetwork},
    Row{Reason::kConnectReset, "connect_reset", kF, kT},
    Row{Reason::kTlsTimeout, "tls_timeout", kF, kT},
    Row{Reason::kTlsAlert, "tls_alert", kF, kT},
    Row{Reason::kTlsProtocol, "tls_protocol", kF, kT},
    Row{Reason::kTlsCertExpired, "tls_cert_expired", kF, kT},
    Row{Reason::kTlsCertNotYetValid, "tls_cert_not_yet_valid", kF, kT},
    Row{Reason::kTlsCertNameMismatch, "tls_cert_name_mismatch", kF, kT},
    Row{Reason::kTlsCertSelfSigned, "tls_cert_self_signed", kF, kT},
    Row{Reason::kTlsCertUntrusted, "tls_cert_untrusted", kF, kT},
    Row{Reason::kTlsCertRevoked, "tls_cert_revoked", kF, kT},
    Row{Reason::kTlsCertWeak, "tls_cert_weak", kF, kT},
    Row{Reason::kResponseTimeout, "response_timeout", kF, kT},
    Row{Reason::kTransferTimeout, "transfer_timeout", kF, kT},
    Row{Reason::kReset, "reset", kF, kT},
    Row{Reason::kTruncated, "truncated", kF, kT},
    Row{Reason::kProtocolError, "protocol_error", kF, kT},
    Row{Reason::kTooLarge, "too_large", kF, kT},
    Row{Reason::kTooManyRedirects, "too_many_redirects", kF, kT},
    Row{Reason::kExpectStatus, "expect_status", kF, kT},
    Row{Reason::kExpectDuration, "expect_duration", kF, kT},
    Row{Reason::kExpectPhase, "expect_phase", kF, kT},
    Row{Reason::kExpectHeader, "expect_header", kF, kT},
    Row{Reason::kExpectBody, "expect_body", kF, kT},
    Row{Reason::kExpectJson, "expect_json", kF, kT},
    Row{Reason::kExpectRedirects, "expect_redirects", kF, kT},
    Row{Reason::kExpectLastModified, "expect_last_modified", kF, kT},
    Row{Reason::kExpectHttp, "expect_http", kF, kT},
    Row{Reason::kExpectAddress, "expect_address", kF, kT},
    Row{Reason::kExpectCertificate, "expect_certificate", kF, kT},
    Row{Reason::kExpectTls, "expect_tls", kF, kT},
    Row{Reason::kExpectRcode, "expect_rcode", kF, kT},
    Row{Reason::kExpectAnswer, "expect_answer", kF, kT},
    Row{Reason::kExpectAuthority, "expect_authority", kF, kT},
    Row{Reason::kExpectAdditional, "expect_additional", kF, kT},
    Row{Reason::kExpectTtl, "expect_ttl", kF, kT},
    Row{Reason::kExpectFlags, "expect_flags", kF, kT},
    Row{Reason::kExpectSerial, "expect_serial", kF, kT},
    Row{Reason::kExpectPacketLoss, "expect_packet_loss", kF, kT},
    Row{Reason::kExpectRtt, "expect_rtt", kF, kT},
    Row{Reason::kExpectServingStatus, "expect_serving_status", kF, kT},
    Row{Reason::kExpectResponse, "expect_response", kF, kT},
    Row{Reason::kExpectSize, "expect_size", kF, kT},
    Row{Reason::kExpectAgree, "expect_agree", kF, kT},
    Row{Reason::kExpectDnssec, "expect_dnssec", kF, kT},
    Row{Reason::kHeartbeatMissed, "heartbeat_missed", kF, kT},
    Row{Reason::kHeartbeatReportedFailure, "heartbeat_reported_failure", kF, kT},
    Row{Reason::kSchemeBlocked, "scheme_blocked", kF, kT},
    Row{Reason::kAddressBlocked, "address_blocked", kU, Blame::kConfig},
    Row{Reason::kProberOverload, "prober_overload", kU, Blame::kProber},
    Row{Reason::kProberFdLimit, "prober_fd_limit", kU, Blame::kProber},
    Row{Reason::kProberPortExhausted, "prober_port_exhausted", kU, Blame::kProber},
    Row{Reason::kProberNoMemory, "prober_no_memory", kU, Blame::kProber},
    Row{Reason::kProberNetworkDown, "prober_network_down", kU, Blame::kProber},
    Row{Reason::kProberResolverDown, "prober_resolver_down", kU, Blame::kProber},
    Row{Reason::kProberRegionImpaired, "prober_region_impaired", kU, Blame::kProber},
    Row{Reason::kProberInternal, "prober_internal", kU, Blame::kProber},
    Row{Reason::kProberSkipped, "prober_skipped", kU, Blame::kProber},
};

constexpr bool IsInOrder() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].reason) != i + 1) return false;
  }
  return true;
}
static_assert(IsInOrder(), "a row for every reason, in the order of the enumeration");
static_assert(kRows.back().reason == Reason::kProberSkipped);

constexpr auto kAll = [] {
  std::array<Reason, kRows.size()> all{};
  for (std::size_t i = 0; i < kRows.size(); ++i) all[i] = kRows[i].reason;
  return all;
}();

/// Null for kNone.
const Row* Find(Reason reason) {
  if (reason == Reason::kNone) return nullptr;
  return &kRows[static_cast<std::size_t>(reason) - 1];
}

}  // namespace

std::string_view Name(Status status) {
  switch (status) {
    case Status::kPass:
      return "pass";
    case Status::kWarn:
      return "warn";
    case Status::kFail:
      return "fail";
    case Status::kUnknown:
      return "unknown";
  }
  return "";
}

std::optional<Status> ParseStatus(std::string_view name) {
  for (Status status : {Status::kPass, Status::kWarn, Status::kFail, Status::kUnknown}) {
    if (Name(status) == name) return status;
  }
  return std::nullopt;
}

std::string_view Name(Blame blame) {
  switch (blame) {
    case Blame::kTarget:
      return "target";
    case Blame::kDns:
      return "dns";
    case Blame::kNetwork:
      return "network";
    case Blame::kProber:
      return "prober";
    case Blame::kConfig:
      return "config";
  }
  return "";
}

std::string_view Name(Reason reason) {
  const Row* row = Find(reason);
  return row == nullptr ? std::string_view() : row->name;
}

std::optional<Reason> ParseReason(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.reason;
  }
  return std::nullopt;
}

Status StatusOf(Reason reason) {
  const Row* row = Find(reason);
  return row == nullptr ? Status::kPass : row->status;
}

Blame BlameOf(Reason reason) {
  const Row* row = Find(reason);
  return row == nullptr ? Blame::kTarget : row->blame;
}

std::optional<Reason> ExpectationReason(std::string_view first_word) {
  constexpr std::string_view kPrefix = "expect_";
  if (const auto dot = first_word.find('.'); dot != std::string_view::npos) {
    first_word = first_word.substr(0, dot);
  }
  for (const Row& row : kRows) {
    if (row.name.substr(0, kPrefix.size()) == kPrefix &&
        row.name.substr(kPrefix.size()) == first_word) {
      return row.reason;
    }
  }
  return std::nullopt;
}

std::span<const Reason> AllReasons() { return kAll; }

}  // namespace gaikei
