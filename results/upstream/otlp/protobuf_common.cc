#include "results/upstream/otlp/protobuf_common.h"

#include <cstdint>

namespace gaikei::otlp {
namespace {

enum class KeyValueTag : protozero::pbf_tag_type { kKey = 1, kValue = 2 };
enum class AnyValueTag : protozero::pbf_tag_type { kString = 1, kBool = 2, kInt = 3, kDouble = 4 };
enum class ResourceTag : protozero::pbf_tag_type { kAttributes = 1 };
enum class ScopeTag : protozero::pbf_tag_type { kName = 1, kVersion = 2 };

/// Adds one of the members of AnyValue's oneof: without one there is no value.
struct AddValue {
  protozero::pbf_builder<AnyValueTag>& out;
  void operator()(const std::string& text) { out.add_string(AnyValueTag::kString, text); }
  void operator()(bool value) { out.add_bool(AnyValueTag::kBool, value); }
  void operator()(std::int64_t number) { out.add_int64(AnyValueTag::kInt, number); }
  void operator()(double number) { out.add_double(AnyValueTag::kDouble, number); }
};

}  // namespace

std::string EncodeAttribute(const Attribute& attribute) {
  std::string out;
  protozero::pbf_builder<KeyValueTag> pair(out);
  pair.add_string(KeyValueTag::kKey, attribute.key);
  protozero::pbf_builder<AnyValueTag> value(pair, KeyValueTag::kValue);
  std::visit(AddValue{value}, attribute.value);
  value.commit();
  return out;
}

std::string EncodeResource(const Origin& origin) {
  std::string out;
  protozero::pbf_builder<ResourceTag> resource(out);
  AddAttributes(resource, ResourceTag::kAttributes, origin.resource);
  return out;
}

std::string EncodeScope(const Origin& origin) {
  std::string out;
  protozero::pbf_builder<ScopeTag> scope(out);
  scope.add_string(ScopeTag::kName, origin.scope.name);
  if (!origin.scope.version.empty()) scope.add_string(ScopeTag::kVersion, origin.scope.version);
  return out;
}

}  // namespace gaikei::otlp
