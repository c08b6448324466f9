#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "results/spool/sample.h"
#include "results/upstream/otlp/common_model.h"
#include "results/upstream/sinks.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei::otlp {

/// Builds a list of attributes: called as the upstream wants them (LabelMapping), keys unique.
class AttributeList {
 public:
  explicit AttributeList(const LabelMapping& mapping) : mapping_(mapping) {}

  /// Keeps what others are going to put: nothing here takes the name that `ours` is mapped to.
  void Reserve(std::string_view ours);
  /// Adds under the mapped name; nothing where that is left out, or stands there already.
  void Put(std::string_view ours, Value value);
  /// As Put() with a name that is not mapped.
  void PutAs(std::string_view theirs, Value value);
  Attributes Take() { return std::move(attributes_); }

 private:
  const LabelMapping& mapping_;
  std::vector<std::string> reserved_;
  Attributes attributes_;
};

/// What all points of a series have in common, in this order; of two with one key the first stays:
/// gaikei.check, gaikei.region, gaikei.kind; the check's labels; what the mapping adds; and by
/// OpenTelemetry's semantic conventions url.full (http, websocket), server.address, server.port,
/// network.protocol.name (http, websocket, dns), dns.question.name. All of them are constant for
/// one check.
void PutSeries(const SampleSeries& series, const LabelMapping& mapping, AttributeList& list);

/// gaikei.status and, where there is one, error.type.
void PutVerdict(Status status, Reason reason, AttributeList& list);

/// Resource and scope of whatever this prober sends: service.name, service.version,
/// service.instance.id, host.name, user_agent.synthetic.type, and what the configuration adds or
/// has instead.
Origin OriginOf(const OtlpSpec& spec, const SenderIdentity& sender);

}  // namespace gaikei::otlp
