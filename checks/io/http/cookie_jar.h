#pragma once

#include <optional>
#include <string_view>

#include "checks/io/net/url.h"
#include "results/secret.h"

typedef void CURL;

namespace gaikei::io {

/// The value of a cookie in the jar of `easy` that would be sent to `url` (RFC 6265, 5.4): of
/// several the one with the longest path. Absent when there is none. Loop thread only, with no
/// transfer running.
std::optional<Secret> FindCookie(CURL* easy, std::string_view name, const Url& url);

/// One cookie as libcurl lists it: domain, subdomains too, path, only secure, expiry, name, value
/// with tabs between. For FindCookie and its tests.
struct ListedCookie {
  std::string_view domain;  ///< lower or upper case, no dot in front
  bool has_subdomains = false;
  std::string_view path;
  bool is_secure = false;
  std::string_view name;
  std::string_view value;
};
std::optional<ListedCookie> ParseListedCookie(std::string_view line);
/// Whether the cookie would be sent to `url`, whatever its name.
bool IsFor(const ListedCookie& cookie, const Url& url);

}  // namespace gaikei::io
