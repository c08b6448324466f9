#include "checks/dns/dns_uri.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "checks/io/dns/dns_query.h"
#include "checks/parts/endpoint.h"
#include "results/ascii.h"
#include "results/http_text.h"
#include "results/nearest.h"
#include "results/text.h"

namespace gaikei {
namespace {

using Error = tl::unexpected<std::string>;

constexpr std::array<std::string_view, 2> kParameters = {"type", "class"};
/// What a mistyped type may have meant.
constexpr std::array<std::string_view, 34> kTypes = {
    "A",     "AAAA",       "NS",         "CNAME",  "SOA",    "PTR",   "MX",     "TXT",   "SRV",
    "NAPTR", "CAA",        "HTTPS",      "SVCB",   "DS",     "CDS",   "DNSKEY", "RRSIG", "CDNSKEY",
    "NSEC",  "NSEC3",      "NSEC3PARAM", "TLSA",   "SMIMEA", "SSHFP", "DNAME",  "HINFO", "LOC",
    "URI",   "OPENPGPKEY", "CSYNC",      "ZONEMD", "RP",     "SPF",   "ANY"};
constexpr std::array<std::string_view, 5> kClasses = {"IN", "CH", "HS", "NONE", "ANY"};
/// Types that stand in messages and are no question of their own: OPT, TKEY, TSIG, IXFR, AXFR.
constexpr std::array<std::uint16_t, 5> kNoQuestions = {41, 249, 250, 251, 252};

std::string Quoted(std::string_view text) { return '"' + Escape(text, 100) + '"'; }

std::string DidYouMean(std::string_view word, std::span<const std::string_view> known) {
  const auto nearest = Nearest(word, known);
  return nearest ? fmt::format("; did you mean {}?", *nearest) : std::string();
}

/// Absent where a percent sign is not followed by two hexadecimal digits.
std::optional<std::string> Decode(std::string_view text) {
  if (!IsPercentSound(text)) return std::nullopt;
  return PercentDecoded(text);
}

/// How many backslashes stand at the end: the next character is escaped where they are odd.
std::size_t TrailingBackslashes(std::string_view text) {
  return text.size() - (text.find_last_not_of('\\') + 1);
}

/// Without the dot that makes a name absolute. One behind an odd number of backslashes is a
/// character of the last label.
std::string WithoutRootDot(std::string name) {
  if (name.size() < 2 || name.back() != '.') return name;
  if (TrailingBackslashes(std::string_view(name).substr(0, name.size() - 1)) % 2 == 0) {
    name.pop_back();
  }
  return name;
}

/// Spaces as presentation format has them: \032.
std::string WithEscapedSpaces(std::string_view name) {
  std::string escaped;
  for (const char c : name) {
    if (c != ' ') {
      escaped += c;
    } else {
      escaped += TrailingBackslashes(escaped) % 2 == 0 ? "\\032" : "032";
    }
  }
  return escaped;
}

tl::expected<std::string, std::string> Name(std::string_view text) {
  auto name = Decode(text);
  if (!name) return Error("a % in the name is not followed by two hexadecimal digits");
  if (name->empty()) return ".";
  for (const char c : *name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      return Error("the name is not ASCII; write an internationalised name in its xn-- form");
    }
    if (byte < 0x20 || byte == 0x7f) {
      return Error("the name has a control character; write it as \\DDD");
    }
  }
  *name = WithEscapedSpaces(*name);
  if (std::string why = io::WhyNoDnsName(*name); !why.empty()) {
    return Error(fmt::format("{} cannot be asked for: {}", Quoted(*name), why));
  }
  return WithoutRootDot(std::move(*name));
}

std::string SetType(std::string_view value, DnsUri& uri) {
  const auto type = io::ParseDnsType(value);
  if (!type) return fmt::format("unknown type {}{}", Quoted(value), DidYouMean(value, kTypes));
  if (std::find(kNoQuestions.begin(), kNoQuestions.end(), *type) != kNoQuestions.end()) {
    return fmt::format("type {} is no question that a check can ask", Quoted(value));
  }
  uri.type = *type;
  return {};
}

std::string SetClass(std::string_view value, DnsUri& uri) {
  const auto klass = io::ParseDnsClass(value);
  if (!klass) return fmt::format("unknown class {}{}", Quoted(value), DidYouMean(value, kClasses));
  uri.klass = *klass;
  return {};
}

/// One "key=value"; `seen` tells which of kParameters were given before. The error, or empty.
std::string SetParameter(std::string_view text, std::array<bool, 2>& seen, DnsUri& uri) {
  const std::size_t equals = std::min(text.find('='), text.size());
  const auto key = Decode(text.substr(0, equals));
  const auto value = Decode(text.substr(std::min(equals + 1, text.size())));
  if (!key || !value) return "a % in the query is not followed by two hexadecimal digits";
  const auto known = std::find(kParameters.begin(), kParameters.end(), LowerCase(*key));
  if (known == kParameters.end()) {
    return fmt::format("unknown parameter {}{}", Quoted(*key), DidYouMean(*key, kParameters));
  }
  bool& is_seen = seen[static_cast<std::size_t>(known - kParameters.begin())];
  if (is_seen) return fmt::format("{} is given twice", *known);
  is_seen = true;
  if (value->empty()) return fmt::format("{} has no value", *known);
  return *known == "type" ? SetType(*value, uri) : SetClass(*value, uri);
}

std::string SetParameters(std::string_view query, DnsUri& uri) {
  std::array<bool, 2> seen{};
  while (!query.empty()) {
    const std::size_t end = std::min(query.find_first_of(";&"), query.size());
    if (end > 0) {
      if (std::string why = SetParameter(query.substr(0, end), seen, uri); !why.empty()) return why;
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return {};
}

/// Takes "//SERVER[:PORT]/" off the front. The error, or empty.
std::string SetServer(std::string_view& rest, DnsUri& uri) {
  if (!rest.starts_with("//")) return {};
  const std::string_view authority = rest.substr(2, rest.find_first_of("/?", 2) - 2);
  const std::size_t end = 2 + authority.size();
  if (end >= rest.size() || rest[end] != '/') {
    if (authority.find('@') != std::string_view::npos) return ParseAuthority(authority).error();
    return fmt::format(
        "{0} stands where the server does, and no name follows; write dns:{0}, or "
        "dns://SERVER/{0}",
        Escape(authority, 100));
  }
  rest.remove_prefix(end + 1);
  if (authority.empty()) return {};
  auto server = ParseAuthority(authority);
  if (!server) return std::move(server.error());
  uri.server = std::move(server->host);
  uri.port = server->port;
  return {};
}

}  // namespace

tl::expected<DnsUri, std::string> ParseDnsUri(std::string_view text) {
  if (LowerCase(text.substr(0, 4)) != "dns:") return Error("the target does not begin with dns:");
  std::string_view rest = text.substr(4);
  if (rest.find('#') != std::string_view::npos) return Error("the target takes no fragment");
  DnsUri uri;
  if (std::string why = SetServer(rest, uri); !why.empty()) return Error(std::move(why));
  const std::size_t question = std::min(rest.find('?'), rest.size());
  const std::string_view encoded = rest.substr(0, question);
  if (encoded.starts_with('/')) {
    return Error("the name begins with a slash; write dns:NAME or dns://SERVER/NAME");
  }
  if (encoded.empty() && question == rest.size()) {
    return Error("no name is asked for; the root is written dns:.");
  }
  auto name = Name(encoded);
  if (!name) return Error(std::move(name.error()));
  uri.name = std::move(*name);
  rest.remove_prefix(std::min(question + 1, rest.size()));
  if (std::string why = SetParameters(rest, uri); !why.empty()) return Error(std::move(why));
  return uri;
}

}  // namespace gaikei
