#include "probe/config/tls_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gaikei {
namespace {

/// Oldest first; as texts they sort alike.
constexpr std::array<std::string_view, 4> kVersions = {"1.0", "1.1", "1.2", "1.3"};

}  // namespace

void ReadSharedTlsKeys(TableReader& reader, TlsOptions& tls) {
  ErrorList& errors = reader.errors();
  if (auto cacert = reader.Line("cacert")) tls.cacert = *cacert;
  if (auto cert = reader.Line("cert")) tls.cert = *cert;
  if (auto key = reader.Line("key")) tls.key = *key;
  if (auto insecure = reader.Boolean("insecure")) tls.insecure = *insecure;
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
  if (const Node* key = reader.table().Find("key");
      key != nullptr && tls.cert.empty() && reader.table().Find("cert") == nullptr) {
    errors.Add(key->position, "key without cert");
  }
}

void ReadTlsKeys(TableReader& reader, TlsOptions& tls) {
  ReadSharedTlsKeys(reader, tls);
  if (auto name = reader.Line("server_name")) {
    const bool is_host = std::all_of(name->begin(), name->end(), [](char c) {
      return c > ' ' && c < '\x7f' && c != '/' && c != '@';
    });
    if (is_host && name->size() <= 255) {
      tls.server_name = *name;
    } else {
      const Node* node = reader.table().Find("server_name");
      reader.errors().Add(node->position, fmt::format("{} is no host name", Assignment(*node)));
    }
  }
}

}  // namespace gaikei
