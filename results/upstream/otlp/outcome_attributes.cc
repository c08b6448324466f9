#include "results/upstream/otlp/outcome_attributes.h"

#include <string>

namespace gaikei::otlp {

Attributes OutcomeAttributes(const Sample& sample, const LabelMapping& mapping) {
  AttributeList list(mapping);
  PutVerdict(sample.latest.status, sample.reason, list);
  if (sample.reason != Reason::kNone) {
    if (!sample.phase.empty()) list.Put("gaikei.phase", sample.phase);
    list.Put("gaikei.blame", std::string(Name(sample.blame)));
  }
  list.Put("gaikei.scheduled_at", FormatRfc3339(sample.scheduled_at));
  if (!sample.address.empty()) list.Put("network.peer.address", sample.address);
  if (sample.port != 0) list.Put("network.peer.port", std::int64_t{sample.port});
  if (sample.latest.http) {
    list.Put("http.response.status_code", std::int64_t{sample.latest.http->status});
  }
  PutSeries(*sample.series, mapping, list);
  return list.Take();
}

}  // namespace gaikei::otlp
