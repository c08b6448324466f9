#pragma once

#include <string>

#include "results/upstream/otlp/logs_model.h"
#include "results/upstream/otlp/metrics_model.h"
#include "results/upstream/otlp/traces_model.h"

namespace gaikei::otlp {

/// Requests as protobuf: field numbers of opentelemetry-proto, written out in the .cc files. Values
/// of a oneof and optional fields are written also where they are zero or empty. Pure.
std::string ToProtobuf(const MetricsRequest& request);
std::string ToProtobuf(const LogsRequest& request);
std::string ToProtobuf(const TracesRequest& request);

}  // namespace gaikei::otlp
