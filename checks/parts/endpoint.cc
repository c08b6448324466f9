#include "checks/parts/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "checks/io/net/address.h"
#include "results/ascii.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::size_t kNameLimit = 253;  // RFC 1035, 2.3.4, without the root's dot
constexpr std::size_t kLabelLimit = 63;

using Error = tl::unexpected<std::string>;

bool IsNameByte(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

std::string Quoted(std::string_view text) { return '"' + Escape(text, 100) + '"'; }

/// "[2001:db8::1]" without its brackets. The zone's percent sign may be encoded (RFC 6874).
tl::expected<std::string, std::string> Bracketed(std::string_view inside) {
  const std::size_t percent = inside.find('%');
  const std::string_view bare = inside.substr(0, percent);
  const auto address = io::Address::Parse(bare, 0);
  if (!address || address->family() != Family::kIpv6) {
    return Error(fmt::format("[{}] is no IPv6 address", Escape(inside, 100)));
  }
  if (percent == std::string_view::npos) return address->Text();
  std::string_view zone = inside.substr(percent + 1);
  if (zone.starts_with("25") && zone.size() > 2) zone.remove_prefix(2);
  const bool is_zone = !zone.empty() && std::all_of(zone.begin(), zone.end(), [](char c) {
    return IsNameByte(c) || c == '.';
  });
  if (!is_zone) return Error(fmt::format("[{}] has no usable zone", Escape(inside, 100)));
  return fmt::format("{}%{}", address->Text(), zone);
}

/// Empty for a host name that can be looked up.
std::string WhyNoName(std::string_view host) {
  if (std::any_of(host.begin(), host.end(),
                  [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    return "the host is not ASCII; write an internationalised name in its xn-- form";
  }
  if (host.find('%') != std::string_view::npos) {
    return "the host is percent-encoded; write it as it is";
  }
  std::string_view rest = host;
  if (rest.ends_with('.')) rest.remove_suffix(1);
  if (rest.size() > kNameLimit) return "the host is longer than 253 characters";
  std::string_view last;
  while (true) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    last = rest.substr(0, dot);
    if (last.empty() || last.size() > kLabelLimit ||
        !std::all_of(last.begin(), last.end(), &IsNameByte)) {
      return fmt::format("{} is no host name", Quoted(host));
    }
    if (dot == rest.size()) break;
    rest.remove_prefix(dot + 1);
  }
  // What ends in a number is an IPv4 address or a mistake, never a name.
  if (std::all_of(last.begin(), last.end(), &IsDigit) && !io::Address::Parse(host, 0)) {
    return fmt::format("{} is no IPv4 address", Quoted(host));
  }
  return {};
}

std::optional<std::uint16_t> Port(std::string_view text) {
  unsigned number = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return std::nullopt;
    number = std::min(number * 10 + static_cast<unsigned>(c - '0'), 99999U);
  }
  if (number < 1 || number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(number);
}

}  // namespace

tl::expected<Endpoint, std::string> ParseAuthority(std::string_view authority) {
  if (authority.find('@') != std::string_view::npos) {
    return Error("there are credentials, which this kind of check has no use for");
  }
  Endpoint endpoint;
  std::string_view rest;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return Error("the target has a [ without its ]");
    auto host = Bracketed(authority.substr(1, end - 1));
    if (!host) return Error(std::move(host.error()));
    endpoint.host = std::move(*host);
    rest = authority.substr(end + 1);
    if (!rest.empty() && rest[0] != ':')
      return Error("something stands between the ] and the port");
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    if (authority.find(':', std::min(colon + 1, authority.size())) != std::string_view::npos) {
      return Error("an IPv6 address is written in brackets: [2001:db8::1]");
    }
    const std::string_view host = authority.substr(0, colon);
    if (host.empty()) return Error("no host in the target");
    if (std::string why = WhyNoName(host); !why.empty()) return Error(std::move(why));
    endpoint.host = LowerCase(host);
    rest = authority.substr(colon);
  }
  if (rest.empty()) return endpoint;
  const auto port = Port(rest.substr(1));
  if (!port) return Error("the port is not a number from 1 to 65535");
  endpoint.port = *port;
  return endpoint;
}

tl::expected<Endpoint, std::string> ParseEndpoint(std::string_view target) {
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos) return Error("the scheme is followed by //host");
  std::string_view rest = target.substr(scheme + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  auto endpoint = ParseAuthority(rest.substr(0, end));
  if (!endpoint) return endpoint;
  rest.remove_prefix(end);
  if (rest.empty() || rest == "/") return endpoint;
  if (rest[0] == '?' || rest.starts_with("/?")) return Error("the target takes no query");
  if (rest[0] == '#' || rest.starts_with("/#")) return Error("the target takes no fragment");
  return Error("the target takes no path");
}

}  // namespace gaikei
