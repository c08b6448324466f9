#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "results/phases.h"
#include "results/reason.h"

namespace gaikei::io {

class TlsPeer;

/// Why an exchange ended as it did, for ExchangeText().
struct ExchangeEnd {
  Reason reason = Reason::kNone;
  std::optional<Phase> phase;
  int code = 0;                   ///< CURLcode
  std::string_view error;         ///< libcurl's own words; they may quote the server
  const TlsPeer* peer = nullptr;  ///< null: no TLS
};

/// One line in plain words, escaped.
std::string ExchangeText(const ExchangeEnd& end);
/// The same of a TLS handshake that failed for `reason`; `error` in libcurl's own words.
std::string HandshakeText(Reason reason, const TlsPeer& peer, std::string_view error);

}  // namespace gaikei::io
