#include "probe/config/dns_keys.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "checks/dns/dns_uri.h"
#include "checks/io/net/address.h"
#include "checks/io/net/url.h"
#include "checks/parts/endpoint.h"
#include "probe/config/tls_keys.h"

namespace gaikei {
namespace {

constexpr std::string_view kAuthoritative = "authoritative";
constexpr std::size_t kServersLimit = 64;
constexpr unsigned kSmallestEdns = 512;  // RFC 6891, 6.2.3
constexpr unsigned kLargestEdns = 65535;

/// In the order of DnsTransport.
constexpr std::array<std::string_view, 4> kTransports = {"udp", "tcp", "dot", "doh"};
constexpr std::array<std::string_view, 2> kDnssec = {"off", "validate"};

bool IsOverTls(const DnsOptions& dns) {
  return dns.transport == DnsTransport::kDot || dns.transport == DnsTransport::kDoh;
}

/// Empty for a server that can be asked.
std::string WhyNoServer(const std::string& text, DnsTransport transport) {
  if (text == kAuthoritative) return "stands alone, not in an array";
  if (text.starts_with("https://")) {
    if (transport != DnsTransport::kDoh) return "goes with transport = \"doh\"";
    const auto url = io::ParseUrl(text);
    if (!url) return "is no URL: " + url.error().message;
    if (url->host.empty()) return "has no host";
    if (!url->user.empty() || !url->password.empty()) return "has credentials";
    return {};
  }
  if (io::Address::Parse(text, 0)) return {};
  const auto server = ParseAuthority(text);
  return server ? std::string() : "is no ADDRESS[:PORT] or NAME[:PORT]: " + server.error();
}

/// What is shown of a server: not the user and password that are refused.
std::string Shown(const std::string& server) {
  return server.find('@') == std::string::npos ? Quoted(server) : "a server";
}

void ReadServerList(const std::vector<const Node*>& servers, DnsOptions& dns, ErrorList& errors) {
  for (const Node* node : servers) {
    if (std::string why = WhyNoServer(node->text, dns.transport); !why.empty()) {
      errors.Add(node->position, fmt::format("servers: {} {}", Shown(node->text), why));
    } else if (std::find(dns.servers.begin(), dns.servers.end(), node->text) != dns.servers.end()) {
      errors.Add(node->position, fmt::format("servers: {} is named twice", Quoted(node->text)));
    } else {
      dns.servers.push_back(node->text);
    }
  }
}

/// REQUIRES: the transport is read.
void ReadServers(TableReader& reader, CheckSpec& spec) {
  DnsOptions& dns = spec.dns;
  ErrorList& errors = reader.errors();
  const auto servers = reader.StringOrStrings("servers");
  const Node* node = reader.table().Find("servers");
  if (node == nullptr) return;
  if (node->kind == NodeKind::kString && node->text == kAuthoritative) {
    dns.is_authoritative = true;
  } else {
    ReadServerList(servers, dns, errors);
  }
  if (node->kind == NodeKind::kArray && node->children.empty()) {
    errors.Add(node->position, "servers is empty: leave it away to mean the vantage's own");
  }
  if (servers.size() > kServersLimit) {
    errors.Add(node->position, fmt::format("servers: more than {}", kServersLimit));
  }
  if (const auto uri = ParseDnsUri(spec.target.Reveal()); uri && !uri->server.empty()) {
    errors.Add(node->key_position, "servers beside a server in the target");
  }
  if (!spec.address.empty()) errors.Add(node->key_position, "servers beside address");
  if (dns.is_authoritative && dns.transport == DnsTransport::kDoh) {
    errors.Add(node->position, "servers = \"authoritative\" contradicts transport = \"doh\"");
  }
}

void ReadDnssec(TableReader& reader, DnsOptions& dns) {
  ErrorList& errors = reader.errors();
  if (const auto mode = reader.OneOf("dnssec", kDnssec)) dns.validate = *mode == "validate";
  const auto ok = reader.Boolean("dnssec_ok");
  if (ok) dns.dnssec_ok = *ok;
  if (ok && !*ok && dns.validate) {
    errors.Add(reader.table().Find("dnssec_ok")->position,
               "dnssec_ok = false contradicts dnssec = \"validate\"");
  }
  if (const auto anchor = reader.Line("trust_anchor")) {
    dns.trust_anchor = *anchor;
    if (!dns.validate) {
      errors.Add(reader.table().Find("trust_anchor")->key_position,
                 "trust_anchor goes with dnssec = \"validate\"");
    }
  }
}

/// Empty for a client subnet (RFC 7871, 6): the bits behind the prefix are zero.
std::string WhyNoSubnet(const std::string& text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string address = text.substr(0, slash);
  std::array<std::uint8_t, 16> bytes{};
  unsigned bits = 0;
  if (::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) bits = 32;
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) bits = 128;
  unsigned length = 0;
  const char* const end = text.data() + text.size();
  const char* const digits = text.data() + std::min(slash + 1, text.size());
  const auto [rest, error] = std::from_chars(digits, end, length);
  if (bits == 0 || error != std::errc() || rest != end) {
    return "is no ADDRESS/LENGTH such as \"192.0.2.0/24\"";
  }
  if (length > bits) return fmt::format("has more than {} bits", bits);
  for (unsigned bit = length; bit < bits; ++bit) {
    if ((static_cast<unsigned>(bytes.at(bit / 8)) >> (7 - bit % 8) & 1U) != 0) {
      return "has bits behind its length";
    }
  }
  return {};
}

void ReadEdnsSize(TableReader& reader, DnsOptions& dns) {
  const auto size = reader.Integer("edns_size", 0, kLargestEdns);
  if (!size) return;
  dns.edns_size = static_cast<unsigned>(*size);
  if (*size == 0 || *size >= kSmallestEdns) return;
  const Node* node = reader.table().Find("edns_size");
  reader.errors().Add(node->position, fmt::format("{} is neither 0 nor from {} to {}",
                                                  Assignment(*node), kSmallestEdns, kLargestEdns));
}

void ReadEdns(TableReader& reader, DnsOptions& dns) {
  ErrorList& errors = reader.errors();
  ReadEdnsSize(reader, dns);
  if (const Node* node = reader.Take("ecs", NodeKind::kString)) {
    dns.ecs = node->text;
    if (std::string why = WhyNoSubnet(node->text); !why.empty()) {
      errors.Add(node->position, fmt::format("{} {}", Assignment(*node), why));
    }
  }
  dns.nsid = reader.Boolean("nsid").value_or(dns.nsid);
  dns.cookie = reader.Boolean("cookie").value_or(dns.cookie);
  if (dns.edns_size != 0) return;
  const auto refuse = [&](bool is_wanted, std::string_view key) {
    const Node* node = reader.table().Find(key);
    if (!is_wanted || node == nullptr) return;
    errors.Add(node->key_position,
               fmt::format("{} needs EDNS, which edns_size = 0 leaves out", key));
  };
  refuse(!dns.ecs.empty(), "ecs");
  refuse(dns.nsid, "nsid");
  refuse(dns.cookie, "cookie");
  refuse(dns.dnssec_ok, "dnssec_ok");
  refuse(dns.validate, "dnssec");
}

}  // namespace

void ReadDnsKeys(TableReader& reader, CheckSpec& spec) {
  DnsOptions& dns = spec.dns;
  if (const auto transport = reader.OneOf("transport", kTransports)) {
    const auto index =
        std::find(kTransports.begin(), kTransports.end(), *transport) - kTransports.begin();
    dns.transport = static_cast<DnsTransport>(index);
  }
  ReadServers(reader, spec);
  dns.recursion = reader.Boolean("recursion").value_or(dns.recursion);
  dns.checking_disabled = reader.Boolean("checking_disabled").value_or(dns.checking_disabled);
  ReadDnssec(reader, dns);
  ReadEdns(reader, dns);
  ReadTlsKeys(reader, spec.tls);
  if (!IsOverTls(dns)) RefuseTlsKeys(reader, "transport = \"dot\" or \"doh\"");
}

}  // namespace gaikei
