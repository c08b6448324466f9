#include "probe/config/proxy_keys.h"

#include <fmt/format.h>

#include <array>

#include "checks/io/net/url.h"
#include "probe/config/headers.h"
#include "probe/config/secrets.h"

namespace gaikei {
namespace {

using Type = ProxyOptions::Type;

/// RFC 1929: one byte tells the length of either.
constexpr std::size_t kSocksCredentialLimit = 255;

Type TypeOf(std::string_view scheme) {
  if (scheme == "http") return Type::kHttp;
  if (scheme == "socks5") return Type::kSocks5;
  if (scheme == "socks5h") return Type::kSocks5h;
  return Type::kNone;
}

/// True when the authority of the URL ends in a port.
bool NamesPort(std::string_view url) {
  std::string_view authority = url.substr(url.find("://") + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  authority.remove_prefix(authority.rfind('@') + 1);  // npos + 1 is 0
  const std::size_t colon = authority.rfind(':');
  return colon != std::string_view::npos && colon + 1 < authority.size() &&
         authority.find(']', colon) == std::string_view::npos;
}

/// The message never shows the URL: it may hold a password.
void ReadUrl(const Node& node, const Secret& text, ProxyOptions& proxy, ErrorList& errors) {
  const auto url = io::ParseUrl(text.Reveal());
  if (!url) return errors.Add(node.position, "proxy: " + url.error().message);
  const Type type = TypeOf(url->scheme);
  if (type == Type::kNone) {
    return errors.Add(node.position,
                      "a proxy is http://HOST:PORT, socks5://HOST:PORT or socks5h://HOST:PORT");
  }
  if (url->host.empty() || !NamesPort(text.Reveal()) || url->port == 0) {
    return errors.Add(node.position, "the proxy has no host, or no port");
  }
  const std::string_view after = text.Reveal().substr(text.Reveal().find("://") + 3);
  const std::size_t slash = after.find_first_of("/?#");
  if (slash != std::string_view::npos && slash + 1 != after.size()) {
    return errors.Add(node.position, "the proxy has a path or a query: it is a host and a port");
  }
  proxy.type = type;
  proxy.host = url->host;
  proxy.port = url->port;
  proxy.user = url->user;
  proxy.password = url->password;
}

std::optional<Secret> Credential(const Node& node, ErrorList& errors) {
  auto value = TextOrSecret(node, errors);
  if (!value) return std::nullopt;
  if (value->empty() || HasControl(value->Reveal())) {
    errors.Add(node.position, fmt::format("{} is empty or has control characters", node.key));
    return std::nullopt;
  }
  return value->is_secret() ? value : Secret(std::string(value->Reveal()));
}

void ReadProxyTable(const Node& table, ProxyOptions& proxy, ErrorList& errors) {
  TableReader reader(table, errors);
  if (const Node* url = reader.Take("url")) {
    if (auto text = TextOrSecret(*url, errors)) ReadUrl(*url, *text, proxy, errors);
  } else {
    errors.Add(table.position, "proxy has no url");
  }
  const Node* user = reader.Take("user");
  const Node* password = reader.Take("password");
  if ((user != nullptr || password != nullptr) && !proxy.user.empty()) {
    errors.Add((user != nullptr ? user : password)->key_position,
               "the proxy's url has credentials already");
  } else {
    if (user != nullptr) proxy.user = Credential(*user, errors).value_or(Secret());
    if (password != nullptr) proxy.password = Credential(*password, errors).value_or(Secret());
    if (password != nullptr && user == nullptr) {
      errors.Add(password->key_position, "password goes with user");
    }
  }
  HttpOptions fields;
  ReadHeaders(reader, fields);
  proxy.headers = std::move(fields.headers);
  const Node* headers = table.Find("headers");
  if (headers != nullptr && proxy.type != Type::kHttp && proxy.type != Type::kNone) {
    errors.Add(headers->key_position, "a SOCKS proxy is sent no headers");
  }
  reader.Done();
}

/// What the protocols cannot carry.
void CheckCredentials(const Node& node, const ProxyOptions& proxy, ErrorList& errors) {
  if (proxy.user.empty() && !proxy.password.empty()) {
    errors.Add(node.position, "the proxy has a password and no user");
  }
  if (proxy.type == Type::kHttp && proxy.user.Reveal().find(':') != std::string_view::npos) {
    errors.Add(node.position, "a user of an HTTP proxy has no colon");
  }
  const std::size_t longest = std::max(proxy.user.Reveal().size(), proxy.password.Reveal().size());
  if (proxy.type != Type::kHttp && longest > kSocksCredentialLimit) {
    errors.Add(node.position, "user and password of a SOCKS proxy have at most 255 bytes each");
  }
}

}  // namespace

void ReadProxy(TableReader& reader, ProxyOptions& proxy) {
  const Node* node = reader.Take("proxy");
  if (node == nullptr) return;
  ErrorList& errors = reader.errors();
  if (node->kind == NodeKind::kTable && !IsSecretReference(*node)) {
    ReadProxyTable(*node, proxy, errors);
  } else if (auto text = TextOrSecret(*node, errors)) {
    ReadUrl(*node, *text, proxy, errors);
  }
  CheckCredentials(*node, proxy, errors);
}

void ReadTransportKeys(TableReader& reader, HttpOptions& http) {
  static constexpr std::array<std::string_view, 2> kConnections = {"new", "reuse"};
  ReadProxy(reader, http.proxy);
  if (auto path = reader.Line("unix_socket")) http.unix_socket = *path;
  if (auto connection = reader.OneOf("connection", kConnections)) {
    http.reuses_connection = *connection == "reuse";
  }
}

}  // namespace gaikei
