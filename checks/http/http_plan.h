#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "checks/expect/expect.h"
#include "checks/io/net/address.h"
#include "checks/io/net/url.h"
#include "checks/io/tls/trust.h"
#include "checks/spec.h"

namespace gaikei {

/// An HTTP check as it runs: compiled once, immutable, shared by all its attempts on all loops.
struct HttpPlan {
  io::Url url;
  std::string method;  ///< never empty
  std::vector<std::pair<std::string, Secret>> headers;
  std::optional<Secret> body;
  unsigned max_redirects = 0;
  std::uint64_t body_limit = 0;  ///< decoded bytes read at most; more is too_large
  std::size_t keep_limit = 0;    ///< decoded bytes kept for the expectations; 0: none asks
  std::optional<std::string> compression;
  HttpVersion version = HttpVersion::kDefault;
  std::string user_agent;

  Family family = Family::kAuto;
  std::optional<io::Address> address;  ///< peer for the target's own host instead of resolving
  bool is_resolve_cached = false;
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
};

/// Compiles a spec of kind `http`, or a step of a journey. Errors as of MakeHttpCheck().
tl::expected<std::shared_ptr<HttpPlan>, std::string> CompileHttpPlan(const CheckSpec& spec);

}  // namespace gaikei
