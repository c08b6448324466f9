#include "checks/websocket/upgrade.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "checks/io/tls/digest.h"

namespace gaikei {
namespace {

constexpr std::size_t kKeySize = 16;
constexpr std::string_view kMagic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::string Authority(const io::Url& url) {
  const std::string host = url.host.substr(0, url.host.find('%'));
  std::string authority = host.find(':') != std::string::npos ? "[" + host + "]" : host;
  if (url.port != (url.scheme == "https" ? 443 : 80)) authority += ":" + std::to_string(url.port);
  return authority;
}

/// Path and query, as they are asked for (RFC 9112, 3.2.1).
std::string RequestTarget(const io::Url& url) {
  const std::size_t authority = url.text.find("://") + 3;
  const std::size_t path = url.text.find_first_of("/?", authority);
  if (path == std::string::npos) return "/";
  return url.text[path] == '?' ? "/" + url.text.substr(path) : url.text.substr(path);
}

bool Has(const HttpOptions& http, std::string_view name) {
  return std::any_of(http.headers.begin(), http.headers.end(), [name](const auto& header) {
    return io::EqualsIgnoringCase(header.first, name);
  });
}

/// All values of a field as one list; absent where there is none.
std::optional<std::string> Joined(const io::ResponseHead& head, std::string_view name) {
  std::optional<std::string> all;
  for (const auto& [field, value] : head.fields()) {
    if (!io::EqualsIgnoringCase(field, name)) continue;
    all = all ? *all + "," + value : value;
  }
  return all;
}

bool HasElement(std::string_view list, std::string_view wanted) {
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view element = list.substr(0, comma);
    while (!element.empty() && (element.front() == ' ' || element.front() == '\t')) {
      element.remove_prefix(1);
    }
    while (!element.empty() && (element.back() == ' ' || element.back() == '\t')) {
      element.remove_suffix(1);
    }
    if (io::EqualsIgnoringCase(element, wanted)) return true;
    if (comma == list.size()) return false;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

Secret UpgradeRequest(const io::Url& url, const HttpOptions& http,
                      const std::vector<std::string>& subprotocols) {
  std::string head = fmt::format("GET {} HTTP/1.1\r\n", RequestTarget(url));
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!Has(http, name)) head += fmt::format("{}: {}\r\n", name, value);
  };
  add("Host", Authority(url));
  head += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
  if (!subprotocols.empty()) {
    head += fmt::format("Sec-WebSocket-Protocol: {}\r\n", fmt::join(subprotocols, ", "));
  }
  if (!http.user_agent.empty()) add("User-Agent", http.user_agent);
  if (!url.user.empty() || !url.password.empty()) {
    const std::string pair =
        fmt::format("{}:{}", url.user.Reveal(), url.password.Reveal());  // RFC 7617
    add("Authorization", "Basic " + io::EncodeBase64(pair));
  }
  for (const auto& [name, value] : http.headers) {
    head += fmt::format("{}: {}\r\n", name, value.Reveal());
  }
  return Secret(std::move(head));
}

std::string UpgradeKey() { return io::EncodeBase64(io::RandomBytes(kKeySize)); }

std::string UpgradeAccept(std::string_view key) {
  return io::EncodeBase64(io::Sha1(std::string(key) + std::string(kMagic)));
}

std::string WhyNoUpgrade(const io::ResponseHead& head, std::string_view key,
                         const std::vector<std::string>& subprotocols, std::string& chosen) {
  if (head.version() != "1.1") return fmt::format("status 101 in HTTP/{}", head.version());
  const auto upgrade = Joined(head, "upgrade");
  if (!upgrade || !io::EqualsIgnoringCase(*upgrade, "websocket")) {
    return "status 101 without \"Upgrade: websocket\"";
  }
  if (!HasElement(Joined(head, "connection").value_or(""), "upgrade")) {
    return "status 101 without \"Connection: Upgrade\"";
  }
  const auto accept = Joined(head, "sec-websocket-accept");
  if (!accept) return "status 101 without Sec-WebSocket-Accept";
  if (*accept != UpgradeAccept(key)) {
    return "Sec-WebSocket-Accept is not what the key gives: something that is no WebSocket server, "
           "or a cache, has answered";
  }
  if (!Joined(head, "sec-websocket-extensions").value_or("").empty()) {
    return "Sec-WebSocket-Extensions, though none were offered";
  }
  const auto protocol = Joined(head, "sec-websocket-protocol");
  if (!protocol) return {};
  if (std::find(subprotocols.begin(), subprotocols.end(), *protocol) == subprotocols.end()) {
    return "Sec-WebSocket-Protocol names one that was not offered";
  }
  chosen = *protocol;
  return {};
}

}  // namespace gaikei
