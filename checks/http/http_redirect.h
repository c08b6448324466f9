#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/io/http/response_head.h"
#include "checks/io/net/url.h"
#include "results/reason.h"

namespace gaikei {

/// Where an answer points to, and how to ask there.
struct Redirect {
  Reason reason = Reason::kNone;  ///< why it cannot be followed
  std::string message;            ///< in that case; escaped
  io::Url url;                    ///< valid where reason is kNone
  std::string method;
  bool keeps_body = false;
  std::string shown_location;  ///< for evidence, also where it cannot be followed
};

/// Where redirects may lead.
struct RedirectRules {
  std::string own_host;  ///< of the target, which is always allowed
  /// Names, addresses, and "*.NAME" for every name below it; lower case; empty: any host.
  std::vector<std::string> hosts;
  bool allow_downgrade = false;  ///< from https to http
};

/// Absent when the answer is no redirect: another status, no Location or a blank one. Pure.
std::optional<Redirect> FindRedirect(const io::Url& asked, const io::ResponseHead& head,
                                     std::string_view method, const RedirectRules& rules = {});

}  // namespace gaikei
