#pragma once

#include <string>
#include <string_view>

/// Domain names in presentation format (RFC 1035, 5.1), compared as DNS does. All pure.
namespace gaikei {

/// Absolute, with its final dot, ASCII letters in lower case; "." for the root and for "".
std::string CanonicalDnsName(std::string_view name);
/// The name without its first label; "." for a name of one label, and for the root. Takes and gives
/// canonical names.
std::string ParentDnsName(std::string_view canonical);
/// Whether `name` is `zone` or lies below it; both canonical.
bool IsWithinDnsZone(std::string_view name, std::string_view zone);

}  // namespace gaikei
