#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace gaikei {

/// What a slot came to. See docs/outcome.md.
enum class Status : std::uint8_t {
  kPass,     ///< every expectation held
  kWarn,     ///< every `expect` held, a `warn` did not
  kFail,     ///< the target's fault
  kUnknown,  ///< this prober was in no position to judge
};
/// "pass", "warn", "fail", "unknown": part of the output contract.
std::string_view Name(Status status);
std::optional<Status> ParseStatus(std::string_view name);

/// Whose fault it was.
enum class Blame : std::uint8_t { kTarget, kDns, kNetwork, kProber, kConfig };
/// "target", "dns", "network", "prober", "config": part of the output contract.
std::string_view Name(Blame blame);

/// Why an outcome is not `pass`: one enumerator for each distinguishable cause.
///
/// The table in reason.cc gives every one its stable string, its status and its default blame; that
/// table is the list. Native error codes are mapped to it in checks/io/net/errors.h alone.
enum class Reason : std::uint8_t {
  kNone,
  // resolve
  kDnsNxdomain,
  kDnsNodata,
  kDnsServfail,
  kDnsRefused,
  kDnsTimeout,
  kDnsMalformed,
  // connect
  kConnectRefused,
  kConnectTimeout,
  kConnectUnreachable,
  kConnectReset,
  // tls
  kTlsTimeout,
  kTlsAlert,
  kTlsProtocol,
  kTlsCertExpired,
  kTlsCertNotYetValid,
  kTlsCertNameMismatch,
  kTlsCertSelfSigned,
  kTlsCertUntrusted,
  kTlsCertRevoked,
  kTlsCertWeak,
  // exchange
  kResponseTimeout,
  kTransferTimeout,
  kReset,
  kTruncated,
  kProtocolError,
  kTooLarge,
  kTooManyRedirects,
  // expectation: named after the first word of the subject that failed first
  kExpectStatus,
  kExpectDuration,
  kExpectPhase,
  kExpectHeader,
  kExpectBody,
  kExpectJson,
  kExpectRedirects,
  kExpectLastModified,
  kExpectHttp,
  kExpectAddress,
  kExpectCertificate,
  kExpectTls,
  kExpectRcode,
  kExpectAnswer,
  kExpectAuthority,
  kExpectAdditional,
  kExpectTtl,
  kExpectFlags,
  kExpectSerial,
  kExpectPacketLoss,
  kExpectRtt,
  kExpectServingStatus,
  kExpectResponse,
  kExpectSize,
  kExpectAgree,
  kExpectDnssec,
  // heartbeat
  kHeartbeatMissed,
  kHeartbeatReportedFailure,
  // policy
  kSchemeBlocked,   ///< the target redirected to a scheme that is not followed
  kAddressBlocked,  ///< we refused to look: unknown
  // this prober: always unknown
  kProberOverload,
  kProberFdLimit,
  kProberPortExhausted,
  kProberNoMemory,
  kProberNetworkDown,
  kProberResolverDown,
  kProberRegionImpaired,
  kProberInternal,
  kProberSkipped,
};

/// The stable string of a reason, part of the output contract; empty for kNone.
std::string_view Name(Reason reason);
std::optional<Reason> ParseReason(std::string_view name);
/// kPass for kNone; kUnknown for every prober_* reason and address_blocked; else kFail. (An
/// expectation reason that comes from a `warn` expression stands beside kWarn.)
Status StatusOf(Reason reason);
/// Who is to blame unless the check knows better.
Blame BlameOf(Reason reason);
/// `expect_` + the first word of a subject ("certificate.days_left" -> kExpectCertificate).
/// Absent for a word that no subject begins with.
std::optional<Reason> ExpectationReason(std::string_view first_word);
/// Every reason but kNone, in the order of the enumeration.
std::span<const Reason> AllReasons();

}  // namespace gaikei
