#include "checks/io/dns/dns_edns.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "checks/io/dns/dns_answer.h"
#include "checks/io/dns/dns_cursor.h"
#include "checks/io/dns/dns_wire.h"
#include "checks/io/net/address.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

// Option codes (IANA "DNS EDNS0 Option Codes").
constexpr std::uint16_t kNsid = 3;            // RFC 5001
constexpr std::uint16_t kClientSubnet = 8;    // RFC 7871
constexpr std::uint16_t kCookie = 10;         // RFC 7873
constexpr std::uint16_t kExtendedError = 15;  // RFC 8914

constexpr std::size_t kMaxExtendedErrors = 16;
constexpr std::size_t kUsualOptions = 16;

constexpr std::uint16_t kIpv4 = 1;  // address families of RFC 7871, 6
constexpr std::uint16_t kIpv6 = 2;

// RFC 8914, 4, and the registry it founded.
constexpr std::array<std::string_view, 30> kExtendedErrorNames = {
    "Other Error",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
    "Signature Expired before Valid",
    "Too Early",
    "Unsupported NSEC3 Iterations Value",
    "Unable to conform to policy",
    "Synthesized",
};

void AppendOption(std::string& data, std::uint16_t code, std::string_view value) {
  AppendU16(data, code);
  AppendU16(data, value.size());
  data += value;
}

std::string AddressBytes(const Address& address) {
  std::string bytes;
  if (address.family() == Family::kIpv4) {
    sockaddr_in in{};
    std::memcpy(&in, &address.storage, sizeof in);
    bytes.assign(reinterpret_cast<const char*>(&in.sin_addr), sizeof in.sin_addr);
  } else {
    sockaddr_in6 in{};
    std::memcpy(&in, &address.storage, sizeof in);
    bytes.assign(reinterpret_cast<const char*>(&in.sin6_addr), sizeof in.sin6_addr);
  }
  return bytes;
}

// The value of the option: family, prefix, scope 0, and no bit more of the address than the prefix
// has (RFC 7871, 6). Absent when the text is no prefix.
std::optional<std::string> SubnetOption(std::string_view text) {
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::optional<Address> address = Address::Parse(text.substr(0, slash), 0);
  if (!address || text.front() == '[' || text.find('%') != std::string_view::npos) {
    return std::nullopt;
  }
  std::string bytes = AddressBytes(*address);
  unsigned prefix = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, prefix);
  if (error != std::errc() || stop != end || prefix > bytes.size() * 8) return std::nullopt;
  const std::uint16_t family = bytes.size() == 4 ? kIpv4 : kIpv6;
  bytes.resize((prefix + 7) / 8);
  if (prefix % 8 != 0) {
    bytes.back() =
        static_cast<char>(static_cast<unsigned char>(bytes.back()) & (0xFFU << (8U - prefix % 8U)));
  }
  std::string value;
  AppendU16(value, family);
  value += static_cast<char>(prefix);
  value += '\0';
  return value + bytes;
}

std::string_view AsText(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// "192.0.2.0/24/20"; empty for what is none.
std::string SubnetText(std::span<const std::uint8_t> value) {
  if (value.size() < 4 || value[0] != 0 || (value[1] != kIpv4 && value[1] != kIpv6)) return {};
  const auto part = value.subspan(4);
  Address address;
  if (value[1] == kIpv4) {
    sockaddr_in in{};
    if (part.size() > sizeof in.sin_addr || value[2] > 32 || value[3] > 32) return {};
    in.sin_family = AF_INET;
    std::copy(part.begin(), part.end(), reinterpret_cast<std::uint8_t*>(&in.sin_addr));
    std::memcpy(&address.storage, &in, sizeof in);
    address.length = sizeof in;
  } else {
    sockaddr_in6 in{};
    if (part.size() > sizeof in.sin6_addr || value[2] > 128 || value[3] > 128) return {};
    in.sin6_family = AF_INET6;
    std::copy(part.begin(), part.end(), reinterpret_cast<std::uint8_t*>(&in.sin6_addr));
    std::memcpy(&address.storage, &in, sizeof in);
    address.length = sizeof in;
  }
  return fmt::format("{}/{}/{}", address.Text(), value[2], value[3]);
}

// RFC 7873, 5.3: our 8 bytes come back, with 8 to 32 of the server's behind them.
bool IsOurCookie(std::span<const std::uint8_t> value, const std::string& client_cookie) {
  return value.size() >= kClientCookieSize + 8 && value.size() <= kClientCookieSize + 32 &&
         AsText(value.first(kClientCookieSize)) == client_cookie;
}

void ReadExtendedError(std::span<const std::uint8_t> value, DnsAnswer& answer) {
  if (value.size() < 2 || answer.extended_errors.size() >= kMaxExtendedErrors) return;
  DnsExtendedError error;
  error.code = static_cast<unsigned>(value[0]) << 8U | value[1];
  if (error.code < kExtendedErrorNames.size()) error.name = kExtendedErrorNames[error.code];
  std::string_view text = AsText(value.subspan(2));
  if (text.ends_with('\0')) text.remove_suffix(1);  // RFC 8914, 2: some senders terminate it
  error.text = Escape(text);
  answer.extended_errors.push_back(std::move(error));
}

void ReadOption(std::uint16_t code, std::span<const std::uint8_t> value,
                const std::string& client_cookie, DnsAnswer& answer) {
  switch (code) {
    case kNsid:
      answer.nsid = Escape(AsText(value));
      break;
    case kClientSubnet:
      answer.ecs = SubnetText(value);
      if (answer.ecs.empty()) answer.notes.emplace_back("the client subnet cannot be read");
      break;
    case kCookie:
      // The first one counts (RFC 7873, 5.3).
      if (answer.cookie != "absent") break;
      answer.cookie = IsOurCookie(value, client_cookie) ? "good" : "bad";
      break;
    case kExtendedError:
      ReadExtendedError(value, answer);
      break;
    default:
      break;
  }
}

}  // namespace

tl::expected<void, std::string> AppendOpt(const DnsQuery& query, const std::string& client_cookie,
                                          std::string& bytes) {
  std::string data;
  if (query.nsid) AppendOption(data, kNsid, {});
  if (!query.ecs.empty()) {
    const std::optional<std::string> subnet = SubnetOption(query.ecs);
    if (!subnet) {
      return tl::unexpected(
          fmt::format("{} is no client subnet (write 192.0.2.0/24)", Escape(query.ecs, 64)));
    }
    AppendOption(data, kClientSubnet, *subnet);
  }
  if (!client_cookie.empty()) AppendOption(data, kCookie, client_cookie);
  bytes += '\0';  // owner: the root
  AppendU16(bytes, kDnsTypeOpt);
  AppendU16(bytes, query.edns_size);
  AppendU16(bytes, 0);  // extended rcode, version
  AppendU16(bytes, query.dnssec_ok ? kDnssecOk : 0);
  AppendU16(bytes, data.size());
  bytes += data;
  return {};
}

std::string ReadOptions(std::span<const std::uint8_t> data, const std::string& client_cookie,
                        DnsAnswer& answer) {
  DnsCursor cursor(data);
  std::size_t count = 0;
  while (cursor.left() != 0) {
    const std::uint16_t code = cursor.U16();
    const std::uint16_t size = cursor.U16();
    const auto value = cursor.Bytes(size);
    if (!cursor.is_good()) return "an EDNS option runs past the end of its record";
    ++count;
    ReadOption(code, value, client_cookie, answer);
  }
  if (count > kUsualOptions) answer.notes.push_back(fmt::format("{} EDNS options", count));
  return {};
}

std::string ExtendedRcodeText(unsigned rcode) {
  static constexpr std::array<std::string_view, 8> kFrom16 = {
      "BADVERS", "BADKEY", "BADTIME", "BADMODE", "BADNAME", "BADALG", "BADTRUNC", "BADCOOKIE"};
  if (rcode >= 16 && rcode - 16 < kFrom16.size()) return std::string(kFrom16[rcode - 16]);
  return RcodeText(static_cast<int>(rcode));
}

}  // namespace gaikei::io
