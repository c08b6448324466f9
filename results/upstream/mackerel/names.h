#pragma once

#include <string>
#include <string_view>

namespace gaikei::mackerel {

/// What one check in one region is called in Mackerel, whose names are narrower than ours. Pure.
///
/// A name of letters, digits, `_` and `-` stays as it is. Of any other one, and of a long one, the
/// bytes that may not stand there become `_`, and eight hexadecimal digits of a hash of the whole
/// follow, so that two checks never share a name: "shop/cart" is "shop_cart-" and its hash.

/// What every metric of that check there begins with: "gaikei.home.tokyo.". `prefix` may be empty.
/// A dot stands only between the parts.
std::string MetricStem(std::string_view prefix, std::string_view check, std::string_view region);

/// What its reports are called on the prober's host ([a-zA-Z0-9_-]+, hosts API, "checks"): "home"
/// where it looks from the prober's own region, "home--osaka" where it looks from another.
std::string ReportName(std::string_view check, std::string_view region,
                       std::string_view own_region);

}  // namespace gaikei::mackerel
