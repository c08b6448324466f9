#include "results/upstream/otlp/target_parts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "results/ascii.h"
#include "results/http_text.h"

namespace gaikei::otlp {
namespace {

std::uint16_t PortOf(std::string_view scheme) {
  constexpr std::array<std::pair<std::string_view, std::uint16_t>, 7> kPorts = {{
      {"http", std::uint16_t{80}},
      {"https", std::uint16_t{443}},
      {"tls", std::uint16_t{443}},
      {"ws", std::uint16_t{80}},
      {"wss", std::uint16_t{443}},
      {"grpcs", std::uint16_t{443}},
      {"dns", std::uint16_t{53}},
  }};
  const auto* const found = std::find_if(kPorts.begin(), kPorts.end(),
                                         [scheme](const auto& row) { return row.first == scheme; });
  return found == kPorts.end() ? std::uint16_t{0} : found->second;
}

/// "user@host:port" or "[v6]:port".
void ReadAuthority(std::string_view authority, TargetParts& parts) {
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    authority.remove_prefix(at + 1);
  }
  std::string_view port;
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']')) {
    authority = authority.substr(1, authority.size() - 2);
  }
  parts.host = LowerCase(authority);
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool is_port = error == std::errc() && end == port.data() + port.size();
  parts.port = is_port ? number : parts.host.empty() ? std::uint16_t{0} : PortOf(parts.scheme);
}

}  // namespace

TargetParts PartsOf(std::string_view target) {
  TargetParts parts;
  const auto slashes = target.find("://");
  const auto colon = target.find(':');
  if (slashes != std::string_view::npos && slashes == colon) {
    parts.scheme = LowerCase(target.substr(0, slashes));
    target.remove_prefix(slashes + 3);
  } else if (target.starts_with("dns:") || target.starts_with("heartbeat:")) {
    parts.scheme = target.substr(0, colon);
    target.remove_prefix(colon + 1);
    if (parts.scheme == "dns") {
      parts.question = PercentDecoded(target.substr(0, target.find_first_of("?;")));
    }
    return parts;
  } else {
    parts.scheme = "https";
  }
  const auto path = std::min(target.find_first_of("/?#"), target.size());
  ReadAuthority(target.substr(0, path), parts);
  if (parts.scheme == "dns" && path < target.size()) {
    target.remove_prefix(path + 1);
    parts.question = PercentDecoded(target.substr(0, target.find_first_of("?;")));
  }
  return parts;
}

}  // namespace gaikei::otlp
