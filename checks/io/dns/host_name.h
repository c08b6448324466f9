#pragma once

#include <string>
#include <string_view>

namespace gaikei::io {

/// Why `name` (lower case, without the final dot) is no host name that can be asked for, in plain
/// words; empty when it can be (RFC 1035, 2.3.4). Pure; any bytes.
std::string WhyNoHostName(std::string_view name);

/// The host name that a target points at: of "https://shop.example/cart" and "dns:shop.example"
/// alike "shop.example", lower case, without the final dot. Empty where the host is numeric, the
/// loopback or none at all. Pure.
std::string HostNameOf(std::string_view target);

}  // namespace gaikei::io
