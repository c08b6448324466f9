#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/upstream/otlp/common_model.h"

namespace gaikei::otlp {

/// What ExportLogsServiceRequest carries, as far as we use it
/// (opentelemetry/proto/logs/v1/logs.proto).
struct LogRecord {
  WallTime at{};
  WallTime observed_at{};
  std::uint32_t severity_number = 0;  ///< SeverityNumber: 9 INFO, 13 WARN, 17 ERROR
  std::string severity_text;
  std::string event_name;
  std::string body;
  Attributes attributes;
  TraceId trace_id;  ///< empty: none
};

/// One resource, one scope.
struct LogsRequest {
  Origin origin;
  std::vector<LogRecord> records;
};

}  // namespace gaikei::otlp
