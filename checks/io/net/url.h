#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "results/secret.h"

namespace gaikei::io {

/// Longest URL that is asked for or followed, in bytes.
inline constexpr std::size_t kUrlLimit = 8192;

/// One absolute URL, taken apart as libcurl does. A value type; everything here is pure.
struct Url {
  std::string text;        ///< the whole, to be asked for: without credentials and fragment
  std::string scheme;      ///< lower case
  std::string host;        ///< lower case, IDN as ASCII, IPv6 without brackets
  std::uint16_t port = 0;  ///< the scheme's default where none is written; 0: the scheme has none
  Secret user;             ///< decoded; empty: no credentials
  Secret password;         ///< decoded
};

struct UrlError {
  bool is_too_long = false;
  std::string message;  ///< never shows the URL
};

/// Parses an absolute URL of any scheme. Control characters and blanks are refused.
tl::expected<Url, UrlError> ParseUrl(std::string_view text);

/// Resolves a Location against the URL that was asked (RFC 9110, 10.2.2), encoding what must be
/// encoded as curl does. The result has credentials only where `location` itself brings them.
tl::expected<Url, UrlError> ResolveUrl(const Url& base, std::string_view location);

/// Same scheme, host and port: whatever was meant for one may be sent to the other.
bool IsSameOrigin(const Url& a, const Url& b);

/// What may be shown: no credentials, values of query parameters that are named like secrets
/// replaced, escaped.
std::string ShownUrl(const Url& url);

/// The values that ShownUrl() replaces, each as it is written and decoded.
std::vector<Secret> SecretsInQuery(const Url& url);

}  // namespace gaikei::io
