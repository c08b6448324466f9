#include "probe/config/tls_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gaikei {
namespace {

/// Oldest first; as texts they sort alike.
constexpr std::array<std::string_view, 4> kVersions = {"1.0", "1.1", "1.2", "1.3"};

constexpr std::size_t kProtocolLimit = 255;  // RFC 7301, 3.1
constexpr std::size_t kProtocolsLimit = 32;

constexpr std::array<std::string_view, 9> kTlsKeys = {"cacert",      "cert",        "key",
                                                      "insecure",    "server_name", "min_version",
                                                      "max_version", "ciphers",     "alpn"};

/// In the order of StartTls, without its kNone.
constexpr std::array<std::string_view, 8> kStartTls = {"smtp", "imap", "pop3",     "ftp",
                                                       "ldap", "xmpp", "postgres", "mysql"};

void ReadFileKeys(TableReader& reader, TlsOptions& tls) {
  if (auto cacert = reader.Line("cacert")) tls.cacert = *cacert;
  if (auto cert = reader.Line("cert")) tls.cert = *cert;
  if (auto key = reader.Line("key")) tls.key = *key;
  if (auto insecure = reader.Boolean("insecure")) tls.insecure = *insecure;
  if (const Node* key = reader.table().Find("key");
      key != nullptr && tls.cert.empty() && reader.table().Find("cert") == nullptr) {
    reader.errors().Add(key->position, "key without cert");
  }
}

void ReadServerName(TableReader& reader, TlsOptions& tls) {
  const auto name = reader.Line("server_name");
  if (!name) return;
  const bool is_host = std::all_of(name->begin(), name->end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '/' && c != '@';
  });
  if (is_host && name->size() <= 255) {
    tls.server_name = *name;
    return;
  }
  const Node* node = reader.table().Find("server_name");
  reader.errors().Add(node->position, fmt::format("{} is no host name", Assignment(*node)));
}

void ReadAlpn(TableReader& reader, TlsOptions& tls) {
  const auto protocols = reader.StringOrStrings("alpn");
  const Node* alpn = reader.table().Find("alpn");
  if (alpn == nullptr) return;
  tls.alpn.clear();
  if (alpn->kind == NodeKind::kArray && alpn->children.empty()) {
    reader.errors().Add(alpn->position, "alpn is empty: leave it away to offer none");
  }
  if (protocols.size() > kProtocolsLimit) {
    reader.errors().Add(alpn->position,
                        fmt::format("alpn: more than {} protocols", kProtocolsLimit));
  }
  for (const Node* node : protocols) {
    if (node->text.empty() || node->text.size() > kProtocolLimit || HasControl(node->text)) {
      reader.errors().Add(
          node->position,
          fmt::format("alpn: {} is no protocol of 1 to 255 printable bytes", Quoted(node->text)));
    } else if (std::find(tls.alpn.begin(), tls.alpn.end(), node->text) != tls.alpn.end()) {
      reader.errors().Add(node->position,
                          fmt::format("alpn: {} is named twice", Quoted(node->text)));
    }
    tls.alpn.push_back(node->text);
  }
}

}  // namespace

void ReadSharedTlsKeys(TableReader& reader, TlsOptions& tls) {
  ErrorList& errors = reader.errors();
  ReadFileKeys(reader, tls);
  if (auto ciphers = reader.Line("ciphers")) tls.ciphers = *ciphers;
  const auto min = reader.OneOf("min_version", kVersions);
  const auto max = reader.OneOf("max_version", kVersions);
  if (min) tls.min_version = *min;
  if (max) tls.max_version = *max;
  if ((min || max) && !tls.min_version.empty() && !tls.max_version.empty() &&
      tls.min_version > tls.max_version) {
    errors.Add(
        reader.table().Find(max ? "max_version" : "min_version")->position,
        fmt::format("min_version {} is above max_version {}", tls.min_version, tls.max_version));
  }
}

void ReadClientTlsKeys(TableReader& reader, TlsOptions& tls) {
  ReadFileKeys(reader, tls);
  ReadServerName(reader, tls);
}

void ReadTlsKeys(TableReader& reader, TlsOptions& tls) {
  ReadSharedTlsKeys(reader, tls);
  ReadServerName(reader, tls);
  ReadAlpn(reader, tls);
}

void ReadTlsCheckKeys(TableReader& reader, TlsOptions& tls) {
  if (const auto protocol = reader.OneOf("starttls", kStartTls)) {
    const auto index = std::find(kStartTls.begin(), kStartTls.end(), *protocol) - kStartTls.begin();
    tls.starttls = static_cast<StartTls>(index + 1);
  }
  for (const Node* lint : reader.Strings("ignore_lints")) tls.ignore_lints.push_back(lint->text);
}

void RefuseTlsKeys(TableReader& reader, std::string_view goes_with) {
  for (const std::string_view key : kTlsKeys) {
    const Node* node = reader.table().Find(key);
    if (node != nullptr) {
      reader.errors().Add(node->key_position, fmt::format("{} goes with {}", key, goes_with));
    }
  }
}

}  // namespace gaikei
