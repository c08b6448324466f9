#include "probe/config/grpc_keys.h"

#include "checks/grpc/grpc.h"
#include "probe/config/headers.h"
#include "probe/config/secrets.h"
#include "probe/config/target.h"
#include "probe/config/tls_keys.h"

namespace gaikei {
namespace {

void AddValue(const Node& key, const Node& node, GrpcOptions& grpc, ErrorList& errors) {
  auto value = TextOrSecret(node, errors);
  if (!value) return;
  if (!value->is_secret() && CarriesCredentials(key.key)) {
    value = Secret(std::string(value->Reveal()));
  }
  grpc.metadata.emplace_back(key.key, std::move(*value));
}

void ReadMetadata(TableReader& reader, GrpcOptions& grpc) {
  const Node* table = reader.Take("metadata", NodeKind::kTable);
  if (table == nullptr) return;
  ErrorList& errors = reader.errors();
  for (const Node& entry : table->children) {
    if (std::string why = WhyNoMetadataName(entry.key); !why.empty()) {
      errors.Add(entry.key_position, "metadata: " + why);
    } else if (entry.kind == NodeKind::kArray) {
      for (const Node& value : entry.children) AddValue(entry, value, grpc, errors);
    } else {
      AddValue(entry, entry, grpc, errors);
    }
  }
}

}  // namespace

void ReadGrpcKeys(TableReader& reader, CheckSpec& spec) {
  ReadMetadata(reader, spec.grpc);
  ReadTlsKeys(reader, spec.tls);
  if (!IsSecureTarget(spec.target)) {
    RefuseTlsKeys(reader, "a target of grpcs://");
  } else if (const Node* alpn = reader.table().Find("alpn")) {
    reader.errors().Add(alpn->key_position, "alpn: a grpc check offers h2 and nothing else");
  }
}

}  // namespace gaikei
