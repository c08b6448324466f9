#include "probe/config/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "checks/dns/dns_uri.h"
#include "checks/grpc/grpc_target.h"
#include "checks/io/net/url.h"
#include "checks/parts/endpoint.h"
#include "probe/config/errors.h"
#include "probe/config/heartbeat_keys.h"
#include "results/ascii.h"
#include "results/text.h"

namespace gaikei {
namespace {

bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// The scheme of `text` without its colon (RFC 3986, 3.1); empty for a bare host. `host:8080/x`
/// begins like a scheme, but no scheme we know is followed by a digit alone.
std::string_view SchemeOf(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !IsAlpha(text[0])) return {};
  const std::string_view scheme = text.substr(0, colon);
  const bool is_scheme = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return IsAlpha(c) || IsDigit(c) || c == '+' || c == '-' || c == '.';
  });
  if (!is_scheme) return {};
  if (LowerCase(scheme) == "heartbeat") return scheme;  // its name may be a number
  std::string_view rest = text.substr(colon + 1);
  if (rest.starts_with("//") || (rest.empty() && FindKindByScheme(LowerCase(scheme)) != nullptr)) {
    return scheme;
  }
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  rest.remove_prefix(digits);
  const bool is_port = rest.empty() || (digits > 0 && (rest[0] == '/' || rest[0] == '?'));
  return is_port ? std::string_view() : scheme;
}

std::vector<std::string_view> KnownSchemes() {
  std::vector<std::string_view> schemes;
  for (const Kind& kind : AllKinds()) {
    schemes.insert(schemes.end(), kind.schemes.begin(), kind.schemes.end());
  }
  return schemes;
}

/// The part between "//" and the path.
std::string_view AuthorityOf(std::string_view text, std::size_t scheme_size) {
  const std::string_view rest = text.substr(scheme_size + 3);
  return rest.substr(0, rest.find_first_of("/?#"));
}

/// Empty when it can be a host with its port. What libcurl would let pass (an empty port, port 0)
/// or translate (names that are not ASCII) is refused here.
std::string WhyNoHost(std::string_view authority) {
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    authority.remove_prefix(at + 1);
  }
  if (authority.empty() || authority[0] == ':') return "no host in the target";
  if (std::any_of(authority.begin(), authority.end(),
                  [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    return "the host is not ASCII; write an internationalised name in its xn-- form";
  }
  // Decoded it could be anything. In brackets it begins the zone of an IPv6 address (RFC 6874).
  if (authority[0] != '[' && authority.find('%') != std::string_view::npos) {
    return "the host is percent-encoded; write it as it is";
  }
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {};
  const std::string_view port = authority.substr(colon + 1);
  unsigned number = 0;
  for (const char c : port) {
    number = IsDigit(c) ? std::min(number * 10 + static_cast<unsigned>(c - '0'), 99999U) : 99999;
  }
  if (number < 1 || number > 65535) return "the port is not a number from 1 to 65535";
  return {};
}

using Refused = tl::unexpected<std::string>;

/// A URL of HTTP: credentials and queries may be secret.
tl::expected<Target, std::string> ParseHttp(std::string_view url) {
  if (std::string why = WhyNoHost(AuthorityOf(url, url.find(':'))); !why.empty()) {
    return Refused(std::move(why));
  }
  auto parsed = io::ParseUrl(url);
  if (!parsed) return Refused(std::move(parsed.error().message));
  if (parsed->host.empty()) return Refused("no host in the target");
  Target target;
  target.shown = io::ShownUrl(*parsed);
  target.has_credentials = !parsed->user.empty() || !parsed->password.empty() ||
                           target.shown.find("=<secret>") != std::string::npos;
  target.url = Secret(std::string(url), target.has_credentials);
  return target;
}

/// What has no secrets is shown as it is written.
Target Plain(std::string_view url) {
  Target target;
  target.shown = Escape(url, io::kUrlLimit);
  target.url = Secret(std::string(url), false);
  return target;
}

tl::expected<Target, std::string> ParseTls(std::string_view url) {
  const auto endpoint = ParseEndpoint(url);
  return endpoint ? tl::expected<Target, std::string>(Plain(url)) : Refused(endpoint.error());
}

tl::expected<Target, std::string> ParseTcp(std::string_view url) {
  const auto endpoint = ParseEndpoint(url);
  if (!endpoint) return Refused(endpoint.error());
  if (endpoint->port == 0) return Refused("the target has no port; write tcp://host:port");
  return Plain(url);
}

tl::expected<Target, std::string> ParseIcmp(std::string_view url) {
  const auto endpoint = ParseEndpoint(url);
  if (!endpoint) return Refused(endpoint.error());
  if (endpoint->port != 0) return Refused("the target has a port, which ICMP does not know");
  return Plain(url);
}

tl::expected<Target, std::string> ParseDns(std::string_view url) {
  const auto uri = ParseDnsUri(url);
  return uri ? tl::expected<Target, std::string>(Plain(url)) : Refused(uri.error());
}

tl::expected<Target, std::string> ParseGrpc(std::string_view url) {
  const auto target = ParseGrpcTarget(url);
  return target ? tl::expected<Target, std::string>(Plain(url)) : Refused(target.error());
}

tl::expected<Target, std::string> ParseWebSocket(std::string_view url) {
  // RFC 6455, 3.
  if (url.find('#') != std::string_view::npos) return Refused("the target takes no fragment");
  return ParseHttp(url);
}

tl::expected<Target, std::string> ParseHeartbeat(std::string_view url) {
  const auto name = HeartbeatNameOf(url);
  return name ? tl::expected<Target, std::string>(Plain(url)) : Refused(name.error());
}

/// How a kind's targets are written.
struct Form {
  std::string_view kind;
  bool has_slashes;  ///< the scheme is followed by "//"
  /// Everything of the target but its kind.
  tl::expected<Target, std::string> (*parse)(std::string_view url);
};

constexpr std::array kForms = {
    Form{"http", true, &ParseHttp},
    Form{"tls", true, &ParseTls},
    Form{"dns", false, &ParseDns},
    Form{"tcp", true, &ParseTcp},
    Form{"icmp", true, &ParseIcmp},
    Form{"grpc", true, &ParseGrpc},
    Form{"websocket", true, &ParseWebSocket},
    Form{"heartbeat", false, &ParseHeartbeat},
};

const Form& FormOf(const Kind& kind) {
  const auto it = std::find_if(kForms.begin(), kForms.end(),
                               [&](const Form& form) { return form.kind == kind.name; });
  return it == kForms.end() ? kForms[0] : *it;
}

/// Lower case; https for a bare host.
std::string SchemeMeant(std::string_view text) {
  const std::string_view scheme = SchemeOf(text);
  return scheme.empty() ? "https" : LowerCase(scheme);
}

}  // namespace

const Kind* KindOfTarget(std::string_view text) { return FindKindByScheme(SchemeMeant(text)); }

bool IsSecureTarget(const Secret& url) {
  const std::string scheme = SchemeMeant(url.Reveal());
  return url.empty() || scheme == "grpcs" || scheme == "wss";
}

tl::expected<Target, std::string> ParseTarget(std::string_view text) {
  if (text.empty()) return Refused("the target is empty");
  if (text.size() > io::kUrlLimit) return Refused("the target is longer than 8 KiB");
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; })) {
    return Refused("the target has spaces or control characters; write a space as %20");
  }
  const std::string scheme = SchemeMeant(text);
  const Kind* kind = FindKindByScheme(scheme);
  if (kind == nullptr) {
    return Refused(fmt::format("unknown scheme {}; known: {}", Quoted(scheme),
                               fmt::join(KnownSchemes(), ", ")));
  }
  const std::string url =
      SchemeOf(text).empty() ? fmt::format("{}://{}", scheme, text) : std::string(text);
  const Form& form = FormOf(*kind);
  if (form.has_slashes && std::string_view(url).substr(scheme.size(), 3) != "://") {
    return Refused(fmt::format("{}: is followed by //host", scheme));
  }
  auto target = form.parse(url);
  if (target) target->kind = kind;
  return target;
}

}  // namespace gaikei
