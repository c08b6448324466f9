#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "checks/expect/expect.h"
#include "results/outcome.h"
#include "results/secret.h"

namespace gaikei {

/// The protocol that is spoken in plain text until both sides agree to begin TLS.
enum class StartTls : std::uint8_t {
  kNone,  ///< TLS from the first byte
  kSmtp,  ///< RFC 3207
  kImap,  ///< RFC 9051, 6.2.1
  kPop3,  ///< RFC 2595
  kFtp,   ///< RFC 4217
  kLdap,  ///< RFC 4511, 4.14
  kXmpp,  ///< RFC 6120, 5
  kPostgres,
  kMysql,
};

/// Settings of whatever speaks TLS. Paths are read when the check is made, once.
struct TlsOptions {
  std::string cacert = {};       ///< PEM file of trusted roots; empty: the system's
  std::string cert = {};         ///< PEM file, client certificate with its chain; empty: none
  std::string key = {};          ///< PEM file, private key; empty: looked for in `cert`
  bool insecure = false;         ///< verification failures are noted, not judged
  std::string server_name = {};  ///< SNI and name to verify; empty: the host of the URL
  std::string min_version = {};  ///< "1.0" "1.1" "1.2" "1.3"; empty: OpenSSL's default
  std::string max_version = {};  ///< likewise
  std::string ciphers = {};      ///< OpenSSL list for TLS up to 1.2; empty: OpenSSL's default
  std::vector<std::string> alpn =
      {};  ///< protocols to offer (RFC 7301), preferred first; empty: none
  StartTls starttls = StartTls::kNone;
  /// Names of lints (docs/tls.md) that do not make a `tls` check warn.
  std::vector<std::string> ignore_lints = {};
};

/// Which HTTP version is asked for.
enum class HttpVersion : std::uint8_t {
  kDefault,  ///< HTTP/2 where ALPN offers it, else HTTP/1.1
  k1_1,      ///< HTTP/1.1 alone
  k2,        ///< as kDefault over TLS; over plain text HTTP/2 with prior knowledge
  k3,        ///< HTTP/3; needs a libcurl that has it
};

/// How a request proves who asks. One scheme a check; a client certificate is TlsOptions::cert.
struct HttpAuth {
  enum class Scheme : std::uint8_t {
    kNone,
    kBasic,     ///< RFC 7617: user, password
    kDigest,    ///< RFC 7616: user, password
    kBearer,    ///< RFC 6750: token
    kOauth2,    ///< RFC 6749, 4.4 (client credentials): the token is fetched and kept
    kAwsSigV4,  ///< AWS Signature Version 4
  };
  Scheme scheme = Scheme::kNone;
  Secret user;
  Secret password;
  Secret token;

  std::string token_url;            ///< oauth2: where tokens are given, http or https
  Secret client_id;                 ///< oauth2
  Secret client_secret;             ///< oauth2
  std::vector<std::string> scopes;  ///< oauth2, in this order; empty: none asked for
  std::string audience;             ///< oauth2; empty: none
  bool is_secret_in_body = false;   ///< oauth2: id and secret in the form, not as HTTP Basic

  Secret access_key;        ///< aws_sigv4
  Secret secret_key;        ///< aws_sigv4
  Secret session_token;     ///< aws_sigv4; empty: none
  std::string aws_region;   ///< "eu-central-1"
  std::string aws_service;  ///< "execute-api"
};

/// A proxy that requests go through.
struct ProxyOptions {
  enum class Type : std::uint8_t {
    kNone,
    kHttp,     ///< https targets through CONNECT (RFC 9110, 9.3.6), http targets in absolute form
    kSocks5,   ///< RFC 1928; names are resolved here
    kSocks5h,  ///< RFC 1928; names are resolved by the proxy
  };
  Type type = Type::kNone;
  std::string host;
  std::uint16_t port = 0;
  Secret user;  ///< empty: none
  Secret password;
  /// Sent to the proxy alone, with CONNECT or with a request in absolute form.
  std::vector<std::pair<std::string, Secret>> headers;
};

/// What a body is made of: decides how a captured value is escaped inside it.
enum class BodyFormat : std::uint8_t { kRaw, kJson, kForm, kMultipart };

struct HttpOptions {
  std::string method;  ///< empty: GET, or POST where a body is given
  /// Sent in this order. A value may be a secret.
  std::vector<std::pair<std::string, Secret>> headers;
  Secret body;                  ///< empty: none
  bool has_body = false;        ///< an empty body may be a body
  unsigned max_redirects = 10;  ///< 0: do not follow; at most 50
  std::uint64_t max_body =
      0;  ///< bytes, after decoding; 0: 1 MiB inspected, 8 MiB read; at most 64 MiB
  /// Accept-Encoding to ask for, as libcurl spells it; "" asks for all it can decode; absent: none
  /// asked for, nothing decoded.
  std::optional<std::string> compression;
  HttpVersion version = HttpVersion::kDefault;
  /// Versions that an answer may come in ("1.1", "2", "3"), another one is expect_http; empty: any.
  std::vector<std::string> allowed_versions;
  std::string user_agent = "gaikei/1.0";

  BodyFormat body_format = BodyFormat::kRaw;
  HttpAuth auth;
  ProxyOptions proxy;
  std::string unix_socket;         ///< path to connect to instead of host and port; empty: none
  bool reuses_connection = false;  ///< a slot may use the connection that an earlier one has left
  bool keeps_cookies = true;       ///< what is set by one hop or step is sent by the next
  std::vector<std::pair<std::string, Secret>> cookies;  ///< sent from the first request on
  bool sends_traceparent = false;                       ///< W3C Trace Context, a new trace each run
  std::vector<std::string>
      redirect_hosts;            ///< hosts that redirects may lead to, lower case; empty: any
  bool allow_downgrade = false;  ///< redirects from https to http are followed
};

enum class DnsTransport : std::uint8_t {
  kUdp,  ///< TCP where the answer is truncated
  kTcp,
  kDot,  ///< RFC 7858
  kDoh,  ///< RFC 8484
};

struct DnsOptions {
  /// Whom to ask, all of them at once: ADDRESS, NAME or https://... of a DoH server, with a port
  /// where one is given. Empty: the server of the target, else the vantage's own resolvers.
  std::vector<std::string> servers;
  /// Ask every authoritative server of the zone, found by walking NS from the parent.
  bool is_authoritative = false;
  DnsTransport transport = DnsTransport::kUdp;
  bool recursion = true;           ///< RD
  bool checking_disabled = false;  ///< CD
  bool dnssec_ok = false;          ///< DO; implied by `validate`
  bool validate = false;           ///< the chain of trust from the anchor is checked
  std::string trust_anchor;        ///< file of DS or DNSKEY records; empty: the root's own keys
  unsigned edns_size = 1232;       ///< UDP payload size advertised, 512..65535; 0: no EDNS at all
  std::string ecs;                 ///< client subnet, "192.0.2.0/24" (RFC 7871); empty: none
  bool nsid = false;               ///< ask the server for its name (RFC 5001)
  bool cookie = false;             ///< send a client cookie (RFC 7873)
};

/// One step of a dialogue over a connection.
struct DialogueStep {
  enum class What : std::uint8_t {
    kExpect,    ///< `text` is an RE2 pattern that a line, or what came so far, has to match
    kSend,      ///< `text` is sent; $1..$9 and ${name} are groups of the last match, $$ is a dollar
    kStartTls,  ///< the TLS handshake begins here
  };
  What what = What::kExpect;
  Secret text;
};

struct TcpOptions {
  std::vector<DialogueStep> dialogue;
  bool tls = false;  ///< TLS from the first byte
};

struct IcmpOptions {
  unsigned count = 3;  ///< echo requests, 1..100
  Span interval = std::chrono::milliseconds(200);
  unsigned size = 56;  ///< bytes of payload, 0..65,507
  unsigned ttl = 0;    ///< 0: the kernel's default
  bool dont_fragment = false;
};

/// Where something stands in a configuration.
struct SourcePlace {
  std::string file;     ///< empty: not from a file
  unsigned line = 0;    ///< from 1; 0: no line
  unsigned column = 0;  ///< from 1
};

/// `grpc`: asks grpc.health.v1.Health/Check; the service is the path of the target.
struct GrpcOptions {
  /// Sent as header fields, names in lower case; those that end in -bin hold bytes.
  std::vector<std::pair<std::string, Secret>> metadata;
};

/// `websocket` (RFC 6455). Request fields are HttpOptions::headers.
struct WebSocketOptions {
  std::vector<DialogueStep> dialogue;     ///< over text messages; starttls is no step of it
  std::vector<std::string> subprotocols;  ///< offered, preferred first; empty: none
  bool pings = true;                      ///< measures a ping after the upgrade
};

/// `heartbeat`: a job reports to us, at least once in CheckSpec::every and `grace`.
struct HeartbeatOptions {
  Span grace{0};
  Secret token;  ///< that a report has to bear; empty: none
};

/// A value that a step takes out of its answer.
struct Capture {
  std::string name;       ///< of the variable: ${name}
  std::string from;       ///< "json.token", "header.location", "cookie.sid", "body /id=(\\d+)/"
  bool is_secret = true;  ///< never shown
  SourcePlace where;
};

struct CheckSpec;

/// One step of a journey.
struct JourneyStepSpec {
  std::string name;  ///< unique within the journey
  /// Kind http, with its own expectations and timeout; target, header values and body may hold
  /// ${name}. Never null.
  std::shared_ptr<const CheckSpec> request;
  std::vector<Capture> captures;
  std::string when;     ///< condition on captured values; empty: none
  bool always = false;  ///< runs also after a step has failed
  SourcePlace where;
};

/// Which attempt of a slot decides whether it was good, where an attempt has failed and a further
/// one has passed.
enum class ConfirmCounts : std::uint8_t { kFirst, kLast };

/// What is done with the several addresses of a name.
enum class AddressPolicy : std::uint8_t {
  kFirst,   ///< one is reached (RFC 8305)
  kAny,     ///< every one is checked; one that passes is enough
  kAll,     ///< every one is checked, all have to pass
  kQuorum,  ///< every one is checked, more than half have to pass
};

/// One check as the configuration gives it, everything validated: a kind's maker only compiles it.
struct CheckSpec {
  std::shared_ptr<const CheckIdentity> identity;
  SourcePlace where;  ///< its target, for errors that are found when the check is made
  /// The target with its credentials, which identity->target has not. Never shown.
  Secret target;
  Span every = std::chrono::seconds(60);
  Span timeout = std::chrono::seconds(10);
  std::vector<std::string> regions;  ///< names; empty: every region
  unsigned confirm = 1;              ///< failing attempts that make a fail; 1..10
  ConfirmCounts confirm_counts = ConfirmCounts::kFirst;
  unsigned priority = 50;  ///< who goes first where not all can, 0 (last) to 100
  Family family = Family::kAuto;
  std::string address;  ///< numeric peer instead of resolving; empty: resolve
  AddressPolicy addresses = AddressPolicy::kFirst;
  bool is_resolve_cached = false;  ///< names may come from an answer that is not older than its TTL
  bool deny_private = false;       ///< only public addresses may be looked at
  bool allow_private = false;      ///< a redirect from a public to a private address is followed
  std::vector<expect::Expression> expect;
  std::vector<expect::Expression> warn;
  TlsOptions tls;
  HttpOptions http;
  DnsOptions dns;
  TcpOptions tcp;
  IcmpOptions icmp;
  GrpcOptions grpc;
  WebSocketOptions websocket;
  HeartbeatOptions heartbeat;
  std::vector<JourneyStepSpec> steps;  ///< of a journey, in order; empty for every other kind
};

}  // namespace gaikei
