#pragma once

#include "results/spool/sample.h"
#include "results/upstream/otlp/attributes.h"

namespace gaikei::otlp {

/// What a log record or the root span of an outcome carries: gaikei.status, error.type, where it
/// failed (gaikei.phase) and whose fault it was (gaikei.blame), gaikei.scheduled_at, which with
/// check and region is its identity, network.peer.address and port, http.response.status_code; and
/// the attributes of the series.
Attributes OutcomeAttributes(const Sample& sample, const LabelMapping& mapping);

}  // namespace gaikei::otlp
