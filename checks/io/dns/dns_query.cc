#include "checks/io/dns/dns_query.h"

#include <fmt/format.h>
#include <ldns/ldns.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <utility>

#include "checks/io/dns/dns_edns.h"
#include "checks/io/dns/dns_wire.h"
#include "results/ascii.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

constexpr std::uint8_t kQr = 0x80;
constexpr std::uint8_t kTc = 0x02;
constexpr std::uint8_t kRd = 0x01;
constexpr std::uint8_t kCd = 0x10;

constexpr std::array<std::pair<std::string_view, std::uint16_t>, 5> kClasses = {
    {{"IN", 1}, {"CH", 3}, {"HS", 4}, {"NONE", 254}, {"ANY", 255}}};

bool IsSame(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerCase(x) == LowerCase(y); });
}

// "TYPE28" with `prefix` "TYPE" (RFC 3597, 5).
std::optional<std::uint16_t> ParseNumbered(std::string_view text, std::string_view prefix) {
  if (text.size() <= prefix.size() || !IsSame(text.substr(0, prefix.size()), prefix)) {
    return std::nullopt;
  }
  std::uint16_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + prefix.size(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

struct FreeName {
  void operator()(ldns_rdf* name) const { ldns_rdf_deep_free(name); }
};
using LdnsName = std::unique_ptr<ldns_rdf, FreeName>;

std::string NameProblem(ldns_status status) {
  switch (status) {
    case LDNS_STATUS_EMPTY_LABEL:
      return "it has an empty label";
    case LDNS_STATUS_LABEL_OVERFLOW:
      return "a label is longer than 63 bytes";
    case LDNS_STATUS_DOMAINNAME_OVERFLOW:
      return "it is longer than 255 bytes";
    case LDNS_STATUS_DOMAINNAME_UNDERFLOW:
      return "it is empty (the root is \".\")";
    case LDNS_STATUS_SYNTAX_BAD_ESCAPE:
      return "a backslash is followed by neither a character nor three digits up to 255";
    default:
      return ldns_get_errorstr_by_id(status);
  }
}

// The name in wire format, or why there is none.
tl::expected<LdnsName, std::string> ReadName(std::string_view text) {
  const bool is_graphic =
      std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (!is_graphic) {
    return tl::unexpected<std::string>(
        "it has a character that is no graphic ASCII (write \\DDD, or an international name in its "
        "xn-- form)");
  }
  ldns_rdf* name = nullptr;
  const ldns_status status = ldns_str2rdf_dname(&name, std::string(text).c_str());
  if (status != LDNS_STATUS_OK) return tl::unexpected(NameProblem(status));
  return LdnsName(name);
}

// Never fails for so few bytes once the system is up.
bool Random(void* bytes, std::size_t size) {
  return getrandom(bytes, size, 0) == static_cast<ssize_t>(size);
}

bool AsksForEdns(const DnsQuery& query) {
  return query.dnssec_ok || query.nsid || query.cookie || !query.ecs.empty();
}

unsigned U16At(std::span<const std::uint8_t> message, std::size_t at) {
  return static_cast<unsigned>(message[at]) << 8U | message[at + 1];
}

// Where the question of a query of ours ends: it has no compression.
std::size_t QuestionEnd(std::string_view bytes) {
  std::size_t at = kDnsHeaderSize;
  while (at < bytes.size() && bytes[at] != '\0') at += static_cast<unsigned char>(bytes[at]) + 1U;
  return at + 5;
}

}  // namespace

std::optional<std::uint16_t> ParseDnsType(std::string_view text) {
  if (const auto type = ParseNumbered(text, "TYPE")) return type;
  // ldns reads a number out of whatever else begins like that.
  constexpr std::string_view kNumbered = "TYPE";
  if (IsSame(text.substr(0, kNumbered.size()), kNumbered)) return std::nullopt;
  const ldns_rr_type type = ldns_get_rr_type_by_name(std::string(text).c_str());
  if (type == 0) return std::nullopt;
  return static_cast<std::uint16_t>(type);
}

std::optional<std::uint16_t> ParseDnsClass(std::string_view text) {
  if (const auto klass = ParseNumbered(text, "CLASS")) return klass;
  for (const auto& [name, value] : kClasses) {
    if (IsSame(text, name)) return value;
  }
  return std::nullopt;
}

std::string DnsTypeText(std::uint16_t type) {
  switch (type) {
    case LDNS_RR_TYPE_IXFR:
      return "IXFR";
    case LDNS_RR_TYPE_AXFR:
      return "AXFR";
    case LDNS_RR_TYPE_ANY:
      return "ANY";
    default:
      break;
  }
  const char* name = ldns_rr_descript(type)->_name;
  return name != nullptr ? std::string(name) : fmt::format("TYPE{}", type);
}

std::string DnsClassText(std::uint16_t klass) {
  for (const auto& [name, value] : kClasses) {
    if (value == klass) return std::string(name);
  }
  return fmt::format("CLASS{}", klass);
}

std::string WhyNoDnsName(std::string_view name) {
  const auto read = ReadName(name);
  return read ? std::string() : read.error();
}

tl::expected<DnsWireQuery, std::string> BuildDnsQuery(const DnsQuery& query) {
  const auto name = ReadName(query.name);
  if (!name) {
    return tl::unexpected(
        fmt::format("{} cannot be asked for: {}", Escape(query.name), name.error()));
  }
  if (query.edns_size == 0 && AsksForEdns(query)) {
    return tl::unexpected<std::string>("DO, ECS, NSID and cookies need EDNS (edns_size)");
  }
  DnsWireQuery wire;
  wire.client_cookie.resize(query.cookie ? kClientCookieSize : 0);
  if (!Random(&wire.id, sizeof wire.id) ||
      !Random(wire.client_cookie.data(), wire.client_cookie.size())) {
    return tl::unexpected<std::string>("the system gives no random bytes");
  }
  AppendU16(wire.bytes, wire.id);
  wire.bytes += static_cast<char>(query.recursion ? kRd : 0);
  wire.bytes += static_cast<char>(query.checking_disabled ? kCd : 0);
  AppendU16(wire.bytes, 1);
  AppendU16(wire.bytes, 0);
  AppendU16(wire.bytes, 0);
  AppendU16(wire.bytes, query.edns_size == 0 ? 0 : 1);
  wire.bytes.append(reinterpret_cast<const char*>(ldns_rdf_data(name->get())),
                    ldns_rdf_size(name->get()));
  AppendU16(wire.bytes, query.type);
  AppendU16(wire.bytes, query.klass);
  if (query.edns_size != 0) {
    if (auto added = AppendOpt(query, wire.client_cookie, wire.bytes); !added) {
      return tl::unexpected(std::move(added.error()));
    }
  }
  return wire;
}

bool IsAnswerTo(std::span<const std::uint8_t> message, const DnsWireQuery& query) {
  if (message.size() < kDnsHeaderSize || U16At(message, 0) != query.id) return false;
  if ((message[2] & kQr) == 0) return false;
  const unsigned questions = U16At(message, 4);
  if (questions == 0) return (message[3] & 0x0FU) != 0;
  const std::size_t end = QuestionEnd(query.bytes);
  if (questions != 1 || message.size() < end || query.bytes.size() < end) return false;
  // A length is at most 63, below every letter, so that one comparison does for the whole name.
  const std::string_view theirs(reinterpret_cast<const char*>(message.data()), end);
  const std::string_view ours(query.bytes.data(), end);
  return IsSame(theirs.substr(kDnsHeaderSize, end - kDnsHeaderSize - 4),
                ours.substr(kDnsHeaderSize, end - kDnsHeaderSize - 4)) &&
         theirs.substr(end - 4) == ours.substr(end - 4);
}

bool IsAcceptableAnswer(std::span<const std::uint8_t> message, const DnsWireQuery& query) {
  if (!IsAnswerTo(message, query)) return false;
  return query.client_cookie.empty() || ReadDnsAnswer(message, query).cookie != "bad";
}

bool IsTruncated(std::span<const std::uint8_t> message) {
  return message.size() >= kDnsHeaderSize && (message[2] & kTc) != 0;
}

}  // namespace gaikei::io
