#include "checks/dns/dns_servers.h"

#include <fmt/format.h>

#include "checks/io/dns/dns_wire.h"
#include "checks/io/dns/resolver.h"
#include "checks/io/engine.h"
#include "checks/io/net/url.h"
#include "checks/parts/endpoint.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kDohPath = "/dns-query";

tl::expected<DnsServerTarget, std::string> ParseDohServer(std::string_view text) {
  const auto url = io::ParseUrl(text);
  if (!url) return tl::unexpected(url.error().message);
  if (url->host.empty()) return tl::unexpected(std::string("no host"));
  if (!url->user.empty() || !url->password.empty()) {
    return tl::unexpected(std::string("a DoH server takes no credentials"));
  }
  DnsServerTarget server;
  server.host = url->host;
  server.port = url->port;
  server.transport = DnsTransport::kDoh;
  const std::size_t path = url->text.find('/', kHttps.size());
  if (path != std::string::npos && path + 1 < url->text.size()) {
    server.path = url->text.substr(path);
  }
  return server;
}

}  // namespace

tl::expected<DnsServerTarget, std::string> ParseDnsServer(std::string_view text,
                                                          DnsTransport transport) {
  if (text.find("://") != std::string_view::npos) {
    if (!text.starts_with(kHttps)) {
      return tl::unexpected(std::string("a server is an address, a name, or a URL of https"));
    }
    return ParseDohServer(text);
  }
  DnsServerTarget server;
  server.transport = transport;
  // An IPv6 address needs no brackets where no port follows.
  if (io::Address::Parse(text, 0)) {
    server.host = text;
    if (text.starts_with('[')) server.host = server.host.substr(1, server.host.size() - 2);
    return server;
  }
  auto endpoint = ParseAuthority(text);
  if (!endpoint) return tl::unexpected(std::move(endpoint.error()));
  server.host = std::move(endpoint->host);
  server.port = endpoint->port;
  return server;
}

std::uint16_t DefaultDnsPort(DnsTransport transport) {
  switch (transport) {
    case DnsTransport::kDot:
      return 853;  // RFC 7858, 3.1
    case DnsTransport::kDoh:
      return 443;
    case DnsTransport::kUdp:
    case DnsTransport::kTcp:
      break;
  }
  return io::kDnsPort;
}

std::string DnsServerText(const DnsServerTarget& server) {
  const bool is_ipv6 = server.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? fmt::format("[{}]", Escape(server.host)) : Escape(server.host);
  const std::uint16_t usual = DefaultDnsPort(server.transport);
  const std::uint16_t port = server.port == 0 ? usual : server.port;
  if (server.transport != DnsTransport::kDoh) return fmt::format("{}:{}", host, port);
  return fmt::format("{}{}{}{}", kHttps, host, port == usual ? "" : fmt::format(":{}", port),
                     server.path.empty() ? kDohPath : std::string_view(server.path));
}

std::vector<DnsServerTarget> OwnResolvers(const AttemptContext& context, DnsTransport transport,
                                          const std::shared_ptr<const io::TlsSetup>& tls) {
  std::vector<DnsServerTarget> servers;
  for (const io::Address& address : context.engine.ResolverFor(context.region).Servers()) {
    DnsServerTarget server;
    server.host = address.Text();
    server.transport = transport;
    // Port 53 is where a resolver is asked in plain text.
    const bool is_plain = transport == DnsTransport::kUdp || transport == DnsTransport::kTcp;
    server.port = is_plain || address.port() != io::kDnsPort ? address.port() : std::uint16_t{0};
    server.tls = tls;
    servers.push_back(std::move(server));
  }
  return servers;
}

}  // namespace gaikei
