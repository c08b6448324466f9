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

/// Something about a certificate or a connection that does not break it, and yet should be mended.
struct TlsLint {
  std::string name;    ///< stable: "no_san", "expires_soon" ...
  std::string detail;  ///< one line in plain words, escaped
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
  std::optional<Span> ocsp_age;  ///< since its thisUpdate; absent where nothing was stapled
  std::string group;         ///< key exchange ("x25519"); empty where there was none, or not known
  std::string server_name;   ///< SNI that was sent; empty: none
  std::string matched_name;  ///< the subjectAltName that the name agrees with; empty: none does
  /// The path that verification found, leaf first, the trust anchor last; empty when it found none.
  std::vector<CertificateInfo> verified_chain;
  std::optional<WallTime> verified_expires_at;  ///< earliest not_after of that path
  std::optional<unsigned> session_tickets;      ///< tickets received until the connection was left
  std::string starttls;                         ///< protocol that led to TLS; empty: none
  std::vector<TlsLint> lints;                   ///< what is legal but unwise, docs/tls.md
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

/// The proxy that an HTTP request went through, and what it cost to get past it.
struct ProxyEvidence {
  std::string type;     ///< "http", "socks5", "socks5h"
  std::string address;  ///< of the proxy, numeric, with its port; empty when none was reached
  int status = 0;       ///< answer to CONNECT; 0: none
  Span duration{0};     ///< from the connection to the proxy to the tunnel: part of `connect`
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
  std::optional<bool> is_reused;   ///< the connection stood before; absent: none was reached
  std::optional<ProxyEvidence> proxy;
  std::string traceparent;                ///< as it was sent; empty: none was
  std::optional<WallTime> last_modified;  ///< the field, where it was sent and readable
  std::optional<Span> token_duration;  ///< what an OAuth 2 token cost before this attempt; absent:
                                       ///< none was fetched
};

/// What a gRPC server said of itself.
struct GrpcEvidence {
  int status = -1;             ///< grpc-status (0 OK, 12 UNIMPLEMENTED ...); -1: none was read
  std::string status_name;     ///< "OK"; empty likewise
  std::string message;         ///< grpc-message, decoded, escaped
  std::string service;         ///< that was asked for; empty: the server as a whole
  std::string serving_status;  ///< "SERVING", "NOT_SERVING" ...; empty: no answer told it
};

struct WebSocketEvidence {
  int status = 0;                      ///< of the answer to the upgrade; 0: none was read
  std::string subprotocol;             ///< that the server chose, escaped; empty: none
  std::optional<Span> ping;            ///< ping to pong; absent: not measured
  std::vector<std::string> dialogue;   ///< as TcpEvidence::dialogue
  std::string response;                ///< last message received, escaped, bounded
  std::optional<unsigned> close_code;  ///< of the server's close frame (RFC 6455, 7.4)
  std::string close_reason;            ///< of it, escaped
};

/// What a job has reported, and when.
struct HeartbeatEvidence {
  std::optional<WallTime> last_at;   ///< last report; absent: none is known
  std::optional<Span> age;           ///< since then
  std::optional<bool> was_ok;        ///< what that report said
  std::optional<Span> job_duration;  ///< what the job says it took
  std::string job_message;           ///< the job's own words, escaped, bounded
  Span every{0};
  Span grace{0};
};

/// One resource record. Texts in presentation format (RFC 1035, 5.1), escaped.
struct DnsRecord {
  std::string name;  ///< absolute, with its final dot
  std::uint32_t ttl = 0;
  std::string klass;  ///< "IN"
  std::string type;   ///< "AAAA", "TYPE65280"
  std::string data;

  /// "name ttl class type data", single blanks.
  std::string Text() const;
};

/// One section of an answer.
struct DnsSection {
  std::vector<DnsRecord> records;  ///< the first 64
  unsigned count = 0;              ///< how many there were
};

/// An extended error (RFC 8914).
struct DnsExtendedError {
  unsigned code = 0;
  std::string name;  ///< "Stale Answer"; empty for a code that has none
  std::string text;  ///< the server's own words, escaped
};

/// What one name server answered to one question.
struct DnsAnswer {
  std::string server;       ///< as it was asked for, or found: address or name, with its port
  std::string server_name;  ///< of an authoritative server; empty where only an address is known
  std::string transport;    ///< "udp", "tcp", "dot", "doh": what the answer came by
  Reason reason = Reason::kNone;  ///< why there is no usable answer; kNone: `rcode` is there
  std::string message;            ///< of the reason
  std::string rcode;              ///< "NOERROR"; empty without an answer
  std::vector<std::string>
      flags;  ///< those set, lower case: "qr", "aa", "tc", "rd", "ra", "ad", "cd", "do"
  DnsSection answer;
  DnsSection authority;
  DnsSection additional;  ///< without the OPT pseudo-record
  std::vector<DnsExtendedError> extended_errors;
  std::optional<std::uint32_t> serial;  ///< of a SOA in answer or authority
  std::size_t size = 0;                 ///< of the message, in bytes
  std::string nsid;                     ///< RFC 5001, escaped; empty: not told
  std::string ecs;                      ///< "192.0.2.0/24/20" (RFC 7871); empty: not told
  std::string cookie;                   ///< "good", "bad", "absent"; empty: none was sent
  unsigned tcp_fallbacks = 0;           ///< truncated answers that led to TCP
  unsigned ignored = 0;            ///< messages not meant for us: id, question or source differ
  std::vector<std::string> notes;  ///< oddities that break nothing
  Span duration{0};                ///< question sent to answer complete; 0 without an answer
};

/// What DNSSEC validation came to.
struct DnssecEvidence {
  std::string status;  ///< "secure", "insecure", "bogus", "indeterminate" (RFC 4033, 5)
  /// What broke, stable: "signature_expired", "signature_not_yet_valid", "no_signature",
  /// "bad_signature", "no_key", "ds_mismatch", "no_denial", "limit_exceeded" (bogus); "ds_missing",
  /// "unsupported_algorithm", "opt_out", "too_many_iterations" (insecure); "no_answer",
  /// "no_anchor", "limit_exceeded" (indeterminate); empty when secure.
  std::string failure;
  std::string zone;                ///< where it broke, absolute; empty when secure
  std::string message;             ///< one line in plain words, escaped
  std::vector<std::string> chain;  ///< zones walked with what linked them, from the anchor down
};

struct DnsEvidence : DnsAnswer {
  std::string question;  ///< "name class type"
  /// With several servers every one of them, in order of name; the evidence itself is then that of
  /// the first that answered. Empty where one was asked.
  std::vector<DnsAnswer> servers;
  std::optional<bool> agree;  ///< whether all that answered say the same; absent: one was asked
  std::optional<std::uint32_t> serial_spread;  ///< newest minus oldest SOA serial (RFC 1982)
  std::vector<std::string> differing;          ///< servers that say something else than the others
  std::optional<DnssecEvidence> dnssec;        ///< absent: not asked for
};

/// What the kernel knows of a TCP connection when it is left (TCP_INFO), and a dialogue over it.
struct TcpEvidence {
  Span rtt{0};               ///< smoothed round-trip time
  Span rtt_variance{0};      ///< of it
  unsigned retransmits = 0;  ///< segments sent again, over the whole connection
  unsigned lost = 0;         ///< segments thought lost at that moment
  /// A dialogue, a step a line, escaped and bounded: "< 220 mail.example", "> EHLO probe".
  std::vector<std::string> dialogue;
  std::string
      response;  ///< what the peer sent last or, without a dialogue, first; escaped, bounded
};

struct IcmpEvidence {
  unsigned sent = 0;
  unsigned received = 0;
  double loss = 0;              ///< 0..1
  std::optional<Span> rtt_min;  ///< absent, as the others, when nothing came back
  std::optional<Span> rtt_mean;
  std::optional<Span> rtt_max;
  std::optional<Span>
      jitter;  ///< mean difference of consecutive round-trip times (RFC 3550, 6.4.1 unsmoothed)
  std::optional<unsigned> ttl;  ///< of the last reply, where the kernel tells
  unsigned duplicates = 0;
  std::string socket;  ///< "datagram" or "raw"
  std::vector<std::string>
      errors;  ///< ICMP errors that came instead ("host unreachable from 192.0.2.1")
};

/// How a name was resolved.
struct ResolveEvidence {
  std::string server;  ///< that answered, with its port; empty: the hosts file, or nobody did
  bool is_cached = false;
  std::vector<std::string> addresses;  ///< of the name, in the order they are tried; the first 16
  std::vector<std::string> notes;      ///< servers that did not answer before
  std::vector<std::string> https;  ///< HTTPS records of the name (RFC 9460), presentation format
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
  std::optional<DnsEvidence> dns;
  std::optional<TcpEvidence> tcp;
  std::optional<IcmpEvidence> icmp;
  std::optional<ResolveEvidence> resolve;
  std::optional<GrpcEvidence> grpc;
  std::optional<WebSocketEvidence> websocket;
  std::optional<HeartbeatEvidence> heartbeat;
  std::vector<std::string> notes;  ///< oddities that break nothing; shown with --verbose only
  std::vector<ExpectResult> expect;
  /// Where every address of the name was checked: what each one gave, in the order of the answer.
  std::vector<Observation> addresses;

  std::string step;                   ///< of a journey, its name; empty: this is no step
  std::string target;                 ///< of a step, as it is shown: captured values stay ${name}
  std::string skipped;                ///< why a step was not run; empty: it was
  std::vector<std::string> captured;  ///< names of the values that a step has captured
  std::string failed_step;            ///< of a journey: `phase` is then "step:<name>"; empty: none
  std::vector<Observation> steps;     ///< of a journey, those that were finished, in order

  /// Sets reason with its status and default blame, and the phase it happened in.
  void Fail(Reason why, std::optional<Phase> where, std::string text);
};

/// One attempt of a slot, in small.
struct AttemptSummary {
  Status status = Status::kPass;
  Reason reason = Reason::kNone;
  Span duration{0};
  std::optional<Phase> phase = {};  ///< as Observation::phase
  std::string message = {};         ///< as Observation::message
  std::string address = {};         ///< peer, numeric; empty when none was tried
  /// What it did differently from the first one: "address", "family", "resolver", "http_version",
  /// "nothing"; empty for the first.
  std::string change = {};
};

/// What a slot is for an SLI, before maintenance is looked at.
enum class Counts : std::uint8_t { kGood, kBad, kMissing };
/// "good", "bad", "missing".
std::string_view Name(Counts counts);

/// How fit this prober was while it looked.
struct ProberState {
  Span loop_lag{0};        ///< how late the loop's own timer ran around the attempt
  unsigned in_flight = 0;  ///< attempts in flight on this loop when it began, this one included
  /// What made it unfit to judge, so that a failure became `unknown`: "loop_lag", "throttled",
  /// "starved", "stolen", "memory", "network"; empty: nothing did.
  std::string unfit = {};
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
  /// The change (AttemptSummary::change) with which a further attempt passed; empty: none had to.
  std::string healed_by;
  bool counts_first = true;  ///< a healed slot is bad, as its first attempt was
  ProberState prober;

  /// good for pass and warn, bad for fail and for what was healed where the first attempt counts,
  /// missing for unknown.
  Counts counts() const;
};

}  // namespace gaikei
