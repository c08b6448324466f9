#pragma once

#include <optional>
#include <string>
#include <string_view>

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

/// Absent when the answer is no redirect: another status, no Location or a blank one. Pure.
std::optional<Redirect> FindRedirect(const io::Url& asked, const io::ResponseHead& head,
                                     std::string_view method);

}  // namespace gaikei
