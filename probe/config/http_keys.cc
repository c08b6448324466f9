#include "probe/config/http_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "checks/http/http_versions.h"
#include "probe/config/auth_keys.h"
#include "probe/config/body_keys.h"
#include "probe/config/cookie_keys.h"
#include "probe/config/headers.h"
#include "probe/config/proxy_keys.h"
#include "probe/config/redirect_keys.h"
#include "results/http_text.h"

namespace gaikei {
namespace {

constexpr std::uint64_t kMaxBody = std::uint64_t{64} * 1024 * 1024;
constexpr std::array<std::string_view, 4> kCodings = {"gzip", "deflate", "br", "zstd"};
constexpr std::array<std::string_view, 3> kVersions = {"1.1", "2", "3"};

/// Names between commas, each a coding that can be decoded.
void ReadCodings(const Node& node, HttpOptions& http, ErrorList& errors) {
  std::string list;
  std::string_view rest = node.text;
  while (true) {
    const std::size_t comma = rest.find(',');
    std::string_view name = rest.substr(0, comma);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (std::find(kCodings.begin(), kCodings.end(), name) == kCodings.end()) {
      errors.Add(node.position, fmt::format("unknown compression {}; known: {}, or true for all",
                                            Quoted(name), Listed(kCodings)));
      return;
    }
    list += list.empty() ? std::string(name) : ", " + std::string(name);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  http.compression = std::move(list);
}

void ReadCompression(TableReader& reader, HttpOptions& http) {
  const Node* node = reader.Take("compression");
  if (node == nullptr) return;
  if (node->kind == NodeKind::kBoolean) {
    http.compression = node->boolean ? std::optional(std::string()) : std::nullopt;
  } else if (node->kind == NodeKind::kString) {
    ReadCodings(*node, http, reader.errors());
  } else {
    reader.errors().Add(node->position,
                        fmt::format("expected a boolean or a string such as \"gzip\", found {}",
                                    WithArticle(node->kind)));
  }
}

/// One version, which is required, or a list of those that will do.
void ReadVersions(TableReader& reader, HttpOptions& http) {
  const auto versions = reader.StringOrStrings("http");
  if (const Node* node = reader.table().Find("http"); node != nullptr && versions.empty()) {
    if (node->kind == NodeKind::kArray && node->children.empty()) {
      reader.errors().Add(node->position, "http is empty: leave it away to allow any version");
    }
    return;
  }
  for (const Node* node : versions) {
    if (std::find(kVersions.begin(), kVersions.end(), node->text) == kVersions.end()) {
      reader.errors().Add(node->position, fmt::format("http = {} is none of {}", Quoted(node->text),
                                                      Listed(kVersions)));
      return;
    }
    http.allowed_versions.push_back(node->text);
  }
  if (!versions.empty()) http.version = OfferedVersion(http.allowed_versions);
}

void ReadTraceparent(TableReader& reader, HttpOptions& http) {
  const auto sends = reader.Boolean("traceparent");
  if (!sends) return;
  http.sends_traceparent = *sends;
  for (const auto& [name, value] : http.headers) {
    if (!*sends || !EqualsIgnoringCase(name, "traceparent")) continue;
    reader.errors().Add(reader.table().Find("traceparent")->key_position,
                        "traceparent beside a header traceparent, which says the same");
  }
}

}  // namespace

void ReadSharedHttpKeys(TableReader& reader, HttpOptions& http) {
  if (auto redirects = reader.Integer("max_redirects", 0, 50)) {
    http.max_redirects = static_cast<unsigned>(*redirects);
  }
  if (auto size = reader.Size("max_body", 1, kMaxBody)) http.max_body = *size;
  ReadCompression(reader, http);
}

void ReadHttpKeys(TableReader& reader, HttpOptions& http) {
  ReadSharedHttpKeys(reader, http);
  if (const Node* method = reader.Take("method", NodeKind::kString)) {
    if (IsToken(method->text)) {
      http.method = method->text;
    } else {
      reader.errors().Add(method->position,
                          fmt::format("{} is no HTTP method", Assignment(*method)));
    }
  }
  ReadVersions(reader, http);
  ReadHeaders(reader, http);
  ReadAuth(reader, http);
  ReadCookies(reader, http);
  ReadBody(reader, http);
  ReadRedirectKeys(reader, http);
  ReadTraceparent(reader, http);
  ReadTransportKeys(reader, http);
}

void ReadHttpAlpn(TableReader& reader, CheckSpec& spec) {
  const Node* node = reader.table().Find("alpn");
  if (node == nullptr || spec.tls.alpn.empty()) return;
  const auto is = [&](std::initializer_list<std::string_view> protocols) {
    return std::equal(spec.tls.alpn.begin(), spec.tls.alpn.end(), protocols.begin(),
                      protocols.end());
  };
  if (reader.table().Find("http") != nullptr) {
    reader.errors().Add(node->key_position, "alpn beside http, which says what is offered");
  } else if (is({"http/1.1"})) {
    spec.http.version = HttpVersion::k1_1;
  } else if (!is({"h2", "http/1.1"})) {
    reader.errors().Add(
        node->position,
        "an http check offers [\"http/1.1\"] or [\"h2\", \"http/1.1\"] and no other protocols");
  }
}

}  // namespace gaikei
