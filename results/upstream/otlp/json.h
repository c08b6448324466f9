#pragma once

#include <string>

#include "results/upstream/otlp/logs_model.h"
#include "results/upstream/otlp/metrics_model.h"
#include "results/upstream/otlp/traces_model.h"

namespace gaikei::otlp {

/// Requests as OTLP's own JSON (specification.md, "JSON Protobuf Encoding"): names in
/// lowerCamelCase, enumerators as numbers, 64-bit integers as decimal strings, ids of traces and
/// spans in hexadecimal. Pure.
std::string ToJson(const MetricsRequest& request);
std::string ToJson(const LogsRequest& request);
std::string ToJson(const TracesRequest& request);

}  // namespace gaikei::otlp
