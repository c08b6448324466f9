#pragma once

#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_writer.hpp>
#include <string>

#include "results/upstream/otlp/common_model.h"

namespace gaikei::otlp {

// Field numbers of resource.proto and common.proto, and of what all requests have in common.

enum class ExportRequestTag : protozero::pbf_tag_type { kResources = 1 };
/// ResourceMetrics, ResourceLogs, ResourceSpans.
enum class ResourceItemsTag : protozero::pbf_tag_type { kResource = 1, kScopes = 2 };
/// ScopeMetrics, ScopeLogs, ScopeSpans.
enum class ScopeItemsTag : protozero::pbf_tag_type { kScope = 1, kItems = 2 };

/// A KeyValue without tag and length.
std::string EncodeAttribute(const Attribute& attribute);
/// A Resource and an InstrumentationScope, likewise.
std::string EncodeResource(const Origin& origin);
std::string EncodeScope(const Origin& origin);

template <class Tag>
void AddAttributes(protozero::pbf_builder<Tag>& out, Tag tag, const Attributes& attributes) {
  for (const Attribute& attribute : attributes) out.add_message(tag, EncodeAttribute(attribute));
}

/// A whole request of one resource and one scope: `add_items` adds every item by
/// ScopeItemsTag::kItems.
template <class AddItems>
std::string EncodeRequest(const Origin& origin, AddItems add_items) {
  std::string out;
  protozero::pbf_builder<ExportRequestTag> request(out);
  protozero::pbf_builder<ResourceItemsTag> resource(request, ExportRequestTag::kResources);
  resource.add_message(ResourceItemsTag::kResource, EncodeResource(origin));
  protozero::pbf_builder<ScopeItemsTag> scope(resource, ResourceItemsTag::kScopes);
  scope.add_message(ScopeItemsTag::kScope, EncodeScope(origin));
  add_items(scope);
  scope.commit();
  resource.commit();
  return out;
}

}  // namespace gaikei::otlp
