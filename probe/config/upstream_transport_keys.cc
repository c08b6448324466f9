#include "probe/config/upstream_transport_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "checks/io/net/url.h"
#include "checks/io/tls/trust.h"
#include "probe/config/auth_keys.h"
#include "probe/config/headers.h"
#include "probe/config/proxy_keys.h"
#include "probe/config/tls_keys.h"

namespace gaikei {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr Span kShortestTimeout = milliseconds(100);
constexpr Span kLongestTimeout = minutes(10);
constexpr std::int64_t kFirstFailure = 400;
constexpr std::int64_t kLastFailure = 599;

/// Fields that every one of the protocols fills in, or HTTP does.
constexpr std::array<std::string_view, 11> kHttpHeaders = {
    "Accept-Encoding", "Connection", "Content-Encoding", "Content-Type", "Expect",    "Host",
    "Keep-Alive",      "TE",         "Trailer",          "Upgrade",      "User-Agent"};

/// Empty for a URL that will do. Shows nothing of it: it may hold a password.
std::string WhyNoUrl(std::string_view text, bool bare) {
  if (text.find("://") == std::string_view::npos) {
    return "no scheme; write https://HOST:PORT or http://HOST:PORT";
  }
  // libcurl would take what follows a third slash for the host.
  if (text.substr(text.find("://") + 3).starts_with('/')) return "no host";
  const auto url = io::ParseUrl(text);
  if (!url) return url.error().message;
  if (url->scheme != "http" && url->scheme != "https") {
    return fmt::format("scheme {} is neither http nor https", Quoted(url->scheme));
  }
  if (url->host.empty() || url->port == 0) return "no host, or port 0";
  if (!url->user.empty() || !url->password.empty()) {
    return "a URL with credentials; write them as auth = { basic = { user = \"NAME\", password = "
           "{ env = \"NAME\" } } }";
  }
  if (text.find('#') != std::string_view::npos) return "the URL takes no fragment";
  if (bare && text.find('?') != std::string_view::npos) {
    return "the URL takes no query: a path is appended to it";
  }
  if (!io::SecretsInQuery(*url).empty()) {
    return "a URL with a secret in its query, where it would be shown; send it by headers or auth";
  }
  return {};
}

void ReadUpstreamHeaders(TableReader& reader, std::span<const std::string_view> own_headers,
                         HttpOptions& http) {
  ReadHeaders(reader, http);
  const Node* table = reader.table().Find("headers");
  if (table == nullptr || table->kind != NodeKind::kTable) return;
  for (const Node& header : table->children) {
    const auto is_it = [&](std::string_view name) { return EqualsIgnoringCase(header.key, name); };
    if (std::any_of(kHttpHeaders.begin(), kHttpHeaders.end(), is_it) ||
        std::any_of(own_headers.begin(), own_headers.end(), is_it)) {
      reader.errors().Add(
          header.key_position,
          fmt::format("header {} is the protocol's own and cannot be set", Quoted(header.key)));
    }
  }
}

/// Whether the files can be used is known only when they are read.
void TryFiles(TableReader& reader, const UpstreamTransportSpec& transport) {
  const Node* first = nullptr;
  for (const std::string_view key : {"cacert", "cert", "key"}) {
    if (first == nullptr) first = reader.table().Find(key);
  }
  if (first == nullptr) return;
  TlsOptions options;
  options.cacert = transport.cacert;
  options.cert = transport.cert;
  options.key = transport.key;
  const auto setup = io::TlsSetup::Load(options);
  if (!setup) reader.errors().Add(first->position, setup.error());
}

void ReadUpstreamTls(TableReader& reader, UpstreamTransportSpec& transport) {
  TlsOptions tls;
  ReadClientTlsKeys(reader, tls);
  transport.cacert = tls.cacert;
  transport.cert = tls.cert;
  transport.key = tls.key;
  transport.server_name = tls.server_name;
  transport.insecure = tls.insecure;
  if (transport.url.starts_with("http://")) {
    RefuseTlsKeys(reader, "https://");
  } else if (transport.key.empty() || !transport.cert.empty()) {
    TryFiles(reader, transport);
  }
}

void ReadUpstreamProxy(TableReader& reader, UpstreamTransportSpec& transport) {
  ProxyOptions proxy;
  ReadProxy(reader, proxy);
  using Type = ProxyOptions::Type;
  if (proxy.type == Type::kNone) return;
  if (!proxy.headers.empty()) {
    reader.errors().Add(reader.table().Find("proxy")->Find("headers")->key_position,
                        "the proxy of an upstream is sent no headers");
  }
  const std::string_view scheme = proxy.type == Type::kHttp     ? "http"
                                  : proxy.type == Type::kSocks5 ? "socks5"
                                                                : "socks5h";
  const bool is_ipv6 = proxy.host.find(':') != std::string::npos;
  transport.proxy = fmt::format("{}://{}{}{}:{}", scheme, is_ipv6 ? "[" : "", proxy.host,
                                is_ipv6 ? "]" : "", proxy.port);
  transport.proxy_user = proxy.user;
  transport.proxy_password = proxy.password;
}

void ReadRetryStatuses(TableReader& reader, UpstreamSpec& spec) {
  const Node* array = reader.Take("retry_statuses", NodeKind::kArray);
  if (array == nullptr) return;
  for (const Node& child : array->children) {
    if (!Expect(child, NodeKind::kInteger, reader.errors())) continue;
    if (child.integer < kFirstFailure || child.integer > kLastFailure) {
      reader.errors().Add(child.position,
                          fmt::format("retry_statuses: {} is out of range: from {} to {}",
                                      child.integer, kFirstFailure, kLastFailure));
      continue;
    }
    spec.retry_statuses.insert(static_cast<int>(child.integer));
  }
}

}  // namespace

void ReadUpstreamUrl(TableReader& reader, std::string_view key, bool is_required, bool bare,
                     UpstreamTransportSpec& transport) {
  const Node* node = reader.Take(key);
  if (node == nullptr) {
    if (is_required) {
      reader.errors().Add(reader.table().key_position,
                          fmt::format("upstream {} has no {}", Quoted(reader.table().key), key));
    }
    return;
  }
  if (!Expect(*node, NodeKind::kString, reader.errors())) return;
  if (std::string why = WhyNoUrl(node->text, bare); !why.empty()) {
    reader.errors().Add(node->position, fmt::format("{}: {}", key, why));
    return;
  }
  // The scheme in lower case, the rest as it is written.
  const std::size_t scheme = node->text.find("://");
  transport.url = io::ParseUrl(node->text)->scheme + node->text.substr(scheme);
  while (bare && transport.url.ends_with('/')) transport.url.pop_back();
}

void ReadUpstreamTransport(TableReader& reader, std::span<const std::string_view> own_headers,
                           UpstreamSpec& spec) {
  UpstreamTransportSpec& transport = spec.transport;
  HttpOptions http;
  ReadUpstreamHeaders(reader, own_headers, http);
  ReadUpstreamAuth(reader, http);
  transport.headers = std::move(http.headers);
  transport.user = http.auth.user;
  transport.password = http.auth.password;
  transport.bearer = http.auth.token;
  ReadUpstreamTls(reader, transport);
  ReadUpstreamProxy(reader, transport);
  if (auto timeout = reader.Duration("timeout", kShortestTimeout, kLongestTimeout)) {
    transport.timeout = *timeout;
  }
  ReadRetryStatuses(reader, spec);
}

}  // namespace gaikei
