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

/// Settings of whatever speaks TLS. Paths are read when the check is made, once.
struct TlsOptions {
  std::string cacert;       ///< PEM file of trusted roots; empty: the system's
  std::string cert;         ///< PEM file, client certificate with its chain; empty: none
  std::string key;          ///< PEM file, private key; empty: looked for in `cert`
  bool insecure = false;    ///< verification failures are noted, not judged
  std::string server_name;  ///< SNI and name to verify; empty: the host of the URL
  std::string min_version;  ///< "1.0" "1.1" "1.2" "1.3"; empty: OpenSSL's default
  std::string max_version;  ///< likewise
  std::string ciphers;      ///< OpenSSL list for TLS up to 1.2; empty: OpenSSL's default
};

/// Which HTTP version is asked for.
enum class HttpVersion : std::uint8_t {
  kDefault,  ///< HTTP/2 where ALPN offers it, else HTTP/1.1
  k1_1,      ///< HTTP/1.1 alone
  k2,        ///< as kDefault over TLS; over plain text HTTP/2 with prior knowledge
  k3,        ///< HTTP/3; needs a libcurl that has it
};

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
  std::string user_agent = "gaikei/1.0";
};

/// Where something stands in a configuration.
struct SourcePlace {
  std::string file;     ///< empty: not from a file
  unsigned line = 0;    ///< from 1; 0: no line
  unsigned column = 0;  ///< from 1
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
  Family family = Family::kAuto;
  std::string address;         ///< numeric peer instead of resolving; empty: resolve
  bool deny_private = false;   ///< only public addresses may be looked at
  bool allow_private = false;  ///< a redirect from a public to a private address is followed
  std::vector<expect::Expression> expect;
  std::vector<expect::Expression> warn;
  TlsOptions tls;
  HttpOptions http;
};

}  // namespace gaikei
