#include "probe/config/redirect_keys.h"

#include <fmt/format.h>

#include "checks/io/dns/host_name.h"
#include "checks/io/net/address.h"
#include "results/ascii.h"

namespace gaikei {
namespace {

/// The host as a URL has it; empty for what is none.
std::string HostOf(std::string_view text) {
  const bool has_brackets = text.size() > 2 && text.front() == '[' && text.back() == ']';
  const auto inside = has_brackets ? text.substr(1, text.size() - 2) : text;
  if (const auto address = io::Address::Parse(inside, 0)) return address->Text();
  std::string name = LowerCase(text);
  for (const char c : name) {
    const bool is_of_a_name =
        (c >= 'a' && c <= 'z') || IsDigit(c) || c == '-' || c == '_' || c == '.';
    if (!is_of_a_name) return {};
  }
  if (name.ends_with('.')) name.pop_back();
  return io::WhyNoHostName(name).empty() ? name : std::string();
}

}  // namespace

void ReadRedirectKeys(TableReader& reader, HttpOptions& http) {
  for (const Node* node : reader.StringOrStrings("redirect_hosts")) {
    std::string_view text = node->text;
    const bool is_below = text.starts_with("*.");
    if (is_below) text.remove_prefix(2);
    std::string host = HostOf(text);
    if (host.empty()) {
      reader.errors().Add(node->position, fmt::format("{} is no host: a name, an address, or "
                                                      "\"*.NAME\" for every name below it",
                                                      Quoted(node->text)));
      continue;
    }
    http.redirect_hosts.push_back(is_below ? "*." + host : host);
  }
  if (const auto allow = reader.Boolean("allow_downgrade")) http.allow_downgrade = *allow;
}

}  // namespace gaikei
