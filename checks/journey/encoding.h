#pragma once

#include <string>
#include <string_view>

namespace gaikei {

/// All but unreserved characters (RFC 3986, 2.3) as %XX; for a form a blank becomes a plus.
std::string PercentEncode(std::string_view value, bool is_form);

/// Undoes it; what is no encoding stays as it is.
std::string PercentDecode(std::string_view encoded, bool is_form);

/// For the inside of a JSON string; what is no UTF-8 becomes U+FFFD.
std::string JsonEscape(std::string_view value);

}  // namespace gaikei
