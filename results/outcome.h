#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "results/phases.h"
#include "results/reason.h"
#include "results/time.h"

namespace gaikei {

/// Who an outcome is about. Built once per check by the configuration, shared by all its outcomes.
struct CheckIdentity {
  std::string name;    ///< as in `[check.NAME]`; for an ad-hoc check the target as it was given
  std::string kind;    ///< "http", ...: a name of the table in checks/kinds.cc
  std::string target;  ///< the URI with credentials removed, ready to be shown
  std::vector<std::pair<std::string, std::string>> labels;  ///< sorted by name, names unique
};

/// One certificate as it was presented. Texts are escaped (results/text.h).
struct CertificateInfo {
  std::string subject;              ///< RFC 2253 order, as `openssl x509 -nameopt RFC2253`
  std::string issuer;               ///< likewise
  WallTime not_before{};            ///< first second of validity
  WallTime not_after{};             ///< expired at this second (OpenSSL's reading)
  std::string serial;               ///< hexadecimal, lower case, no separators
  std::string sha256;               ///< fingerprint of the DER, hexadecimal, lower case
  std::vector<std::string> san;     ///< "DNS:..." and "IP:..." without the prefix; first 64
  std::string key_type;             ///< "RSA", "EC", "ED25519" ...
  int key_bits = 0;                 ///< size of the key; 0 unknown
  std::string signature_algorithm;  ///< "sha256WithRSAEncryption" ...
};

/// What was learnt of a TLS connection. Present whenever a certificate was presented, also when
/// verification failed.
struct TlsEvidence {
  std::string version;  ///< "TLSv1.3"; empty when the handshake did not get that far
  std::string cipher;   ///< OpenSSL's name; empty likewise
  std::string alpn;     ///< negotiated protocol ("h2"); empty for none
  bool verified = false;
  std::string verify_error;            ///< why not; empty when verified
  std::optional<WallTime> expires_at;  ///< earliest not_after of the presented chain
  std::vector<CertificateInfo> chain;  ///< as presented, leaf first; at most 10
  std::string ocsp;  ///< stapled answer: "good", "revoked", "unknown", "invalid"; empty for none
};

/// One redirect that was followed: the answer that pointed on, and what it cost.
struct HttpHop {
  std::string url;       ///< what was asked, credentials removed, escaped
  int status = 0;        ///< 301, 302, ...
  std::string location;  ///< where it pointed, resolved against `url`, escaped
  std::string address;   ///< peer, numeric
  Phases phases;         ///< of this hop alone
  Span duration{0};
};

struct HttpEvidence {
  int status = 0;               ///< final status; 0 when no status line was read
  std::string version;          ///< "1.0", "1.1", "2", "3"; empty when no status line was read
  std::uint64_t size = 0;       ///< body bytes after decoding
  std::uint64_t wire_size = 0;  ///< body bytes as received, before decoding
  std::optional<std::uint64_t> content_length;  ///< the header, where it was sent and readable
  std::vector<HttpHop> redirects;               ///< hops followed, first to last
  std::string location;  ///< redirect target that was not followed; escaped, empty for none
  /// Header fields of the last answer, in order, escaped, credentials redacted. Filled always,
  /// shown with --verbose only.
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> notes;  ///< oddities that break nothing; shown with --verbose only
};

/// One expectation and how it went.
struct ExpectResult {
  std::string expression;  ///< as it was written
  bool pass = false;
  bool warn = false;  ///< came from `warn`, not from `expect`
  std::string
      actual;  ///< what was seen, escaped, at most 256 characters; empty if there was nothing
  std::string error;  ///< why it could not be evaluated ("no such header"); empty when it could
};

enum class Family : std::uint8_t { kAuto, kIpv4, kIpv6 };
/// "auto", "ipv4", "ipv6".
std::string_view Name(Family family);

/// What one attempt saw.
///
/// A value type: it owns all it holds, and crosses from a loop's thread to the results thread by
/// move.
struct Observation {
  Status status = Status::kPass;
  Reason reason = Reason::kNone;
  /// Phase that failed; absent when nothing failed, or no phase was at fault (an expectation).
  std::optional<Phase> phase;
  Blame blame = Blame::kTarget;  ///< means something only where reason is not kNone
  std::string message;           ///< one line in plain words, escaped; empty for pass
  Span duration{0};
  Phases phases;
  std::string address;  ///< peer, numeric; empty when none was tried
  std::uint16_t port = 0;
  Family family = Family::kAuto;  ///< of `address`; kAuto when none was tried
  std::optional<HttpEvidence> http;
  std::optional<TlsEvidence> tls;
  std::vector<ExpectResult> expect;

  /// Sets reason with its status and default blame, and the phase it happened in.
  void Fail(Reason why, std::optional<Phase> where, std::string text);
};

/// One attempt of a slot, in small.
struct AttemptSummary {
  Status status = Status::kPass;
  Reason reason = Reason::kNone;
  Span duration{0};
};

/// How fit this prober was while it looked.
struct ProberState {
  Span loop_lag{0};        ///< how late the loop's own timer ran around the attempt
  unsigned in_flight = 0;  ///< attempts in flight on this loop when it began, this one included
};

/// What a slot gave: exactly one for every slot.
struct Outcome : Observation {
  std::shared_ptr<const CheckIdentity> check;  ///< never null
  std::string region;
  WallTime scheduled_at{};
  WallTime started_at{};
  /// Start lateness on the monotonic clock: started minus due. Absent for a slot that never
  /// started.
  std::optional<Span> lateness;
  std::vector<AttemptSummary> attempts;  ///< every attempt made; empty when none was
  ProberState prober;
};

}  // namespace gaikei
