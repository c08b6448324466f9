#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "checks/expect/expect.h"
#include "checks/http/http_redirect.h"
#include "checks/io/net/address.h"
#include "checks/io/net/url.h"
#include "checks/io/tls/trust.h"
#include "checks/parts/rare.h"
#include "checks/parts/redactor.h"
#include "checks/spec.h"

namespace gaikei {

class OauthTokens;

/// An HTTP check as it runs: compiled once, immutable, shared by all its attempts on all loops.
struct HttpPlan {
  io::Url url;
  std::string method;  ///< never empty
  std::vector<std::pair<std::string, Secret>> headers;
  std::optional<Secret> body;
  Rare<HttpAuth> auth;  ///< for the target's own origin alone; of oauth2 `token` is the one to send
  /// Where the token of oauth2 comes from; null: `auth` is complete.
  std::shared_ptr<OauthTokens> tokens;
  bool keeps_cookies = true;  ///< what is set by one hop or step is sent by the next
  std::vector<std::pair<std::string, Secret>> cookies;  ///< for the target's own origin alone
  bool sends_traceparent = false;
  std::string traceparent;  ///< that is sent; empty: one is made for each attempt
  unsigned max_redirects = 0;
  RedirectRules redirects;
  std::uint64_t body_limit = 0;  ///< decoded bytes read at most; more is too_large
  std::size_t keep_limit = 0;    ///< decoded bytes kept for the expectations; 0: none asks
  std::optional<std::string> compression;
  HttpVersion version = HttpVersion::kDefault;
  std::vector<std::string> allowed_versions;  ///< that answers may come in; empty: any
  std::string user_agent;

  Family family = Family::kAuto;
  /// Peer for the target's own host instead of resolving; null: resolve.
  std::shared_ptr<const io::Address> address;
  Rare<ProxyOptions> proxy;  ///< for every hop; kNone: straight to the target
  std::string unix_socket;   ///< for the target's own host; empty: none
  bool is_resolve_cached = false;
  /// Whom connections belong to that stand between slots; null: every attempt makes its own.
  std::shared_ptr<const void> connection_owner;
  bool deny_private = false;
  bool allow_private = false;

  std::vector<expect::Expression> expect;
  std::vector<expect::Expression> warn;
  bool judges_status = false;  ///< an expectation takes the place of "a final 2xx"

  /// Null only for a plain http target on a machine without trusted roots; `tls_error` then says
  /// why.
  std::shared_ptr<const io::TlsSetup> tls;
  std::string tls_error;

  /// Texts of 6 characters and more that are shown nowhere, whatever sends them back: what other
  /// steps of a journey know.
  std::vector<Secret> hidden;
  /// SecretsOf() this plan, never null once compiled: whoever changes a secret of a copy makes them
  /// anew.
  std::shared_ptr<const Redactor> secrets;
};

/// What no text of an attempt may show, whoever sends it back.
Redactor SecretsOf(const HttpPlan& plan);

/// Compiles a spec of kind `http`, or a step of a journey. Errors as of MakeHttpCheck().
tl::expected<std::shared_ptr<HttpPlan>, std::string> CompileHttpPlan(const CheckSpec& spec);

}  // namespace gaikei
