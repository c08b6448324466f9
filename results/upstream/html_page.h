#pragma once

#include <string>
#include <string_view>

namespace gaikei {

/// The title of a page of HTML, escaped, at most 100 characters; empty: it has none.
std::string PageTitle(std::string_view html);

/// True for a page by which a web server in front of an upstream refuses the connection and not the
/// request: no client certificate came, or one that will not do, or no TLS. nginx says so with
/// status 400.
bool IsAboutTheConnection(std::string_view html);

}  // namespace gaikei
