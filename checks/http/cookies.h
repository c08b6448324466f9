#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checks/io/http/http_transfer.h"
#include "results/secret.h"

namespace gaikei {

/// The cookies that a check brings of its own, beside those that the target sets: a cookie that the
/// target has set, or taken away, goes before the one of the same name that was brought. For one
/// attempt.
class OwnCookies {
 public:
  /// `cookies` outlives it.
  explicit OwnCookies(const std::vector<std::pair<std::string, Secret>>& cookies)
      : cookies_(cookies) {}

  /// What is sent to `url`, as a field's value; empty: none. REQUIRES: `url` is of the target's own
  /// origin.
  Secret For(const io::Url& url, const io::HttpTransfer& transfer) const;

  /// Takes notice of what an answer of the target's own origin sets.
  void Learn(const io::ResponseHead& head);

 private:
  const std::vector<std::pair<std::string, Secret>>& cookies_;
  std::vector<std::string> replaced_;  ///< names of those among them that the target has set
};

/// Empty for a name and a value that can be sent as a cookie (RFC 6265, 4.1.1; a value may have any
/// visible character but the semicolon); else why not, without the value.
std::string WhyNoCookie(const std::string& name, const Secret& value);

}  // namespace gaikei
