#include "results/upstream/otlp/attributes.h"

#include <algorithm>
#include <string>
#include <utility>

#include "results/upstream/mapping.h"
#include "results/upstream/otlp/target_parts.h"

namespace gaikei::otlp {
namespace {

bool Has(const Attributes& attributes, std::string_view key) {
  return std::any_of(attributes.begin(), attributes.end(),
                     [key](const Attribute& attribute) { return attribute.key == key; });
}

void PutTarget(const CheckIdentity& check, AttributeList& list) {
  const bool is_web = check.kind == "http" || check.kind == "websocket";
  const TargetParts parts = PartsOf(check.target);
  if (is_web) list.Put("url.full", check.target);
  if (!parts.host.empty()) list.Put("server.address", parts.host);
  if (parts.port != 0) list.Put("server.port", std::int64_t{parts.port});
  if (is_web || check.kind == "dns") list.Put("network.protocol.name", check.kind);
  if (!parts.question.empty()) list.Put("dns.question.name", parts.question);
}

}  // namespace

void AttributeList::Reserve(std::string_view ours) {
  if (auto theirs = MappedName(mapping_, ours)) reserved_.push_back(std::move(*theirs));
}

void AttributeList::Put(std::string_view ours, Value value) {
  if (const auto theirs = MappedName(mapping_, ours)) PutAs(*theirs, std::move(value));
}

void AttributeList::PutAs(std::string_view theirs, Value value) {
  const bool is_reserved = std::find(reserved_.begin(), reserved_.end(), theirs) != reserved_.end();
  if (is_reserved || Has(attributes_, theirs)) return;
  attributes_.push_back({std::string(theirs), std::move(value)});
}

void PutSeries(const SampleSeries& series, const LabelMapping& mapping, AttributeList& list) {
  const CheckIdentity& check = *series.check;
  list.Put("gaikei.check", check.name);
  list.Put("gaikei.region", series.region);
  list.Put("gaikei.kind", check.kind);
  for (const auto& [name, value] : check.labels) list.Put(name, value);
  for (const auto& [name, value] : mapping.add) list.PutAs(name, value);
  PutTarget(check, list);
}

void PutVerdict(Status status, Reason reason, AttributeList& list) {
  list.Put("gaikei.status", std::string(Name(status)));
  if (reason != Reason::kNone) list.Put("error.type", std::string(Name(reason)));
}

Origin OriginOf(const OtlpSpec& spec, const SenderIdentity& sender) {
  Origin origin;
  Attributes& resource = origin.resource;
  const auto put = [&resource](std::string_view key, const std::string& value) {
    if (!value.empty() && !Has(resource, key)) resource.push_back({std::string(key), value});
  };
  for (const auto& [key, value] : spec.resource) put(key, value);
  put("service.name", "gaikei");
  put("service.version", sender.version);
  put("service.instance.id", sender.instance);
  put("host.name", sender.host);
  put("user_agent.synthetic.type", "test");
  origin.scope = {"gaikei", sender.version};
  return origin;
}

}  // namespace gaikei::otlp
