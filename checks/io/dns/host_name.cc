#include "checks/io/dns/host_name.h"

#include <algorithm>

#include "checks/io/dns/hosts_file.h"
#include "checks/io/net/address.h"
#include "checks/io/net/url.h"
#include "results/ascii.h"

namespace gaikei::io {
namespace {

// What a DNS URI asks for (RFC 4501): "dns:NAME", "dns://SERVER/NAME", options behind "?" or ";".
std::string_view NameOfDnsUri(std::string_view rest) {
  if (rest.starts_with("//")) {
    const std::size_t slash = rest.find('/', 2);
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
  return rest.substr(0, rest.find_first_of("?;"));
}

std::string HostOf(std::string_view target) {
  const std::size_t colon = target.find(':');
  if (colon == std::string_view::npos) return {};
  const std::string scheme = LowerCase(target.substr(0, colon));
  const std::string_view rest = target.substr(colon + 1);
  if (scheme == "dns") return std::string(NameOfDnsUri(rest));
  if (!rest.starts_with("//")) return std::string(rest.substr(0, rest.find_first_of("/?:")));
  const auto url = ParseUrl(target);
  return url ? url->host : std::string();
}

}  // namespace

std::string WhyNoHostName(std::string_view name) {
  if (name.empty()) return "the name is empty";
  if (name.size() > 253) return "the name is longer than 253 characters";
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '\\';  // a backslash would be an escape on the way
  });
  if (!is_plain) return "the name has characters that no host name has";
  while (true) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    if (dot == 0) return "the name has an empty label";
    if (dot > 63) return "the name has a label longer than 63 characters";
    if (dot == name.size()) return {};
    name.remove_prefix(dot + 1);
  }
}

std::string HostNameOf(std::string_view target) {
  std::string name = LowerCase(HostOf(target));
  if (name.ends_with('.')) name.pop_back();
  if (Address::Parse(name, 0) || IsLocalhost(name) || !WhyNoHostName(name).empty()) return {};
  return name;
}

}  // namespace gaikei::io
